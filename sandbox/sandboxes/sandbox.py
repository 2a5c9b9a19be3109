"""A sandbox in memory: its database, clock, entropy, rules, and what only the living process knows of it."""

import asyncio
import functools
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sandbox.domain.codes import CodeMaker
from sandbox.domain.faults import Faults
from sandbox.domain.institution import Institution
from sandbox.domain.life.standing import Standing
from sandbox.domain.rules import RuleBook, RuleSource
from sandbox.kernel.clock import Clock, Micros
from sandbox.kernel.entropy import Entropy
from sandbox.kernel.ids import PublicIds
from sandbox.sandboxes import clocks, contents, faults, life
from sandbox.sandboxes.bounds import RingSizes
from sandbox.sandboxes.contents import Contents, ContentsRefused, Given, OtherVersion
from sandbox.sandboxes.engine import Engine
from sandbox.sandboxes.feeds import Feed
from sandbox.sandboxes.leases import Leases
from sandbox.sandboxes.moving import Moving
from sandbox.sandboxes.news import News
from sandbox.sandboxes.notes import Notes
from sandbox.sandboxes.own_rules import OwnRules
from sandbox.sandboxes.peers import ALONE, Peers, Use
from sandbox.sandboxes.places import RECORDED
from sandbox.sandboxes.problems import SandboxDamaged, SandboxOfAnotherVersion
from sandbox.sandboxes.sharing import Sharing
from sandbox.sandboxes.whole import Whole
from sandbox.storage.connection import Connection
from sandbox.storage.failures import FAILURES
from sandbox.storage.problems import StorageMissing
from sandbox.storage.schema import Origin
from sandbox.storage.threads import in_thread, to_the_end, uncancelled
from sandbox.storage.unit import MakeUnit, UnitOfWork
from sandbox.storage.work import Carry, Work

log = logging.getLogger("sandbox")
T = TypeVar("T")


class Sandbox:
    """One sandbox: closed at first, opened when it is used, put to sleep when it is not, replaced as a whole."""

    # Known once it has been opened.
    entropy: Entropy
    ids: PublicIds
    codes: CodeMaker
    clock: Clock
    faults: Faults
    life: Standing
    institution: Institution
    origin: Origin
    given = Given()

    def __init__(
        self,
        name: str,
        home: Path,
        source: RuleSource,
        rings: RingSizes,
        engine: Engine,
        work: Work,
        peers: Peers = ALONE,
    ) -> None:
        self.name = name
        self.home = home
        self.snapshots = home / "snapshots"
        self.own_rules = OwnRules(name, source)
        self.work = work
        self.dev_sessions = work.carry is not None  # do sessions go on until they are ended?
        self.store = engine.store()
        self.news = News()
        self.feeds: dict[str, Feed] = {}  # by table, those that have followers
        self.notes = Notes(name, rings, peers, home / RECORDED)
        self.decisions = self.notes.decisions
        self.running_keys: set[tuple[int, str]] = set()
        self.leases = Leases()
        self.has_webhooks = False
        self.closing = False
        self.used_at = 0.0  # by the machine's steady clock
        self._peers = peers
        self._engine = engine
        self.unit: MakeUnit = functools.partial(engine.unit, self)
        """Makes a unit of work, for a request or for work that no request asked for."""
        self._database = engine.database(name, home)
        self.sharing = Sharing(name, peers)
        self.whole = Whole(name, self._database, self.store, self.sharing)
        self._opening = asyncio.Lock()
        self.moving = Moving(name, peers)
        self.running_job = asyncio.Lock()  # until memory knows what the job did
        self._is_new = True  # is there a database in place that has not been opened yet?
        self.starts = 0  # how often a process has opened it: tells positions in the journals of two processes apart
        self._requests = 0

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
        return self.store.is_idle and self.is_left_alone

    @property
    def is_left_alone(self) -> bool:
        """Whether no idempotency key is running, and there is no listener."""
        return not self.running_keys and not self.news.is_awaited

    @property
    def rules(self) -> RuleBook:
        """The rules in force."""
        return self.own_rules.in_force

    def next_request_id(self) -> str:
        """A request id of this sandbox, in order of arrival and never given twice."""
        self._requests += 1
        return f"req_{self.starts:04x}{self._requests:08x}"

    # Cached parts of the database, read again when a unit of work has changed them.

    def read_overrides(self, connection: Connection) -> None:
        """Read which rule documents the sandbox has of its own."""
        self.own_rules.take(contents.overrides(connection))
        self.sharing.is_ahead = True

    def read_faults(self, connection: Connection) -> None:
        """Read which faults are in force."""
        self.faults = faults.read(connection)
        self.sharing.is_ahead = True

    def read_webhooks(self, connection: Connection) -> None:
        """Read whether any webhook is registered."""
        self.has_webhooks = contents.has_webhooks(connection)
        self.sharing.is_ahead = True

    def read_life(self, connection: Connection) -> None:
        """Read whether members live by themselves, and up to where they have: that concerns who has them live alone."""
        before, self.life = self.life, life.read(connection)
        self.sharing.is_ahead |= (before.level, before.goes_on) != (self.life.level, self.life.goes_on)

    def read_clock(self, former: Clock, connection: Connection) -> None:
        """Read where the clock stands that was `former`, and have units that wait for their turn look at it."""
        self.clock = clocks.read(connection, former)
        self.store.revision += 1

    def take_clock(self, known: Mapping[str, str]) -> None:
        """Have the clock as a unit read it that began while jobs move it; another may have read a later one first."""
        read = clocks.of(known, self.clock)
        if read.anchor > self.clock.anchor:
            self.clock = read

    # What other processes that serve the sandbox do, where there are any.

    def told(self) -> None:
        """One of them has committed something."""
        self.store.note_change()
        self.news.tell()

    @uncancelled
    async def reread(self) -> None:
        """Read again what memory has of the database: another process has changed it."""
        async with self.whole.alone():
            if self.store.closed:
                return
            try:
                self._take(await self.store.run(contents.read))
            except (*FAILURES, ContentsRefused, OtherVersion) as failure:
                log.warning("sandbox %s cannot be read again: %s", self.name, failure)
                await self.whole.close()  # the next one who opens it reads it all

    @asynccontextmanager
    async def let_go(self) -> AsyncIterator[None]:
        """Keep away from the database for a block, in which another process works on it as a whole. Behind it, go on
        with what is in place then. Raises SandboxNotFound."""
        async with self.whole.alone():
            await self.whole.close()
            try:
                yield
            finally:
                await to_the_end(self._look_again())
        self.news.tell()

    async def _look_again(self) -> None:
        if not await in_thread(self.home.is_dir):
            self.whole.removed = True
        elif await in_thread(self._database.is_another):
            self._is_new = True
            self._forget_database()

    # Operations on the file. Each goes on to its end when its caller is cancelled.

    @asynccontextmanager
    async def alone_of_all(self) -> AsyncIterator[list[Use]]:
        """The turn in every process that serves the sandbox. Gives how the others use it. For the keeper."""
        async with self.whole.alone(), self._peers.held(self.name) as uses:
            await self.notes.gather()  # before what is noted is forgotten
            yield uses

    async def open(self) -> None:
        """Open the database if it is closed. Raises SandboxNotFound, SandboxDamaged, SandboxOfAnotherVersion."""
        if self.store.closed:
            await self._open_in_turn()

    @uncancelled
    async def _open_in_turn(self) -> None:
        async with self.whole.alone():
            await self._resume()

    async def resume(self) -> None:
        """Open the database if it is closed, for the holder of the turn. Raises as `open`."""
        await to_the_end(self._resume())

    async def _resume(self) -> None:
        async with self._opening:  # where units overlap, more than one may have found it closed
            self.whole.require_here()
            self.whole.require_in_place()
            if self.store.closed:
                self._adopt(*await in_thread(self._database.open, is_new=self._is_new))
                self.sharing.note_opened()

    @uncancelled
    async def sleep(self) -> None:
        """Close the database until it is used again; clock, journal and leases stay."""
        async with self.whole.alone():
            await self.whole.close()
        self.sharing.note_closed()

    @uncancelled
    async def set_clock(self, moment: Micros | None, rate_millis: int | None, generation: int | None = None) -> None:
        """Move the clock to `moment`, unless that is None or has passed, and run at that rate from there on, or as
        before. No unit is under way meanwhile: each has all of its moments before, or all of them behind. Does nothing
        where a database of another generation than the one that is meant has taken its place."""
        async with self.alone_of_all():
            await self._resume()
            if generation not in (None, self.generation):
                return
            moved = self.clock.moved(moment, rate_millis)
            try:
                await self.store.run(lambda connection: clocks.write(connection, moved))
            except BaseException:
                await self.whole.close()  # who opens it reads what is so
                raise
            self.clock = moved
            self.store.revision += 1

    async def follow(self, unit: UnitOfWork) -> None:
        """Have the clock stand at a job's moment once its unit commits: requests during an advance come after the jobs
        that have run, and a process that is killed goes on from there."""
        former = self.clock
        await clocks.write_with(unit, former.moved(unit.now, None))
        # Also where the commit fails after all: then the one that units have seen meanwhile never was.
        unit.on_commit(functools.partial(self.read_clock, former))

    @uncancelled
    async def image(self, scratch: Path, target: Path) -> int:
        """Write what the sandbox holds now as one SQLite file to `target`, by way of `scratch`, and give its bytes; its
        clock stands still in the copy.

        Raises SandboxNotFound, SandboxDamaged, SandboxOfAnotherVersion, FileExistsError.
        """
        async with self.whole.alone():
            return await self._copy_in_turn(self._database.image, scratch, target)

    @uncancelled
    async def copy(self, scratch: Path, target: Path) -> None:
        """Make another sandbox's database at `target` of what the sandbox holds now. As `image` for the rest."""
        async with self.alone_of_all():
            await self._copy_in_turn(self._database.copy, scratch, target)

    async def _copy_in_turn(self, make: Callable[[Any, Path, Path, Micros], T], scratch: Path, target: Path) -> T:
        await self._resume()
        self.store.withdraw()
        return await in_thread(make, self.whole.handle, scratch, target, self.clock.now())

    @uncancelled
    async def image_as_it_is(self, scratch: Path, target: Path) -> None:
        """Write a database of another version to `target`, as it is; one that has been replaced since as `image` does.
        Raises SandboxNotFound, an error of the engine."""
        async with self.whole.alone():
            if self.store.closed:
                await in_thread(self._database.image_as_it_is, target)
            else:
                await self._copy_in_turn(self._database.image, scratch, target)

    async def replace(self, incoming: Path, carry: Carry | None = None, *, is_recorded: bool = False) -> None:
        """Put the whole database at `incoming` in place of the sandbox's own, by one rename; heals a damaged sandbox.

        What memory held of the old one is forgotten, and its database too but for what `carry` takes over; of a damaged
        one that is nothing. A recording goes on, or begins anew with the new one where that `is_recorded`. Raises
        SandboxNotFound, SandboxInUse.
        """
        await self._replace(incoming, carry, is_recorded=is_recorded)
        self.news.tell()

    @uncancelled
    async def _replace(self, incoming: Path, carry: Carry | None, *, is_recorded: bool) -> None:
        async with self.alone_of_all():
            try:
                await self._resume()  # a log that a crash left is folded into the file before the file is replaced
            except (SandboxDamaged, SandboxOfAnotherVersion, StorageMissing):
                await self.whole.close()  # nothing of it is kept
            else:
                if carry is not None:
                    await in_thread(self._carry, carry, incoming)
                await self.whole.close_whole()
            self._is_new = True  # also where it takes its place and then cannot be opened
            await in_thread(self._database.put, incoming)
            try:
                self._adopt(*await in_thread(self._database.open, is_new=self._is_new))
            finally:  # it is in place, whether it can be opened now or not
                self._forget_database()
                if is_recorded:
                    self.notes.forget_recording()
            if is_recorded:
                self.notes.start_recording(self.life.level)

    def _forget_database(self) -> None:
        """Forget what was noted of the database that was in place before."""
        self.notes.forget_database()
        self._requests = 0

    def _carry(self, carry: Carry, incoming: Path) -> None:
        with self._engine.connected(self.path) as outgoing, self._engine.connected(incoming) as connection:
            carry(outgoing, connection)
            self._engine.number_on(connection)

    @uncancelled
    async def remove(self, doomed: Path, unused_since: float | None = None) -> bool:
        """Move the sandbox and its snapshots to `doomed`, by one rename; one that was used after `unused_since`, or in
        which something is under way, stays where that is given. Whether it was removed. Raises SandboxNotFound.

        This is looked at with the turn held: until the turn comes, a request may begin.
        """
        async with self.alone_of_all() as uses:
            if unused_since is not None and self._was_used(uses, unused_since):
                return False
            await self._remove_in_turn(doomed)
        return True

    async def _remove_in_turn(self, doomed: Path) -> None:
        await self.whole.close()
        with suppress(FileNotFoundError):  # taken away by hand: then it is gone already
            await in_thread(self.home.rename, doomed)
        self.whole.removed = True
        self.notes.end(doomed)  # not before: where it cannot be moved, it goes on
        self._database.doubt()
        self._wake_all()

    def _was_used(self, uses: list[Use], since: float) -> bool:
        self.used_at = max([self.used_at, *(use.used_at for use in uses)])
        if not all(use.is_left_alone for use in uses):
            self.used_at = time.monotonic()
        return self.used_at >= since or self.store.is_awaited or not self.is_left_alone

    def send_listeners_home(self) -> None:
        """End the answers of those who wait for news: the server is about to stop."""
        self.closing = True
        self._wake_all()

    def _wake_all(self) -> None:
        self.news.tell()
        self.notes.journal.wake()

    def _adopt(self, handle: Any, said: Contents) -> None:
        is_new, self._is_new = self._is_new, False
        self.whole.attach(handle, is_new=is_new)
        if is_new:
            self.entropy = Entropy(said.secret)
            self.ids = PublicIds(said.secret)
            self.codes = CodeMaker(self.entropy.code_secret)
            self.origin, self.given, self.institution = said.origin, said.given, said.institution
            assert said.clock_origin is not None
            self.clock = Clock(said.clock_anchor, said.clock_origin, said.clock_rate_millis)
            self.starts = said.starts
        self._take(said)

    def _take(self, said: Contents) -> None:
        """Have in memory what the database says now."""
        self.own_rules.take(said.overrides)
        self.faults, self.has_webhooks, self.life = said.faults, said.has_webhooks, said.life
        assert said.clock_origin is not None  # it was opened
        self.clock = self.clock.again(said.clock_anchor, said.clock_origin, said.clock_rate_millis)
        self.notes.look_for_recording()
