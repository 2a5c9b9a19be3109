"""What crosses the wire of transfers."""

from typing import Annotated, ClassVar, Literal, Union

from pydantic import ConfigDict, Field

from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.receipts import Line, ReceiptView
from sandbox.bank.wire import Amount, Body, Email, Moment, Money, Party, PublicId, Reference, View
from sandbox.domain.vocabulary import Language, TransferKind
from sandbox.problem import Text


class _Order(Body):
    origin_account_id: PublicId
    amount: Amount
    reference: Reference = ""


class OwnOrder(_Order):
    """Between the member's own accounts."""

    kind: Literal["own"]
    destination_account_id: PublicId


class CooperativeOrder(_Order):
    """To another account of the cooperative, by a beneficiary."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "cooperative",
                    "origin_account_id": "acc_3b608cc6f15c7c222e24ae9258ac41d7",
                    "beneficiary_id": "ben_9d1c08f16a5d7c222e24ae925811",
                    "amount": "10.00",
                    "reference": "Almuerzo",
                }
            ]
        }
    )

    kind: Literal["cooperative"]
    beneficiary_id: PublicId
    beneficiary_email: Email | None = None


class InterbankOrder(_Order):
    """To an account of another institution, by a beneficiary."""

    kind: Literal["interbank"]
    beneficiary_id: PublicId
    beneficiary_email: Email | None = None


AnyOrder = OwnOrder | CooperativeOrder | InterbankOrder
TransferOrder = Annotated[Union[OwnOrder, CooperativeOrder, InterbankOrder], Field(discriminator="kind")]


TransferStatus = Literal[
    "pending_confirmation", "completed", "in_process", "settled", "returned", "cancelled", "expired", "locked"
]


class TransferView(View):
    """A transfer; `challenge` while it waits for its code."""

    id: Annotated[str, Field(examples=["trf_3b608cc6f15c7c222e24ae9258ac41d7"])]
    kind: TransferKind
    status: TransferStatus
    amount: Money
    fee: Money
    tax: Money
    total: Money
    currency: Literal["USD"] = "USD"
    origin_account_id: str
    origin_number: Annotated[str, Field(examples=["410XXXXXX098"])]
    origin: Party
    destination: Party
    beneficiary_id: str | None
    beneficiary_email: str | None
    reference: str
    created_at: Moment
    confirmed_at: Moment | None
    settles_at: Moment | None = None
    return_reason: Annotated[str | None, Field(examples=["destination_missing"])] = None
    challenge: ChallengeView | None = None


class LimitsLeft(View):
    """How much of this kind may still be sent."""

    per_transaction: Money
    today: Money


class TransferPreview(View):
    """What a transfer would cost and when it would arrive; nothing is reserved."""

    kind: TransferKind
    amount: Money
    fee: Money
    tax: Money
    total: Money
    currency: Literal["USD"] = "USD"
    origin: Party
    destination: Party
    limits_left: LimitsLeft
    settles_at: Moment


class Receipt(ReceiptView):
    """The voucher of a transfer that has run; numbers are masked."""

    heading: ClassVar[Text] = Text("Comprobante de transferencia", "Transfer receipt")

    transfer_id: str
    kind: TransferKind
    status: TransferStatus
    destination: Party

    def paid_to(self, language: Language) -> list[Line]:
        """What kind of transfer, and to whom."""
        to = self.destination
        kind = _KIND_TITLES.get(self.kind)
        return [
            Line(_KIND_TITLE, to.institution if kind is None else kind.in_(language)),
            Line(_DESTINATION_TITLE, f"{to.name}, {to.number}, {to.institution}"),
        ]


_KIND_TITLE, _DESTINATION_TITLE = Text("Tipo", "Type"), Text("Destino", "Destination")
_KIND_TITLES: dict[TransferKind, Text] = {
    "own": Text("Entre mis cuentas", "Between own accounts"),
    "interbank": Text("Interbancaria", "Interbank"),
}
