"""Whether a member may use the app at all: checked at each way in, and on every request of a session."""

from typing import Protocol

from sandbox.domain.vocabulary import MemberStatus, Segment
from sandbox.kernel import clock
from sandbox.kernel.clock import MINUTE
from sandbox.problems import AccessLocked
from sandbox.storage.unit import UnitOfWork


class Applicant(Protocol):
    """What is asked of a member: `suspended_until` is the bank's own lock, None or past when there is none."""

    @property
    def status(self) -> MemberStatus: ...

    @property
    def segment(self) -> Segment: ...

    @property
    def suspended_until(self) -> int | None: ...


def require(unit: UnitOfWork, member: Applicant) -> None:
    """Raises AccessLocked while the bank has the member suspended, and the rules' refusals (member not active)."""
    if member.suspended_until is not None and member.suspended_until > unit.now:
        raise locked(unit, member.suspended_until)
    unit.decide("session.create", {"member": {"status": member.status, "segment": member.segment}, "enrolled": True})


def locked(unit: UnitOfWork, until: int) -> AccessLocked:
    """The refusal while a lock lasts, with the seconds left rounded up."""
    minute = -(-until // MINUTE) * MINUTE  # a wait is told rounded up
    seconds = clock.seconds_to_wait(until, unit.now)
    return AccessLocked(until=f"{clock.local(minute):%H:%M}", headers={"Retry-After": str(seconds)})
