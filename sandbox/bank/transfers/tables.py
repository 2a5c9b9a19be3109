"""Transfers, and what of the day's limits they used."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.transfers.schemas import TransferStatus
from sandbox.domain.vocabulary import PartyAccount, TransferKind
from sandbox.storage.schema import partial_index


class Transfer(SQLModel, table=True):
    """Money on its way. `destination_*` keep what the beneficiary was called then; amounts in cents.

    `status`: pending_confirmation → completed | in_process → settled | returned, or cancelled, expired, locked.
    """

    __table_args__ = (
        CheckConstraint("amount > 0", name="a_transfer_moves_something"),
        CheckConstraint("total = amount + fee + tax", name="a_total_adds_up"),
        Index("transfer_by_member", "member_id", "id"),
        partial_index("transfer_due", "settles_at", "id", where="status = 'in_process'"),
    )

    id: int = Field(primary_key=True)
    kind: TransferKind = Field(sa_type=Text)
    member_id: int = Field(foreign_key="member.id")
    origin_id: int = Field(foreign_key="account.id")
    origin_number: str
    destination_id: int | None = Field(default=None, foreign_key="account.id")
    beneficiary_id: int | None = Field(default=None, foreign_key="beneficiary.id")
    destination_number: str
    destination_name: str
    destination_institution: str
    destination_type: PartyAccount = Field(sa_type=Text)
    amount: int
    fee: int
    tax: int
    total: int
    reference: str
    beneficiary_email: str | None = None
    status: TransferStatus = Field(sa_type=Text)
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    created_at: int
    confirmed_at: int | None = None
    settles_at: int | None = None
    reason: str | None = None


class DailyUse(SQLModel, table=True):
    """Cents of one kind of operation a member used, or has waiting for a code, on one local day (days since 1970)."""

    __tablename__ = "daily_use"
    __table_args__ = (CheckConstraint("amount >= 0", name="use_is_not_negative"),)

    member_id: int = Field(primary_key=True, foreign_key="member.id")
    day: int = Field(primary_key=True)
    kind: TransferKind = Field(primary_key=True, sa_type=Text)
    amount: int


class OwnCap(SQLModel, table=True):
    """The lower caps a member set for itself, in cents; null where none."""

    __tablename__ = "own_cap"

    member_id: int = Field(primary_key=True, foreign_key="member.id")
    kind: TransferKind = Field(primary_key=True, sa_type=Text)
    per_transaction: int | None = None
    per_day: int | None = None
