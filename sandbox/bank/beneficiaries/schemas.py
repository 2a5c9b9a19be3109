"""What crosses the wire of beneficiaries."""

from typing import Annotated, Literal, Union

from pydantic import ConfigDict, Field

from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.wire import CLEAN, Amount, Body, CleanText, Email, Moment, Money, PublicId, View
from sandbox.domain.vocabulary import DocumentType, MemberAccountType
from sandbox.kernel.forms import form

ACCOUNT_NUMBER = form(
    r"^[0-9]{6,20}$", es="Escribe de 6 a 20 dígitos", en="Write 6 to 20 digits", example="410000123456"
)
AccountNumber = Annotated[str, Field(pattern=ACCOUNT_NUMBER.pattern, examples=[ACCOUNT_NUMBER.example]), CLEAN]

BeneficiaryKind = Literal["cooperative", "interbank"]
BeneficiaryAccount = Literal["savings", "checking"]
BeneficiaryStatus = Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted"]
InstitutionKind = Literal["bank", "cooperative", "mutualist"]


class Lookup(Body):
    """The number of an account of the cooperative, in full."""

    account_number: AccountNumber


class AccountHolder(View):
    """Whose account it is."""

    name: str
    account_number: Annotated[str, Field(examples=["410XXXXXX098"])]
    account_type: MemberAccountType
    institution: str


class NewBeneficiary(Body):
    """«Nuevo beneficiario» of an account of the cooperative. `maximum_amount`: the most one transfer may send."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "cooperative",
                    "account_number": "410000123456",
                    "email": "andres@example.com",
                    "alias": "Andrés",
                    "maximum_amount": "500.00",
                }
            ]
        }
    )

    kind: Literal["cooperative"]
    account_number: AccountNumber
    email: Email | None = None
    alias: Annotated[CleanText, Field(min_length=1, max_length=60)] | None = None
    maximum_amount: Amount


class NewInterbankBeneficiary(Body):
    """«Nuevo beneficiario» of another institution, with the holder's document."""

    kind: Literal["interbank"]
    institution_id: PublicId
    account_type: BeneficiaryAccount
    account_number: AccountNumber
    document_type: DocumentType
    document_number: Annotated[CleanText, Field(min_length=1, max_length=20)]
    holder_name: Annotated[CleanText, Field(min_length=1, max_length=120)]
    email: Email | None = None
    alias: Annotated[CleanText, Field(min_length=1, max_length=60)] | None = None
    maximum_amount: Amount


AnyNewBeneficiary = Annotated[Union[NewBeneficiary, NewInterbankBeneficiary], Field(discriminator="kind")]


class BeneficiaryEdit(Body):
    """What may be edited; what is left out stays. Identity and account are read-only."""

    email: Email | None = None
    alias: Annotated[CleanText, Field(min_length=1, max_length=60)] | None = None
    maximum_amount: Amount | None = None


class InstitutionView(View):
    """An institution money can be sent to."""

    id: Annotated[str, Field(examples=["ins_3b608cc6f15c7c222e24ae9258ac41d7"])]
    code: str
    name: str
    kind: InstitutionKind


class BeneficiaryView(View):
    """A beneficiary; `challenge` while it, or `pending_maximum_amount`, waits for its code."""

    id: Annotated[str, Field(examples=["ben_9d1c08f16a5d7c222e24ae925811"])]
    kind: BeneficiaryKind
    status: BeneficiaryStatus
    institution: str
    account_type: BeneficiaryAccount
    account_number: Annotated[str, Field(examples=["410XXXXXX098"])]
    holder_name: str
    email: str | None
    alias: str | None
    maximum_amount: Money
    currency: Literal["USD"] = "USD"
    pending_maximum_amount: Money | None = None
    created_at: Moment
    challenge: ChallengeView | None = None


class BeneficiaryDetail(BeneficiaryView):
    """The edit form: the only place where a beneficiary is shown unmasked."""

    account_number: Annotated[str, Field(examples=["2200000001"])]
    document_type: DocumentType | None
    document_number: str | None
