"""What crosses the wire of challenges."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.bank.wire import Body, Moment, View
from sandbox.domain.vocabulary import Channel
from sandbox.kernel.forms import form

ChallengeStatus = Literal["pending", "confirmed", "cancelled", "expired", "locked"]
Act = Literal["start", "send", "guess"]
"""What counts against the hourly budgets of codes."""


class ChallengeView(View):
    """A code asked for: where it went, until when it counts, how often it may still be tried."""

    id: Annotated[str, Field(examples=["chl_3b608cc6f15c7c222e24ae9258ac41d7"])]
    status: ChallengeStatus
    channel: Channel
    destination: Annotated[str, Field(examples=["09XXXXXX21"])]
    expires_at: Moment
    expires_in: Annotated[int, Field(ge=0, description="Whole seconds left until `expires_at`, rounded down.")]
    attempts_left: int
    resend_available_at: Moment
    resend_in: Annotated[int, Field(ge=0, description="Seconds to wait until a new code can be asked for, rounded up.")]


CODE = form(
    r"^[0-9]{4,10}$", es="Escribe solo los dígitos del código", en="Write the digits of the code", example="123456"
)


class CodeEntered(Body):
    """The code the member typed."""

    code: Annotated[str, Field(pattern=CODE.pattern, examples=[CODE.example])]


class OperationRef(View):
    """What was authorised."""

    kind: str
    id: str
