"""The sockets of a server with several workers. The supervisor has all of them, so that what arrives while a worker is
started again waits for it."""

import errno
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from sandbox.starting import CannotStart

_BACKLOG = 2048


class Inner(NamedTuple):
    """The two sockets on which the keeper listens for the other workers, and their paths."""

    ties: socket.socket
    ties_path: Path
    control: socket.socket
    control_path: Path


def bound(host: str, port: int) -> socket.socket:
    """A socket at the address that clients use; port 0 is any. Raises CannotStart where it cannot be had."""
    return _bound(host, port, ())


def shared(host: str, port: int, count: int) -> list[socket.socket]:
    """The same for `count` workers. Raises CannotStart.

    On Linux each has a socket of its own, among which the system shares connections out; elsewhere it would not, so
    there all have the same one, and the first to accept a connection has it.
    """
    first = bound(host, port)
    if sys.platform != "linux":
        return [first] * count
    # Sockets with SO_REUSEPORT share a port with other servers, too: whether one has it tells the one without.
    port = first.getsockname()[1]
    first.close()
    return [_bound(host, port, (socket.SO_REUSEPORT,)) for _ in range(count)]


@contextmanager
def inner() -> Iterator[Inner]:
    """The sockets between the workers, in a directory that only this user may enter."""
    with ExitStack() as stack:
        # Below /tmp, because the path of a socket may have a hundred bytes or so.
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-", dir=_short())))
        paths = (directory / "ties", directory / "control")
        ties, control = (stack.enter_context(_listening(path)) for path in paths)
        yield Inner(ties, paths[0], control, paths[1])


def _short() -> str | None:
    return "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108  # a directory of its own is made there


def _listening(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    made.listen(_BACKLOG)
    return made


def _bound(host: str, port: int, options: tuple[int, ...]) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    for option in (socket.SO_REUSEADDR, *options):
        listener.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise CannotStart(f"{host}:{port} {why} (set SANDBOX_PORT to use another)") from None
    listener.set_inheritable(True)
    return listener
