"""The SQL of transfers."""

from typing import Any, NamedTuple

from sqlalchemy import and_, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, select

from sandbox.bank.access.tables import Member
from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.ledger.tables import Account
from sandbox.bank.transfers.tables import DailyUse, OwnCap, Transfer
from sandbox.storage.statements import adding, change, one, one_of, param


class Use(NamedTuple):
    """What a member used today of one kind, and its own caps; null where there is none."""

    used: int | None
    per_transaction: int | None
    per_day: int | None


class BeneficiaryAccount(NamedTuple):
    """A beneficiary, and the account behind it when it is of this cooperative."""

    id: int
    kind: str
    status: str
    maximum: int
    institution: str
    account_number: str
    holder_name: str
    email: str | None
    account_id: int | None
    account_status: str | None
    account_type: str | None
    account_member_id: int | None


USE = one_of(
    Use,
    select(DailyUse.amount, OwnCap.per_transaction, OwnCap.per_day)
    .select_from(Member)
    .outerjoin(
        DailyUse,
        and_(
            col(DailyUse.member_id) == col(Member.id),
            col(DailyUse.day) == param("day"),
            col(DailyUse.kind) == param("kind"),
        ),
    )
    .outerjoin(OwnCap, and_(col(OwnCap.member_id) == col(Member.id), col(OwnCap.kind) == param("kind")))
    .where(col(Member.id) == param("member")),
)

_columns: list[Any] = [
    Beneficiary.id,
    Beneficiary.kind,
    Beneficiary.status,
    Beneficiary.maximum,
    Beneficiary.institution,
    Beneficiary.account_number,
    Beneficiary.holder_name,
    Beneficiary.email,
    Beneficiary.account_id,
    Account.status,
    Account.type,
    Account.member_id,
]
BENEFICIARY_ACCOUNT = one_of(
    BeneficiaryAccount,
    select(*_columns)
    .outerjoin(Account, col(Account.id) == col(Beneficiary.account_id))
    .where(Beneficiary.id == param("beneficiary"), Beneficiary.member_id == param("member")),
)

ADD_TRANSFER = adding(
    Transfer, "kind", "member_id", "origin_id", "origin_number", "destination_id", "beneficiary_id",
    "destination_number", "destination_name", "destination_institution", "amount", "fee", "tax", "total", "reference",
    "beneficiary_email", "status", "created_at",
)  # fmt: skip
TRANSFER = one(select(Transfer).where(Transfer.id == param("transfer")))
OWNED_TRANSFER = one(
    select(Transfer).where(Transfer.id == param("transfer"), Transfer.member_id == param("member"))
)
TRANSFERS_BEFORE = one(
    select(Transfer)
    .where(Transfer.member_id == param("member"), col(Transfer.id) < param("before"))
    .order_by(col(Transfer.id).desc())
    .limit(param("limit"))
)
FINISH = change(
    update(Transfer)
    .where(col(Transfer.id) == param("transfer"))
    .values(status=param("outcome"), entry_id=param("entry"), confirmed_at=param("now"))
)
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
USE_LESS = change(
    update(DailyUse)
    .where(
        col(DailyUse.member_id) == param("member"),
        col(DailyUse.day) == param("on_day"),
        col(DailyUse.kind) == param("of_kind"),
    )
    .values(amount=DailyUse.amount - param("less"))
)
