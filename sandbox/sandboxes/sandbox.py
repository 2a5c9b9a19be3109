"""A sandbox in memory: its database, clock, entropy, rules, and what only the living process knows of it."""

import asyncio
import functools
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from sandbox.domain.codes import CodeMaker
from sandbox.domain.faults import Faults
from sandbox.domain.institution import Institution
from sandbox.domain.life.standing import Standing
from sandbox.domain.rules import RuleBook, RulesInvalid, RuleSource
from sandbox.kernel.clock import Clock, Micros
from sandbox.kernel.entropy import Entropy
from sandbox.kernel.ids import PublicIds
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import contents, faults, life
from sandbox.sandboxes.bounds import RingSizes
from sandbox.sandboxes.contents import Contents, Given
from sandbox.sandboxes.counts import Counts
from sandbox.sandboxes.engine import Engine
from sandbox.sandboxes.feeds import Feed
from sandbox.sandboxes.files import DatabaseInUse
from sandbox.sandboxes.journal import Journal, Recording
from sandbox.sandboxes.leases import Leases
from sandbox.sandboxes.news import News
from sandbox.sandboxes.problems import SandboxDamaged, SandboxInUse, SandboxOfAnotherVersion
from sandbox.storage.connection import Connection
from sandbox.storage.problems import StorageMissing
from sandbox.storage.schema import STATE_FACT, Origin
from sandbox.storage.threads import in_thread, to_the_end
from sandbox.storage.unit import LoggedDecision, MakeUnit, UnitOfWork
from sandbox.storage.work import Carry, Work

log = logging.getLogger("sandbox")


class Sandbox:
    """One sandbox: closed at first, opened when it is used, put to sleep when it is not, replaced as a whole.

    Everything that touches the file runs under the turn of its `store`, with an owner of its own, so that two file
    operations never overlap and no thread uses a connection that another part closes.
    """

    # Known once it has been opened.
    entropy: Entropy
    ids: PublicIds
    codes: CodeMaker
    clock: Clock
    faults: Faults
    life: Standing
    institution: Institution
    origin: Origin
    given: Given

    def __init__(self, name: str, home: Path, source: RuleSource, rings: RingSizes, engine: Engine, work: Work) -> None:
        self.name = name
        self.home = home
        self.snapshots = home / "snapshots"
        self.source = source
        self.work = work
        self.dev_sessions = work.carry is not None  # do sessions go on until they are ended?
        self.store = engine.store()
        self.news = News()
        self.feeds: dict[str, Feed] = {}  # by table, those that have followers
        self.counts = Counts()
        self.journal = Journal(rings.journal, rings.journal_bytes)
        self.recording: Recording | None = None  # every exchange that steers it, while it is recorded
        self.decisions: deque[LoggedDecision] = deque(maxlen=rings.decisions)
        self.running_keys: set[tuple[int, str]] = set()
        self.leases = Leases()
        self.overrides: dict[str, str] = {}
        self.has_webhooks = False
        self.removed = False
        self.closing = False
        self.missing = False  # has its file been taken away while it is open?
        self.used_at = 0.0  # by the machine's steady clock
        self._recording_bytes = rings.recording_bytes
        self._engine = engine
        self.unit: MakeUnit = functools.partial(engine.unit, self)
        """Makes a unit of work, for a request or for work that no request asked for."""
        self._database = engine.database(name, home)
        self._handle: Any = None  # of its engine, while it is open
        self._folding = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._doubting: asyncio.Task[None] | None = None
        self._is_new = True  # is there a database in place that has not been opened yet?
        self.starts = 0  # how often a process has opened it: tells positions in the journals of two processes apart
        self._requests = 0
        self._book: RuleBook | None = None
        self._base: RuleBook | None = None

    @property
    def path(self) -> Path:
        """Its database file."""
        return self._database.path

    @property
    def generation(self) -> int:
        """Grows whenever another database is put in place."""
        return self.store.generation

    @property
    def asleep(self) -> bool:
        """Whether its database is closed."""
        return self.store.closed

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way: no transaction, no running idempotency key, no listener."""
        return self.store.is_idle and self._is_left_alone

    @property
    def _is_left_alone(self) -> bool:
        return not self.running_keys and not self.news.is_awaited

    @property
    def rules(self) -> RuleBook:
        """The rules in force: the base documents, and the sandbox's own in place of some."""
        base = self.source.current
        if not self.overrides:
            return base
        if self._book is None or self._base is not base:
            self._base = base
            try:
                self._book = self.source.overridden(self.overrides)
            except (RulesInvalid, KeyError) as invalid:  # the base changed under them: what held before goes on
                log.warning("rules of sandbox %s no longer fit the base: %s", self.name, invalid)
                self._book = self._book or base
        return self._book

    def next_request_id(self) -> str:
        """A request id of this sandbox, in order of arrival and never given twice."""
        self._requests += 1
        return f"req_{self.starts:04x}{self._requests:08x}"

    def record(self) -> None:
        """Record from now on. A recording under way is forgotten."""
        self.recording = Recording(self._recording_bytes, self.life.level)

    # Cached parts of the database, read again when a unit of work has changed them.

    def read_overrides(self, connection: Connection) -> None:
        """Read which rule documents the sandbox has of its own."""
        self.overrides = contents.overrides(connection)
        self._book = None

    def read_faults(self, connection: Connection) -> None:
        """Read which faults are in force."""
        self.faults = faults.read(connection)

    def read_webhooks(self, connection: Connection) -> None:
        """Read whether any webhook is registered."""
        self.has_webhooks = contents.has_webhooks(connection)

    def read_life(self, connection: Connection) -> None:
        """Read whether members live by themselves, and up to where they have."""
        self.life = life.read(connection)

    async def set_clock(self, unit: UnitOfWork, moment: Micros | None, rate_millis: int) -> None:
        """Move the clock to `moment` (None: stay) and run at that rate. Raises ValueError for the past."""
        self.clock.set(moment, rate_millis)
        clock = self.clock
        for key, value in (("anchor", clock.anchor), ("origin", clock.origin), ("rate_millis", clock.rate_millis)):
            await unit.later(STATE_FACT, key=f"clock_{key}", value=str(value))
        unit.now = clock.now()

    # Operations on the file. Each goes on to its end when its caller is cancelled.

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """The turn, for one operation on the file. Raises SandboxNotFound once the sandbox is removed."""
        await self.store.take_turn(operation := object())
        try:
            self._require_here()
            if not self.store.closed:
                self.store.settle()
            async with self._folding:  # a thread that folds the log has a connection of its own to the file
                yield
        finally:
            self.store.end_turn(operation)

    async def open(self) -> None:
        """Open the database if it is closed. Raises SandboxNotFound, SandboxDamaged, SandboxOfAnotherVersion."""
        if self.store.closed:
            await to_the_end(self._open_in_turn())

    async def _open_in_turn(self) -> None:
        async with self.alone():
            await self._resume()

    async def resume(self) -> None:
        """Open the database if it is closed, for the holder of the turn. Raises as `open`."""
        await to_the_end(self._resume())

    async def _resume(self) -> None:
        async with self._opening:  # where units overlap, more than one may have found it closed
            self._require_here()
            self.require_in_place()
            if self.store.closed:
                self._adopt(*await in_thread(self._database.open, is_new=self._is_new))

    async def sleep(self) -> None:
        """Close the database until it is used again; clock, journal and leases stay."""
        await to_the_end(self._sleep())

    async def _sleep(self) -> None:
        async with self.alone():
            await self._close_in_turn()

    async def _close_in_turn(self) -> None:
        if not self.store.closed:
            self.store.detach()
            handle, self._handle = self._handle, None
            await in_thread(handle.close if self.missing else functools.partial(self._database.close, handle))

    async def image(self, scratch: Path, target: Path) -> None:
        """Write what the sandbox holds now as one SQLite file to `target`, by way of `scratch`; its clock stands still
        in the copy.

        Raises SandboxNotFound, SandboxDamaged, SandboxOfAnotherVersion, FileExistsError.
        """
        await to_the_end(self._alone_copy(self._database.image, scratch, target))

    async def copy(self, scratch: Path, target: Path) -> None:
        """Make another sandbox's database at `target` of what the sandbox holds now. As `image` for the rest."""
        await to_the_end(self._alone_copy(self._database.copy, scratch, target))

    async def _alone_copy(self, make: Callable[[Any, Path, Path, Micros], None], scratch: Path, target: Path) -> None:
        async with self.alone():
            await self._resume()
            self.store.withdraw()
            await in_thread(make, self._handle, scratch, target, self.clock.now())

    async def image_as_it_is(self, target: Path) -> None:
        """Write a database of another version to `target`, as it is. Raises SandboxNotFound, an error of the engine."""
        await to_the_end(self._alone_image_as_it_is(target))

    async def _alone_image_as_it_is(self, target: Path) -> None:
        async with self.alone():
            await in_thread(self._database.image_as_it_is, target)

    async def replace(self, incoming: Path, carry: Carry | None = None) -> None:
        """Put the whole database at `incoming` in place of the sandbox's own, by one rename; heals a damaged sandbox.

        What memory held of the old one is forgotten, and its database too but for what `carry` takes over; of a damaged
        one that is nothing. Raises SandboxNotFound, SandboxInUse.
        """
        await to_the_end(self._replace(incoming, carry))
        self.news.tell()

    async def _replace(self, incoming: Path, carry: Carry | None) -> None:
        async with self.alone():
            try:
                await self._resume()  # a log that a crash left is folded into the file before the file is replaced
            except (SandboxDamaged, SandboxOfAnotherVersion, StorageMissing):
                await self._close_in_turn()  # nothing of it is kept
            else:
                if carry is not None:
                    await in_thread(self._carry, carry, incoming)
                await self._close_whole()
            self._is_new = True  # also where it takes its place and then cannot be opened
            await in_thread(self._database.put, incoming)
            self._adopt(*await in_thread(self._database.open, is_new=self._is_new))
            self.journal.clear()
            self.decisions.clear()
            if self.recording is not None:
                self.recording.note_replaced()
            self._requests = 0

    def _carry(self, carry: Carry, incoming: Path) -> None:
        with self._engine.connected(self.path) as outgoing, self._engine.connected(incoming) as connection:
            carry(outgoing, connection)
            self._engine.number_on(connection)

    async def remove(self, doomed: Path) -> None:
        """Move the sandbox and its snapshots to `doomed`, by one rename. Raises SandboxNotFound."""
        await to_the_end(self._remove(doomed))
        self.news.tell()

    async def _remove(self, doomed: Path) -> None:
        async with self.alone():
            await self._remove_in_turn(doomed)

    async def remove_unused(self, doomed: Path, since: float) -> bool:
        """As `remove`, unless it was used after `since` or something is under way; whether it was removed.

        This is looked at with the turn held: until the turn comes, a request may begin.
        """
        is_removed = await to_the_end(self._remove_unused(doomed, since))
        if is_removed:
            self.news.tell()
        return is_removed

    async def _remove_unused(self, doomed: Path, since: float) -> bool:
        async with self.alone():
            if self.used_at >= since or self.store.is_awaited or not self._is_left_alone:
                return False
            await self._remove_in_turn(doomed)
        return True

    async def fold(self, longest: int) -> None:
        """Move the log into the database file; empty it where it exceeds `longest` bytes.

        The first part runs beside requests, over a connection of its own. Writers keep adding meanwhile, so the log
        would never come to an end: to empty it, the rest is folded with the turn held.
        """
        await to_the_end(self._fold(longest))

    async def _fold(self, longest: int) -> None:
        async with self._folding:
            if self.store.closed:
                return
            await in_thread(self._database.fold_beside)
        if self._database.log_size() > longest:
            async with self.alone():
                handle = self._handle
                if handle is not None:
                    try:
                        await in_thread(self._database.fold, handle)
                    except DatabaseInUse:
                        log.warning("the log of sandbox %s cannot be emptied: another program reads it", self.name)

    def note_missing(self) -> None:
        """See whether the open file is still where it belongs; requests are refused while it is not."""
        handle = self._handle
        if handle is None:
            return
        found = self._database.is_in_place(handle)
        if found == self.missing:
            self.missing = not found
            log.log(
                logging.ERROR if self.missing else logging.WARNING,
                "the database of sandbox %s is %s", self.name, "gone from its place" if self.missing else "back",
            )  # fmt: skip

    def suspect(self) -> None:
        """Have the database closed, and read through before it is used again: it seems to be damaged."""
        if self._doubting is None or self._doubting.done():
            self._doubting = asyncio.get_running_loop().create_task(self._doubt())

    async def _doubt(self) -> None:
        with suppress(SandboxNotFound):
            async with self.alone():
                await self._close_in_turn()
                self._database.doubt()

    def require_in_place(self) -> None:
        """Raises StorageMissing while the open file is gone from its place."""
        if self.missing:
            raise StorageMissing

    async def _remove_in_turn(self, doomed: Path) -> None:
        await self._close_in_turn()
        with suppress(FileNotFoundError):  # taken away by hand: then it is gone already
            await in_thread(self.home.rename, doomed)
        self.removed = True
        self._database.doubt()

    def send_listeners_home(self) -> None:
        """End the answers of those who wait for news: the server is about to stop."""
        self.closing = True
        self.news.tell()

    def _require_here(self) -> None:
        if self.removed:
            raise SandboxNotFound(name=self.name)

    def _adopt(self, handle: Any, said: Contents) -> None:
        is_new, self._is_new = self._is_new, False
        self._handle = handle
        self.store.attach(handle.connection, is_new=is_new)
        self.missing = False
        self.overrides, self.faults, self.has_webhooks = said.overrides, said.faults, said.has_webhooks
        self.life = said.life
        self._book = None
        if is_new:
            self.entropy = Entropy(said.secret)
            self.ids = PublicIds(said.secret)
            self.codes = CodeMaker(self.entropy.code_secret)
            self.origin, self.given, self.institution = said.origin, said.given, said.institution
            assert said.clock_origin is not None
            self.clock = Clock(said.clock_anchor, said.clock_origin, said.clock_rate_millis)
            self.starts = said.starts

    async def _close_whole(self) -> None:
        self.store.detach()
        try:
            await in_thread(self._database.close_whole, self._handle)
        except BaseException as failure:
            self.store.attach(self._handle.connection, is_new=False)
            if isinstance(failure, DatabaseInUse):
                raise SandboxInUse(name=self.name) from None
            raise
        self._handle = None
