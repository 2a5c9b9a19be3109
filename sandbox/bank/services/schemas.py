"""What crosses the wire of services."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.receipts import Line, ReceiptView
from sandbox.bank.wire import Amount, Body, CleanText, Moment, Money, Party, PublicId, View
from sandbox.domain.vocabulary import Language
from sandbox.problem import Text

BillReference = Annotated[CleanText, Field(min_length=1, max_length=30, examples=["200012345678"])]
PaymentStatus = Literal["pending_confirmation", "completed", "cancelled", "expired", "locked"]
ServiceStatus = Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted"]
ScheduleStatus = Literal["pending_confirmation", "active", "paused", "cancelled", "expired", "locked", "deleted"]
InquiryStatus = Literal["debt", "no_debt", "payment_pending", "top_up"]
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
    """The biller's answer. «Sin deuda» is one: `status` no_debt, without amount. `payment_pending`: a payment waits for
    its code; `payment_id` names it where it is the member's own. `top_up`: nothing is due, and one of the
    `allowed_amounts` can be paid."""

    id: Annotated[str, Field(examples=["inq_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: InquiryStatus
    biller: str
    biller_id: str
    reference: str
    holder: str | None
    amount_due: Money | None
    due_date: str | None
    fee: Money
    total: Money | None
    currency: Literal["USD"] = "USD"
    allowed_amounts: list[Money] | None = None
    payment_id: str | None = None
    expires_at: Moment


class NewServicePayment(Body):
    """A bill, by its inquiry; or a top-up, by its inquiry or by biller and phone, and by its amount."""

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
    biller_id: str
    reference: str
    origin_account_id: str
    origin: Party
    amount: Money
    fee: Money
    tax: Money
    total: Money
    currency: Literal["USD"] = "USD"
    automatic: bool
    created_at: Moment
    confirmed_at: Moment | None
    challenge: ChallengeView | None = None


class ServicePaymentReceipt(ReceiptView):
    """The voucher of a service payment that was made."""

    heading: ClassVar[Text] = Text("Comprobante de pago de servicio", "Service payment receipt")

    payment_id: str
    status: PaymentStatus
    biller: str
    biller_id: str
    automatic: bool

    def paid_to(self, language: Language) -> list[Line]:
        """Which company."""
        return [Line(_COMPANY_TITLE, self.biller)]


_COMPANY_TITLE = Text("Empresa", "Company")


class NewRegisteredService(Body):
    """«Registro de Servicio»: the bill, what the member calls it, and the account it is to be paid from."""

    biller_id: PublicId
    reference: BillReference
    alias: Annotated[CleanText, Field(min_length=1, max_length=60)]
    origin_account_id: PublicId | None = None


class RegisteredServiceView(View):
    """A service saved to pay again. `origin` is the account that the member chose to pay it from, to be offered first;
    null where none was chosen."""

    id: Annotated[str, Field(examples=["srv_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: ServiceStatus
    biller: str
    biller_id: str
    reference: str
    alias: str
    origin_account_id: str | None
    origin: Party | None
    created_at: Moment
    challenge: ChallengeView | None = None


Day = Annotated[int, Field(ge=1, le=28)]


class NewSchedule(Body):
    """«Programar Pago»: account, bill, day of the month, and the most it may pay; for a top-up, its amount instead."""

    origin_account_id: PublicId
    biller_id: PublicId
    reference: BillReference
    day_of_month: Day
    maximum_amount: Amount | None = None
    amount: Amount | None = None


class ScheduleEdit(Body):
    """Fields to change; omitted fields keep their value. A top-up has an `amount`, a bill a `maximum_amount`."""

    origin_account_id: PublicId | None = None
    day_of_month: Day | None = None
    maximum_amount: Amount | None = None
    amount: Amount | None = None
    paused: bool | None = None


class ScheduleView(View):
    """A scheduled payment and when it runs next. `amount` of a top-up, which is its maximum, too; `challenge` while it,
    or `pending_maximum_amount`, waits for its code."""

    id: Annotated[str, Field(examples=["sch_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: ScheduleStatus
    origin_account_id: str
    origin: Party
    biller: str
    biller_id: str
    reference: str
    day_of_month: int
    amount: Money | None
    maximum_amount: Money
    pending_maximum_amount: Money | None = None
    currency: Literal["USD"] = "USD"
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
