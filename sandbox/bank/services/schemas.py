"""What crosses the wire of services."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.wire import Amount, Body, CleanText, Moment, Money, PublicId, View

BillReference = Annotated[CleanText, Field(min_length=1, max_length=30, examples=["200012345678"])]
PaymentStatus = Literal["pending_confirmation", "completed", "cancelled", "expired", "locked"]
ServiceStatus = Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted"]
ScheduleStatus = Literal["pending_confirmation", "active", "paused", "cancelled", "expired", "locked", "deleted"]
RunOutcome = Literal[
    "paid", "nothing_due", "over_maximum", "retrying", "insufficient_funds", "biller_unavailable", "refused"
]
RetryReason = Literal["insufficient_funds", "biller_unavailable"]


class ServiceCategory(View):
    """A kind of service."""

    id: Annotated[str, Field(examples=["electricity"])]
    name: str


class Biller(View):
    """A company, with what its reference is called and looks like."""

    id: Annotated[str, Field(examples=["bil_3b608cc6f15c7c222e24ae9258ac41d7"])]
    name: str
    category: str
    reference_label: Annotated[str, Field(examples=["Cuenta contrato"])]
    reference_pattern: str
    reference_example: str
    fee: Money
    top_up: bool


class NewInquiry(Body):
    """What is due for a reference of a biller, or for a registered service."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"biller_id": "bil_3b608cc6f15c7c222e24ae9258ac41d7", "reference": "200012345678"}]
        }
    )

    biller_id: PublicId | None = None
    reference: BillReference | None = None
    registered_service_id: PublicId | None = None


class InquiryView(View):
    """The biller's answer. «Sin deuda» is one: `status` no_debt, without amount."""

    id: Annotated[str, Field(examples=["inq_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: Literal["debt", "no_debt"]
    biller: str
    reference: str
    holder: str
    amount_due: Money | None
    due_date: str | None
    fee: Money
    total: Money | None
    currency: Literal["USD"] = "USD"
    expires_at: Moment


class NewServicePayment(Body):
    """A bill, by its inquiry; or a top-up, by biller, phone and amount."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "origin_account_id": "acc_3b608cc6f15c7c222e24ae9258ac41d7",
                    "inquiry_id": "inq_3b608cc6f15c7c222e24ae9258ac41d7",
                }
            ]
        }
    )

    origin_account_id: PublicId
    inquiry_id: PublicId | None = None
    biller_id: PublicId | None = None
    reference: BillReference | None = None
    amount: Amount | None = None


class ServicePaymentView(View):
    """A payment, as «Historial de Pagos» shows it."""

    id: Annotated[str, Field(examples=["pay_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: PaymentStatus
    biller: str
    reference: str
    amount: Money
    fee: Money
    total: Money
    currency: Literal["USD"] = "USD"
    automatic: bool
    created_at: Moment
    confirmed_at: Moment | None
    challenge: ChallengeView | None = None


class NewRegisteredService(Body):
    """«Registro de Servicio»."""

    biller_id: PublicId
    reference: BillReference
    alias: Annotated[CleanText, Field(min_length=1, max_length=60)]


class RegisteredServiceView(View):
    """A service saved to pay again."""

    id: Annotated[str, Field(examples=["srv_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: ServiceStatus
    biller: str
    biller_id: str
    reference: str
    alias: str
    created_at: Moment
    challenge: ChallengeView | None = None


Day = Annotated[int, Field(ge=1, le=28)]


class NewSchedule(Body):
    """«Programar Pago»: account, bill, day of the month, and the most it may pay."""

    origin_account_id: PublicId
    biller_id: PublicId
    reference: BillReference
    day_of_month: Day
    maximum_amount: Amount


class ScheduleEdit(Body):
    """What may change; what is left out stays."""

    origin_account_id: PublicId | None = None
    day_of_month: Day | None = None
    maximum_amount: Amount | None = None
    paused: bool | None = None


class ScheduleView(View):
    """A scheduled payment and when it runs next."""

    id: Annotated[str, Field(examples=["sch_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: ScheduleStatus
    origin_account_id: str
    biller: str
    reference: str
    day_of_month: int
    maximum_amount: Money
    next_run_at: Moment | None
    created_at: Moment
    challenge: ChallengeView | None = None


class RunView(View):
    """An attempt of a schedule in one month: `retrying` when there is another the next day, and for what `reason`."""

    id: str
    period: Annotated[str, Field(examples=["2026-12"])]
    outcome: RunOutcome
    reason: RetryReason | None = None
    attempts: int
    amount: Money | None
    payment_id: str | None
    ran_at: Moment
