"""The unit of work: what a handler gets to work with, and the transaction around it."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from pydantic_core import to_json

from sandbox.domain.codes import CodeMaker
from sandbox.domain.faults import Faults
from sandbox.domain.institution import Institution
from sandbox.domain.life.standing import Standing
from sandbox.domain.rules import Decision, RuleBook
from sandbox.kernel.clock import Clock, Micros
from sandbox.kernel.entropy import Entropy
from sandbox.kernel.ids import PublicIds
from sandbox.problem import CATALOGUE, FieldError, Problem, RuleReference, Text
from sandbox.problems import RuleRefused
from sandbox.storage.driver import Store
from sandbox.storage.events import ADD_EVENT
from sandbox.storage.queries import Command, Query, T
from sandbox.storage.work import Work


class LoggedDecision(NamedTuple):
    """A question put to the rules: in which request, when, and what they decided."""

    request_id: str
    moment: Micros
    decision: Decision


class News(Protocol):
    """Listens for commits."""

    def tell(self) -> None:
        """Something was committed."""


class Surroundings(Protocol):
    """What a unit of work knows of the sandbox it works in."""

    store: Store
    clock: Clock
    entropy: Entropy
    ids: PublicIds
    codes: CodeMaker
    faults: Faults
    life: Standing
    institution: Institution
    decisions: deque[LoggedDecision]
    running_keys: set[tuple[int, str]]
    work: Work
    dev_sessions: bool

    @property
    def rules(self) -> RuleBook:
        """The rules in force."""

    @property
    def news(self) -> News:
        """Told after each commit that recorded an event."""

    def read_life(self) -> None:
        """Read again whether members live by themselves."""

    async def resume(self) -> None:
        """Open the database again, for the holder of its turn. Raises SandboxNotFound, SandboxDamaged."""


class UnitOfWork:
    """One transaction over one sandbox: its present moment, the rules in force, its ids, and the events so far.

    Reads begin nothing; the first write begins an immediate transaction. The unit's maker ends it with `commit()` or
    `rollback()`; listeners are told after the commit only.
    """

    __slots__ = (
        "_correlation_id", "_events", "_generation", "_on_commit", "_store", "_turn", "ids", "now", "request_id",
        "rules", "sandbox", "warnings",
    )  # fmt: skip

    def __init__(self, sandbox: Surroundings, request_id: str, correlation_id: str | None = None) -> None:
        self.sandbox = sandbox
        self.request_id = request_id
        self._correlation_id = correlation_id
        self.warnings: list[str] = []
        self._store = sandbox.store
        self._turn = False
        self._on_commit: list[Callable[[], None]] = []
        self._events: list[dict[str, Any]] = []
        self._look_around()

    async def one(self, query: Query[T], **params: object) -> T | None:
        """The first row, or None."""
        if not self._turn:
            await self._take_turn()
        if query.writes and not self._store.writing:
            self._store.begin()
        return self._store.one(query, params)

    async def all(self, query: Query[T], **params: object) -> list[T]:
        """Every row."""
        if not self._turn:
            await self._take_turn()
        return self._store.all(query, params)

    async def insert(self, command: Command, **params: object) -> int:
        """The key of the row added."""
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        return self._store.insert(command, params)

    async def insert_all(self, command: Command, rows: list[dict[str, Any]]) -> None:
        """Add rows whose keys are not needed, in one statement."""
        (await self.write()).insert_all(command, rows)

    async def change(self, command: Command, **params: object) -> int:
        """How many rows changed."""
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        return self._store.change(command, params)

    async def write(self) -> Store:
        """The database, with this unit's turn and transaction begun: for what the methods above do not offer."""
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        return self._store

    async def hold_turn(self) -> None:
        """Have the turn from now on: what is read in memory of the sandbox stays as it is until the unit ends or
        pauses."""
        if not self._turn:
            await self._take_turn()

    def record(self, kind: str, member: int | None, subject: str, subject_id: int, /, **data: object) -> None:
        """Add an event; it commits with the data."""
        self._events.append(
            {
                "moment": self.now,
                "kind": kind,
                "member_id": member,
                "subject": subject,
                "subject_id": subject_id,
                "request_id": self.request_id,
                "correlation_id": self._correlation_id,
                "data": to_json(data).decode() if data else "{}",
            }
        )

    def decide(self, subject: str, facts: Mapping[str, Any]) -> Decision:
        """Ask the rules; raises the problem of the first rule that refuses, with all that failed in `errors`."""
        decision = self._asked(subject, facts)
        if decision.refused:
            raise refusal_of(decision)
        return decision

    def decide_together(self, *questions: tuple[str, Mapping[str, Any]]) -> None:
        """Ask several questions at once; raises one problem with all that failed in all of them."""
        decisions = [self._asked(subject, facts) for subject, facts in questions]
        refused = [decision for decision in decisions if decision.refused]
        if refused:
            raise refusal_of(*refused)

    def _asked(self, subject: str, facts: Mapping[str, Any]) -> Decision:
        decision = self.rules.decide(subject, facts)
        self.sandbox.decisions.append(LoggedDecision(self.request_id, self.now, decision))
        if decision.warned:
            self.warnings += [finding.id for finding in decision.warned]
        return decision

    def on_commit(self, refresh: Callable[[], None]) -> None:
        """Have cached state of the sandbox read again by `refresh` when this unit commits."""
        self._on_commit.append(refresh)

    async def commit(self) -> None:
        """Make it last, then tell listeners. Raises sqlite3.Error when the disk does not take it."""
        told = bool(self._events)
        if told:
            await self.insert_all(ADD_EVENT, self._events)
            self._events = []
        store = self._store
        store.keep()
        refreshers, self._on_commit = self._on_commit, []
        for refresh in refreshers:
            refresh()
        self._end_turn()
        if store.undecided:
            try:
                await store.durable()
            except BaseException:
                await self._refresh_again(refreshers)  # what they read was rolled back
                raise
        if told:
            self.sandbox.news.tell()

    def rollback(self) -> None:
        """Undo what was not committed."""
        if self._turn:
            self._store.undo()
            self._end_turn()

    async def pause(self) -> None:
        """Let others have the turn and the loop go round, in the middle of a long search.

        What is read afterwards may be of a later state. Raises RuntimeError where the unit has written something.
        """
        if self._turn:
            if self._store.writing:
                raise RuntimeError("a unit that has written keeps its turn")
            self._end_turn()
        await asyncio.sleep(0)

    async def _refresh_again(self, refreshers: list[Callable[[], None]]) -> None:
        if refreshers:
            await self._take_turn()
            for refresh in refreshers:
                refresh()
            self._end_turn()

    async def _take_turn(self) -> None:
        store = self._store
        await store.take_turn(self)
        if store.closed or store.generation != self._generation:
            # The sandbox slept, or its database was replaced while this unit waited: go on with what is there now.
            try:
                if store.closed:
                    await self.sandbox.resume()
                self._look_around()
            except BaseException:
                store.end_turn(self)
                raise
        self._turn = True

    def _look_around(self) -> None:
        sandbox = self.sandbox
        self.ids = sandbox.ids
        self.now: Micros = sandbox.clock.now()
        self.rules: RuleBook = sandbox.rules
        self._generation = self._store.generation

    def _end_turn(self) -> None:
        if self._turn:
            self._turn = False
            self._store.end_turn(self)


def refusal_of(*decisions: Decision) -> Problem:
    """The problem refusing decisions stand for: the first finding's code and words, every finding in `errors`."""
    findings = [finding for decision in decisions for finding in decision.refused]
    first = findings[0]
    kind: Callable[..., Problem] = CATALOGUE.get(first.code, RuleRefused)
    return kind(
        detail=Text(first.message("es"), first.message("en")),
        rule=RuleReference(first.id, first.revision),
        errors=[
            FieldError(finding.field or "", finding.short_id, Text(finding.message("es"), finding.message("en")))
            for finding in findings
        ],
    )
