"""What crosses the wire of procedures."""

from typing import Literal

from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.wire import Moment, View

ProcedureStatus = Literal["pending_confirmation", "verified", "completed", "cancelled", "expired", "locked"]
ProcedureKind = Literal[
    "enrolment", "password_recovery", "username_recovery", "device_replacement", "password_change", "username_change",
    "device_registration", "device_deletion",
]  # fmt: skip


class ProcedureView(View):
    """A procedure; `challenge` while it waits for its code. `verified`: the code was right, something is still to be
    given."""

    id: str
    kind: ProcedureKind
    status: ProcedureStatus
    created_at: Moment
    challenge: ChallengeView | None = None
