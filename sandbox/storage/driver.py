"""The SQLite driver: one connection a database, used on the event loop, one transaction at a time."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sandbox.storage.connection import Connection
from sandbox.storage.queries import Command, Query, T
from sandbox.storage.threads import in_thread
from sandbox.storage.turns import Turns

R = TypeVar("R")

# What a commit costs is writing and checksumming the pages it touched, most of them for one small row: with pages of
# 1 KiB it takes a third of the time it takes with SQLite's usual 4 KiB.
PAGE_SIZE = 1024

# How many requests share a commit at most: those that are done wait for the others.
MOST_TOGETHER = 64

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 0",  # a background thread does it: in line it doubles the p99
    "PRAGMA cache_size = -4000",
    "PRAGMA temp_store = MEMORY",
)


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """A connection as every part of the package uses it: autocommit, transactions begun by hand, foreign keys on.

    Raises sqlite3.OperationalError when there is no file at `path` and it is not to be created.
    """
    mode = "rwc" if create else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True, isolation_level=None, cached_statements=512, check_same_thread=False,
    )  # fmt: skip
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")  # takes effect in a new file only
        connection.execute("PRAGMA journal_mode = WAL")
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def unchanging(path: Path) -> sqlite3.Connection:
    """A read-only connection to a complete file that nothing writes to; it takes no locks and makes no side files."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False
    )


class SqliteStore:
    """A database in use: turns for those who use it, and transactions that commit together.

    Every user holds a turn from its first statement to its end. SQLite answers in microseconds, so handlers run to
    their end without giving up the loop and the turn is free; the queue serves the handler that does wait in the
    middle, and operations on the file as a whole.

    Requests that are ready in the same turn of the event loop share one commit, each in a savepoint of its own: a
    commit costs the pages it writes, and they write the same ones. Each awaits its `outcome()` before it answers.
    Requests that had to queue for the turn get it in one round of the loop each, and share a commit, too.

    The store outlives its connection: it is attached and detached by file operations, and `generation` tells which
    database stands behind it. Only the holder of the turn may use the connection, in a thread or on the loop.
    """

    __slots__ = (
        "_callers", "_changes", "_cursor", "_due", "_lost", "_seen", "_turns", "closed", "connection", "generation",
        "revision", "undecided", "writing",
    )  # fmt: skip

    connection: sqlite3.Connection

    def __init__(self) -> None:
        self.closed = True
        self.generation = 0
        self.revision = 0
        self.writing = False
        self.undecided = False  # is there work kept, and seen by reads, that is not yet committed?
        self._callers: list[asyncio.Future[None]] = []
        self._changes = 0  # those that the connection does not count
        self._due = False
        self._lost: sqlite3.Error | None = None
        self._seen: object | None = None  # who had the turn when the commit was last put off
        self._turns = Turns()

    def attach(self, connection: sqlite3.Connection, *, is_new: bool) -> None:
        """Use `connection` from now on; `is_new` when another database took the place of the one before."""
        self.connection = connection
        # One for all statements: the results of one are read before the next. Python makes a cursor for each
        # `connection.execute`, which costs as much as a small statement itself.
        self._cursor = connection.cursor()
        self.closed = False
        self.generation += is_new
        self.revision += 1

    def detach(self) -> sqlite3.Connection:
        """Commit what is kept and give the connection up; the caller closes it."""
        self._commit()
        self._cursor.close()  # SQLite keeps a database open that a statement is left of
        self._changes += self.connection.total_changes
        self.closed = True
        return self.connection

    async def take_turn(self, owner: object) -> None:
        """Wait for the turn. Raises RuntimeError if `owner` has it already."""
        await self._turns.take(owner)

    def end_turn(self, owner: object) -> None:
        """Hand the turn to the next in line. Does nothing for an owner that does not have it."""
        if self._turns.owner is owner:
            if self._due:
                self._commit()
            self._turns.end(owner)

    @property
    def is_idle(self) -> bool:
        """Whether no unit has the turn, waits for it, or for the common commit."""
        return self._turns.is_free and not self.undecided

    @property
    def is_awaited(self) -> bool:
        """Whether a unit waits for the turn."""
        return self._turns.is_awaited

    @property
    def changes(self) -> int:
        """Grows with every row that is written."""
        return self._changes if self.closed else self._changes + self.connection.total_changes

    def note_change(self) -> None:
        """Count something that the connection did not."""
        self._changes += 1

    def begin(self) -> None:
        """Begin to write: in a savepoint, within the transaction that commits when the loop has come round."""
        if self.undecided and not self.connection.in_transaction:
            # SQLite rolls back on its own when the disk is full or fails: those in that transaction are told so now.
            # A savepoint outside a transaction would commit alone.
            self._commit()
        if not self.undecided:
            self._cursor.execute("BEGIN IMMEDIATE")
            self.undecided = True
            asyncio.get_running_loop().call_soon(self._commit_unless_busy)
        self._cursor.execute("SAVEPOINT work")
        self.writing = True

    def settle(self) -> None:
        """Commit what is kept, now: for the holder of the turn that is about to work on the file."""
        self._commit()
        self._cursor = self.connection.cursor()  # a query that was not read to its end would keep the log from folding

    def withdraw(self) -> None:
        """Nothing: operations on a file do without."""

    async def run(self, work: Callable[[Connection], R]) -> R:
        """What `work` gives, in a transaction of its own and in a thread, for the holder of the turn."""
        self._commit()
        return await in_thread(_in_transaction, self.connection, work)

    def keep(self) -> None:
        """The work is done; it lasts from the common commit on."""
        if self.writing:
            self.writing = False
            self._cursor.execute("RELEASE work")

    def undo(self) -> None:
        """Undo the work since `begin`."""
        if self.writing:
            self.writing = False
            if self.connection.in_transaction:
                self._cursor.execute("ROLLBACK TO work")
                self._cursor.execute("RELEASE work")

    def outcome(self) -> "asyncio.Future[None] | None":
        """What the common commit comes to, or None where there is nothing to commit. To be asked for before the turn
        ends, which may be the commit. Waiting for it raises sqlite3.Error when what was kept could not be committed."""
        if not self.undecided:
            return None
        answer = asyncio.get_running_loop().create_future()
        self._callers.append(answer)
        return answer

    async def durable(self) -> None:
        """Wait until everything kept so far has been committed. Raises sqlite3.Error when it could not be."""
        outcome = self.outcome()
        if outcome is not None:
            await outcome

    async def in_bulk(self, work: Callable[[Connection], R]) -> R:
        """What `work` gives, run in a thread, for the holder of the turn that has begun to write."""
        try:
            return await in_thread(work, self.connection)
        except sqlite3.Error as error:
            self._note(error)
            raise

    def one(self, query: Query[T], params: dict[str, Any]) -> T | None:
        try:
            row = self._cursor.execute(query.sql, query.values(params)).fetchone()
        except sqlite3.Error as error:
            self._note(error)
            raise
        return None if row is None else query.shape(row)

    def all(self, query: Query[T], params: dict[str, Any]) -> list[T]:
        shape = query.shape
        try:
            return [shape(row) for row in self._cursor.execute(query.sql, query.values(params))]
        except sqlite3.Error as error:
            self._note(error)
            raise

    def insert(self, command: Command, params: dict[str, Any]) -> int:
        """The new row's key."""
        try:
            return self._cursor.execute(command.sql, command.values(params)).lastrowid or 0
        except sqlite3.Error as error:
            self._note(error)
            raise

    def insert_all(self, command: Command, rows: list[dict[str, Any]]) -> None:
        """Add rows whose keys are not needed."""
        try:
            self._cursor.executemany(command.sql, map(command.values, rows))
        except sqlite3.Error as error:
            self._note(error)
            raise

    def change(self, command: Command, params: dict[str, Any]) -> int:
        """How many rows it changed."""
        try:
            return self._cursor.execute(command.sql, command.values(params)).rowcount
        except sqlite3.Error as error:
            self._note(error)
            raise

    def _note(self, error: sqlite3.Error) -> None:
        """Remember why SQLite rolled the common transaction back, for those who wait for its commit."""
        if self.undecided and not self.connection.in_transaction:
            self._lost = error

    def _commit_unless_busy(self) -> None:
        owner = self._turns.owner
        if owner is not None and self.writing:
            self._due = True  # its holder waits in the middle of its work: commit when its turn ends
        elif owner is not None and owner is not self._seen and len(self._callers) < MOST_TOGETHER:
            # It was just given the turn and has yet to begin. To commit before would give each of those in the queue
            # a commit of its own, for as long as there is a queue, which a steady load then never lets go.
            self._seen = owner
            asyncio.get_running_loop().call_soon(self._commit_unless_busy)
        else:
            self._commit()

    def _commit(self) -> None:
        if not self.undecided:
            return
        self.undecided = self._due = False
        self._seen = None
        callers, self._callers = self._callers, []
        failure, self._lost = self._lost, None
        if failure is None:
            try:
                self.connection.execute("COMMIT")
            except sqlite3.Error as error:
                failure = error
        if failure is not None:
            self.note_change()  # what others read meanwhile is undone
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        for caller in callers:
            if caller.done():
                continue  # it was cancelled while it waited
            if failure is None:
                caller.set_result(None)
            else:
                caller.set_exception(failure)


def _in_transaction(connection: sqlite3.Connection, work: Callable[[Connection], R]) -> R:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
        return result
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
