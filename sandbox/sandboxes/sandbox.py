"""A sandbox in memory: its database, clock, entropy, rules, and what only the living process knows of it."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.domain.codes import CodeMaker
from sandbox.domain.rules import Decision, RuleBook, RulesInvalid, RuleSource
from sandbox.kernel.clock import Clock, Micros, wall
from sandbox.kernel.entropy import Entropy
from sandbox.kernel.ids import PublicIds
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import faults
from sandbox.storage import schema
from sandbox.storage.driver import Store
from sandbox.sandboxes.faults import Faults
from sandbox.sandboxes.leases import Leases
from sandbox.sandboxes.overrides import OVERRIDES
from sandbox.sandboxes.webhooks import WEBHOOKS

log = logging.getLogger("sandbox")


class LoggedDecision(NamedTuple):
    """What a question was answered, in which request, when."""

    request_id: str
    moment: Micros
    decision: Decision


class News:
    """Wakes whoever waits for something new to be committed."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Something was committed."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def wait(self, seconds: float) -> bool:
        """Whether something was committed within `seconds`."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiter)
        return True


@dataclass(frozen=True, slots=True)
class RingSizes:
    """How much the memory-only records keep: HTTP exchanges and decisions."""

    journal: int = 1000
    decisions: int = 1000


class Sandbox:
    """One open sandbox."""

    def __init__(self, name: str, path: Path, rules: RuleSource, rings: RingSizes) -> None:
        self.name = name
        self.path = path
        self.source = rules
        self.news = News()
        self.journal: deque[Any] = deque(maxlen=rings.journal)
        self.recording: list[Any] | None = None  # every exchange that steers it, while somebody records
        self.decisions: deque[LoggedDecision] = deque(maxlen=rings.decisions)
        self.running_keys: set[tuple[int, str]] = set()
        self.leases = Leases()
        self.removed = False
        self.closing = False
        self.used_at = 0.0  # by the machine's steady clock
        self.generation = 0  # grows when another database is put in place
        self._requests = 0
        self.overrides: dict[str, str] = {}
        self._book: RuleBook | None = None
        self._base: RuleBook | None = None
        self.open()

    def reopen(self) -> None:
        """Start over on another file put at `path`; what memory held of the old one is forgotten."""
        self.journal.clear()
        self.decisions.clear()
        self._requests = 0
        self.generation += 1
        self.open()
        self.news.tell()

    def open(self) -> None:
        """Open the file at `path` and learn what it says of itself."""
        self.store = Store(self.path)
        known = schema.facts(self.store.connection)
        self.entropy = Entropy(bytes.fromhex(known["secret"]))
        self.ids = PublicIds(self.entropy.secret)
        self.codes = CodeMaker(self.entropy.code_secret)
        self.origin = schema.origin(known)
        origin = int(known["clock_origin"]) if known["clock_origin"] else wall()
        self.clock = Clock(Micros(int(known["clock_anchor"])), Micros(origin), int(known["clock_rate_millis"]))
        self._starts = int(known["starts"]) + 1
        self.read_overrides()
        self.read_faults()
        self.read_webhooks()
        schema.state(self.store.connection, starts=str(self._starts), clock_origin=str(origin))

    @property
    def rules(self) -> RuleBook:
        """The rules in force here: the base documents, and the sandbox's own in place of some."""
        base = self.source.current
        if not self.overrides:
            return base
        if self._book is None or self._base is not base:
            self._base = base
            try:
                self._book = self.source.overridden(self.overrides)
            except RulesInvalid as invalid:  # the base changed under them: what held before goes on
                log.warning("rules of sandbox %s no longer fit the base: %s", self.name, invalid)
                self._book = self._book or base
        return self._book

    def read_overrides(self) -> None:
        """Learn which documents the sandbox has of its own."""
        rows = self.store.all(OVERRIDES, {})
        self.overrides = {row.document: row.text for row in rows}
        self._book = None

    def read_faults(self) -> None:
        """Learn which faults are in force."""
        self.faults: Faults = faults.read(self.store)

    def read_webhooks(self) -> None:
        """Learn whether anybody wants to hear of events."""
        self.has_webhooks = bool(self.store.all(WEBHOOKS, {}))

    @property
    def asleep(self) -> bool:
        """Whether its database is closed for want of use."""
        return self.store.closed

    @property
    def is_idle(self) -> bool:
        """Whether nobody is in the middle of something."""
        return self.store.is_idle and not self.running_keys

    def sleep(self) -> None:
        """Close the database until somebody comes; clock, journal and leases stay as they are."""
        self.store.close()

    def wake(self) -> None:
        """Open the database again if it was closed."""
        if self.store.closed and not self.removed:
            self.store = Store(self.path)

    def remove(self) -> None:
        """It is no more: whoever waits for a turn or for news is told."""
        self.removed = True
        self.store.close()
        self.news.tell()

    def next_request_id(self) -> str:
        """A request id of this sandbox, in order of arrival and never given twice."""
        self._requests += 1
        return f"req_{self._starts:04x}{self._requests:08x}"

    def current(self) -> "Bank":
        """Itself, awake, as long as it is there. Raises SandboxNotFound after its removal."""
        if self.removed:
            raise SandboxNotFound(name=self.name)
        if self.store.closed:
            self.wake()
        return self

    def send_listeners_home(self) -> None:
        """The server is about to stop: whoever waits for news shall end its answer."""
        self.closing = True
        self.news.tell()

    def close(self) -> None:
        self.store.close()
