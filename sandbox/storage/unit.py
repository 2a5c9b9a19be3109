"""The unit of work: what a handler gets to work with, and the transaction around it."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.domain.rules import Decision, RuleBook
from sandbox.kernel.clock import Micros
from sandbox.problems import CATALOGUE, FieldError, Problem, RuleReference, RuleRefused, Text
from sandbox.storage.bank import Bank, LoggedDecision
from sandbox.storage.events import ADD_EVENT
from sandbox.storage.overrides import DROP_OVERRIDE, PUT_OVERRIDE
from sandbox.storage.schema import STATE_FACT
from sandbox.storage.statements import Command, Query, T

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class UnitOfWork:
    """One transaction over one sandbox: its present moment, the rules in force, its names, and the events so far.

    Reads begin nothing; the first write begins an immediate transaction. Whoever made the unit ends it with `commit()`
    or `rollback()`; after the commit, and only then, those who wait for news hear of it.
    """

    __slots__ = (
        "_afterwards", "_events", "_store", "_turn", "bank", "ids", "now", "request_id", "rules", "warnings",
    )  # fmt: skip

    def __init__(self, bank: Bank, request_id: str) -> None:
        self.bank = bank
        self.request_id = request_id
        self.ids = bank.ids
        self.now: Micros = bank.clock.now()
        self.rules: RuleBook = bank.rules
        self.warnings: list[str] = []
        self._store = bank.store
        self._turn = False
        self._afterwards: list[Callable[[], None]] = []
        self._events: list[dict[str, Any]] = []

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

    async def change(self, command: Command, **params: object) -> int:
        """How many rows changed."""
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        return self._store.change(command, params)

    async def bulk(self) -> sqlite3.Connection:
        """The connection itself, in this unit's transaction, for whoever writes many rows at once (seeding)."""
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        return self._store.connection

    async def snapshot(self) -> sqlite3.Connection:
        """A connection that goes on seeing what is committed now, for a thread that takes its time; to be closed."""
        if not self._turn:
            await self._take_turn()
        return self._store.reader()

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
                "data": _written(data) if data else "{}",
            }
        )

    def decide(self, subject: str, facts: Mapping[str, Any]) -> Decision:
        """Ask the rules; raises the problem of the first rule that refuses, with all that failed in `errors`."""
        decision = self.rules.decide(subject, facts)
        self.bank.decisions.append(LoggedDecision(self.request_id, self.now, decision))
        if decision.warned:
            self.warnings += [finding.id for finding in decision.warned]
        if decision.refused:
            raise refusal_of(decision)
        return decision

    def decide_together(self, *questions: tuple[str, Mapping[str, Any]]) -> None:
        """Ask several questions at once; raises one problem with all that failed in all of them."""
        refused: list[Decision] = []
        for subject, facts in questions:
            decision = self.rules.decide(subject, facts)
            self.bank.decisions.append(LoggedDecision(self.request_id, self.now, decision))
            self.warnings += [finding.id for finding in decision.warned]
            if decision.refused:
                refused.append(decision)
        if refused:
            raise refusal_of(*refused)

    async def set_clock(self, moment: Micros | None, rate_millis: int) -> None:
        """Let the sandbox's clock stand at `moment` (or where it is) and run on. Raises ValueError for the past."""
        clock = self.bank.clock
        clock.set(moment, rate_millis)
        for key, value in (("anchor", clock.anchor), ("origin", clock.origin), ("rate_millis", clock.rate_millis)):
            await self.change(STATE_FACT, key=f"clock_{key}", value=str(value))
        self.now = clock.now()

    async def override(self, document: str, text: str | None) -> None:
        """Put a rule document, known to hold, in place of the base one; None takes the base one again."""
        if text is None:
            await self.change(DROP_OVERRIDE, document=document)
        else:
            await self.change(PUT_OVERRIDE, document=document, text=text, now=self.now)
        self.afterwards(self.bank.read_overrides)

    def afterwards(self, learn: Callable[[], None]) -> None:
        """Let the sandbox learn what was changed, once it is kept."""
        self._afterwards.append(learn)

    async def commit(self) -> None:
        """Make it last, then tell the news."""
        told = bool(self._events)
        if told:
            for event in self._events:
                await self.insert(ADD_EVENT, **event)
            self._events.clear()
        store = self._store
        store.keep()
        for learn in self._afterwards:
            learn()
        self._end_turn()
        if store.undecided:
            await store.durable()
        if told:
            self.bank.news.tell()

    def rollback(self) -> None:
        """Forget everything."""
        if self._turn:
            self._store.undo()
            self._end_turn()

    async def _take_turn(self) -> None:
        await self._store.take_turn(self)
        while self._store.closed:
            # The sandbox was reset, restored or removed while we waited: go on in what took its place.
            self._begin_in(self.bank.current())
            await self._store.take_turn(self)
        self._turn = True

    def _begin_in(self, bank: Bank) -> None:
        self.ids = bank.ids
        self.now = bank.clock.now()
        self.rules = bank.rules
        self._store = bank.store

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
