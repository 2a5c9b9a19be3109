"""What crosses the wire of deferrals."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.cards.schemas import PurchaseView
from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.wire import Amount, Body, Moment, Money, Party, PublicId, View

Kind = Literal["purchases", "revolving_balance"]
DeferralStatus = Literal["pending_confirmation", "active", "finished", "prepaid", "cancelled", "expired", "locked"]
InstalmentStatus = Literal["pending", "posted", "prepaid"]
PrepaymentStatus = Literal["pending_confirmation", "completed", "cancelled", "expired", "locked"]
Plan = Literal["with_interest", "interest_free"]


class PurchaseOption(View):
    """A purchase and whether it can be deferred; `reasons` say why not."""

    purchase: PurchaseView
    eligible: bool
    reasons: list[str]


class RevolvingOption(View):
    """Whether the whole revolving balance can be deferred; `reasons` say why not."""

    eligible: bool
    reasons: list[str]


class CardOption(View):
    """A card, what on it can be deferred, and why the rest cannot."""

    card_id: str
    name: str
    franchise: str
    number: str
    eligible: bool
    reasons: list[str]
    revolving_balance: Money
    revolving: RevolvingOption
    purchases: list[PurchaseOption]


class PlanOption(View):
    """A plan and what it offers."""

    plan: Plan
    nominal_rate: Annotated[str, Field(examples=["15.60"])]
    effective_rate: Annotated[str, Field(examples=["16.77"])]
    terms: list[int]
    revolving_terms: list[int]
    grace_months: list[int]


class DeferralOptions(View):
    """Everything the first screens of deferral show."""

    kinds: list[Kind]
    plans: list[PlanOption]
    cards: list[CardOption]


class NewSimulation(Body):
    """«Simula el diferido en monto y plazo»."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "card_id": "crd_3b608cc6f15c7c222e24ae9258ac41d7",
                    "kind": "revolving_balance",
                    "amount": "240.50",
                    "term_months": 6,
                }
            ]
        }
    )

    card_id: PublicId
    kind: Kind
    purchase_ids: Annotated[list[PublicId], Field(min_length=1, max_length=50)] | None = None
    amount: Amount | None = None
    term_months: Annotated[int, Field(ge=1, le=120)]
    grace_months: Annotated[int, Field(ge=0, le=12)] = 0
    plan: Plan = "with_interest"


class InstalmentView(View):
    """One instalment."""

    number: int
    due_date: Annotated[str, Field(examples=["2026-12-23"])]
    principal: Money
    interest: Money
    amount: Money
    balance: Money


class SimulationView(View):
    """What a deferral would cost, to the cent."""

    id: Annotated[str, Field(examples=["sim_3b608cc6f15c7c222e24ae9258ac41d7"])]
    kind: Kind
    plan: Plan
    principal: Money
    term_months: int
    grace_months: int
    nominal_rate: Annotated[str, Field(examples=["15.60"])]
    effective_rate: Annotated[str, Field(examples=["16.77"])]
    installment: Money
    total: Money
    total_interest: Money
    currency: Literal["USD"] = "USD"
    schedule: list[InstalmentView]
    expires_at: Moment


class NewDeferral(Body):
    """«Confirma»: a simulation that is still live."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"simulation_id": "sim_3b608cc6f15c7c222e24ae9258ac41d7"}]}
    )

    simulation_id: PublicId


class NewPrepayment(Body):
    """The account that pays the deferral off."""

    origin_account_id: PublicId


class DeferralView(View):
    """A deferral; `outstanding` is the principal not yet due."""

    id: Annotated[str, Field(examples=["def_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: DeferralStatus
    card_id: str
    kind: Kind
    plan: Plan
    principal: Money
    outstanding: Money
    currency: Literal["USD"] = "USD"
    term_months: int
    grace_months: int
    nominal_rate: str
    created_at: Moment
    confirmed_at: Moment | None
    schedule: list[InstalmentView]
    challenge: ChallengeView | None = None


class PrepaymentView(View):
    """Paying a deferral off: what is outstanding and the interest accrued by 30/360; no penalty."""

    id: str
    deferral_id: str
    status: PrepaymentStatus
    origin_account_id: str
    origin: Party
    principal: Money
    interest: Money
    total: Money
    currency: Literal["USD"] = "USD"
    created_at: Moment
    challenge: ChallengeView | None = None
