"""Leases of members: parallel tests and load workers each get one that no other client has."""

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from sqlalchemy import BigInteger, cast, func, or_
from sqlalchemy import select as scalar_select
from sqlmodel import col, select

from sandbox.bank.access.tables import Device
from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.cards.tables import Card
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.tables import Member
from sandbox.bank.wire import Amount, Body, CleanText, View
from sandbox.control import factory
from sandbox.control.life import catch_up
from sandbox.control.members import MemberToUse, show_one
from sandbox.control.route import control_router
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel import money
from sandbox.problem import Problem, Text
from sandbox.problems import NotFound
from sandbox.sandboxes.leases import Leases
from sandbox.seeding.traits import Traits
from sandbox.storage.connection import Connection
from sandbox.storage.queries import param, scalar
from sandbox.storage.unit import UnitOfWork

router = control_router("members")
_WINDOW = 250  # members looked at in one statement, which takes 1 ms
_BATCH = 50


class NoMemberFree(Problem):
    """No member with these traits is free."""

    code = "no_member_free"
    status = 409
    title = Text("Ningún socio libre", "No member free")
    says = Text(
        "Ningún socio con esas características está libre. Libera uno, envía create: true, o siembra más.",
        "No such member is free. Release one, send create: true, or seed more.",
    )


class WantedTraits(Body):
    """What the member must have. Generated members, unless a persona is named."""

    persona: CleanText | None = None
    segment: Literal["standard", "premium"] | None = None
    savings_accounts: Annotated[int, Field(ge=0, le=20)] = 1
    balance: Amount | None = Field(None, description="Available on each of those savings accounts, at least.")
    beneficiaries: Annotated[int, Field(ge=0, le=100)] = 0
    cards: Annotated[int, Field(ge=0, le=20)] = 0


class LeaseWanted(Body):
    """Which member, and for how long, in seconds of real time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"traits": {"savings_accounts": 2}, "seconds": 60}]})

    traits: WantedTraits = WantedTraits()
    seconds: Annotated[float, Field(gt=0, le=86_400)] = 300
    create: bool = Field(default=False, description="Make such a member where none is free; no persona.")


class LeaseView(View):
    """A member that no other client gets until it is released or `seconds` of real time have passed."""

    seconds: float
    member: MemberToUse


def _at_least(name: str, table: type, *where: Any) -> Any:
    owned = scalar_select(func.count()).select_from(table).where(table.member_id == Member.id, *where)  # type: ignore[attr-defined]  # every table meant here has an owner
    return or_(cast(param(name), BigInteger) == 0, owned.correlate(Member).scalar_subquery() >= param(name))


_USABLE = (
    col(Member.status) == "active",
    col(Member.username).is_not(None),
    col(Member.password_plain).is_not(None),
    col(Member.phone).is_not(None),
    or_(col(Member.locked_until).is_(None), col(Member.locked_until) <= param("now")),
    or_(param("segment").is_(None), col(Member.segment) == param("segment")),
    _at_least(
        "savings",
        Account,
        col(Account.type) == "savings",
        col(Account.status) == "active",
        col(Account.book) - col(Account.held) >= param("balance"),
    ),
    _at_least("devices", Device, col(Device.removed_at).is_(None)),
    _at_least("beneficiaries", Beneficiary, col(Beneficiary.status) == "active"),
    _at_least("cards", Card, col(Card.status) == "active"),
)
_of_persona = (col(Member.id) > param("after"), col(Member.persona).is_not_distinct_from(param("persona")))
_window = select(Member.id).where(*_of_persona).order_by(col(Member.id)).limit(_WINDOW).subquery()
END_OF_WINDOW = scalar(select(func.max(_window.c.id)))
LEASABLE = scalar(
    select(Member.id)
    .where(*_of_persona, col(Member.id) <= param("end"), *_USABLE)
    .order_by(col(Member.id))
    .limit(param("limit"))
)

HOLDERS = scalar(
    select(Member.id)
    .join(Account, col(Account.member_id) == col(Member.id))
    .where(col(Member.id) > param("after"), col(Account.type) == "savings", col(Account.status) == "active")
    .group_by(col(Member.id))
    .order_by(col(Member.id))
    .limit(param("limit"))
)
AMOUNT = 500_00
"""In cents: the balance, the credit and the limits of a member who is made for a lease."""


@router.post(
    "/members/lease",
    operation_id="leaseMember",
    summary="Lease a member",
    status_code=201,
    responses=problems(NoMemberFree, *BODY_PROBLEMS),
)
async def lease_member(request: LeaseWanted, call: Call) -> LeaseView:
    """One with the wanted traits, who can log in, and whom no other client gets meanwhile; made where none is free, if
    `create` says so."""
    leases = call.sandbox.leases
    taken = await _take(call.unit, leases, request)
    if taken is None and request.create and request.traits.persona is None:
        await catch_up(call)
        made = await factory.make(call.unit, await _traits(call.unit, request.traits))
        taken = leases.take([made], request.seconds)
        call.unit.on_commit(partial(_release_unless_made, leases, made))
    if taken is None:
        raise NoMemberFree
    return LeaseView(seconds=request.seconds, member=await show_one(call.unit, taken, call.language))


def _release_unless_made(leases: Leases, member: int, connection: Connection) -> None:
    """Where the commit failed, another one will get the key."""
    if connection.execute("SELECT 1 FROM member WHERE id = ?", (member,)).fetchone() is None:
        leases.release(member)


async def _take(unit: UnitOfWork, leases: Leases, request: LeaseWanted) -> int | None:
    """Take a member, the next one behind the last that was taken; None where none is free.

    A large bank is searched in windows, and others have their turn in between. Nothing comes between the query that
    finds a member and its being taken.
    """
    latest = leases.latest
    for start, stop in ((latest, None), (0, latest)):  # on from the last one, then from the beginning
        after = start
        while stop is None or after < stop:
            end = await unit.one(END_OF_WINDOW, after=after, persona=request.traits.persona)
            if end is None:
                break
            found = await unit.all(LEASABLE, after=after, end=end, limit=_BATCH, **_wanted(unit, request.traits))
            taken = leases.take(found, request.seconds)
            if taken is not None:
                return taken
            after = found[-1] if len(found) == _BATCH else end
            await unit.pause()
    return None


async def _traits(unit: UnitOfWork, wanted: WantedTraits) -> Traits:
    """The traits of a member who has what is wanted, and what is ordinary besides."""
    balance = AMOUNT if wanted.balance is None else wanted.balance
    friends = await unit.all(HOLDERS, after=0, limit=wanted.beneficiaries)
    return Traits.model_validate(
        {
            "segment": wanted.segment or "standard",
            "accounts": [{"balance": money.show(balance)}] * max(1, wanted.savings_accounts),
            "beneficiaries": [{"of": unit.ids.name("mem", each), "maximum": money.show(AMOUNT)} for each in friends],
            "cards": [{"credit": money.show(AMOUNT)}] * wanted.cards,
        }
    )


def _wanted(unit: UnitOfWork, traits: WantedTraits) -> dict[str, object]:
    return {
        "persona": traits.persona,
        "segment": traits.segment,
        "savings": traits.savings_accounts,
        "balance": traits.balance or 0,
        "devices": 1,
        "beneficiaries": traits.beneficiaries,
        "cards": traits.cards,
        "now": unit.now,
    }


@router.delete(
    "/members/{member_id}/lease",
    operation_id="releaseMember",
    summary="Release a member",
    status_code=204,
    responses=problems(NotFound),
)
async def release_member(member_id: str, call: Call) -> None:
    """Release a leased member. 404 when it was not leased."""
    if not call.sandbox.leases.release(call.key("mem", member_id)):
        raise NotFound
