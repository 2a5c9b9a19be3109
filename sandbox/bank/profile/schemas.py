"""What crosses the wire of the profile."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.bank.access.schemas import DeviceWithKey
from sandbox.bank.wire import Amount, Body, Moment, Money, PublicId, View
from sandbox.domain.vocabulary import Segment, TransferKind


class Profile(View):
    """The member, with contacts masked."""

    id: str
    greeting: Annotated[str, Field(examples=["¡Hola Rosa Elena!"])]
    first_names: str
    last_names: str
    username: str | None
    phone: Annotated[str | None, Field(examples=["09XXXXXX21"])]
    email: Annotated[str | None, Field(examples=["r***@example.com"])]
    segment: Segment
    last_access: Moment | None


class Candidate(Body):
    """A password or username to check, as it is being typed."""

    kind: Literal["password", "username"]
    value: Annotated[str, Field(max_length=200, examples=["Abcdef1@"])]


class PasswordChange(Body):
    """«Actualizar contraseña»: username, current password, the new one twice."""

    username: Annotated[str, Field(max_length=100)]
    current_password: Annotated[str, Field(max_length=200)]
    new_password: Annotated[str, Field(max_length=200)]
    confirmation: Annotated[str, Field(max_length=200)]


class UsernameChange(Body):
    """«Actualizar usuario»: the current username, the new one twice."""

    current_username: Annotated[str, Field(max_length=100)]
    new_username: Annotated[str, Field(max_length=100)]
    confirmation: Annotated[str, Field(max_length=100)]


class Availability(View):
    """Whether a username may be chosen: free, and within the rules."""

    username: str
    available: bool
    valid: bool
    rules: list["Check"]


class DeviceRegistration(DeviceWithKey):
    """A phone to register. `replaces` names the device that goes in the same step, by its `id` in the list."""

    replaces: PublicId | None = None


class OwnLimit(Body):
    """One's own lower caps for a kind of transfer; null takes a cap away."""

    kind: TransferKind
    per_transaction: Amount | None = None
    per_day: Amount | None = None


class OwnLimits(Body):
    """Own caps, by kind; kinds left out stay as they are."""

    items: Annotated[list[OwnLimit], Field(min_length=1, max_length=3)]


class Check(View):
    """One rule and whether the candidate passes it."""

    id: Annotated[str, Field(examples=["length"])]
    passed: bool
    message: str


class Checklist(View):
    """All rules for a candidate."""

    valid: bool
    rules: list[Check]


class CredentialRule(View):
    """One rule for credentials, in words."""

    id: str
    message: str


class CredentialRules(View):
    """The rules to show beside the fields."""

    password: list[CredentialRule]
    username: list[CredentialRule]
    revision: str


class LimitView(View):
    """The limits of one kind of transfer. `own_*` are the member's own lower caps."""

    kind: TransferKind
    per_transaction: Money
    per_day: Money
    own_per_transaction: Money | None
    own_per_day: Money | None
    used_today: Money
    left_today: Money
    currency: Literal["USD"] = "USD"


class Limits(View):
    """What the rules allow this member today."""

    items: list[LimitView]
