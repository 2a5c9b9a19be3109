"""Due work. A source knows the moment of its next job and runs that one job; nothing is due twice, because running it
and marking it done is one transaction.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple, Protocol, TypeVar
from weakref import WeakKeyDictionary

from sandbox.bank.members.queries import LOCK_MEMBER
from sandbox.domain.life.standing import Standing
from sandbox.domain.rules import RuleBook
from sandbox.http.logs import fields
from sandbox.kernel.clock import Micros
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage import runner
from sandbox.storage.errors import MOST_TRIES, Conflict
from sandbox.storage.queries import Query
from sandbox.storage.unit import UnitOfWork

T = TypeVar("T")
log = logging.getLogger("sandbox")

MOST_LISTED = 1000
"""Jobs that are listed of those that ran; the others are counted."""


class Done(NamedTuple):
    """A job that ran: what it was, of which thing, when it was due. `counts` of a job that is many things in one, or
    none: how many of each kind. `others` ran in the same transaction, after it."""

    kind: str
    subject: str
    due_at: Micros
    counts: Mapping[str, int] | None = None
    others: tuple["Done", ...] = ()


class Ran:
    """What ran: the first jobs in order, how many there were, and how many of each kind; of a job that is many things,
    those.

    It adds up as they run: to count ten thousand jobs at the end would keep the loop from others for as long as a
    hundred requests take.
    """

    def __init__(self) -> None:
        self.first: list[Done] = []
        self.number = 0
        self.counts: Counter[str] = Counter()
        self.next_due: Micros | None = None  # when the first of those is due that did not run

    def add(self, job: Done) -> None:
        """Count a job that ran, and those that ran with it."""
        for each in (job, *job.others):
            self.number += 1
            if len(self.first) < MOST_LISTED:
                self.first.append(each)
            if each.counts is None:
                self.counts[each.kind] += 1
            else:
                self.counts.update(each.counts)


class Source(Protocol):
    """A kind of due work, by the name its jobs have."""

    @property
    def kind(self) -> str: ...

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When its first job not yet done is due, or None."""

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> Done | None:
        """Run that job, with the unit standing at its moment. None when there is no longer one that is due by `limit`:
        a request of the member was faster (see `first`).

        No other source has work that is due before `limit`, and time has not gone on beyond it: a job may be all that
        is due up to then, each thing at its own moment.
        """


async def _run_one(sandbox: Sandbox, until: Micros, generation: int) -> Done | Micros | None:
    """Run the earliest job due by `until`, in a transaction of its own at its own moment. Where none is left: when the
    next one is due, or None. None also where another bank took the place of the one of that generation: a moment of
    the old one is none of the new one."""
    # The lock of the runner's row ends with the COMMIT. What the next job is depends also on memory (how far life has
    # come), which is read again behind it: an advance beside another one would run the same job once more.
    async with sandbox.running_job:
        return await _run_one_in_turn(sandbox, until, generation)


async def _run_one_in_turn(sandbox: Sandbox, until: Micros, generation: int) -> Done | Micros | None:
    tries = 0
    while True:
        unit = sandbox.unit("clock")  # what falls due was asked for by no request
        try:
            await runner.hold(unit)
            waiting = await upcoming(unit)
            if sandbox.generation != generation:  # it was replaced before the unit had its turn, or while it planned
                return None
            if not waiting or waiting[0][0] > until:
                return waiting[0][0] if waiting else None
            unit.now, source = waiting[0]
            limit = min(until, waiting[1][0]) if len(waiting) > 1 else until
            done = await source.run_next(unit, limit)
            if done is not None:
                if unit.now > sandbox.clock.now():
                    await sandbox.follow(unit)
                await unit.commit()
                return done
        except Conflict:
            unit.forget()
            tries += 1
            if tries == MOST_TRIES:
                raise
        finally:
            unit.rollback()


async def first(
    unit: UnitOfWork,
    query: Query[T],
    limit: Micros,
    due_at: Callable[[T], int | None],
    lock: Callable[[UnitOfWork, T], Awaitable[None]] | None = None,
) -> T | None:
    """The first row of `query`, whose member no request acts for until the unit ends: `lock` has other units wait, by
    default those of the row's `member_id`. None where a request took the row away, and no other is due by `limit`."""
    row = await unit.one(query)
    while unit.shared and row is not None:
        await (lock or _lock_member)(unit, row)
        locked, row = row, await unit.one(query)
        if row == locked:
            break
    moment = None if row is None else due_at(row)
    return None if moment is None or moment > limit else row


async def all_due(unit: UnitOfWork, query: Query[T], **params: object) -> list[T]:
    """The rows of a query, for whose members, each row's `member_id`, no request acts until the unit ends. Without
    those that a request took away."""
    rows = await unit.all(query, **params)
    if not unit.shared:
        return rows
    members = {_member_of(row) for row in rows}
    for member in sorted(members):
        await unit.lock(LOCK_MEMBER, member=member)
    return [row for row in await unit.all(query, **params) if _member_of(row) in members]


def _member_of(row: Any) -> int:
    return int(row.member_id)


async def _lock_member(unit: UnitOfWork, row: Any) -> None:
    await unit.lock(LOCK_MEMBER, member=row.member_id)


async def run_due(sandbox: Sandbox, until: Micros | None = None) -> Ran:
    """Run everything due by `until` (the clock's now when not given), in order, unless a reset, a restore or an import
    ends it: what is due in another bank, its own clock tells."""
    ran, generation = Ran(), sandbox.generation
    here = sandbox.clock.now()
    limit = here if until is None else until
    async with sandbox.moving.going_on() if limit > here else nullcontext():
        while isinstance(job := await _run_one(sandbox, limit, generation), Done):
            ran.add(job)
    ran.next_due = job
    if ran.number:
        log.info("jobs", extra=fields(sandbox=sandbox.name, ran=dict(sorted(ran.counts.items()))))
    return ran


async def advance(sandbox: Sandbox, target: Micros | None, rate_millis: int | None = None) -> Ran:
    """Run everything due by `target`, or by now, and have the clock stand there and run on at that rate, or at the one
    that it has by then. Where another bank takes the place of this one meanwhile, its clock stays as it is."""
    generation = sandbox.generation
    ran = await run_due(sandbox, target)
    await sandbox.set_clock(target, rate_millis, generation)  # real time may have passed it while the jobs ran
    return ran


class _Seen(NamedTuple):
    """What the moment of the next job depends on, but for time. `changes` are those of its store."""

    generation: int
    changes: int
    life: Standing
    rules: RuleBook

    @classmethod
    def of(cls, sandbox: Sandbox) -> "_Seen":
        """As it is now."""
        return cls(sandbox.generation, sandbox.store.changes, sandbox.life, sandbox.rules)


class Lookout:
    """When the next job of each sandbox is due, as far as it is known: to look for due work twice a second would keep a
    connection of each sandbox open, for nothing in nearly every case."""

    def __init__(self) -> None:
        self._next: WeakKeyDictionary[Sandbox, tuple[_Seen, Micros | None]] = WeakKeyDictionary()

    def is_wanted(self, sandbox: Sandbox) -> bool:
        """Whether something may be due: a job is, or one may have come that is due earlier."""
        seen, due = self._next.get(sandbox, (None, None))
        if seen != _Seen.of(sandbox):
            return True
        return due is not None and due <= sandbox.clock.now()

    async def run_due(self, sandbox: Sandbox) -> Ran:
        """Run everything that is due, and remember when the next job is."""
        seen = _Seen.of(sandbox)  # before anything is read: what is written meanwhile counts
        ran = await run_due(sandbox)
        self._next[sandbox] = seen, ran.next_due
        return ran


async def upcoming(unit: UnitOfWork) -> list[tuple[Micros, Source]]:
    """When the first job of each kind of work is due, the earliest first, and in the declared order where two are due
    at once."""
    sources: tuple[Source, ...] = unit.sandbox.work.sources
    moments = [await source.next_due(unit) for source in sources[:1]]  # this one lets others have the turn meanwhile
    if unit.shared:
        await unit.hold_turn()  # once: each of the others would begin a transaction of its own
        moments += await asyncio.gather(*(source.next_due(unit) for source in sources[1:]))
    else:
        moments += [await source.next_due(unit) for source in sources[1:]]
    found = [(due, source) for due, source in zip(moments, sources, strict=True) if due is not None]
    return sorted(found, key=lambda each: each[0])
