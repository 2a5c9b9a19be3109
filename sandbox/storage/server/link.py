"""A connection to PostgreSQL on the event loop, in pipeline mode.

Statements are prepared once a connection and named by number afterwards. What no unit waits for (BEGIN, writes whose
outcome is not needed, the COMMIT of a unit that only read) is sent together with the next statement that has an answer;
so a unit waits once for each question that it asks, and once for its COMMIT. psycopg's own cursors take a multiple of
the time: they wait for each statement, and adapt each value by itself.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer

from sandbox.storage.errors import Lost, ServerError, ServerGone
from sandbox.storage.server.wire import encoded, error_of

T = TypeVar("T")
_LOOKING = 0.5  # seconds
_OK = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
_SYNC = pq.ExecStatus.PIPELINE_SYNC
_ABORTED = pq.ExecStatus.PIPELINE_ABORTED

# By statement: what it is called in every connection. Loops in two threads may name two of them at once.
_names: dict[str, bytes] = {}
_NUMBERS = itertools.count()


class Link:
    """A connection that one unit of work uses at a time.

    Answers come in the order of the questions: `_expected` holds a future for each statement that is under way, None
    where no unit waits for it, and the statement itself where it is prepared. After an error the server skips what
    follows up to the next synchronisation; the first error is what each of the skipped ones is told.

    A loop of libuv tells once that a descriptor has an error, as where the server ended with something unread, and
    watches it no longer. What is read then may be the server's last words, not yet the end. So a connection from which
    an answer is expected is also read from now and then.
    """

    __slots__ = (
        "_answers", "_broken", "_committing", "_connection", "_current", "_descriptor", "_expected", "_looking",
        "_loop", "_prepared", "_writing", "closed",
    )  # fmt: skip

    def __init__(self, connection: Any) -> None:
        """Take over an open connection that nothing else uses."""
        self.closed = False
        self._connection = connection
        self._descriptor = connection.socket  # which libpq forgets when the connection is lost
        self._loop = asyncio.get_running_loop()
        self._answers = Transformer()
        self._prepared: dict[str, bytes] = {}
        self._expected: deque[asyncio.Future[Any] | str | None] = deque()
        self._current: Any = None  # the result of the statement that is being answered
        self._broken: ServerError | None = None  # why the server skips statements now
        self._committing = False  # whether it is open what became of a transaction once the connection is lost
        self._writing = False
        self._listen()
        self._looking = self._loop.call_later(_LOOKING, self._look)

    # For units of work.

    async def one(self, sql: str, values: Iterable[Any], shape: Callable[[Any], T]) -> T | None:
        """The first row, or None."""
        result = await self._ask(sql, values)
        if not result.ntuples:
            return None
        self._answers.set_pgresult(result)
        return shape(self._answers.load_row(0, tuple))

    async def all(self, sql: str, values: Iterable[Any], shape: Callable[[Any], T]) -> list[T]:
        """Every row."""
        result = await self._ask(sql, values)
        self._answers.set_pgresult(result)
        return self._answers.load_rows(0, result.ntuples, shape)

    async def count(self, sql: str, values: Iterable[Any]) -> int:
        """How many rows it changed."""
        return (await self._ask(sql, values)).command_tuples or 0

    def later(self, sql: str, values: Iterable[Any] = ()) -> None:
        """Send a statement with the next one that is waited for. An error is raised there."""
        self._send(sql, values)
        self._expected.append(None)

    async def commit(self, ended: Callable[[], None]) -> None:
        """Make the transaction last, and call `ended` once it does or does not. Raises the first error of what was sent
        `later`."""
        self.is_alive()  # what the server has told before need not leave open what became of this
        self._send("COMMIT", ())
        self._committing = True
        answer = self._answered(self._synchronise)
        try:
            await answer
        except asyncio.CancelledError:
            self._expect_without_waiting(answer, ended)
            raise
        finally:
            ended()
        self._committing = False

    def leave(self) -> None:
        """End a transaction that has written nothing; the answer is not waited for."""
        self.later("COMMIT")
        self._synchronise()
        self._flush()

    def undo(self) -> None:
        """Undo the transaction; the answer is not waited for."""
        self._synchronise()  # an error that has not arrived yet would have the server skip the ROLLBACK
        if self.closed:
            return  # and its transaction with it
        with suppress(ServerGone):
            self.later("ROLLBACK")
            self._synchronise()
            self._flush()
        self._committing = False

    async def lend(self, work: Callable[[Any], T], run: Callable[..., Any]) -> T:
        """What `run(work, connection)` gives, with the connection out of pipeline mode and blocking."""
        if self.closed:
            raise self._gone("the connection is closed")
        await self._answered(self._connection.pipeline_sync)
        self._loop.remove_reader(self._descriptor)
        self._connection.exit_pipeline_mode()
        self._connection.nonblocking = 0
        try:
            result: T = await run(work, self._connection)
        finally:
            if self._connection.status == pq.ConnStatus.OK:
                self._listen()
            else:
                self._lose("the connection was lost")
        return result

    def is_alive(self) -> bool:
        """Whether the server has not ended the connection while no unit used it, as far as its word has arrived."""
        for _ in range(2):  # the first may read why it ends, the second that it does
            if not self.closed:
                self._receive()
        return not self.closed

    def close(self) -> None:
        """Close the connection; what is under way fails."""
        self._lose("the connection was closed")

    # Below: the protocol.

    def _listen(self) -> None:
        self._connection.nonblocking = 1
        self._connection.enter_pipeline_mode()
        self._loop.add_reader(self._descriptor, self._receive)

    def _look(self) -> None:
        self._looking = self._loop.call_later(_LOOKING, self._look)
        if self._expected:  # none is while the connection is lent
            self._receive()

    async def _ask(self, sql: str, values: Iterable[Any]) -> Any:
        self._send(sql, values)
        return await self._answered(self._connection.send_flush_request)

    def _answered(self, end: Callable[[], None]) -> "asyncio.Future[Any]":
        """The answer to the statement that was just sent."""
        answer = self._loop.create_future()
        self._expected.append(answer)
        self._say(end)
        self._flush()
        return answer

    def _expect_without_waiting(self, answer: "asyncio.Future[Any]", ended: Callable[[], None]) -> None:
        """The unit that waited was cancelled, and the server goes on with what it was sent."""
        if answer in self._expected:

            def settled(later: "asyncio.Future[Any]") -> None:
                later.exception()  # or the loop complains that it was not looked at
                ended()

            later = self._loop.create_future()
            later.add_done_callback(settled)
            self._expected[self._expected.index(answer)] = later

    def _send(self, sql: str, values: Iterable[Any]) -> None:
        if self.closed:
            raise self._gone("the connection is closed")
        name = self._prepared.get(sql)
        try:
            if name is None:
                name = self._prepared[sql] = _names.get(sql) or _names.setdefault(sql, b"s%d" % next(_NUMBERS))
                self._connection.send_prepare(name, sql.encode())
                self._expected.append(sql)
            self._connection.send_query_prepared(name, encoded(values))
        except psycopg.OperationalError as error:
            self._lose(str(error))
            raise self._gone(str(error)) from None

    def _synchronise(self) -> None:
        """End what an error makes the server skip."""
        if not self.closed:
            self._expected.append(None)
            self._say(self._connection.pipeline_sync)

    def _say(self, send: Callable[[], T]) -> T | None:
        """What `send` gives, and None where it finds the connection lost, as each call that sends may."""
        try:
            return send()
        except psycopg.OperationalError as error:
            self._lose(str(error))
            return None

    def _flush(self) -> None:
        if self.closed:
            return
        left = self._say(self._connection.flush)
        if self.closed:
            return
        if left and not self._writing:
            self._writing = True
            self._loop.add_writer(self._descriptor, self._flush)
        elif not left and self._writing:
            self._writing = False
            self._loop.remove_writer(self._descriptor)

    def _receive(self) -> None:
        connection = self._connection
        try:
            connection.consume_input()
        except psycopg.OperationalError as error:
            self._lose(str(error))
            return
        if self._writing:
            self._flush()
        while self._expected and not connection.is_busy():
            result = connection.get_result()
            if result is None:
                if self._current is None:
                    break
                self._settle(self._current)
                self._current = None
            elif result.status == _SYNC:
                self._broken = None
                self._settle(result)
            else:
                self._current = result
        if isinstance(self._broken, ServerGone):  # it told why; the end of the connection follows
            self._lose(str(self._broken))
        elif connection.status != pq.ConnStatus.OK:
            self._lose("the connection was lost")

    def _settle(self, result: Any) -> None:
        """Give the answer to the one who waits for it."""
        status = result.status
        error: ServerError | None = None
        if status not in _OK and status != _SYNC:
            if status != _ABORTED:
                error = error_of(result)
                if isinstance(error, ServerGone):
                    error = self._gone(str(error), error.state)
                self._broken = self._broken or error
            error = self._broken or error
        waiting = self._expected.popleft()
        if isinstance(waiting, str):
            if error is not None:
                del self._prepared[waiting]
            return
        if waiting is None or waiting.done():
            return
        if error is None:
            waiting.set_result(result)
        else:
            waiting.set_exception(error)

    def _lose(self, reason: str) -> None:
        if self.closed:
            return
        self.closed = True
        self._looking.cancel()
        self._loop.remove_reader(self._descriptor)
        if self._writing:
            self._loop.remove_writer(self._descriptor)
        self._connection.finish()
        expected, self._expected = self._expected, deque()
        gone = self._broken if isinstance(self._broken, ServerGone) else self._gone(reason)
        for waiting in expected:
            if isinstance(waiting, asyncio.Future) and not waiting.done():
                waiting.set_exception(gone)

    def _gone(self, reason: str, state: str = "") -> ServerGone:
        return ServerGone(reason, state) if self._committing else Lost(reason, state)
