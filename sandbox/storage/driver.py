"""The SQLite driver: one connection a sandbox, used on the event loop, one transaction at a time."""

import asyncio
import sqlite3
from collections import deque
from contextlib import closing
from pathlib import Path
from typing import Any

from sandbox.storage.statements import Command, Query, T

# What a commit costs is writing and checksumming the pages it touched, most of them for one small row: with pages of
# 1 KiB
# it takes a third of the time it takes with SQLite's usual 4 KiB.
PAGE_SIZE = 1024

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 0",  # a background thread does it: in line it doubles the p99
    "PRAGMA cache_size = -4000",
    "PRAGMA temp_store = MEMORY",
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection as every part of the package uses it: autocommit, transactions begun by hand, foreign keys on."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512, check_same_thread=False)
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")  # counts for a new file alone
    connection.execute("PRAGMA journal_mode = WAL")
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def reading(path: Path) -> sqlite3.Connection:
    """A connection that reads one state of the database at `path`, the one it has now."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


class Store:
    """One sandbox's database: turns for those who use it, and transactions that commit together.

    Whoever runs a statement holds its turn from the first statement to the end. SQLite answers in microseconds, so
    handlers run to their end without giving up the loop and the turn is free; the queue is there for the handler that
    does
    wait in the middle, so that no other one joins its work.

    Requests that are ready in the same turn of the event loop share one commit, each in a savepoint of its own: what a
    commit costs is writing pages, and they write the same ones. `durable()` is what each awaits before it answers.
    """

    __slots__ = ("_callers", "_due", "_owner", "_waiting", "closed", "connection", "path", "undecided", "writing")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = connect(path)
        self.writing = False
        self.closed = False
        self.undecided = False  # is there work kept, and seen by reads, that is not yet committed?
        self._callers: list[asyncio.Future[None]] = []
        self._due = False
        self._owner: object | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take_turn(self, owner: object) -> None:
        """Wait until no other unit of work has the connection, then have it; or until it is `closed`, which to look
        at."""
        while self._owner is not None and self._owner is not owner and not self.closed:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if self._owner is None:
                    self._call_next()
                raise
        self._owner = owner

    def end_turn(self, owner: object) -> None:
        """Let the next one have it. Without effect for whoever does not have the turn."""
        if self._owner is not owner:
            return
        self._owner = None
        if self._due:
            self._commit()
        self._call_next()

    def begin(self) -> None:
        """Begin to write: in a savepoint, within the transaction that commits when the loop has come round."""
        if not self.undecided:
            self.connection.execute("BEGIN IMMEDIATE")
            self.undecided = True
            asyncio.get_running_loop().call_soon(self._commit_unless_busy)
        self.connection.execute("SAVEPOINT work")
        self.writing = True

    @property
    def is_idle(self) -> bool:
        """Whether nobody has the turn, waits for it, or for the common commit."""
        return self._owner is None and not self._waiting and not self.undecided

    def settle(self) -> None:
        """Commit what is kept, now, for whoever has the turn and is about to do something with the file."""
        self._commit()

    def keep(self) -> None:
        """The work is done; it lasts from the common commit on."""
        if self.writing:
            self.connection.execute("RELEASE work")
            self.writing = False

    def undo(self) -> None:
        """The work never was."""
        if self.writing:
            self.writing = False
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK TO work")
                self.connection.execute("RELEASE work")

    async def durable(self) -> None:
        """Wait until everything kept so far has been committed. Raises sqlite3.Error when it could not be."""
        if self.undecided:
            answer = asyncio.get_running_loop().create_future()
            self._callers.append(answer)
            await answer

    def _commit_unless_busy(self) -> None:
        if self._owner is not None and self.writing:
            self._due = True  # somebody waits in the middle of its work: commit when its turn ends
        else:
            self._commit()

    def _commit(self) -> None:
        if not self.undecided:
            return
        self.undecided = self._due = False
        callers, self._callers = self._callers, []
        failure = None
        try:
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            failure = error
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        for caller in callers:
            if caller.done():
                continue  # it was cancelled while it waited
            if failure is None:
                caller.set_result(None)
            else:
                caller.set_exception(failure)

    def _call_next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break

    def one(self, query: Query[T], params: dict[str, Any]) -> T | None:
        row = self.connection.execute(query.sql, params).fetchone()
        return None if row is None else query.shape(row)

    def all(self, query: Query[T], params: dict[str, Any]) -> list[T]:
        shape = query.shape
        return [shape(row) for row in self.connection.execute(query.sql, params)]

    def insert(self, command: Command, params: dict[str, Any]) -> int:
        """The new row's key."""
        return self.connection.execute(command.sql, params).lastrowid or 0

    def change(self, command: Command, params: dict[str, Any]) -> int:
        """How many rows it changed."""
        return self.connection.execute(command.sql, params).rowcount

    def reader(self) -> sqlite3.Connection:
        """A connection of its own, for a thread, that sees the database as it is committed now, whatever is put in its
        place meanwhile. Whoever gets it closes it."""
        self._commit()
        return reading(self.path)

    def checkpoint(self) -> None:
        """Move what the log holds into the database file, over a connection of its own: meant for a thread.

        Raises sqlite3.OperationalError when another file is being put in place just now.
        """
        with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True)) as with_own:
            with_own.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """End the connection, which folds the log into the file; whoever waits for a turn finds it closed."""
        self.undo()
        self._commit()
        self.connection.close()
        self.closed = True
        self._owner = None
        while self._waiting:
            self._call_next()
