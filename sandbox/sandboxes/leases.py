"""Who has which member for itself: leases of parallel tests and load workers.

They belong to the workers, not to the bank: kept in memory, in the machine's time, and untouched by a reset.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Leases:
    """Member → when its lease ends. Seconds by a clock that only goes forward; `latest` was leased last."""

    source: Callable[[], float] = time.monotonic
    latest: int = 0
    _until: dict[int, float] = field(default_factory=dict)

    def take(self, members: Iterable[int], seconds: float) -> int | None:
        """Lease the first free one of `members` for `seconds`; None when all are leased."""
        now = self.source()
        for member in members:
            if self._until.get(member, now) <= now:
                self._until[member] = now + seconds
                self.latest = member
                return member
        return None

    def release(self, member: int) -> bool:
        """Release a member. Returns whether it was leased."""
        until = self._until.pop(member, None)
        return until is not None and until > self.source()

    def live(self) -> int:
        """How many are taken."""
        now = self.source()
        return sum(until > now for until in self._until.values())
