"""A member for yourself: parallel tests and load workers each get one that nobody else has."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from sqlalchemy import func, or_
from sqlalchemy import select as scalar_select
from sqlmodel import col, select

from sandbox.bank.access.tables import Device, Member
from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.cards.tables import Card
from sandbox.bank.ledger.tables import Account
from sandbox.bank.wire import Amount, Body, CleanText, View
from sandbox.control.members import MemberToUse, show_one
from sandbox.control.route import control_router
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.problems import NotFound, Problem, Text
from sandbox.storage.statements import param, scalar

router = control_router("members")
_BATCH = 200


class NoMemberFree(Problem):
    """See its title."""

    code = "no_member_free"
    status = 409
    title = Text("Ningún socio libre", "No member free")
    says = Text(
        "No queda un socio así que nadie tenga. Libera uno, crea uno con POST /_sandbox/members, o siembra más.",
        "No such member is left that nobody has. Release one, make one with POST /_sandbox/members, or seed more.",
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
    seconds: Annotated[float, Field(gt=0, le=86_400, strict=False)] = 300


class LeaseView(View):
    """A member nobody else gets until it is released or `seconds` of real time have passed."""

    seconds: float
    member: MemberToUse


def _at_least(name: str, table: type, *where: Any) -> Any:
    owned = scalar_select(func.count()).select_from(table).where(table.member_id == Member.id, *where)  # type: ignore[attr-defined]  # every table meant here has an owner
    return owned.correlate(Member).scalar_subquery() >= param(name)


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
LEASABLE = scalar(
    select(Member.id)
    .where(
        col(Member.id) > param("after"),
        or_(col(Member.persona) == param("persona"), (col(Member.persona).is_(None)) & (param("persona").is_(None))),
        *_USABLE,
    )
    .order_by(col(Member.id))
    .limit(param("limit"))
)


@router.post(
    "/members/lease",
    operation_id="leaseMember",
    summary="A member for yourself",
    status_code=201,
    responses=problems(NoMemberFree, *BODY_PROBLEMS),
)
async def lease_member(request: LeaseWanted, call: Call) -> LeaseView:
    """One with the wanted traits, who can log in, and whom nobody else gets meanwhile."""
    traits = request.traits
    wanted = {
        "persona": traits.persona,
        "segment": traits.segment,
        "savings": traits.savings_accounts,
        "balance": traits.balance or 0,
        "devices": 1,
        "beneficiaries": traits.beneficiaries,
        "cards": traits.cards,
        "now": call.unit.now,
    }
    leases = call.sandbox.leases
    for start, end in ((leases.latest, None), (0, leases.latest)):  # on from the last one, then from the beginning
        after = start
        while found := await call.unit.all(LEASABLE, after=after, limit=_BATCH, **wanted):
            taken = leases.take(found, request.seconds)
            if taken is not None:
                return LeaseView(seconds=request.seconds, member=await show_one(call.unit, taken, call.language))
            after = found[-1]
            if end is not None and after >= end:
                break
    raise NoMemberFree


@router.delete(
    "/members/{member_id}/lease",
    operation_id="releaseMember",
    summary="Give a member back",
    status_code=204,
    responses=problems(NotFound),
)
async def release_member(member_id: str, call: Call) -> None:
    """Somebody else may have it now. 404 when nobody had it."""
    if not call.sandbox.leases.release(call.key("mem", member_id)):
        raise NotFound
