"""The sandboxes of one process: a folder each, opened on first use, made by copying the golden database or another one.

Few are open at a time: the one used longest ago is put to sleep, which closes its database and keeps what memory holds
of it; the next request opens it again. Work on files runs in threads, under the sandbox's turn, so a request in flight
sees all of before or all of after.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from weakref import WeakValueDictionary

from sandbox.domain.life.behaviours import Level
from sandbox.domain.rules import RuleSource
from sandbox.kernel.shards import ALONE, Shard
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import files, inspection, peers, room, shares, snapshots
from sandbox.sandboxes.bounds import Bounds, RingSizes
from sandbox.sandboxes.census import Listed
from sandbox.sandboxes.contents import Given
from sandbox.sandboxes.counts import Counts
from sandbox.sandboxes.deleted import Bin
from sandbox.sandboxes.engine import Engine
from sandbox.sandboxes.goldens import Goldens
from sandbox.sandboxes.inspection import FileRefused, Trust
from sandbox.sandboxes.peers import Peers
from sandbox.sandboxes.places import Places, is_name, require_name
from sandbox.sandboxes.problems import (
    DefaultSandboxStays,
    ImportRefused,
    SandboxDamaged,
    SandboxExists,
    SandboxOfAnotherVersion,
    TooManySandboxes,
)
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.schema import Origin
from sandbox.storage.threads import in_thread, uncancelled
from sandbox.storage.work import Work

log = logging.getLogger("sandbox")

DEFAULT = "default"


class Registry:
    """Finds, makes, resets and removes sandboxes. `golden` gives the database of an origin, making it where it is
    missing. Of those whose names belong to another `shard` it knows nothing."""

    def __init__(
        self,
        places: Places,
        origin: Origin,
        golden: Callable[[Origin], Path],
        rules: RuleSource,
        rings: RingSizes,
        work: Work,
        engine: Engine,
        trust: Trust,
        bounds: Bounds | None = None,
        *,
        auto_create: bool = False,
        life_of_default: Level = "off",
        shard: Shard = ALONE,
        peers: Peers = peers.ALONE,
        process: int = 0,
    ) -> None:
        self.shard = shard
        self.peers = peers
        self.rules = rules
        self.bounds = bounds or Bounds()
        self.places = places
        self.bin = Bin(places, self.bounds, engine)
        self.departed = Counts()  # what sandboxes had counted that are gone: metrics never go down
        self._rings = rings
        self._work = work
        self._auto_create = auto_create
        self._life_of_default = life_of_default
        self.engine = engine
        self._trust = trust
        self.goldens = Goldens(origin, golden, trust, engine)
        self._known: dict[str, Sandbox] = {}  # the one used last stands last
        self._latest: Sandbox | None = None
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._requests = process << 24  # so that processes give different ids

    def get(self, name: str) -> Sandbox:
        """The sandbox called `name`, open or not, sound or not, for some use of it. Raises SandboxNotFound,
        SandboxElsewhere."""
        sandbox = self.look_up(name)
        sandbox.used_at = time.monotonic()
        return sandbox

    def look_up(self, name: str) -> Sandbox:
        """The same, which is no use of it."""
        sandbox = self._known.get(name)
        if sandbox is None:
            if not is_name(name):
                raise SandboxNotFound(name=name[:63])
            shares.require_own(self.shard, name)
            home = self.places.home(name)
            if not home.is_dir():
                raise SandboxNotFound(name=name)
            made = Sandbox(name, home, self.rules, self._rings, self.engine, self._work, self.peers)
            sandbox = self._known[name] = made
        return sandbox

    async def open(self, name: str) -> Sandbox:
        """The sandbox called `name`, open. Raises SandboxNotFound, SandboxElsewhere, SandboxDamaged,
        SandboxOfAnotherVersion."""
        sandbox = self._known.get(name)
        if sandbox is None or sandbox.store.closed or sandbox.whole.missing:
            sandbox = self.get(name)
            await sandbox.open()
            sandbox.whole.require_in_place()
            self._use(sandbox)
            await self._make_room()
        if sandbox is not self._latest:
            self._use(sandbox)
        sandbox.used_at = time.monotonic()
        return sandbox

    async def find(self, name: str) -> Sandbox:
        """As `open`, and made now where the settings say so. Raises also TooManySandboxes."""
        try:
            return await self.open(name)
        except SandboxNotFound:
            if not self._auto_create or not is_name(name):
                raise
        try:
            if self.peers.keeps:
                return await self.create(name)
            await self.peers.create(name)
        except SandboxExists:
            pass  # made meanwhile
        return await self.open(name)

    def seen(self, name: str) -> Sandbox | None:
        """The sandbox called `name` if it was used since the process started."""
        return self._known.get(name)

    def peek(self, name: str) -> Sandbox | None:
        """The sandbox called `name` if it is open."""
        sandbox = self._known.get(name)
        return None if sandbox is None or sandbox.store.closed else sandbox

    def awake(self) -> list[Sandbox]:
        """Those whose database is open."""
        return [sandbox for sandbox in self._known.values() if not sandbox.asleep]

    def known(self) -> list[Sandbox]:
        """Those used since the process started."""
        return list(self._known.values())

    def names(self) -> list[str]:
        """All sandboxes there are, in order."""
        return self.places.names()

    def next_request_id(self) -> str:
        """A request id for a call that reaches no sandbox."""
        self._requests += 1
        return f"req_0000{self._requests:08x}"

    async def create(
        self,
        name: str,
        given: Given | None = None,
        *,
        parent: tuple[str, str | None] | None = None,
        set_up: Callable[[Sandbox], Awaitable[None]] | None = None,
    ) -> Sandbox:
        """A new sandbox: a golden one of what is given, or a copy of `parent` (a sandbox, or its snapshot) as it is
        now. Of what is given, a copy takes the rate of its clock, which is else the parent's, and its life: it is still
        without it. Until it is set up, it can be used, but not be replaced or deleted; where that fails, it is removed.

        Raises InvalidSandboxName, SandboxElsewhere, SandboxExists, TooManySandboxes, and for `parent` ParentElsewhere,
        SandboxNotFound, SandboxDamaged, SandboxOfAnotherVersion, SnapshotNotFound, SnapshotDamaged,
        SnapshotOfAnotherVersion.
        """
        require_name(name)
        shares.require_own(self.shard, name)
        if parent is not None:
            shares.require_beside(self.shard, parent[0], name)
        async with self._alone(name):
            self._require_new(name)
            scratch = self.places.scratch(name)
            try:
                await in_thread(scratch.mkdir)
                database = scratch / self.engine.file
                given = given or Given()
                if parent is None:
                    await self.goldens.copy(given, database, self._level(name, given))
                else:
                    source, scratch_file = self.get(parent[0]), self.places.scratch(name)
                    await snapshots.fork(self._trust, scratch_file, source, parent[1], database, self.engine, given)
                await in_thread(self._publish, scratch, self.places.home(name))
            finally:
                if scratch.exists():
                    await in_thread(self.engine.remove_home, scratch)
            sandbox = await self.open(name)
            try:
                if set_up is not None:
                    await set_up(sandbox)
            except BaseException:
                await self._remove(sandbox, permanent=True)
                raise
        return sandbox

    async def ensure_default(self) -> Sandbox | None:
        """The sandbox that requests without a name mean, open; None where it belongs to another process. Raises
        SandboxDamaged, SandboxOfAnotherVersion."""
        if not self.shard.holds(DEFAULT):
            return None
        if not self.places.home(DEFAULT).exists():
            return await self.create(DEFAULT)
        return await self.open(DEFAULT)

    async def delete(self, name: str, *, permanent: bool = False) -> None:
        """Remove a sandbox with its snapshots; it is kept to be undeleted as far as the bounds allow, unless
        `permanent`. Raises SandboxNotFound, DefaultSandboxStays."""
        if name == DEFAULT:
            raise DefaultSandboxStays
        async with self._alone(name):
            await self._remove(self.get(name), permanent=permanent)

    async def undelete(self, name: str) -> Listed:
        """Put the sandbox that was deleted latest under that name back, with its snapshots. Raises SandboxElsewhere,
        InvalidSandboxName, SandboxExists, DeletedSandboxNotFound, TooManySandboxes."""
        require_name(name)
        shares.require_own(self.shard, name)
        async with self._alone(name):
            self._require_new(name)
            await self.bin.take_back(name)
            return await in_thread(self.engine.look_at, name, self.places.home(name) / self.engine.file)

    async def reset(self, name: str, *, is_recorded: bool = False) -> Sandbox:
        """Replace the sandbox by the golden database of what it was explicitly made with and, for the rest, of the
        settings. It may be recorded from its first moment on: then its clock stands still, as it does while a recording
        goes on. Heals a damaged one. Raises SandboxNotFound, SandboxInUse."""
        async with self._alone(name):
            sandbox = self.get(name)
            given = await self._given(sandbox)
            rate = 0 if is_recorded or sandbox.notes.recording is not None else None
            async with self._incoming(self.places.scratch(name)) as incoming:
                await self.goldens.copy(given, incoming, self._level(name, given), rate)
                await sandbox.replace(incoming, self._work.carry, is_recorded=is_recorded)
            self._use(sandbox)
        return sandbox

    async def snapshot(self, name: str, snapshot: str) -> Listed:
        """Keep a copy of the sandbox. Raises SandboxNotFound, InvalidSandboxName, SnapshotExists."""
        require_name(snapshot)
        return await snapshots.take(self._trust, self.get(name), snapshot, self.places.scratch(name))

    async def snapshots(self, name: str) -> list[Listed]:
        """The snapshots of a sandbox, by name. Raises SandboxNotFound."""
        return await in_thread(snapshots.listed, self._trust, self.get(name))

    async def restore(self, name: str, snapshot: str) -> Sandbox:
        """Replace the sandbox by one of its snapshots. Heals a damaged one. Raises SandboxNotFound, SnapshotNotFound,
        SnapshotDamaged, SnapshotOfAnotherVersion, SandboxInUse."""
        async with self._alone(name):
            sandbox = self.get(name)
            async with self._incoming(self.places.scratch(name)) as incoming:
                await snapshots.copy(self._trust, sandbox, snapshot, incoming)
                await in_thread(self.engine.take_in, incoming)
                await sandbox.replace(incoming)
            self._use(sandbox)
        return sandbox

    async def forget(self, name: str, snapshot: str) -> None:
        """Delete a snapshot. Raises SandboxNotFound, SnapshotNotFound."""
        path = snapshots.path_of(self.get(name), snapshot)
        await in_thread(files.remove, path)
        self._trust.forget(path)

    async def export(self, name: str) -> Path:
        """A copy of the sandbox as one file, for the caller to remove. Raises SandboxNotFound, SandboxDamaged."""
        sandbox = self.get(name)
        target = self.places.scratch(name)
        try:
            try:
                await sandbox.image(self.places.scratch(name), target)
            except SandboxOfAnotherVersion:
                await sandbox.image_as_it_is(self.places.scratch(name), target)
        except BaseException:
            files.remove(target)
            raise
        return target

    async def replace(self, name: str, file: Path, audit: Callable[[Path], list[str]]) -> Sandbox:
        """Put a database from outside in place, once it has been checked. Raises SandboxNotFound, ImportRefused."""
        self.get(name)
        try:
            await in_thread(inspection.whole, file, audit, self.rules)
            async with self._alone(name), self._incoming(file):
                sandbox = self.get(name)
                await in_thread(self.engine.take_in, file)
                await sandbox.replace(file)
                self._use(sandbox)
        except FileRefused as refused:
            raise ImportRefused(reason=refused.reason) from None
        return sandbox

    async def remove_idle(self, now: float) -> list[str]:
        """Remove what was not used for longer than the bounds allow, at `now` by the machine's steady clock."""
        if not self.bounds.idle_seconds:
            return []
        since = now - self.bounds.idle_seconds
        gone = []
        for sandbox in self.known():
            if sandbox.name != DEFAULT and sandbox.used_at < since and sandbox.is_idle:
                with suppress(SandboxNotFound):  # deleted meanwhile
                    async with self._alone(sandbox.name):
                        if await self._remove(sandbox, permanent=True, unused_since=since):
                            gone.append(sandbox.name)
        return gone

    async def close(self) -> None:
        """Close every database, each when what runs on it has ended."""
        for sandbox in self.known():
            sandbox.notes.end()
            with suppress(SandboxNotFound):  # deleted meanwhile
                await sandbox.sleep()
        self._known.clear()
        self._latest = None
        await in_thread(self.engine.close)

    def _use(self, sandbox: Sandbox) -> None:
        """Make `sandbox` the one used last, unless it was deleted since: another one may have its name."""
        if sandbox.whole.removed:
            return
        self._known.pop(sandbox.name, None)
        self._known[sandbox.name] = self._latest = sandbox

    async def _make_room(self) -> None:
        """Put to sleep those used longest ago, as long as too many are open. Who opened one too many waits for it."""
        for idle in await room.surplus(self.awake, self.bounds.awake, self.peers):
            if idle is not self._latest and idle.is_idle:
                with suppress(SandboxNotFound):  # deleted meanwhile
                    await idle.sleep()

    @uncancelled
    async def _remove(self, sandbox: Sandbox, *, permanent: bool, unused_since: float | None = None) -> bool:
        """As `Sandbox.remove`, for the holder of its name. One that goes for good is in the bin at no moment."""
        name = sandbox.name
        place = self.places.scratch(name) if permanent else self.bin.place_for(name)
        if not await sandbox.remove(place, unused_since):
            return False
        self.part_with(sandbox)
        self._trust.forget_below(sandbox.home)
        if permanent:
            await in_thread(self.engine.remove_home, place)
        else:
            await self.bin.make_room()
        return True

    def part_with(self, sandbox: Sandbox) -> None:
        """Forget a sandbox that was removed."""
        if self._known.get(sandbox.name) is sandbox:
            del self._known[sandbox.name]
            self.departed.join(sandbox.notes.counts)
        if self._latest is sandbox:
            self._latest = None

    def _require_new(self, name: str) -> None:
        """Raises SandboxExists, TooManySandboxes."""
        if self.places.home(name).exists():
            raise SandboxExists(name=name)
        if len(self.names()) >= self.bounds.sandboxes:
            raise TooManySandboxes(maximum=self.bounds.sandboxes)

    def _alone(self, what: str) -> asyncio.Lock:
        """The lock under which one thing is made, or replaced or deleted as a whole; it is gone when nothing holds
        it. Who holds a name may wait for its turn, never the other way round."""
        return self._making.setdefault(what, asyncio.Lock())

    async def _given(self, sandbox: Sandbox) -> Given:
        with suppress(SandboxDamaged, SandboxOfAnotherVersion):  # then it is what it told when it was last open
            await sandbox.open()
        return sandbox.given

    def _level(self, name: str, given: Given) -> Level:
        return given.life or (self._life_of_default if name == DEFAULT else "off")

    @asynccontextmanager
    async def _incoming(self, path: Path) -> AsyncIterator[Path]:
        """The place of a database that is to take another's; what is left there is removed. Nothing that a client sent
        may be there as it came: a file may say that it stands for any database."""
        try:
            yield path
        finally:
            await in_thread(self.engine.remove, path)

    def _publish(self, scratch: Path, home: Path) -> None:
        scratch.rename(home)
        self.engine.believe(home / self.engine.file)
