"""Who can log in, and with what."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, NamedTuple, TypeVar

from fastapi import Query
from sqlmodel import col, select

from sandbox.bank.access.schemas import Platform
from sandbox.bank.access.tables import Device
from sandbox.bank.cards.tables import Card
from sandbox.bank.ledger import queries as ledger_queries
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.tables import Member
from sandbox.bank.wire import Page, View
from sandbox.control.route import shared_router
from sandbox.domain.life.behaviours import Level
from sandbox.domain.vocabulary import AccountType, CardStatus, DocumentType, Language, MemberStatus, Segment
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.problems import InvalidCursor, NotFound
from sandbox.storage.queries import one, one_of, param, pick
from sandbox.storage.unit import UnitOfWork

router = shared_router("members")

_between = (col(Member.id) >= param("first"), col(Member.id) <= param("last"))
MEMBERS_AFTER = one(
    select(Member).where(col(Member.id) > param("after")).order_by(col(Member.id)).limit(param("limit"))
)
PERSONA = one(select(Member).where(col(Member.persona) == param("persona")).order_by(col(Member.id)))
MEMBER = one(select(Member).where(Member.id == param("member")))


class OwnedAccount(NamedTuple):
    """An account by its owner."""

    member_id: int
    id: int
    number: str
    type: AccountType


ACCOUNTS_BETWEEN = one_of(
    OwnedAccount,
    pick(Account.member_id, Account.id, Account.number, Account.type)
    .where(col(Account.member_id) >= param("first"), col(Account.member_id) <= param("last"))
    .order_by(col(Account.id)),
)
DEVICES_BETWEEN = one(
    select(Device)
    .where(
        col(Device.member_id) >= param("first"),
        col(Device.member_id) <= param("last"),
        col(Device.removed_at).is_(None),
    )
    .order_by(col(Device.id))
)


class OwnedCard(NamedTuple):
    """A card by its owner."""

    member_id: int
    id: int
    number: str
    status: CardStatus


CARDS_BETWEEN = one_of(
    OwnedCard,
    pick(Card.member_id, Card.id, Card.number, Card.status)
    .where(col(Card.member_id) >= param("first"), col(Card.member_id) <= param("last"))
    .order_by(col(Card.id)),
)


class DeviceToUse(View):
    """The device to log in with: send it as it is."""

    id: str
    name: str
    platform: Platform


class AccountInFull(View):
    """An account with its whole number."""

    id: str
    number: str
    type: AccountType


class CardInFull(View):
    """A card with its whole number."""

    id: str
    number: str
    status: CardStatus


class MemberToUse(View):
    """A seeded member, with everything a test needs to log in."""

    id: str
    name: str
    persona: str | None
    description: str
    username: str | None
    password: str | None
    device: DeviceToUse | None
    document_type: DocumentType
    document_number: str
    phone: str | None
    email: str | None
    status: MemberStatus
    segment: Segment
    language: Language
    life: Level | None
    accounts: list[AccountInFull]
    cards: list[CardInFull]


@router.get("/members", operation_id="listMembers", summary="Members to log in with", responses=problems(InvalidCursor))
async def list_members(
    call: Call,
    limit: Limit = 50,
    cursor: Cursor = None,
    persona: Annotated[str | None, Query(max_length=100, description="One persona alone.")] = None,
) -> Page[MemberToUse]:
    """Personas first, then the generated ones: credentials, device, accounts, and why each persona exists."""
    unit = call.unit
    if persona is not None:
        return Page[MemberToUse](items=await _shown(unit, await unit.all(PERSONA, persona=persona), call.language))
    after = paging.unseal(cursor, int)[0] if cursor else 0
    rows = await unit.all(MEMBERS_AFTER, after=after, limit=limit + 1)
    following = paging.seal(rows[limit - 1].id) if len(rows) > limit else None
    return Page[MemberToUse](items=await _shown(unit, rows[:limit], call.language), next_cursor=following)


@router.get("/members/{member_id}", operation_id="getMember", summary="One member", responses=problems(NotFound))
async def get_member(member_id: str, call: Call) -> MemberToUse:
    """One member with its credentials."""
    return await show_one(call.unit, call.key("mem", member_id), call.language)


async def account_of_a_member(call: Call, name: str) -> tuple[int, Account]:
    """Key and row of a member's account. Raises NotFound, also for the bank's own accounts: their balances follow from
    what members do."""
    key = call.key("acc", name)
    account = await call.unit.one(ledger_queries.ACCOUNT, account=key)
    if account is None or account.member_id is None:
        raise NotFound
    return key, account


async def show_one(unit: UnitOfWork, member: int, language: str) -> MemberToUse:
    """The member as it is now. Raises NotFound."""
    found = await unit.one(MEMBER, member=member)
    if found is None:
        raise NotFound
    return (await _shown(unit, [found], language))[0]


Owned = TypeVar("Owned", OwnedAccount, OwnedCard, Device)


async def _shown(unit: UnitOfWork, members: Sequence[Member], language: str) -> list[MemberToUse]:
    if not members:
        return []
    bounds = {"first": min(member.id for member in members), "last": max(member.id for member in members)}
    accounts = _by_member(await unit.all(ACCOUNTS_BETWEEN, **bounds))
    devices = _by_member(await unit.all(DEVICES_BETWEEN, **bounds))
    cards = _by_member(await unit.all(CARDS_BETWEEN, **bounds))
    return [
        _show(unit, language, member, accounts[member.id], devices[member.id], cards[member.id]) for member in members
    ]


def _by_member(rows: Sequence[Owned]) -> dict[int, list[Owned]]:
    grouped: dict[int, list[Owned]] = defaultdict(list)
    for row in rows:
        grouped[row.member_id].append(row)
    return grouped


def _show(
    unit: UnitOfWork,
    language: str,
    member: Member,
    accounts: list[OwnedAccount],
    devices: list[Device],
    cards: list[OwnedCard],
) -> MemberToUse:
    device = devices[0] if devices else None
    return MemberToUse(
        id=unit.ids.name("mem", member.id),
        name=f"{member.first_names} {member.last_names}",
        persona=member.persona,
        description=member.description_en if language == "en" else member.description,
        username=member.username,
        password=member.password_plain,
        device=device and DeviceToUse(id=device.device_key, name=device.name, platform=device.platform),
        document_type=member.document_type,
        document_number=member.document_number,
        phone=member.phone,
        email=member.email,
        status=member.status,
        segment=member.segment,
        language=member.language,
        life=member.life,
        accounts=[
            AccountInFull(id=unit.ids.name("acc", account.id), number=account.number, type=account.type)
            for account in accounts
        ],
        cards=[CardInFull(id=unit.ids.name("crd", card.id), number=card.number, status=card.status) for card in cards],
    )
