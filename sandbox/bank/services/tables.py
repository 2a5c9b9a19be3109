"""Bills asked for and paid, services registered, payments scheduled. Amounts in cents, periods year × 12 + month."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.services.schemas import PaymentStatus, RetryReason, RunOutcome, ScheduleStatus, ServiceStatus
from sandbox.storage.schema import partial_index


class BillInquiry(SQLModel, table=True):
    """What a biller said of a reference, good until `expires_at`. `amount` is null for a service without debt, and for
    a top-up, which has no holder either."""

    __tablename__ = "bill_inquiry"

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    biller_id: int = Field(foreign_key="catalogue_entry.id")
    reference: str
    holder: str | None = None
    period: int
    amount: int | None = None
    due_at: int | None = None
    expires_at: int


class ServicePayment(SQLModel, table=True):
    """A bill paid or a top-up made; `automatic` when a schedule did it."""

    __tablename__ = "service_payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="a_payment_pays_something"),
        Index("payment_by_member", "member_id", "id"),
        # A bill is paid once, however many ask for it at once. Top-ups have no period.
        partial_index(
            "bill_paid_once", "biller_id", "reference", "period", unique=True,
            where="period IS NOT NULL AND status IN ('completed', 'pending_confirmation')",
        ),
    )  # fmt: skip

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    origin_id: int = Field(foreign_key="account.id")
    biller_id: int = Field(foreign_key="catalogue_entry.id")
    biller_name: str
    reference: str
    period: int | None = None
    amount: int
    fee: int
    automatic: int
    status: PaymentStatus = Field(sa_type=Text)
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    created_at: int
    confirmed_at: int | None = None


class RegisteredService(SQLModel, table=True):
    """A service saved to pay again; `origin_id` is the account it is usually paid from."""

    __tablename__ = "registered_service"
    __table_args__ = (
        Index("service_by_member", "member_id", "id"),
        partial_index("service_once", "member_id", "biller_id", "reference", unique=True, where="status = 'active'"),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    biller_id: int = Field(foreign_key="catalogue_entry.id")
    biller_name: str
    reference: str
    alias: str
    origin_id: int | None = Field(default=None, foreign_key="account.id")
    status: ServiceStatus = Field(sa_type=Text)
    created_at: int


class ScheduledPayment(SQLModel, table=True):
    """A bill to be paid by itself each month, or a top-up, which has an `amount`; it is its `maximum`, too.

    `next_at` is its next attempt, null while paused or not active; `due_at` is when the month's run began or begins,
    which later attempts do not move.
    """

    __tablename__ = "scheduled_payment"
    __table_args__ = (
        CheckConstraint("day BETWEEN 1 AND 28", name="a_day_every_month_has"),
        CheckConstraint("maximum > 0", name="a_schedule_may_pay_something"),
        Index("schedule_by_member", "member_id", "id"),
        partial_index(
            "bill_scheduled_once",
            "member_id",
            "biller_id",
            "reference",
            unique=True,
            where="amount IS NULL AND status IN ('active', 'paused')",
        ),
        partial_index("schedule_due", "next_at", "id", where="next_at IS NOT NULL"),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    origin_id: int = Field(foreign_key="account.id")
    biller_id: int = Field(foreign_key="catalogue_entry.id")
    biller_name: str
    reference: str
    day: int
    amount: int | None = None
    maximum: int
    status: ScheduleStatus = Field(sa_type=Text)
    attempts: int
    next_at: int | None = None
    due_at: int | None = None
    created_at: int


class ScheduledRun(SQLModel, table=True):
    """An attempt to pay in a period. `outcome` is `retrying`, with the reason, or what became of the period: there is
    exactly one of these for each."""

    __tablename__ = "scheduled_run"
    __table_args__ = (
        partial_index("run_once", "schedule_id", "period", unique=True, where="outcome <> 'retrying'"),
        Index("run_by_schedule", "schedule_id", "id"),
    )

    id: int = Field(primary_key=True)
    schedule_id: int = Field(foreign_key="scheduled_payment.id")
    period: int
    outcome: RunOutcome = Field(sa_type=Text)
    reason: RetryReason | None = Field(default=None, sa_type=Text)
    attempts: int
    amount: int | None = None
    payment_id: int | None = Field(default=None, foreign_key="service_payment.id")
    ran_at: int
