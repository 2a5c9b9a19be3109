"""The sandboxes of one process: a file each, opened on first use, made by copying the golden database or another one.

Few are open at a time: the one used longest ago is put to sleep, which closes its database and keeps what memory holds
of it; the next request wakes it. File work happens in threads, under the sandbox's turn, so a request in flight sees
all of before or all of after.
"""

import asyncio
import re
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from sandbox.domain.rules import RuleSource
from sandbox.problems import SandboxNotFound
from sandbox.storage import files, schema
from sandbox.storage.bank import Bank, RingSizes
from sandbox.storage.driver import Store
from sandbox.storage.problems import (
    DefaultSandboxStays,
    ImportRefused,
    InvalidSandboxName,
    SandboxExists,
    SnapshotExists,
    SnapshotNotFound,
    SnapshotOfAnotherVersion,
    TooManySandboxes,
)
from sandbox.storage.schema import Origin
from sandbox.storage.threads import in_thread

DEFAULT = "default"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many sandboxes there may be, how many of them open, and after how many idle seconds one is removed (0:
    never)."""

    sandboxes: int = 10_000
    awake: int = 64
    idle_seconds: float = 0


class Registry:
    """Finds, makes, resets and removes sandboxes below `directory`, snapshots below `snapshots`. `golden`
    gives the database of an origin, making it
    where it is missing."""

    def __init__(
        self,
        directory: Path,
        snapshots: Path,
        origin: Origin,
        golden: Callable[[Origin], Path],
        rules: RuleSource,
        rings: RingSizes,
        bounds: Bounds | None = None,
        *,
        auto_create: bool = False,
    ) -> None:
        self.origin = origin
        self.rules = rules
        self.bounds = bounds or Bounds()
        self._golden = golden
        self._directory = directory
        self._kept = snapshots
        self._rings = rings
        self._auto_create = auto_create
        self._banks: dict[str, Bank] = {}  # the one used last stands last
        self._latest: Bank | None = None
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        for place in (directory, snapshots):
            place.mkdir(parents=True, exist_ok=True)
            for left_over in place.rglob("*.unfinished*"):
                left_over.unlink()

    def get(self, name: str) -> Bank:
        """The sandbox called `name`, awake. Raises SandboxNotFound."""
        bank = self._banks.get(name)
        if bank is None:
            if _NAME.fullmatch(name) is None:
                raise SandboxNotFound(name=name[:63])
            path = self._path(name)
            if not path.exists():
                raise SandboxNotFound(name=name)
            bank = Bank(name, path, self.rules, self._rings)
        if bank is not self._latest:
            self._use(bank)
        bank.used_at = time.monotonic()
        return bank

    async def find(self, name: str) -> Bank:
        """The sandbox called `name`, made now where the settings say so. Raises SandboxNotFound, TooManySandboxes."""
        try:
            return self.get(name)
        except SandboxNotFound:
            if not self._auto_create or _NAME.fullmatch(name) is None:
                raise
        try:
            return await self.create(name)
        except SandboxExists:
            return self.get(name)

    def awake(self) -> list[Bank]:
        """Those whose database is open."""
        return [bank for bank in self._banks.values() if not bank.asleep]

    def known(self) -> list[Bank]:
        """Those used since the process started."""
        return list(self._banks.values())

    def names(self) -> list[str]:
        """All sandboxes there are, in order."""
        return sorted(path.stem for path in self._directory.glob("*.sqlite"))

    async def create(
        self,
        name: str,
        origin: Origin | None = None,
        *,
        parent: tuple[str, str | None] | None = None,
        rate_millis: int | None = None,
    ) -> Bank:
        """A new sandbox: a golden one, or a copy of `parent` (a sandbox, or its snapshot) as it stands now; its clock
        runs at `rate_millis`/1000 from the first moment on, or as the parent's does.

        Raises InvalidSandboxName, SandboxExists, TooManySandboxes, SandboxNotFound, SnapshotNotFound,
        SnapshotOfAnotherVersion.
        """
        _require_name(name)
        async with self._alone(name):
            path = self._path(name)
            if path.exists():
                raise SandboxExists(name=name)
            if len(self.names()) >= self.bounds.sandboxes:
                raise TooManySandboxes(maximum=self.bounds.sandboxes)
            if parent is None:
                await self._copy_golden(origin or self.origin, path)
            else:
                await self._copy_of(parent, path)
            if rate_millis is not None:
                await asyncio.to_thread(files.set_rate, path, rate_millis)
        return self.get(name)

    async def ensure_default(self) -> Bank:
        """The sandbox that requests without a name mean."""
        if not self._path(DEFAULT).exists():
            await self._copy_golden(self.origin, self._path(DEFAULT))
        return self.get(DEFAULT)

    async def delete(self, name: str) -> None:
        """Remove a sandbox, its file and its snapshots. Raises SandboxNotFound, DefaultSandboxStays."""
        if name == DEFAULT:
            raise DefaultSandboxStays
        bank = self.get(name)
        async with self._turn_of(bank):
            del self._banks[name]
            self._latest = None
            bank.remove()
        files.remove(bank.path)
        shutil.rmtree(self._snapshots(name), ignore_errors=True)

    async def reset(self, name: str, *, rate_millis: int | None = None) -> Bank:
        """Put the golden database the sandbox was once made from in place of what it is now, its clock running at
        `rate_millis`/1000 from the first moment on. Raises SandboxNotFound."""
        bank = self.get(name)
        golden = await self._ready(bank.origin)
        return await self._replace(bank, golden, rate_millis)

    async def snapshot(self, name: str, snapshot: str) -> Path:
        """Keep the sandbox as it stands. Raises SandboxNotFound, InvalidSandboxName, SnapshotExists."""
        _require_name(snapshot)
        target = self._snapshots(name) / f"{snapshot}.sqlite"
        async with self._alone(f"{name}@{snapshot}"):
            if target.exists():
                raise SnapshotExists(name=snapshot)
            target.parent.mkdir(parents=True, exist_ok=True)
            await self._image(self.get(name), target)
        return target

    def snapshots(self, name: str) -> list[Path]:
        """The snapshots of a sandbox, by name."""
        return sorted(self._snapshots(name).glob("*.sqlite"))

    async def restore(self, name: str, snapshot: str) -> Bank:
        """Put a snapshot in place. Raises SandboxNotFound, SnapshotNotFound, SnapshotOfAnotherVersion."""
        return await self._replace(self.get(name), self._snapshot(name, snapshot))

    def forget(self, name: str, snapshot: str) -> None:
        """Throw a snapshot away. Raises SnapshotNotFound."""
        files.remove(self._snapshot_path(name, snapshot))

    async def export(self, name: str, target: Path) -> None:
        """The sandbox as it stands, as a file elsewhere. Raises SandboxNotFound."""
        await self._image(self.get(name), target)

    async def replace(self, name: str, file: Path, audit: Callable[[Path], list[str]]) -> Bank:
        """Put a database from outside in place, once it has been checked. Raises SandboxNotFound, ImportRefused."""
        bank = self.get(name)
        try:
            await asyncio.to_thread(files.inspect, file, audit)
        except files.FileRefused as refused:
            raise ImportRefused(reason=refused.reason) from None
        return await self._replace(bank, file)

    async def remove_idle(self, now: float) -> list[str]:
        """Remove what nobody used for longer than the bounds allow, at `now` by the machine's steady clock."""
        longest = self.bounds.idle_seconds
        if not longest:
            return []
        gone = [
            bank.name for bank in self.known() if bank.name != DEFAULT and now - bank.used_at > longest and bank.is_idle
        ]
        for name in gone:
            await self.delete(name)
        return gone

    def scratch(self, name: str) -> Path:
        """A place for a file that is on its way in or out; removed at the next start if it stays."""
        return self._directory / f"{name}.{time.monotonic_ns()}.unfinished"

    def close(self) -> None:
        for bank in self.awake():
            bank.close()
        self._banks.clear()

    def _use(self, bank: Bank) -> None:
        """Let `bank` be the one used last, and put to sleep who was not used for longest."""
        self._banks.pop(bank.name, None)
        self._banks[bank.name] = self._latest = bank
        bank.wake()
        awake = self.awake()
        for idle in awake[: max(0, len(awake) - self.bounds.awake)]:
            if idle is not bank and idle.is_idle:
                idle.sleep()

    def _alone(self, what: str) -> asyncio.Lock:
        """The lock under which one thing is made, gone when nobody makes it any more."""
        lock = self._making.get(what)
        if lock is None:
            lock = self._making[what] = asyncio.Lock()
        return lock

    @asynccontextmanager
    async def _turn_of(self, bank: Bank) -> AsyncIterator[Store]:
        """The turn of an open sandbox for one file operation, which shares it with no other. Raises SandboxNotFound.

        Each operation is an owner of its own: with one owner for all, two of them were let in at once, and one closed
        the connection that the other's thread was copying from.
        """
        operation = object()
        while True:
            store = bank.store
            await store.take_turn(operation)
            try:
                if bank.current().store is store:  # else it was put to sleep or replaced meanwhile: take the new one's
                    yield store
                    return
            finally:
                store.end_turn(operation)

    async def _replace(self, bank: Bank, source: Path, rate_millis: int | None = None) -> Bank:
        """Put a copy of the database at `source` in place of the sandbox's own."""
        incoming = self.scratch(bank.name)
        await asyncio.to_thread(files.copy, source, incoming)
        if rate_millis is not None:
            await asyncio.to_thread(files.set_rate, incoming, rate_millis)
        try:
            async with self._turn_of(bank) as store:
                store.close()
                files.put(incoming, bank.path)
                bank.reopen()
        finally:
            files.remove(incoming)
        return bank

    async def _image(self, bank: Bank, target: Path) -> None:
        """What the sandbox holds now, as a file, its clock standing."""
        async with self._turn_of(bank) as store:
            store.settle()
            incoming = self.scratch(bank.name)
            now = bank.clock.now()
            await in_thread(files.image, store.connection, bank.path, incoming)
        await asyncio.to_thread(files.stand_still, incoming, now)
        files.put(incoming, target)

    async def _copy_of(self, parent: tuple[str, str | None], path: Path) -> None:
        name, snapshot = parent
        if snapshot is None:
            await self._image(self.get(name), path)
        else:
            await asyncio.to_thread(files.copy, self._snapshot(name, snapshot), path)

    async def _copy_golden(self, origin: Origin, path: Path) -> None:
        await asyncio.to_thread(files.copy, await self._ready(origin), path)

    async def _ready(self, origin: Origin) -> Path:
        async with self._alone(f"@{origin}"):  # no name has an at sign
            return await asyncio.to_thread(self._golden, origin)

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.sqlite"

    def _snapshots(self, name: str) -> Path:
        return self._kept / name

    def _snapshot_path(self, name: str, snapshot: str) -> Path:
        path = self._snapshots(name) / f"{snapshot}.sqlite"
        if _NAME.fullmatch(name) is None or _NAME.fullmatch(snapshot) is None or not path.exists():
            raise SnapshotNotFound(sandbox=name[:63], name=snapshot[:63])
        return path

    def _snapshot(self, name: str, snapshot: str) -> Path:
        path = self._snapshot_path(name, snapshot)
        theirs = files.version_of(path)
        if theirs != schema.version():
            raise SnapshotOfAnotherVersion(theirs=theirs, ours=schema.version())
        return path


def _require_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise InvalidSandboxName
