"""A PostgreSQL server of the tests' own, where Debian's packages are installed: in a temporary directory, on a socket of
its own, without a port, and without the care for a power cut that a test does not need."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.storage.connection import Connection

_PLACES = Path("/usr/lib/postgresql")
_LONGEST = 60.0  # seconds
UNSAFE = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c deadlock_timeout=200ms "
    "-c autovacuum=off"  # thousands of databases come and go
)
_MEMORY = Path("/dev/shm")  # a directory of a server's own is made in it
_ROOM = 4 << 30  # bytes: twice what a whole run takes
VARIABLES: dict[str, str] = {}
"""The settings, as variables, that have the servers of this run keep sandboxes on its PostgreSQL server. Empty where they
keep them in files."""


def programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are, those of the newest version; None where there are none."""
    found = sorted(_PLACES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    installed = shutil.which("initdb")
    return found[-1].parent if found else Path(installed).parent if installed else None


def url(home: Path) -> str:
    """Where the server with its socket in `home` is."""
    return f"postgresql://postgres@/postgres?host={home}"


@contextmanager
def server(programs: Path, options: str = UNSAFE, place: Path | None = None) -> Iterator[Path]:
    """The directory of the socket of a new server, whose superuser is `postgres` and asks for no password."""
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=place or _place()))
    try:
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(home, "postgres")
        _run(programs, home, "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        start(programs, home, options)
        try:
            yield home
        finally:
            stop(home)
    finally:
        shutil.rmtree(home)


def _place() -> Path:
    """Where databases are made and dropped quickest: each is 400 files, which take a disk's file system ten times as
    long as memory. The path of a socket has to be short, too."""
    free = shutil.disk_usage(_MEMORY).free if _MEMORY.is_dir() else 0
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _MEMORY if min(free, available) >= _ROOM else Path("/tmp")


def start(programs: Path, home: Path, options: str = UNSAFE) -> None:
    """Start the server."""
    told = f"-c listen_addresses='' -k {home} {options}"
    _run(programs, home, "pg_ctl", "-w", "-l", str(home / "log"), "-o", told, "start")


def process_of(home: Path) -> int:
    """The id of the server's first process, whose children the others are."""
    return int((home / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])


def stop(home: Path, how: signal.Signals = signal.SIGQUIT) -> None:
    """Stop the server at once, as a crash would, or as an administrator does, by SIGINT. Starts no process: a quick test
    may be the last one that used it."""
    running = home / "data" / "postmaster.pid"
    os.kill(process_of(home), how)  # «immediate shutdown», «fast shutdown»
    end = time.monotonic() + _LONGEST
    while running.exists():
        assert time.monotonic() < end, "the server does not stop"
        time.sleep(0.01)


def databases(url: str, installation: str = "") -> list[str]:
    """The databases of an installation, or of all of them."""
    with _cluster(url, installation) as cluster:
        return list(cluster.names())


def drop(url: str, *databases: str) -> None:
    """Drop databases, also where others are connected to them."""
    with _cluster(url) as cluster:
        for name in databases:
            cluster.drop(name)


@contextmanager
def connected(url: str, database: str) -> "Iterator[Connection]":
    """A connection to a database."""
    with _cluster(url) as cluster, cluster.connected(database) as connection:
        yield connection


def size_of(database: int) -> int:
    """What is told of so many bytes of a database: 0 on a server that tells no sizes."""
    from sandbox.kernel.features import FEATURES, chosen

    return database if "size" in chosen(VARIABLES.get("SANDBOX_DATABASE_FEATURES", ",".join(FEATURES))) else 0


def _cluster(url: str, installation: str = "") -> Any:
    from sandbox.storage.server.cluster import Cluster

    return closing(Cluster(url, f"sandbox_{installation}_" if installation else "sandbox_"))


def _run(programs: Path, home: Path, program: str, *arguments: str) -> None:
    command = [programs / program, "-D", home / "data", *arguments]
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, user=user, cwd=home, check=True, stdout=subprocess.DEVNULL, timeout=_LONGEST)
