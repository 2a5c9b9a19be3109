"""Members to look for, and everything about one of them."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlmodel import col, select

from sandbox.bank.access import queries as access
from sandbox.bank.access.schemas import Platform
from sandbox.bank.cards import queries as card_queries
from sandbox.bank.cards import service as cards
from sandbox.bank.cards.schemas import CardView
from sandbox.bank.ledger import queries as ledger
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.tables import Member
from sandbox.bank.profile import service as profile
from sandbox.bank.profile.schemas import LimitView
from sandbox.bank.wire import Moment, Money, Page, View
from sandbox.control import events as happened
from sandbox.control.members import MEMBER
from sandbox.control.route import shared_router
from sandbox.control.state import HOLD
from sandbox.domain.vocabulary import AccountStatus, AccountType, HoldReason, MemberStatus, Segment
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock, money
from sandbox.kernel.folding import folded
from sandbox.problems import InvalidCursor, NotFound
from sandbox.storage.events import Event
from sandbox.storage.queries import has_part, one, param
from sandbox.storage.unit import UnitOfWork

router = shared_router("members")
_TOLD = 100


class PersonView(View):
    """A member in one line. `persona` and `description` say why it exists; `locked` whether it cannot log in now."""

    id: str
    name: str
    persona: str | None
    description: str
    username: str | None
    document_number: str
    status: MemberStatus
    segment: Segment
    enrolled: bool
    locked: bool = Field(description="Whether it cannot log in now.")


class HoldInFull(View):
    """Money set aside on an account: by a pending operation, or by order."""

    id: str
    amount: Money
    reason: HoldReason
    placed_at: Moment


class AccountOverview(View):
    """An account with its balances and what is held between them."""

    id: str
    number: str = Field(description="The whole number.")
    type: AccountType
    name: str
    status: AccountStatus
    book_balance: Money
    available_balance: Money
    holds: list[HoldInFull]


class RegisteredDevice(View):
    """A device that the member registered."""

    id: str
    name: str
    platform: Platform
    registered_at: Moment


class Overview(View):
    """A member at a glance: what it has, what it may do, and what happened to it, the latest first."""

    member: PersonView
    locked_until: Moment | None = Field(description="Until when failed logins refuse new ones.")
    suspended_until: Moment | None = Field(description="Until when the bank refuses every request.")
    last_access_at: Moment | None = Field(description="When it last logged in.")
    accounts: list[AccountOverview]
    cards: list[CardView]
    limits: list[LimitView] = Field(description="What may be transferred, and what is left of it today.")
    devices: list[RegisteredDevice] = Field(description="The devices in use.")
    events: list[happened.EventView] = Field(description="What happened to it, the latest first.")


MATCHING = one(
    select(Member)
    .where(col(Member.id) > param("after"), has_part(Member.searched, "part"))
    .order_by(col(Member.id))
    .limit(param("limit"))
)
EVENTS_OF = one(
    select(Event).where(col(Event.member_id) == param("member")).order_by(col(Event.id).desc()).limit(param("limit"))
)


@router.get(
    "/members/search", operation_id="searchMembers", summary="Look for members", responses=problems(InvalidCursor)
)
async def search_members(
    call: Call,
    q: Annotated[
        str,
        Query(
            max_length=100,
            description="Part of the name, username, document, phone, e-mail, persona or description, in any case and "
            "accents.",
        ),
    ] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PersonView]:
    """Members that fit, personas first; all where `q` is empty. What a persona is for is in its description, so that a
    trait is found by its words, such as “bloqueada” or “tarjeta”."""
    unit = call.unit
    after = paging.unseal(cursor, int)[0] if cursor else 0
    rows = await unit.all(MATCHING, after=after, part=folded(q), limit=limit + 1)
    return paging.page_of(
        Page[PersonView], rows, limit, lambda row: _person(unit, row, call.language), lambda row: row.id
    )


@router.get(
    "/members/{member_id}/overview",
    operation_id="getMemberOverview",
    summary="Everything about a member",
    responses=problems(NotFound),
)
async def get_member_overview(member_id: str, call: Call) -> Overview:
    """Balances and what is held, cards, limits and their use, devices, locks, and the latest 100 events."""
    unit, key = call.unit, call.key("mem", member_id)
    member = await unit.one(MEMBER, member=key)
    if member is None:
        raise NotFound
    accounts = await unit.all(ledger.ACCOUNTS_OF, member=key)
    told = await unit.all(EVENTS_OF, member=key, limit=_TOLD)
    return Overview(
        member=_person(unit, member, call.language),
        locked_until=_moment(member.locked_until),
        suspended_until=_moment(member.suspended_until),
        last_access_at=_moment(member.last_access_at),
        accounts=await _accounts(unit, accounts),
        cards=[await cards.show(unit, card) for card in await unit.all(card_queries.CARDS_OF, member=key)],
        limits=(await profile.limits_of(unit, key, member.segment)).items,
        devices=[
            RegisteredDevice(
                id=each.device_key,
                name=each.name,
                platform=each.platform,
                registered_at=clock.show(each.registered_at),
            )
            for each in await unit.all(access.DEVICES_OF, member=key)
        ],
        events=[happened.show(unit.ids, row) for row in told],
    )


async def _accounts(unit: UnitOfWork, accounts: Sequence[Account]) -> list[AccountOverview]:
    return [
        AccountOverview(
            id=unit.ids.name("acc", each.id),
            number=each.number,
            type=each.type,
            name=each.name,
            status=each.status,
            book_balance=money.show(each.book),
            available_balance=money.show(each.book - each.held),
            holds=[
                HoldInFull(
                    id=unit.ids.name(HOLD, hold.id),
                    amount=money.show(hold.amount),
                    reason=hold.reason,
                    placed_at=clock.show(hold.placed_at),
                )
                for hold in await unit.all(ledger.HOLDS_ON, account=each.id)
            ],
        )
        for each in accounts
    ]


def _person(unit: UnitOfWork, member: Member, language: str) -> PersonView:
    locks = (member.locked_until, member.suspended_until)
    return PersonView(
        id=unit.ids.name("mem", member.id),
        name=f"{member.first_names} {member.last_names}",
        persona=member.persona,
        description=member.description_en if language == "en" else member.description,
        username=member.username,
        document_number=member.document_number,
        status=member.status,
        segment=member.segment,
        enrolled=member.username is not None,
        locked=any(until is not None and until > unit.now for until in locks),
    )


def _moment(moment: int | None) -> str | None:
    return None if moment is None else clock.show(moment)
