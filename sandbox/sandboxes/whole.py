"""The database of a sandbox as a whole: who works on it alone, whether it is open, and whether it is where it belongs.

Everything that touches it runs under the turn of the store, with an owner of its own, so that two operations never
overlap and no thread uses a connection that another part closes.
"""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from sandbox.problems import SandboxNotFound
from sandbox.sandboxes.engine import Database
from sandbox.sandboxes.files import DatabaseInUse
from sandbox.sandboxes.places import why_missing
from sandbox.sandboxes.problems import SandboxDamaged, SandboxInUse
from sandbox.sandboxes.sharing import Sharing
from sandbox.storage.problems import StorageMissing
from sandbox.storage.store import Store
from sandbox.storage.threads import in_thread, uncancelled

log = logging.getLogger("sandbox")


class Whole:
    """The database of the sandbox `name`, with the store that gives it to units of work."""

    def __init__(self, name: str, database: Database[Any], store: Store, sharing: Sharing) -> None:
        self.database = database
        self.handle: Any = None  # of its engine, while it is open
        self.removed = False
        self.missing = False  # has its file been taken away while it is open?
        self._name = name
        self._store = store
        self._sharing = sharing
        self._folding = asyncio.Lock()
        self._doubting: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """The turn, for one operation. Raises SandboxNotFound once the sandbox is removed."""
        await self._store.take_turn(operation := object())
        try:
            self.require_here()
            if not self._store.closed:
                self._store.settle()
            async with self._folding:  # a thread that folds the log has a connection of its own to the file
                yield
        finally:
            self._store.end_turn(operation)

    def require_here(self) -> None:
        """Raises SandboxNotFound once the sandbox is removed."""
        if self.removed:
            raise SandboxNotFound(name=self._name)

    def require_in_place(self) -> None:
        """Raises StorageMissing while the open file is gone from its place with all others, SandboxDamaged while it is
        gone alone."""
        if self.missing:
            if self.database.path.parents[1].is_dir():
                raise SandboxDamaged(name=self._name, reason=why_missing(self.database.path))
            raise StorageMissing

    def attach(self, handle: Any, *, is_new: bool) -> None:
        """Have units work on the open database; `is_new` when it took the place of another one."""
        self.handle = handle
        self._store.attach(handle.connection, is_new=is_new)
        self.missing = False

    async def close(self) -> None:
        """Close the database, for the holder of the turn."""
        if not self._store.closed:
            self._store.detach()
            handle, self.handle = self.handle, None
            await in_thread(handle.close if self.missing else functools.partial(self.database.close, handle))

    async def close_whole(self) -> None:
        """The same so that it can be replaced. Raises SandboxInUse: then it stays open."""
        self._store.detach()
        try:
            await in_thread(self.database.close_whole, self.handle)
        except BaseException as failure:
            self._store.attach(self.handle.connection, is_new=False)
            if isinstance(failure, DatabaseInUse):
                raise SandboxInUse(name=self._name) from None
            raise
        self.handle = None

    @uncancelled
    async def fold(self, longest: int) -> None:
        """Move the log into the database file; empty it where it exceeds `longest` bytes.

        The first part runs beside requests, over a connection of its own. Writers keep adding meanwhile, so the log
        would never come to an end: to empty it, the rest is folded with the turn held.
        """
        async with self._folding:
            if self._store.closed:
                return
            await in_thread(self.database.fold_beside)
        if self.database.log_size() > longest:
            async with self.alone():
                handle = self.handle
                if handle is not None:
                    try:
                        await in_thread(self.database.fold, handle)
                    except DatabaseInUse:
                        log.warning("the log of sandbox %s cannot be emptied: another program reads it", self._name)

    def note_missing(self) -> None:
        """See whether the open file is still where it belongs; requests are refused while it is not."""
        if self.handle is None:
            return
        found = self.database.is_in_place(self.handle)
        if found == self.missing:
            self.missing = not found
            log.log(
                logging.ERROR if self.missing else logging.WARNING,
                "the database of sandbox %s is %s", self._name, "gone from its place" if self.missing else "back",
            )  # fmt: skip

    def suspect(self) -> None:
        """Have the database closed, and read through before it is used again: it seems to be damaged."""
        if self._doubting is None or self._doubting.done():
            self._doubting = asyncio.get_running_loop().create_task(self._doubt())

    async def _doubt(self) -> None:
        with suppress(SandboxNotFound):
            async with self.alone():
                await self.close()
                self.database.doubt()
            self._sharing.note_closed()
