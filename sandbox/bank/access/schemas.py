"""What crosses the wire when a member comes in."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.access.keys import PublicKey
from sandbox.bank.wire import Body, CleanText, Moment, View

Platform = Literal["android", "ios"]


class DeviceOffered(Body):
    """The phone the app runs on; `id` is the identifier the app gives itself, which answers call `device_id`."""

    id: Annotated[CleanText, Field(min_length=1, max_length=100, examples=["dev-00d1f1a3b2c4e5f6"])]
    name: Annotated[CleanText, Field(min_length=1, max_length=100)]
    platform: Platform


class DeviceWithKey(DeviceOffered):
    """The phone, with the public key (P-256) behind its fingerprint or face, where it has one."""

    public_key: PublicKey | None = None


class Identity(Body):
    """Who is asking, by document."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"document_type": "cedula", "document_number": "1712345675"}]}
    )

    document_type: Literal["cedula", "passport"]
    document_number: Annotated[CleanText, Field(min_length=1, max_length=20)]


class CredentialsChosen(Body):
    """What completes an enrolment: username, password, how to get in, and the first device."""

    username: Annotated[str, Field(max_length=100)]
    password: Annotated[str, Field(max_length=200)]
    confirmation: Annotated[str, Field(max_length=200)]
    access_method: Literal["password", "fingerprint", "face"] = "password"
    device: DeviceWithKey


class PasswordChosen(Body):
    """A new password, twice."""

    new_password: Annotated[str, Field(max_length=200)]
    confirmation: Annotated[str, Field(max_length=200)]


class DeviceId(Body):
    """The identifier the app gave itself."""

    device_id: Annotated[CleanText, Field(min_length=1, max_length=100)]


class BiometricChallenge(View):
    """What to sign with ECDSA over P-256 and SHA-256: the 32 bytes behind `nonce`, which is Base64."""

    id: str
    nonce: str
    expires_at: Moment


class BiometricProof(Body):
    """The signature over the nonce's bytes: Base64 of its DER form or of r‖s (64 bytes)."""

    id: Annotated[CleanText, Field(max_length=64)]
    device_id: Annotated[CleanText, Field(min_length=1, max_length=100)]
    method: Literal["fingerprint", "face"]
    signature: Annotated[CleanText, Field(min_length=1, max_length=500)]


class AccessMethodsWanted(Body):
    """Which ways in, besides the password; omitted fields keep their value. The key is needed the first time one is
    enabled."""

    fingerprint: bool | None = None
    face: bool | None = None
    public_key: PublicKey | None = None


class AccessMethods(View):
    """The ways in, on this device."""

    password: bool
    fingerprint: bool
    face: bool


class LogIn(Body):
    """Username, password and device."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "username": "rosachicaiza1",
                    "password": "Progreso1@",
                    "device": {"id": "dev-00d1f1a3b2c4e5f6", "name": "Galaxy A54 de Rosa", "platform": "android"},
                }
            ]
        }
    )

    username: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=200)]
    device: DeviceOffered


class Refresh(Body):
    """The refresh token to spend."""

    refresh_token: Annotated[CleanText, Field(min_length=1, max_length=200)]


class Greeting(View):
    """Who is logged in, as the app greets."""

    id: str
    greeting: Annotated[str, Field(examples=["¡Hola Rosa Elena!"])]


class NewSession(View):
    """Tokens of a session that has just begun."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the scheme's name
    expires_in: Annotated[int, Field(ge=0, description="Seconds until the session ends, whatever is done.")]
    idle_expires_in: Annotated[int, Field(ge=0, description="Seconds without a request after which it ends.")]
    member: Greeting
    last_access: Moment | None


class DeviceView(View):
    """A registered device. `id` names it in paths and in `replaces`; `device_id` is the identifier the app gave
    itself when it registered, by which the app knows itself in the list. `current`: the device of this session."""

    id: Annotated[str, Field(examples=["dev_3b608cc6f15c7c222e24ae9258ac41d7"])]
    device_id: Annotated[str, Field(examples=["dev-00d1f1a3b2c4e5f6"])]
    current: bool
    name: str
    platform: Platform
    registered_at: Moment


class SessionView(View):
    """The session under way."""

    member: Greeting
    started_at: Moment
    expires_at: Moment
    idle_expires_at: Moment
    last_access: Moment | None
    device: DeviceView | None
