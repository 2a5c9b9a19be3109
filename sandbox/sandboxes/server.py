"""PostgreSQL: a database of the server for each sandbox, named in a file of the sandbox's folder.

    DATA_DIR/installation                  what the names of this data directory's databases begin with
    DATA_DIR/sandboxes/NAME/bank.json      which database is the sandbox's

Whatever is true of SQLite's files is true of these: a sandbox is made, replaced and deleted by one rename. A database
that no such file names is left from something unfinished, and is dropped at the next start.
"""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

from sandbox.kernel.clock import Micros
from sandbox.kernel.features import Feature
from sandbox.sandboxes import contents, files
from sandbox.sandboxes.census import Listed
from sandbox.sandboxes.contents import Contents, ContentsRefused, OtherVersion
from sandbox.sandboxes.inspection import FileRefused, Stamp
from sandbox.sandboxes.installation import installation
from sandbox.sandboxes.places import POINTER, Places, remove, size_of, why_missing
from sandbox.sandboxes.pointers import Pointer, definitions, sized
from sandbox.sandboxes.problems import SandboxDamaged, SandboxOfAnotherVersion
from sandbox.sandboxes.starts import begin
from sandbox.storage import schema
from sandbox.storage.connection import Connection
from sandbox.storage.errors import ServerError, ServerGone
from sandbox.storage.server import loading
from sandbox.storage.server.cluster import Cluster
from sandbox.storage.server.plain import PlainConnection
from sandbox.storage.server.store import Connect, ServerStore
from sandbox.storage.server.unit import ServerUnit

log = logging.getLogger("sandbox")

_MISSING_TABLE = "42P01"
_DATA_EXCEPTION = "22"  # such as a NUL character in a text


class ServerHandle(NamedTuple):
    """An open database: its first connection, how others are opened, and the file that named it."""

    connection: tuple[Any, Connect]
    stamp: Stamp

    def close(self) -> None:
        """The store has closed its connections."""


class ServerDatabase:
    """The database of the sandbox `name`, which the file at `path` names."""

    def __init__(self, name: str, path: Path, engine: "ServerEngine") -> None:
        self.path = path
        self._name = name
        self._engine = engine
        self._opened: str | None = None

    def open(self, *, is_new: bool) -> tuple[ServerHandle, Contents]:
        """It, open, and what it says of itself. `is_new` counts a start of the sandbox. Raises SandboxDamaged,
        SandboxOfAnotherVersion, ServerGone."""
        try:
            stamp, pointer = Stamp.of(self.path), Pointer.read(self.path)
            pointer.require_current()
            first = self._engine.connect(pointer.database)
            try:
                plain = PlainConnection(first)
                said = _read(plain)
                if is_new:
                    said = begin(plain, said)
            except BaseException:
                first.finish()
                raise
        except FileNotFoundError:
            raise SandboxDamaged(name=self._name, reason=why_missing(self.path)) from None
        except (FileRefused, ContentsRefused) as refused:
            raise SandboxDamaged(name=self._name, reason=str(refused)) from None
        except OtherVersion as other:
            raise SandboxOfAnotherVersion(name=self._name, theirs=str(other), ours=schema.version()) from None
        self._opened = pointer.database
        return ServerHandle((first, partial(self._connect_again, pointer.database)), stamp), said

    def _connect_again(self, database: str) -> Any:
        try:
            return self._engine.connect(database)
        except FileRefused as refused:
            raise SandboxDamaged(name=self._name, reason=refused.reason) from None

    def close(self, handle: ServerHandle) -> None:
        handle.close()

    def close_whole(self, handle: ServerHandle) -> None:
        handle.close()

    def put(self, incoming: Path) -> None:
        former = self._engine.named_by(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        files.put(incoming, self.path)
        if former is not None:
            self._engine.drop_later(former)

    def copy(self, handle: ServerHandle, scratch: Path, target: Path, now: Micros) -> None:
        database = self._engine.copy(Pointer.read(self.path).database)
        self._engine.point(target, database, clock_anchor=str(now), clock_origin="")

    def image(self, handle: ServerHandle, scratch: Path, target: Path, now: Micros) -> int:
        try:
            with self._engine.connected(self.path) as connection:
                loading.dump(connection, scratch)
            files.amend(scratch, clock_anchor=str(now), clock_origin="")
            return files.put_new(scratch, target)
        finally:
            files.remove(scratch)

    def image_as_it_is(self, target: Path) -> None:
        with self._engine.connected(self.path) as connection:
            loading.dump_as_it_is(connection, target)

    def fold_beside(self) -> None:
        """The server writes its checkpoints by itself."""

    def fold(self, handle: ServerHandle) -> None:
        """As above."""

    def log_size(self) -> int:
        return 0

    def is_in_place(self, handle: ServerHandle) -> bool:
        with suppress(FileNotFoundError):
            return Stamp.of(self.path) == handle.stamp
        return False

    def is_another(self) -> bool:
        return self._opened is not None and self._engine.named_by(self.path) != self._opened

    def doubt(self) -> None:
        """The server checks what it reads."""


class Options(NamedTuple):
    """How a server is used: how many connections a sandbox has at most, after how many seconds one that is not used is
    closed, how many copies are made ahead, whether a COMMIT waits for the disk, which features are used, and whether
    databases are dropped at the end."""

    connections: int
    idle_seconds: float
    spares: int
    durable: bool
    features: frozenset[Feature]
    temporary: bool = False


class ServerEngine:
    """Databases of one server. The next sandboxes are copied ahead of time, since a copy takes the server a tenth of a
    second; and those that are no longer needed are dropped afterwards, which takes it a checkpoint."""

    file = POINTER
    unit = ServerUnit

    def __init__(self, url: str, data_dir: Path, options: Options) -> None:
        self._prefix = f"sandbox_{installation(data_dir)}_"
        self._cluster = Cluster(url, self._prefix, durable=options.durable, features=options.features)
        self._options = options
        self._lock = threading.Lock()
        self._templates: set[str] = set()
        self._spares: dict[str, list[str]] = {}  # by template
        self._warm: dict[str, Any] = {}  # connections to databases that are about to be opened
        self._refusing: set[str] = set()  # databases of which the log has told that they cannot be used
        self._sizes: dict[str, int] = {}  # of databases of deleted sandboxes
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="databases")

    def prepare(self, places: Places) -> None:
        """See that there is a server to use, and drop what no sandbox has. Raises ServerGone."""
        self._cluster.require_usable()
        homes = (*places.sandboxes.iterdir(), *places.deleted.iterdir())
        named = {self.named_by(path / self.file) for path in homes}
        goldens = {self._name_of_template(path) for path in places.data_dir.glob("golden-*.sqlite")}
        for database in self._cluster.names():
            if database in goldens:
                self._templates.add(database)
            elif database not in named:
                log.warning("dropping database %s, which no sandbox has", database)
                self.drop_later(database)

    def store(self) -> ServerStore:
        return ServerStore(self._options.connections, self._options.idle_seconds)

    def database(self, name: str, home: Path) -> ServerDatabase:
        return ServerDatabase(name, home / self.file, self)

    def copy_golden(self, golden: Path, target: Path, facts: dict[str, str]) -> None:
        self.point(target, self._fresh(golden), **facts)

    def take_in(self, path: Path) -> None:
        try:
            database = self._cluster.load(path)
        except ServerError as error:
            if not error.state.startswith(_DATA_EXCEPTION):
                raise
            raise FileRefused(f"the server cannot store what it holds: {error}") from None
        files.remove(path)
        self.point(path, database)

    @contextmanager
    def connected(self, path: Path) -> Iterator[PlainConnection]:
        database = Pointer.read(path).database
        warm = self._warm.pop(database, None)
        if warm is None:
            with self._cluster.connected(database) as connection:
                yield connection
        else:
            yield PlainConnection(warm)
            self._warm[database] = warm

    def number_on(self, connection: Connection) -> None:
        loading.number_on(cast(PlainConnection, connection))

    def remove(self, path: Path) -> None:
        """Remove a database, or the SQLite file that was to become one."""
        former = self.named_by(path)
        files.remove(path)
        if former is not None:
            self.drop_later(former)

    def remove_home(self, home: Path) -> None:
        former = self.named_by(home / self.file)
        remove(home)
        if former is not None:
            self.drop_later(former)

    def size_of(self, home: Path) -> int:
        database = self.named_by(home / self.file)
        return size_of(home) + (0 if database is None else self._size(database))

    def _size(self, database: str) -> int:
        known = self._sizes.get(database)
        if known is None:
            known = self._cluster.size(database)
            if known is None:
                return 0
            self._sizes[database] = known
        return known

    def believe(self, path: Path) -> None:
        """The server checks what it reads."""

    def inspect(self, path: Path) -> None:
        if not self._cluster.has(Pointer.read(path).database):
            raise FileRefused("its database is missing on the server")

    def in_use(self, name: str, path: Path) -> Listed:
        return self.look_at(name, path)

    def look_at(self, name: str, path: Path) -> Listed:
        try:
            pointer, size = sized(path, self._cluster.size)
        except FileNotFoundError:
            return Listed(name, "damaged", "", why_missing(path))
        except FileRefused as refused:
            return Listed(name, "damaged", "", refused.reason)
        if size is None:
            return Listed(name, "damaged", pointer.schema_version, "its database is missing on the server")
        try:
            pointer.require_current()
        except OtherVersion:
            return Listed(name, "other_version", pointer.schema_version, None, size)
        return Listed(name, "ready", pointer.schema_version, None, size)

    def close(self) -> None:
        """End what is done aside. Spares are dropped at the next start; temporary databases, all of them, now."""
        self._aside.shutdown(cancel_futures=True)
        for connection in self._warm.values():
            connection.finish()
        self._warm.clear()
        if self._options.temporary:
            self._drop_all()
        self._cluster.close()

    def _drop_all(self) -> None:
        try:
            for database in self._cluster.names():
                self._cluster.drop(database)
        except ServerError as error:
            log.warning("databases %s… are left on the server: %s", self._prefix, error)

    # For the databases above.

    def connect(self, database: str) -> Any:
        """A connection of libpq. Raises ServerGone, FileRefused where there is no such database."""
        self._sizes.pop(database, None)
        warm = self._warm.pop(database, None)
        if warm is not None:
            return warm
        connection = self._try(database) or self._try(database, is_last=True)
        self._refusing.discard(database)
        return connection

    def _try(self, database: str, *, is_last: bool = False) -> Any:
        """A connection to it, or None where the server gives none, which may have been coming up: only what fails
        between two answers of the server is the failure of the database. Raises as `connect`."""
        try:
            return self._cluster.connect(database)
        except ServerGone as gone:
            self._require_there(database)
            if not is_last:
                return None
            if database not in self._refusing:
                self._refusing.add(database)
                log.warning("the server is there, but database %s cannot be used: %s", database, gone)
            raise

    def _require_there(self, database: str) -> None:
        """Raises FileRefused where the server has no such database, ServerGone where there is no server."""
        if not self._cluster.has(database):
            raise FileRefused("its database is missing on the server")

    def copy(self, database: str) -> str:
        """A copy of a database that nothing has open."""
        return self._cluster.copy(database)

    def point(self, path: Path, database: str, **facts: str) -> None:
        """Have the file at `path` stand for a database, once it has these facts."""
        if facts:
            connection = self._cluster.connect(database)
            schema.state(PlainConnection(connection), **facts)
            self._warm[database] = connection  # it is opened next
        Pointer(database, schema.version(), definitions()).write(path)

    def named_by(self, path: Path) -> str | None:
        """The database that a file stands for, if it stands for one."""
        with suppress(FileNotFoundError, FileRefused, NotADirectoryError):
            return Pointer.read(path).database
        return None

    def drop_later(self, database: str) -> None:
        """Drop a database once there is time."""
        warm = self._warm.pop(database, None)
        if warm is not None:
            warm.finish()
        with suppress(RuntimeError):  # it is closed already: the next start drops it
            self._aside.submit(self._drop, database)

    def _drop(self, database: str) -> None:
        try:
            self._cluster.drop(database)
        except ServerError as error:
            log.warning("database %s could not be dropped (%s); the next start will", database, error)
        self._sizes.pop(database, None)  # behind it: until then another may have asked for it

    def _fresh(self, golden: Path) -> str:
        """A copy of a golden database."""
        template = self._template(golden)
        with self._lock:
            spares = self._spares.setdefault(template, [])
            spare = spares.pop() if spares else None
        with suppress(RuntimeError):  # it is closed already
            self._aside.submit(self._make_spares, template)
        return self._cluster.copy(template) if spare is None else spare

    def _template(self, golden: Path) -> str:
        """The database that has the content of a golden file: made once, and kept over starts."""
        with self._lock:
            template = self._name_of_template(golden)
            if template not in self._templates:
                loaded = self._cluster.load(golden)
                self._cluster.shut(loaded)
                self._cluster.rename(loaded, template)
                self._templates.add(template)
            return template

    def _name_of_template(self, golden: Path) -> str:
        return f"{self._prefix}{golden.stem}-{definitions()}"

    def _make_spares(self, template: str) -> None:
        try:
            while len(self._spares[template]) < self._options.spares:
                copied = self._cluster.copy(template)
                with self._lock:
                    self._spares[template].append(copied)
        except ServerError as error:
            log.warning("no spare database could be made: %s", error)


def _read(connection: Connection) -> Contents:
    try:
        return contents.read(connection)
    except ServerError as error:
        if error.state != _MISSING_TABLE:
            raise
        raise ContentsRefused("it holds no sandbox") from None
