"""The SQL of transfers."""

from typing import Any, NamedTuple

from sqlalchemy import and_, null, update
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from sandbox.bank.beneficiaries.schemas import BeneficiaryKind, BeneficiaryStatus
from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.challenges.listing import narrowed
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.tables import Member
from sandbox.bank.transfers.tables import DailyUse, OwnCap, Transfer
from sandbox.domain.vocabulary import AccountStatus, AccountType, MemberStatus, PartyAccount, Segment
from sandbox.storage.queries import adding, change, one, one_of, param, pick, upsert


class Use(NamedTuple):
    """What a member used today of one kind, and its own caps; null where there is none."""

    used: int | None
    own_per_transaction: int | None
    own_per_day: int | None


class Situation(NamedTuple):
    """All that a transfer is judged by: its two ends, the beneficiary if there is one, the day's use, the own caps, and
    who sends it."""

    origin_id: int
    origin_number: str
    origin_type: AccountType
    origin_status: AccountStatus
    destination_id: int | None
    destination_type: AccountType | None
    destination_status: AccountStatus | None
    beneficiary_id: int | None
    beneficiary_kind: BeneficiaryKind | None
    beneficiary_status: BeneficiaryStatus | None
    maximum: int | None
    number: str
    name: str | None
    institution: str | None
    account_type: PartyAccount
    used: int | None
    own_per_transaction: int | None
    own_per_day: int | None
    first_names: str
    last_names: str
    segment: Segment
    status: MemberStatus


_ORIGIN = aliased(Account, name="origin")
_DESTINATION = aliased(Account, name="destination")


def _with_use(statement: Any, member: Any) -> Any:
    """The statement with the member's use of the day and own caps beside it, where there are any."""
    use = and_(
        col(DailyUse.member_id) == member, col(DailyUse.day) == param("day"), col(DailyUse.kind) == param("kind")
    )
    caps = and_(col(OwnCap.member_id) == member, col(OwnCap.kind) == param("kind"))
    return statement.outerjoin(DailyUse, use).outerjoin(OwnCap, caps)


_USE: tuple[Any, ...] = (DailyUse.amount, OwnCap.per_transaction, OwnCap.per_day)
_SENDER: tuple[Any, ...] = (Member.first_names, Member.last_names, Member.segment, Member.status)
_ENDS: tuple[Any, ...] = (
    _ORIGIN.id, _ORIGIN.number, _ORIGIN.type, _ORIGIN.status,
    _DESTINATION.id, _DESTINATION.type, _DESTINATION.status,
)  # fmt: skip
_OWNED_ORIGIN = and_(col(_ORIGIN.id) == param("origin"), col(_ORIGIN.member_id) == param("member"))

USE = one_of(
    Use,
    _with_use(pick(*_USE).select_from(Member), col(Member.id)).where(col(Member.id) == param("member")),
)
OWN_SITUATION = one_of(
    Situation,
    _with_use(
        pick(
            *_ENDS,
            *(null().label(f"no_{part}") for part in ("beneficiary", "kind", "status", "maximum")),
            col(_DESTINATION.number),
            null().label("no_name"),
            null().label("no_institution"),
            col(_DESTINATION.type),
            *_USE,
            *_SENDER,
        )
        .select_from(_ORIGIN)
        .join(Member, col(Member.id) == col(_ORIGIN.member_id))
        .join(
            _DESTINATION,
            and_(col(_DESTINATION.id) == param("destination"), col(_DESTINATION.member_id) == col(_ORIGIN.member_id)),
        ),
        col(_ORIGIN.member_id),
    ).where(_OWNED_ORIGIN),
)
BENEFICIARY_SITUATION = one_of(
    Situation,
    _with_use(
        pick(
            *_ENDS, Beneficiary.id, Beneficiary.kind, Beneficiary.status, Beneficiary.maximum,
            Beneficiary.account_number, Beneficiary.holder_name, Beneficiary.institution,
            Beneficiary.account_type, *_USE, *_SENDER,
        )
        .select_from(_ORIGIN)
        .join(Member, col(Member.id) == col(_ORIGIN.member_id))
        .join(
            Beneficiary,
            and_(
                col(Beneficiary.id) == param("beneficiary"), col(Beneficiary.member_id) == col(_ORIGIN.member_id)
            ),
        )
        .outerjoin(_DESTINATION, col(_DESTINATION.id) == col(Beneficiary.account_id)),
        col(_ORIGIN.member_id),
    ).where(_OWNED_ORIGIN),
)  # fmt: skip

ADD_TRANSFER = adding(
    Transfer, "kind", "member_id", "origin_id", "origin_number", "destination_id", "beneficiary_id",
    "destination_number", "destination_name", "destination_institution", "destination_type", "amount", "fee", "tax",
    "total", "reference", "beneficiary_email", "status", "created_at",
)  # fmt: skip
TRANSFER = one(select(Transfer).where(Transfer.id == param("transfer")))
OWNED_TRANSFER = one(select(Transfer).where(Transfer.id == param("transfer"), Transfer.member_id == param("member")))
TRANSFERS_BEFORE = one(
    select(Transfer)
    .where(Transfer.member_id == param("member"), col(Transfer.id) < param("before"), narrowed(Transfer))
    .order_by(col(Transfer.id).desc())
    .limit(param("limit"))
)
FINISH = change(
    update(Transfer)
    .where(col(Transfer.id) == param("transfer"))
    .values(status=param("outcome"), entry_id=param("entry"), confirmed_at=param("now"), settles_at=param("due"))
)
FIRST_IN_PROCESS = one(
    select(Transfer)
    .where(Transfer.status == "in_process")
    .order_by(col(Transfer.settles_at), col(Transfer.id))
    .limit(1)
)
CLOSE = change(
    update(Transfer).where(col(Transfer.id) == param("transfer")).values(status=param("outcome"), reason=param("why"))
)
POSTPONE = change(update(Transfer).where(col(Transfer.id) == param("transfer")).values(settles_at=param("due")))
ABANDON = change(update(Transfer).where(col(Transfer.id) == param("transfer")).values(status=param("outcome")))

_use = upsert(DailyUse).values(
    member_id=param("member_id"), day=param("day"), kind=param("kind"), amount=param("amount")
)
USE_MORE = change(
    _use.on_conflict_do_update(
        index_elements=["member_id", "day", "kind"],
        set_={"amount": col(DailyUse.amount) + _use.excluded.amount},
    )
)
_cap = upsert(OwnCap).values(
    member_id=param("member_id"), kind=param("kind"), per_transaction=param("per_transaction"), per_day=param("per_day")
)
SET_OWN_CAP = change(
    _cap.on_conflict_do_update(
        index_elements=["member_id", "kind"],
        set_={"per_transaction": _cap.excluded.per_transaction, "per_day": _cap.excluded.per_day},
    )
)
USE_LESS = change(
    update(DailyUse)
    .where(
        col(DailyUse.member_id) == param("member"),
        col(DailyUse.day) == param("on_day"),
        col(DailyUse.kind) == param("of_kind"),
    )
    .values(amount=DailyUse.amount - param("less"))
)
