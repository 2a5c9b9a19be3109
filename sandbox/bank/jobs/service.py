"""Due work. A source knows the moment of its next job and runs that one job; nothing is due twice, because running it
and
marking it done is one transaction.
"""

from typing import NamedTuple, Protocol

from sandbox.kernel.clock import Micros
from sandbox.storage.bank import Bank
from sandbox.storage.unit import UnitOfWork


class Done(NamedTuple):
    """A job that ran: what it was, of which thing, when it was due."""

    kind: str
    subject: str
    due_at: Micros


class Source(Protocol):
    """A kind of due work, by the name its jobs have."""

    @property
    def kind(self) -> str: ...

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When its first job not yet done is due, or None."""

    async def run_next(self, unit: UnitOfWork) -> Done:
        """Run that job, with the unit standing at its moment."""


_SOURCES: list[Source] = []


def offer(source: Source) -> None:
    """Make a source known, when its slice is imported."""
    _SOURCES.append(source)


async def run_one(bank: Bank, until: Micros) -> Done | None:
    """Run the earliest job due by `until`, in a transaction of its own at its own moment; None when none is left."""
    unit = UnitOfWork(bank.current(), "clock")  # what falls due was asked for by no request
    try:
        first: tuple[Micros, Source] | None = None
        for source in _SOURCES:
            due = await source.next_due(unit)
            if due is not None and due <= until and (first is None or due < first[0]):
                first = (due, source)
        if first is None:
            return None
        unit.now = first[0]
        done = await first[1].run_next(unit)
        await unit.commit()
        return done
    finally:
        unit.rollback()


async def run_due(bank: Bank, until: Micros | None = None) -> list[Done]:
    """Run everything due by `until` (the clock's now when not given), in order."""
    done = []
    limit = bank.clock.now() if until is None else until
    while (job := await run_one(bank, limit)) is not None:
        done.append(job)
    return done


async def upcoming(unit: UnitOfWork) -> list[tuple[str, Micros]]:
    """Each kind of work that waits, and when its first job is due; the earliest first."""
    found = []
    for source in _SOURCES:
        due = await source.next_due(unit)
        if due is not None:
            found.append((source.kind, due))
    return sorted(found, key=lambda each: each[1])
