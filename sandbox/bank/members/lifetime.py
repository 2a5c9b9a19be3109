"""How long a session lasts: as the rules say, or, in developer mode, until it is ended.

In developer mode the moments of the rules are still kept in the database, so that they hold again once the server is
started without it.
"""

from typing import NamedTuple

from sandbox.kernel.clock import DAY, SECOND
from sandbox.storage.unit import UnitOfWork

UNENDING = 24 * DAY
"""How long a session that time does not end is said to last, from each answer on. A client may start a timer with it:
one of JavaScript's holds 2^31 - 1 milliseconds, which is 24.8 days, and rings at once for anything longer."""


class Ends(NamedTuple):
    """The moments at which a session ends: whatever is done, and if no request comes before."""

    absolute: int
    idle: int


def is_over(unit: UnitOfWork, expires_at: int, seen_at: int) -> bool:
    """Whether time has ended a session that was last used at `seen_at`."""
    if unit.sandbox.dev_sessions:
        return False
    return unit.now >= expires_at or unit.now - seen_at >= unit.rules.sessions.settings.idle_seconds * SECOND


def ends(unit: UnitOfWork, expires_at: int) -> Ends:
    """When a session that is used now ends, as a client is told."""
    if unit.sandbox.dev_sessions:
        return Ends(unit.now + UNENDING, unit.now + UNENDING)
    return Ends(expires_at, min(expires_at, unit.now + unit.rules.sessions.settings.idle_seconds * SECOND))
