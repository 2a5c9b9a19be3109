"""What a member may be like, as personas and tests write it."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sandbox.bank.beneficiaries.schemas import AccountNumber
from sandbox.bank.wire import POSITIVE_AMOUNT
from sandbox.domain.identity import as_kept
from sandbox.domain.life.behaviours import Level
from sandbox.domain.vocabulary import Language
from sandbox.kernel import money


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _refuse(code: str, es: str, en: str) -> PydanticCustomError:
    return PydanticCustomError(code, "{en}", {"es": es, "en": en})


def _amount(value: Any) -> int:
    try:
        return money.parse(value)
    except (ValueError, TypeError):
        raise _refuse(
            "bad_amount",
            "Escribe el monto como texto con dos decimales, como «10.00».",
            'Write amounts as text with two decimals: "10.00".',
        ) from None


Amount = Annotated[
    int, PlainValidator(_amount), WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,9}\.[0-9]{2}$"})
]


def _positive(cents: int) -> int:
    if cents < 1:
        raise _refuse("too_small", "El monto mínimo es 0.01.", "The minimum amount is 0.01.")
    return cents


Positive = Annotated[Amount, AfterValidator(_positive), WithJsonSchema({"type": "string", "pattern": POSITIVE_AMOUNT})]
"""What moves, is held or is allowed: never nothing, which no entry of the ledger may be."""


def _at_most_all(points: int) -> int:
    if points > 100_00:
        raise _refuse("too_large", "La tasa máxima es 100.00.", "The maximum rate is 100.00.")
    return points


Rate = Annotated[
    Amount,
    AfterValidator(_at_most_all),
    WithJsonSchema({"type": "string", "pattern": r"^(?:0{0,7}[0-9]{1,2}\.[0-9]{2}|0{0,6}100\.00)$"}),
]
"""A percentage a year, as the rules bound theirs: interest stays within what an account can hold."""
Name = Annotated[str, Field(min_length=1, max_length=60)]
DocumentNumber = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(as_kept)]


class Words(_Part):
    """Why the persona exists and what to try with it."""

    es: Annotated[str, Field(max_length=500)]
    en: Annotated[str, Field(max_length=500)]


class HoldTrait(_Part):
    """Money that is set aside by order."""

    amount: Positive
    reason: Literal["judicial", "pledge", "uncleared"]


class AccountTrait(_Part):
    """An account with its final book balance."""

    type: Literal["savings", "share_certificate"] = "savings"
    balance: Amount = 0
    status: Literal["active", "inactive"] = "active"
    holds: list[HoldTrait] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _holds_what_it_has(self) -> "AccountTrait":
        if sum(hold.amount for hold in self.holds) > self.balance:
            raise _refuse("holds_too_much", "Se retiene más que el saldo.", "More is held than there is.")
        return self


class BeneficiaryTrait(_Part):
    """Another persona's first savings account."""

    of: str
    maximum: Positive = 500_00
    alias: Name | None = None


class PurchaseTrait(_Part):
    """Something bought, so many days ago."""

    merchant: Name
    amount: Positive
    days_ago: int = Field(ge=0, le=170)
    kind: Literal["purchase", "cash_advance"] = "purchase"


class CardTrait(_Part):
    """A card with its purchases; `overdue` when the minimum of an earlier statement was not paid, for which something
    must have been bought."""

    credit: Positive
    status: Literal["active", "blocked"] = "active"
    overdue: bool = False
    purchases: list[PurchaseTrait] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _owes_what_it_may(self) -> "CardTrait":
        if sum(purchase.amount for purchase in self.purchases) > self.credit:
            raise _refuse("over_credit", "Las compras superan el cupo.", "The purchases exceed the credit.")
        return self


class HoldingTrait(_Part):
    """A loan or a term deposit. `months_left`: the instalments in which a loan's balance is paid off, or the months
    until a deposit is due."""

    type: Literal["loan", "term_deposit"]
    name: Name
    name_en: Name | None = None
    amount: Positive
    balance: Amount
    rate: Rate
    months_left: int = Field(ge=1, le=120)


class ScheduleTrait(_Part):
    """A scheduled payment that is active: biller by key."""

    biller: Name
    reference: Name
    day: int = Field(ge=1, le=28)
    maximum: Positive


class InterbankTrait(_Part):
    """A beneficiary in another institution (by name)."""

    institution: str
    account_number: AccountNumber
    holder_name: Name
    document_type: Literal["cedula", "ruc", "passport"] = "cedula"
    document_number: DocumentNumber
    maximum: Positive = 500_00
    alias: Name | None = None


class UseTrait(_Part):
    """Cooperative transfers made earlier today, to another persona."""

    to: str
    amounts: list[Positive] = Field(min_length=1, max_length=100)


class Traits(_Part):
    """What a member is like; what is left out is ordinary: one account with money, enrolled, with a device.

    `life` is how lively the member is; left out, as lively as the sandbox.
    """

    description: Words = Words(es="Socio hecho a medida.", en="A member made to measure.")
    first_names: Name | None = None
    last_names: Name | None = None
    passport: DocumentNumber | None = None
    segment: Literal["standard", "premium"] = "standard"
    status: Literal["active", "inactive"] = "active"
    language: Language = "es"
    life: Level | None = None
    enrolled: bool = True
    device: bool = True
    phone: bool = True
    locked_minutes: int = Field(0, ge=0, le=525_600)
    accounts: list[AccountTrait] = Field(
        default_factory=lambda: [AccountTrait(balance="500.00")],
        max_length=50,
        json_schema_extra={"contains": {"properties": {"type": {"const": "savings"}}}},
    )
    beneficiaries: list[BeneficiaryTrait] = Field(default_factory=list, max_length=200)
    interbank_beneficiaries: list[InterbankTrait] = Field(default_factory=list, max_length=200)
    holdings: list[HoldingTrait] = Field(default_factory=list, max_length=50)
    schedules: list[ScheduleTrait] = Field(default_factory=list, max_length=50)
    in_flight: Positive | None = None
    biometrics_blocked: bool = False
    cards: list[CardTrait] = Field(default_factory=list, max_length=20)
    movements: int = Field(12, ge=0, le=100_000)
    used_today: UseTrait | None = None

    @property
    def persona(self) -> str | None:
        """The name it has among the personas, if it is one."""
        return None

    @model_validator(mode="after")
    def _makes_sense(self) -> "Traits":
        if not any(account.type == "savings" for account in self.accounts):
            raise _refuse("no_savings", "Hace falta una cuenta de ahorros.", "A savings account is needed.")
        if self.in_flight and not self.interbank_beneficiaries:
            raise _refuse(
                "nobody", "La transferencia en camino no tiene destino.", "A transfer in flight without a destination."
            )
        return self
