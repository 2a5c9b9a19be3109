"""Simulations, deferrals, their instalments, and prepayments. Amounts in cents, rates in basis points a year."""

from typing import Annotated

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.deferrals.schemas import DeferralStatus, InstalmentStatus, Kind, Plan, PrepaymentStatus
from sandbox.storage.json_text import Json
from sandbox.storage.schema import partial_index


class Simulation(SQLModel, table=True):
    """A deferral that may be made as simulated until `expires_at`. `purchases` is JSON: keys."""

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    card_id: int = Field(foreign_key="card.id")
    kind: Kind = Field(sa_type=Text)
    purchases: Annotated[str, Json("array")]
    principal: int
    rate: int
    term: int
    grace: int
    plan: Plan = Field(sa_type=Text)
    expires_at: int


class Deferral(SQLModel, table=True):
    """A deferral; `outstanding` is the principal not yet due."""

    __table_args__ = (
        CheckConstraint("outstanding >= 0", name="outstanding_is_not_negative"),
        Index("deferral_by_member", "member_id", "id"),
        partial_index("deferral_by_card", "card_id", where="status = 'active'"),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    card_id: int = Field(foreign_key="card.id")
    simulation_id: int = Field(foreign_key="simulation.id")
    kind: Kind = Field(sa_type=Text)
    principal: int
    rate: int
    term: int
    grace: int
    plan: Plan = Field(sa_type=Text)
    outstanding: int
    status: DeferralStatus = Field(sa_type=Text)
    created_at: int
    confirmed_at: int | None = None


class DeferralInstalment(SQLModel, table=True):
    """One instalment of a deferral: `posted` once the clock passed it, `prepaid` if it was paid off before."""

    __tablename__ = "deferral_instalment"
    __table_args__ = (
        Index("instalment_by_deferral", "deferral_id", "number", unique=True),
        partial_index("instalment_due", "due_at", "id", where="status = 'pending'"),
    )

    id: int = Field(primary_key=True)
    deferral_id: int = Field(foreign_key="deferral.id")
    number: int
    due_at: int
    principal: int
    interest: int
    amount: int
    balance: int
    status: InstalmentStatus = Field(sa_type=Text)


class DeferralPrepayment(SQLModel, table=True):
    """Paying a deferral off before its time: what is outstanding, and the interest accrued."""

    __tablename__ = "deferral_prepayment"

    id: int = Field(primary_key=True)
    deferral_id: int = Field(foreign_key="deferral.id")
    member_id: int = Field(foreign_key="member.id")
    origin_id: int = Field(foreign_key="account.id")
    principal: int
    interest: int
    status: PrepaymentStatus = Field(sa_type=Text)
    created_at: int
