"""The databases of a server that belong to one installation: made, copied, dropped. All of it for threads."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sandbox.storage.errors import ServerError, ServerGone
from sandbox.storage.server.plain import PlainConnection

_TAKEN = "42P04"  # duplicate_database
_OLDEST = 150000


class Cluster:
    """Databases whose names are `prefix` and a number, so that several installations can share a server.

    `url` names the server, the user, and a database to connect to for what concerns the server as a whole. Without
    `durable`, a COMMIT does not wait for the disk: a power cut may lose the last moments, and nothing else.
    """

    def __init__(self, url: str, prefix: str, *, durable: bool = False) -> None:
        self._prefix = prefix
        known = conninfo_to_dict(url)
        known.setdefault("dbname", "postgres")
        options = [str(known.get("options") or ""), f"-c synchronous_commit={'on' if durable else 'off'}"]
        known["options"] = " ".join(filter(None, options))
        self._known: dict[str, Any] = known
        self._numbers = itertools.count(1)

    def require_usable(self) -> None:
        """Raises ServerGone where there is no server, or one that is too old."""
        with self._server() as server:
            version = server.connection.server_version
        if version < _OLDEST:
            raise ServerGone(f"it is PostgreSQL {version // 10000}, which is older than {_OLDEST // 10000}")

    def connect(self, database: str | None = None) -> Any:
        """A connection of libpq to a database, or to that of the URL. Raises ServerGone."""
        target = make_conninfo("", **(self._known if database is None else {**self._known, "dbname": database}))
        connection = pq.PGconn.connect(target.encode())
        if connection.status != pq.ConnStatus.OK:
            message = connection.get_error_message()
            connection.finish()
            raise ServerGone(" ".join(message.split()))
        connection.notice_handler = None  # what it remarks concerns no client
        return connection

    @contextmanager
    def connected(self, database: str) -> Iterator[PlainConnection]:
        """A connection to a database, for a block. Raises ServerGone."""
        plain = PlainConnection(self.connect(database))
        try:
            yield plain
        finally:
            plain.close()

    def names(self) -> list[str]:
        """The databases of this installation."""
        with self._server() as server:
            rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, ?)", (self._prefix,))
            return sorted(name for (name,) in rows)

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        with self._server() as server:
            return server.execute("SELECT 1 FROM pg_database WHERE datname = ?", (database,)).fetchone() is not None

    def size(self, database: str) -> int:
        """How many bytes it takes."""
        with self._server() as server:
            (size,) = server.execute(
                "SELECT pg_database_size(datname) FROM pg_database WHERE datname = ?", (database,)
            ).fetchone() or (0,)
        return int(size)

    def create(self) -> str:
        """An empty database, by its name."""
        return self._create("TEMPLATE template0 ENCODING 'UTF8'")

    def copy(self, database: str) -> str:
        """A copy of a database that nothing has open, by its name. Raises ServerError where something has.

        The copy goes through the log: to copy files takes two checkpoints, which take far longer.
        """
        return self._create(f'TEMPLATE "{database}" STRATEGY wal_log')

    def rename(self, database: str, name: str) -> None:
        """Give a database that nothing has open the name `name`, behind the prefix."""
        with self._server() as server:
            server.execute(f'ALTER DATABASE "{database}" RENAME TO "{name}"')

    def shut(self, database: str) -> None:
        """Let no one connect to a database that others are to be copied from."""
        with self._server() as server:
            server.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')

    def drop(self, database: str) -> None:
        """Drop a database, also where others are connected to it; one that is not there is no error."""
        with self._server() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _create(self, options: str) -> str:
        with self._server() as server:
            while True:
                name = f"{self._prefix}{next(self._numbers)}"
                try:
                    server.execute(f'CREATE DATABASE "{name}" {options}')
                except ServerError as error:
                    if error.state != _TAKEN:
                        raise
                else:
                    return name

    @contextmanager
    def _server(self) -> Iterator[PlainConnection]:
        plain = PlainConnection(self.connect())
        try:
            yield plain
        finally:
            plain.close()


def is_url(text: str) -> bool:
    """Whether libpq understands it as the address of a server."""
    try:
        return text.startswith(("postgresql://", "postgres://")) and bool(conninfo_to_dict(text) or True)
    except psycopg.ProgrammingError:
        return False
