"""A connection that blocks, with the part of `sqlite3.Connection` that work on whole databases uses."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer

from sandbox.storage.errors import ServerGone
from sandbox.storage.server.wire import encoded, error_of

_PLACES = re.compile(r"'(?:[^']|'')*'|\?(\d*)")


@cache
def numbered(sql: str) -> str:
    """SQL with `$1`, `$2`… in place of `?` or `?1`, `?2`…"""
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[1] is None:
            return found[0]
        count += 1
        return f"${found[1] or count}"

    return _PLACES.sub(number, sql)


class Answer:
    """The rows of one statement, in order; each is given once."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class PlainConnection:
    """Runs a statement at a time and waits for its answer. Without BEGIN each is a transaction of its own."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._answers = Transformer()

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Answer:
        """Run a statement. Raises ServerError."""
        result = self._run(numbered(sql), parameters)
        if not result.ntuples:
            return Answer([])
        self._answers.set_pgresult(result)
        return Answer(self._answers.load_rows(0, result.ntuples, tuple))

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> None:
        """Run a statement for each of the parameters. Raises ServerError."""
        text = numbered(sql)
        for each in parameters:
            self._run(text, each)

    def script(self, statements: Iterable[str]) -> None:
        """Run statements without parameters, in one transaction unless one is open. Raises ServerError."""
        self._guarded(self.connection.exec_, ";\n".join(statements).encode())

    def close(self) -> None:
        """Close the connection."""
        self.connection.finish()

    def _run(self, sql: str, parameters: Sequence[Any]) -> Any:
        return self._guarded(self.connection.exec_params, sql.encode(), encoded(parameters))

    def _guarded(self, run: Any, *arguments: Any) -> Any:
        try:
            result = run(*arguments)
        except psycopg.OperationalError as error:
            raise ServerGone(str(error)) from None
        if result.status not in (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE):
            return result
        told = error_of(result)
        if self.connection.status != pq.ConnStatus.OK:
            raise ServerGone(str(told), told.state)
        raise told
