"""The questions rules answer, and the typed facts of each. Adding a question is adding a TypedDict and its subjects."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from sandbox.domain.rules.errors import FactsError

Cents = Annotated[int, "cents"]
"""An integer that is money, so that messages show it as `2000.00`."""


class Facts(TypedDict):
    """What every question's facts share: nothing but strictness."""

    __pydantic_config__ = ConfigDict(strict=True, extra="forbid")  # type: ignore[misc]  # pydantic's documented way


def fitting(question: Any, facts: Mapping[str, Any]) -> Any:
    """The facts as those of a question. Raises FactsError with every one that does not fit."""
    try:
        return TypeAdapter(question).validate_python(facts)
    except ValidationError as error:
        raise FactsError(
            [(".".join(str(part) for part in each["loc"]), each["msg"]) for each in error.errors()]
        ) from None


class CapFacts(Facts):
    """A cap per transaction and per day."""

    per_transaction: Cents
    per_day: Cents


class BeneficiaryFacts(Facts):
    """The beneficiary's maximum; `own` when the money goes to the member's own account."""

    maximum: Cents
    own: bool


class MemberFacts(Facts):
    """Who asks."""

    segment: str
    status: str


class OriginFacts(Facts):
    """The account that is debited."""

    type: str
    status: str
    debitable: bool


class TransferFacts(Facts):
    """A transfer about to be made. `used_today`: what the member sent by this kind today, without this one; `stage`:
    `creation`, or `confirmation` when the code has come."""

    stage: str
    kind: str
    amount: Cents
    fee: Cents
    tax: Cents
    total: Cents
    used_today: Cents
    local_hour: int
    cap: CapFacts
    own_cap: CapFacts
    beneficiary: BeneficiaryFacts
    member: MemberFacts
    origin: OriginFacts


class CredentialFacts(Facts):
    """A password or username on trial. `length` in characters, because CEL's size() counts bytes beyond ASCII."""

    value: str
    length: int
    username: str
    document_number: str


class CredentialChangeFacts(Facts):
    """A password or username about to replace another."""

    confirmed: bool
    same_as_current: bool


class StartFacts(Facts):
    """A challenge about to be started before there is a session. `starts_last_hour`: those of the person or of the
    phone, whichever has more, within the hour, this one included."""

    starts_last_hour: int


class SendFacts(Facts):
    """A code about to be sent. `sends_last_hour`: codes within the hour, across challenges, this one included; those
    sent again to the member in a session, else all to the person or to the phone, whichever has more."""

    in_session: bool
    sends_last_hour: int


class GuessFacts(Facts):
    """A code about to be tried. `guesses_last_hour`: wrong codes within the hour, across challenges; of the member in a
    session, else of the person or of the phone, whichever has more."""

    in_session: bool
    guesses_last_hour: int


class ResendFacts(Facts):
    """A code asked for again. `seconds_to_wait`: what is left of the cooldown, rounded up. `sends_last_hour`: codes of
    this challenge sent within the hour, this one included."""

    seconds_since_last_send: int
    seconds_to_wait: int
    sends_last_hour: int


class SessionFacts(Facts):
    """A member who gave the right username and password."""

    member: MemberFacts
    enrolled: bool


class DeviceFacts(Facts):
    """A device offered at login: has the member one registered, and is it this one?"""

    registered: bool
    matches: bool


class DeferralCardFacts(Facts):
    """A card something on which is to be deferred."""

    status: str
    overdue: bool


class DeferralPurchaseFacts(Facts):
    """A purchase to be deferred."""

    amount: Cents
    kind: str
    age_days: int
    deferred: bool


class DeferralRevolvingFacts(Facts):
    """A part of the revolving balance to be deferred."""

    amount: Cents
    revolving_balance: Cents


QUESTIONS: dict[str, type[Any]] = {
    "transfer.own": TransferFacts,
    "transfer.cooperative": TransferFacts,
    "transfer.interbank": TransferFacts,
    "credential.password": CredentialFacts,
    "credential.username": CredentialFacts,
    "credential.password_change": CredentialChangeFacts,
    "credential.username_change": CredentialChangeFacts,
    "otp.start": StartFacts,
    "otp.send": SendFacts,
    "otp.guess": GuessFacts,
    "otp.resend": ResendFacts,
    "session.create": SessionFacts,
    "session.device": DeviceFacts,
    "deferral.card": DeferralCardFacts,
    "deferral.purchase": DeferralPurchaseFacts,
    "deferral.revolving": DeferralRevolvingFacts,
}
