"""The unit of work: what a handler gets to work with, and the transaction around it."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

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
from sandbox.storage.connection import Connection
from sandbox.storage.queries import Command, Query, T
from sandbox.storage.store import Store
from sandbox.storage.work import Work


class LoggedDecision(NamedTuple):
    """A question put to the rules: in which request, when, and what they decided. `noted` is when, in nanoseconds of
    the machine's steady clock, where several processes note what they ask."""

    request_id: str
    moment: Micros
    decision: Decision
    noted: int = 0


Refresh = Callable[[Connection], None]
"""Reads a part of the database again that is kept in memory."""


class News(Protocol):
    """Listens for commits."""

    def tell(self) -> None:
        """Something was committed."""


class Sharing(Protocol):
    """Tells the other processes that serve a sandbox."""

    def tell(self) -> None:
        """Something was committed."""

    def note_closed(self) -> None:
        """This process has closed the database without the others."""

    async def catch_up(self) -> None:
        """Have them read again what this process has read again."""


class Moving(Protocol):
    """Whether jobs move the clock."""

    @property
    def is_on(self) -> bool:
        """Whether a unit that begins has to read the clock in the database, where other units commit meanwhile."""


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

    def read_life(self, connection: Connection) -> None:
        """Read again whether members live by themselves."""

    @property
    def unit(self) -> "MakeUnit":
        """Makes a unit of work, for a request or for work that no request asked for."""

    async def resume(self) -> None:
        """Open the database again, for the holder of its turn. Raises SandboxNotFound, SandboxDamaged."""

    @property
    def sharing(self) -> "Sharing":
        """What other processes that serve the sandbox are told."""

    @property
    def moving(self) -> "Moving":
        """Whether jobs move the clock."""

    def take_clock(self, known: Mapping[str, str]) -> None:
        """Have the clock as the database has it, by its facts."""


class MakeUnit(Protocol):
    """Makes a unit of work of a sandbox."""

    def __call__(self, request_id: str, correlation_id: str | None = None, /) -> "UnitOfWork": ...


class UnitOfWork(ABC):
    """One transaction over one sandbox: its present moment, the rules in force, its ids, and the events so far.

    The unit's maker ends it with `commit()` or `rollback()`; listeners are told after the commit only. Each engine has
    units of its own, which sandboxes make (`Sandbox.unit`).
    """

    shared: ClassVar[bool] = False
    """Whether other units may work on the same database while this one does: what was read may then have changed,
    unless it was locked."""

    __slots__ = (
        "_correlation_id", "_events", "_on_commit", "_revision", "ids", "now", "request_id", "rules", "sandbox",
        "warnings",
    )  # fmt: skip

    sandbox: Surroundings
    request_id: str
    ids: PublicIds
    now: Micros
    rules: RuleBook
    warnings: list[str]
    _correlation_id: str | None
    _on_commit: list[Refresh]
    _events: list[dict[str, Any]]

    @abstractmethod
    def __init__(self, sandbox: Surroundings, request_id: str, correlation_id: str | None = None) -> None: ...

    @abstractmethod
    async def one(self, query: Query[T], **params: object) -> T | None:
        """The first row, or None."""

    @abstractmethod
    async def all(self, query: Query[T], **params: object) -> list[T]:
        """Every row."""

    @abstractmethod
    async def insert(self, command: Command, **params: object) -> int:
        """The key of the row added."""

    @abstractmethod
    async def add(self, command: Command, **params: object) -> None:
        """Add a row whose key is not needed, so that the unit need not wait for it."""

    @abstractmethod
    async def insert_all(self, command: Command, rows: list[dict[str, Any]]) -> None:
        """Add rows whose keys are not needed, in one statement."""

    @abstractmethod
    async def change(self, command: Command, **params: object) -> int:
        """How many rows changed, for those who act on it: a conditional change that found none was not made."""

    @abstractmethod
    async def later(self, command: Command, **params: object) -> None:
        """Change rows, however many there are. The unit need not wait for it: an error is raised by a later statement,
        or by the commit."""

    @abstractmethod
    async def lock(self, query: Query[int], **params: object) -> None:
        """Have these rows stay as they are until the unit ends; what was read of them before has to be read again. For
        a unit that is `shared`; any other has the database for itself."""

    @abstractmethod
    async def write(self) -> None:
        """Have this unit's turn and transaction begun."""

    @abstractmethod
    async def in_bulk(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives, run in a thread with a connection in the middle of this unit's transaction: for what the
        methods above do not offer."""

    @abstractmethod
    async def hold_turn(self) -> None:
        """Have the turn from now on: what is read in memory of the sandbox stays as it is until the unit ends or
        pauses."""

    @abstractmethod
    async def commit(self) -> None:
        """Make it last, then tell listeners. Raises an error of the engine when it cannot be stored."""

    @abstractmethod
    def rollback(self) -> None:
        """Undo what was not committed."""

    @abstractmethod
    async def pause(self) -> None:
        """Let others have the turn and the loop go round, in the middle of a long search.

        What is read afterwards may be of a later state. Raises RuntimeError where the unit has written something.
        """

    @abstractmethod
    def forget(self) -> None:
        """Forget what was asked of the rules: the work is begun again, in another unit."""

    async def append(
        self,
        command: Command,
        row: Mapping[str, object],
        kind: str,
        member: int | None,
        subject: str,
        /,
        **data: object,
    ) -> None:
        """Add a row of a table that is followed as it grows, and the event that tells of it.

        Where units write at the same time, such a row is written just before the COMMIT: from then on no other one gets
        a key, so that rows are committed in the order of their keys.
        """
        self.record(kind, member, subject, await self.insert(command, **row), **data)

    def _look_around(self) -> None:
        """Take the sandbox as it is now."""
        sandbox = self.sandbox
        self.ids = sandbox.ids
        self.now = sandbox.clock.now()
        self.rules = sandbox.rules
        self._revision = sandbox.store.revision

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
        self._log(decision)
        if decision.warned:
            self.warnings += [finding.id for finding in decision.warned]
        return decision

    def _log(self, decision: Decision) -> None:
        self.sandbox.decisions.append(LoggedDecision(self.request_id, self.now, decision))

    def on_commit(self, refresh: Refresh) -> None:
        """Have cached state of the sandbox read again by `refresh` when this unit commits."""
        self._on_commit.append(refresh)


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
