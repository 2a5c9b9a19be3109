"""Loans and term deposits, what moved on them, and the interest that savings accounts were paid. Amounts in cents."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.products.schemas import HoldingStatus, HoldingType, MoveKind


class Holding(SQLModel, table=True):
    """A loan or a term deposit. Amounts in cents, rate in basis points a year.

    `balance` is the principal that is owed or deposited. Of a loan: `instalment` is the level amount, and
    `instalments_left` how many are to come, of which the last is due at `due_at`. Of a term deposit, which matures
    then, both are null.
    """

    __table_args__ = (CheckConstraint("balance >= 0", name="balance_is_not_negative"),)

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    type: HoldingType = Field(sa_type=Text)
    number: str = Field(unique=True)
    name: str
    name_en: str | None = None
    status: HoldingStatus = Field(sa_type=Text)
    amount: int
    balance: int
    rate: int
    instalment: int | None = None
    instalments_left: int | None = None
    opened_at: int
    due_at: int


class HoldingMove(SQLModel, table=True):
    """An instalment paid or a deposit matured: principal and interest, positive, and the holding's balance after it.
    Moves of a holding are numbered from 1."""

    __tablename__ = "holding_move"
    __table_args__ = (
        CheckConstraint("principal >= 0 AND interest >= 0", name="a_move_has_one_direction"),
        Index("move_by_holding", "holding_id", "number", unique=True),
    )

    id: int = Field(primary_key=True)
    holding_id: int = Field(foreign_key="holding.id")
    account_id: int = Field(foreign_key="account.id")
    kind: MoveKind = Field(sa_type=Text)
    number: int
    principal: int
    interest: int
    balance: int
    moved_at: int


class InterestCredit(SQLModel, table=True):
    """Interest credited to a savings account, for its days up to the local day `until` (since 1970), included. At most
    one a day."""

    __tablename__ = "interest_credit"
    __table_args__ = (
        CheckConstraint("amount > 0", name="a_credit_pays_something"),
        Index("credit_by_account", "account_id", "until", unique=True),
    )

    id: int = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    until: int
    amount: int
    credited_at: int
