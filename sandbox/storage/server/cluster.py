"""The databases of a server that belong to one installation: made, copied, dropped. All of it for threads."""

import itertools
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sandbox.kernel.features import FEATURES, Feature
from sandbox.storage.errors import ServerError, ServerGone
from sandbox.storage.server import loading
from sandbox.storage.server.plain import PlainConnection

log = logging.getLogger("sandbox")

_TAKEN = "42P04"  # duplicate_database
_UNKNOWN = "3D000"  # invalid_catalog_name
_OLDEST = 150000
STRATEGY = "wal_log"
"""How databases are copied: through the log. To copy files takes two checkpoints, which take far longer on a server
that waits for its disk."""


class Cluster:
    """Databases whose names are `prefix` and a number, so that several installations can share a server.

    `url` names the server, the user, and a database to connect to for what concerns the server as a whole. Without
    `durable`, a COMMIT does not wait for the disk: a power cut may lose the last moments, and nothing else.
    """

    def __init__(
        self, url: str, prefix: str, *, durable: bool = False, features: frozenset[Feature] = frozenset(FEATURES)
    ) -> None:
        self._prefix = prefix
        self._features = features
        known = conninfo_to_dict(url)
        known.setdefault("dbname", "postgres")
        if "commit" in features:
            options = [str(known.get("options") or ""), f"-c synchronous_commit={'on' if durable else 'off'}"]
            known["options"] = " ".join(filter(None, options))
        self._known: dict[str, Any] = known
        self._numbers = itertools.count(1)
        self._kept: list[PlainConnection] = []  # one, or none while it is in use
        self._met = 0  # how often the server gave a connection
        self._is_away = False
        self._noting = threading.Lock()

    def require_usable(self) -> None:
        """Raises ServerGone where there is no server, or one that is too old for the features that are to be used."""
        with self._server() as server:
            version = server.connection.server_version
        if "strategy" in self._features and version < _OLDEST:
            raise ServerGone(f"it is PostgreSQL {version // 10000}, which is older than {_OLDEST // 10000}")

    def connect(self, database: str | None = None) -> Any:
        """A connection of libpq to a database, or to that of the URL. Raises ServerGone."""
        target = make_conninfo("", **(self._known if database is None else {**self._known, "dbname": database}))
        met = self._met
        connection = pq.PGconn.connect(target.encode())
        if connection.status != pq.ConnStatus.OK:
            message = connection.get_error_message()
            connection.finish()
            gone = " ".join(message.split())
            if database is None:  # or it is that database which cannot be used
                self._note_away(met, gone)
            raise ServerGone(gone)
        self._note_there()
        connection.notice_handler = None  # what it remarks concerns no client
        return connection

    def _note_away(self, met: int, reason: str) -> None:
        """Have the log say once that the server is away, however many ask for it. `met` is how often it had been met
        when the connection was asked for: one that was met meanwhile is back, and one that never was is no news."""
        with self._noting:
            if met == self._met > 0 and not self._is_away:
                self._is_away = True
                log.warning("the database server is away: %s", reason)

    def _note_there(self) -> None:
        with self._noting:
            self._met += 1
            if self._is_away:
                self._is_away = False
                log.warning("the database server is back")

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
            names = [name for (name,) in server.execute("SELECT datname FROM pg_database")]
        return sorted(name for name in names if name.startswith(self._prefix))

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        with self._server() as server:
            return server.execute("SELECT 1 FROM pg_database WHERE datname = ?", (database,)).fetchone() is not None

    def size(self, database: str) -> int | None:
        """How many bytes it takes, 0 where the server does not tell; None where there is no such database."""
        told = "SELECT pg_database_size(datname) FROM pg_database WHERE datname = ?"
        sql = told if "size" in self._features else "SELECT 0 FROM pg_database WHERE datname = ?"
        try:
            with self._server() as server:
                found = server.execute(sql, (database,)).fetchone()
        except ServerError as error:
            if error.state != _UNKNOWN:
                raise
            return None  # dropped since the statement began, which still finds its name
        return None if found is None else int(found[0])

    def create(self) -> str:
        """An empty database, by its name."""
        return self._create("TEMPLATE template0 ENCODING 'UTF8'" if "template" in self._features else "ENCODING 'UTF8'")

    def load(self, file: Path) -> str:
        """A database with the content of a SQLite file, by its name. Raises ServerError, sqlite3.DatabaseError."""
        with self._filling() as (name, connection):
            loading.load(file, connection, freeze="freeze" in self._features)
        return name

    def copy(self, database: str) -> str:
        """A copy of a database that nothing has open, by its name. Raises ServerError where something has."""
        if "template" in self._features:
            strategy = f" STRATEGY {STRATEGY}" if "strategy" in self._features else ""
            return self._create(f'TEMPLATE "{database}"{strategy}')
        with self._filling() as (name, connection), self.connected(database) as source:
            loading.copy(source, connection, freeze="freeze" in self._features)
        return name

    def rename(self, database: str, name: str) -> None:
        """Give a database that nothing has open the name `name`, behind the prefix."""
        with self._server() as server:
            server.execute(f'ALTER DATABASE "{database}" RENAME TO "{name}"')

    def shut(self, database: str) -> None:
        """Let no one connect to a database that others are to be copied from, where that takes no connection."""
        if "template" in self._features:
            with self._server() as server:
                server.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')

    def drop(self, database: str) -> None:
        """Drop a database, by `force` also where others are connected to it; one that is not there is no error."""
        force = " WITH (FORCE)" if "force" in self._features else ""
        with self._server() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{database}"{force}')

    @contextmanager
    def _filling(self) -> Iterator[tuple[str, PlainConnection]]:
        """A new database, by its name, and a connection to it; where the block fails, it is dropped."""
        name = self.create()
        try:
            with self.connected(name) as connection:
                yield name, connection
        except BaseException:
            self.drop(name)
            raise

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

    def close(self) -> None:
        """Close the connection that is kept for what concerns the server as a whole."""
        while self._kept:
            self._kept.pop().close()

    @contextmanager
    def _server(self) -> Iterator[PlainConnection]:
        """A connection to the database of the URL. One is kept: to open one takes longer than most of what is asked."""
        plain = self._take() or PlainConnection(self.connect())
        try:
            yield plain
        finally:
            if self._kept or not _is_alive(plain):
                plain.close()
            else:
                self._kept.append(plain)

    def _take(self) -> PlainConnection | None:
        """The connection that was kept, unless another thread has it or the server has closed it."""
        with suppress(IndexError):
            plain = self._kept.pop()
            if _is_alive(plain):
                return plain
            plain.close()
        return None


def _is_alive(plain: PlainConnection) -> bool:
    """Whether the server has not closed it: nothing is to be read where nothing was asked."""
    if plain.connection.status != pq.ConnStatus.OK:
        return False
    said = poll()
    said.register(plain.connection.socket, POLLIN)
    return not said.poll(0)


def is_url(text: str) -> bool:
    """Whether libpq understands it as the address of a server."""
    try:
        return text.startswith(("postgresql://", "postgres://")) and bool(conninfo_to_dict(text) or True)
    except psycopg.ProgrammingError:
        return False
