"""Accounts, what is held on them, and the entries whose postings are their history."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.domain.vocabulary import AccountStatus, AccountType, HoldReason


class Account(SQLModel, table=True):
    """An account of a member, or of the bank itself (`member_id` null). Amounts in cents.

    `book` is the sum of its postings, `held` the sum of its live holds; what is available is the difference.
    `searched` is what searches look through: number and name (see `folding.searched`).
    """

    __table_args__ = (
        CheckConstraint("held >= 0", name="held_is_not_negative"),
        CheckConstraint("overdraft = 1 OR book - held >= 0", name="available_is_not_negative"),
    )

    id: int = Field(primary_key=True)
    number: str = Field(unique=True)
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    type: AccountType = Field(sa_type=Text)
    name: str
    status: AccountStatus = Field(sa_type=Text)
    book: int
    held: int
    overdraft: int
    created_at: int
    searched: str


class Hold(SQLModel, table=True):
    """Cents set aside on an account: by a pending operation (`operation`, its key) or by order (`reason` says
    which)."""

    __table_args__ = (
        CheckConstraint("amount > 0", name="a_hold_holds_something"),
        Index("hold_by_operation", "operation", "operation_id"),
    )

    id: int = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    amount: int
    reason: HoldReason = Field(sa_type=Text)
    operation: str | None = None
    operation_id: int | None = None
    placed_at: int
    released_at: int | None = None


class Entry(SQLModel, table=True):
    """One balanced movement of money: its postings add up to zero. `request_id` names the request that posted it; null
    where the seed did."""

    __table_args__ = (Index("entry_by_operation", "operation", "operation_id"),)

    id: int = Field(primary_key=True)
    moment: int
    kind: str
    operation: str
    operation_id: int
    request_id: str | None = None


class Posting(SQLModel, table=True):
    """One leg of an entry. `amount` is positive when the account gains; `balance` is its book balance after it."""

    __table_args__ = (
        CheckConstraint("amount <> 0", name="a_posting_moves_something"),
        Index("posting_by_date", "account_id", "moment", "id"),
        Index("posting_by_concept", "account_id", "concept", "id"),
        Index("posting_by_amount", "account_id", "amount", "id"),
    )

    id: int = Field(primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    moment: int
    amount: int
    balance: int
    concept: str
    reference: str
