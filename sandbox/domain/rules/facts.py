"""The questions rules answer, and the typed facts of each. Adding a question is adding a TypedDict and its subjects."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
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

    per_transaction: Annotated[Cents, Field(description="The most a transaction.")]
    per_day: Annotated[Cents, Field(description="The most a local day.")]


class BeneficiaryFacts(Facts):
    """Whom the money goes to."""

    maximum: Annotated[Cents, Field(description="The most that the member wants to send to this beneficiary at once.")]
    own: Annotated[bool, Field(description="Whether the money goes to an account of the member's own.")]


class MemberFacts(Facts):
    """Who asks."""

    segment: Annotated[str, Field(description="`standard` or `premium`.")]
    status: Annotated[str, Field(description="`active`, or the state that keeps the member out.")]


class OriginFacts(Facts):
    """The account that is debited."""

    type: Annotated[str, Field(description="Its type, such as `savings`.")]
    status: Annotated[str, Field(description="`active`, or why it is not.")]
    debitable: Annotated[bool, Field(description="Whether accounts of its type may be debited.")]


class TransferFacts(Facts):
    """A transfer about to be made."""

    stage: Annotated[str, Field(description="`creation`, or `confirmation` when the code has come.")]
    kind: Annotated[str, Field(description="`own`, `cooperative` or `interbank`.")]
    amount: Annotated[Cents, Field(description="What arrives.")]
    fee: Annotated[Cents, Field(description="What the transfer costs.")]
    tax: Annotated[Cents, Field(description="The value-added tax on the fee.")]
    total: Annotated[Cents, Field(description="Amount, fee and tax.")]
    used_today: Annotated[Cents, Field(description="What the member sent by this kind today, without this one.")]
    local_hour: Annotated[int, Field(description="The hour on the sandbox's clock, 0 to 23.")]
    cap: Annotated[CapFacts, Field(description="The bank's cap for the kind and the member's segment.")]
    own_cap: Annotated[CapFacts, Field(description="The member's own cap.")]
    beneficiary: BeneficiaryFacts
    member: MemberFacts
    origin: OriginFacts


class CredentialFacts(Facts):
    """A password or username on trial."""

    value: Annotated[str, Field(description="The password or username.")]
    length: Annotated[int, Field(description="Its characters; CEL's size() would count bytes beyond ASCII.")]
    username: Annotated[str, Field(description="The member's username.")]
    document_number: Annotated[str, Field(description="The member's document number.")]


class CredentialChangeFacts(Facts):
    """A password or username about to replace another."""

    confirmed: Annotated[bool, Field(description="Whether it was typed twice alike.")]
    same_as_current: Annotated[bool, Field(description="Whether it is the one in use.")]


class StartFacts(Facts):
    """A challenge about to be started before there is a session."""

    starts_last_hour: Annotated[
        int,
        Field(description="Those of the person or of the phone, whichever has more, in the hour, this one included."),
    ]


class SendFacts(Facts):
    """A code about to be sent."""

    in_session: Annotated[bool, Field(description="Whether it is sent again to a member in a session.")]
    sends_last_hour: Annotated[
        int,
        Field(
            description="Codes in the hour, across challenges, this one included: sent again to the member in a "
            "session, else all to the person or to the phone, whichever has more."
        ),
    ]


class GuessFacts(Facts):
    """A code about to be tried."""

    in_session: Annotated[bool, Field(description="Whether a member in a session tries it.")]
    guesses_last_hour: Annotated[
        int,
        Field(
            description="Wrong codes in the hour, across challenges: of the member in a session, else of the person or "
            "of the phone, whichever has more."
        ),
    ]


class ResendFacts(Facts):
    """A code asked for again."""

    seconds_since_last_send: Annotated[int, Field(description="How long ago the challenge's last code was sent.")]
    seconds_to_wait: Annotated[int, Field(description="What is left of the cooldown, rounded up.")]
    sends_last_hour: Annotated[int, Field(description="Codes of this challenge sent in the hour, this one included.")]


class SessionFacts(Facts):
    """A member who gave the right username and password."""

    member: MemberFacts
    enrolled: Annotated[bool, Field(description="Whether the member has joined the app.")]


class DeviceFacts(Facts):
    """A device offered at login."""

    registered: Annotated[bool, Field(description="Whether the member has a registered device.")]
    matches: Annotated[bool, Field(description="Whether it is this one.")]


class DeferralCardFacts(Facts):
    """A card something on which is to be deferred."""

    status: Annotated[str, Field(description="`active`, or why it cannot be used.")]
    overdue: Annotated[bool, Field(description="Whether a minimum payment was missed.")]


class DeferralPurchaseFacts(Facts):
    """A purchase to be deferred."""

    amount: Annotated[Cents, Field(description="What was paid.")]
    kind: Annotated[str, Field(description="`purchase` or `cash_advance`.")]
    age_days: Annotated[int, Field(description="Local days since the purchase.")]
    deferred: Annotated[bool, Field(description="Whether it is part of a deferral.")]


class DeferralRevolvingFacts(Facts):
    """A part of the revolving balance to be deferred."""

    amount: Annotated[Cents, Field(description="The part that is to be deferred.")]
    revolving_balance: Annotated[Cents, Field(description="The whole of it.")]


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
