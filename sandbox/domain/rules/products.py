"""Rule documents on products: cards, what is deferred on them, savings, term deposits and loans."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.domain.rules.documents import Days, Document, Months, Part, Percent, Positive


class CardSettings(Part):
    """When statements are due, and the least to pay of them."""

    due_days: Days
    minimum_percent: Percent


class Cards(Document):
    """Cards."""

    kind = "cards"
    document: Literal["cards"]
    settings: CardSettings


class DeferralSettings(Part):
    """What is shown beside the nominal rate, and how long a simulation lives."""

    effective_rate: Percent
    simulation_seconds: Positive


class DeferralPlan(Part):
    """A plan: its nominal rate a year, and the months it may take and wait."""

    plan: Literal["with_interest", "interest_free"]
    nominal_rate: Percent
    terms: list[Months]
    revolving_terms: list[Months]
    grace_months: list[Annotated[int, Field(ge=0, le=12)]]


class Deferral(Document):
    """Deferral of cards."""

    kind = "deferral"
    document: Literal["deferral"]
    settings: DeferralSettings
    plans: list[DeferralPlan] = Field(min_length=1)

    def plan_called(self, name: str) -> DeferralPlan | None:
        """The plan of that name."""
        return next((plan for plan in self.plans if plan.plan == name), None)


DayCount = Literal[360, 365]
"""How many days a year has where interest is counted by days."""


class SavingsTerms(Part):
    """What savings earn: the nominal rate a year, on the balance with which each day closes."""

    rate: Percent
    balance: Literal["daily_closing"]
    day_count: DayCount


class TermDepositTerms(Part):
    """What term deposits earn by their own rate: simple interest of their calendar days."""

    interest: Literal["simple"]
    day_count: DayCount


class LoanTerms(Part):
    """How loans are paid off: in level instalments, a month's interest being a twelfth of the rate."""

    method: Literal["french"]


class ProductSettings(Part):
    """How interest is counted; to the cent, half a cent up."""

    savings: SavingsTerms
    term_deposit: TermDepositTerms
    loan: LoanTerms
    rounding: Literal["half_up"]


class ProductTerms(Document):
    """What savings and term deposits earn, and how loans are paid."""

    kind = "products"
    document: Literal["products"]
    settings: ProductSettings
