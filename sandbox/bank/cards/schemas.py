"""What crosses the wire of cards."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.receipts import Line, ReceiptView
from sandbox.bank.wire import CLEAN, Amount, Body, CleanText, Moment, Money, Party, PublicId, View
from sandbox.domain.vocabulary import CardStatus, DocumentType, Language
from sandbox.kernel.forms import form
from sandbox.problem import Text

PurchaseKind = Literal["purchase", "cash_advance"]
PurchaseStatus = Literal["posted"]
ExternalCardStatus = Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted"]
CardPaymentStatus = Literal[
    "pending_confirmation", "completed", "in_process", "settled", "cancelled", "expired", "locked"
]


class CardView(View):
    """A card of the cooperative."""

    id: Annotated[str, Field(examples=["crd_3b608cc6f15c7c222e24ae9258ac41d7"])]
    name: str
    franchise: str
    number: Annotated[str, Field(examples=["999XXXXXXXXXX123"])]
    status: CardStatus
    limit: Money
    available: Money
    owed: Money
    deferred: Money
    revolving_balance: Money
    statement_balance: Money
    minimum_payment: Money
    total_payment: Money
    cut_off_date: Annotated[str, Field(examples=["2026-12-10"])]
    due_date: str | None
    overdue: bool
    currency: Literal["USD"] = "USD"


class PurchaseView(View):
    """Something bought."""

    id: Annotated[str, Field(examples=["pur_3b608cc6f15c7c222e24ae9258ac41d7"])]
    merchant: str
    kind: PurchaseKind
    amount: Money
    status: PurchaseStatus
    deferred: bool
    date: Moment


CARD_NUMBER = form(
    r"^[0-9]{13,19}$", es="Escribe de 13 a 19 dígitos, sin espacios", en="Write 13 to 19 digits, without spaces",
    example="9999991234567895",
)  # fmt: skip


class NewExternalCard(Body):
    """«Nueva tarjeta»: institution, number, alias, holder, maximum."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "institution_id": "ins_3b608cc6f15c7c222e24ae9258ac41d7",
                    "number": "9999991234567895",
                    "alias": "Mi Visa",
                    "document_type": "cedula",
                    "document_number": "1712345675",
                    "holder_name": "Rosa Chicaiza",
                    "maximum_amount": "500.00",
                }
            ]
        }
    )

    institution_id: PublicId
    number: Annotated[str, Field(pattern=CARD_NUMBER.pattern, examples=[CARD_NUMBER.example]), CLEAN]
    alias: Annotated[CleanText, Field(min_length=1, max_length=60)]
    document_type: DocumentType
    document_number: Annotated[CleanText, Field(min_length=1, max_length=20)]
    holder_name: Annotated[CleanText, Field(min_length=1, max_length=120)]
    maximum_amount: Amount


class ExternalCardEdit(Body):
    """What may change; what is left out stays."""

    alias: Annotated[CleanText, Field(min_length=1, max_length=60)] | None = None
    maximum_amount: Amount | None = None


class ExternalCardView(View):
    """A card of another institution; `challenge` while it, or `pending_maximum_amount`, waits for its code."""

    id: Annotated[str, Field(examples=["ext_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: ExternalCardStatus
    institution: str
    number: Annotated[str, Field(examples=["999XXXXXXXXXX895"])]
    alias: str
    holder_name: str
    maximum_amount: Money
    currency: Literal["USD"] = "USD"
    pending_maximum_amount: Money | None = None
    created_at: Moment
    challenge: ChallengeView | None = None


class CardPaymentReceipt(ReceiptView):
    """The voucher of a card payment that was made."""

    heading: ClassVar[Text] = Text("Comprobante de pago de tarjeta", "Card payment receipt")

    card_payment_id: str
    status: CardPaymentStatus
    card_number: str
    institution: str
    holder_name: str

    def paid_to(self, language: Language) -> list[Line]:
        """Whose card, and where it was issued."""
        return [
            Line(_CARD_TITLE, f"{self.card_number}, {self.institution}"),
            Line(_HOLDER_TITLE, self.holder_name),
        ]


_CARD_TITLE, _HOLDER_TITLE = Text("Tarjeta", "Card"), Text("Titular", "Holder")


class NewCardPayment(Body):
    """To a card of ours or of another institution; the reference is required here."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "origin_account_id": "acc_3b608cc6f15c7c222e24ae9258ac41d7",
                    "card_id": "crd_3b608cc6f15c7c222e24ae9258ac41d7",
                    "amount": "50.00",
                    "reference": "Pago de noviembre",
                }
            ]
        }
    )

    origin_account_id: PublicId
    card_id: PublicId | None = None
    external_card_id: PublicId | None = None
    amount: Amount
    reference: Annotated[CleanText, Field(min_length=1, max_length=100)]


class CardPaymentView(View):
    """A payment to a card; other institutions' settle later."""

    id: Annotated[str, Field(examples=["cpy_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: CardPaymentStatus
    card_id: str | None
    external_card_id: str | None
    card_number: str
    institution: str
    holder_name: str
    origin_account_id: str
    origin: Party
    amount: Money
    fee: Money
    tax: Money
    total: Money
    currency: Literal["USD"] = "USD"
    reference: str
    created_at: Moment
    confirmed_at: Moment | None
    settles_at: Moment | None
    challenge: ChallengeView | None = None
