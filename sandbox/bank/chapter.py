"""What a chapter of the bank declares, and what all of them declare together. Nothing counts by being imported."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from fastapi import APIRouter
from sqlmodel import SQLModel

from sandbox.bank.auditing import Audit, checks_of
from sandbox.bank.challenges.operations import Operation
from sandbox.bank.jobs.service import Source
from sandbox.bank.members.tables import Member, Session
from sandbox.bank.seeds import Seed
from sandbox.domain.rules.wording import Vocabulary, name_of
from sandbox.http.idempotency import KeptResponse
from sandbox.sandboxes.faults import FaultRow
from sandbox.sandboxes.overrides import RuleOverride
from sandbox.sandboxes.webhooks import Delivery, Webhook
from sandbox.storage.events import Event
from sandbox.storage.schema import Fact
from sandbox.storage.work import Work


class Job(NamedTuple):
    """A source of due work. `turn` settles which runs first of jobs that are due at one moment: the lower one."""

    turn: int
    source: Source


_FOUNDATIONS: tuple[type[SQLModel], ...] = (
    Fact, Event, KeptResponse, FaultRow, RuleOverride, Webhook, Delivery, Member, Session,
)  # fmt: skip

RouterMaker = Callable[[Sequence[Operation]], APIRouter]
"""Makes a router of all operations that a code can authorise, by kind."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A folder of the bank, and what it adds to the whole.

    `messages` and `notices` are what it tells members: named tuples, with their words in `rules/texts.yaml`.
    """

    name: str
    routers: tuple[APIRouter | RouterMaker, ...] = ()
    tables: tuple[type[SQLModel], ...] = ()
    operations: tuple[Operation, ...] = ()
    jobs: tuple[Job, ...] = ()
    audit: Audit = field(default_factory=Audit)
    seeds: tuple[Seed, ...] = ()
    messages: tuple[type[NamedTuple], ...] = ()
    notices: tuple[type[NamedTuple], ...] = ()


class Chapters:
    """Chapters taken together, in their order. Raises ValueError where two declare the same."""

    def __init__(self, chapters: Iterable[Chapter]) -> None:
        self._all = tuple(chapters)
        _require_distinct("chapter", (chapter.name for chapter in self._all))
        self.operations = sorted(
            (operation for chapter in self._all for operation in chapter.operations), key=attrgetter("kind")
        )
        _require_distinct("operation", (operation.kind for operation in self.operations))
        jobs = sorted((job for chapter in self._all for job in chapter.jobs), key=attrgetter("turn"))
        _require_distinct("job", (job.source.kind for job in jobs))
        self.work = Work(
            {operation.kind: operation for operation in self.operations}, tuple(job.source for job in jobs)
        )
        self.checks = self._checks()
        self.seeds = tuple(seed for chapter in self._all for seed in chapter.seeds)
        _require_distinct("seed", (seed.name for seed in self.seeds))
        self.vocabulary = self._vocabulary()

    @property
    def tables(self) -> tuple[type[SQLModel], ...]:
        """Every table of a sandbox: those of the chapters, and those that chapters build on."""
        return (*_FOUNDATIONS, *(table for chapter in self._all for table in chapter.tables))

    def routers(self) -> list[APIRouter]:
        """Every router, in order. Those that depend on the operations are made anew."""
        return [
            router if isinstance(router, APIRouter) else router(self.operations)
            for chapter in self._all
            for router in chapter.routers
        ]

    def _checks(self) -> dict[str, str]:
        """The SQL of the audit's checks by name, in the order in which they run."""
        checks = checks_of(chapter.audit for chapter in self._all)
        _require_distinct("check", (check.name for check in checks))
        return {check.name: check.sql for check in checks}

    def _vocabulary(self) -> Vocabulary:
        """What members are told, whose words are in `rules/texts.yaml`."""
        told = Vocabulary(
            tuple(kind for chapter in self._all for kind in chapter.messages),
            tuple(kind for chapter in self._all for kind in chapter.notices),
        )
        _require_distinct("text", (name_of(kind) for kinds in told for kind in kinds))
        return told


def _require_distinct(what: str, names: Iterable[str]) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise ValueError(f"declared twice: {what} {', '.join(twice)}")
