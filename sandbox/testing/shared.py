"""One server for all workers of a test run.

Workers of pytest-xdist start at the same time and know nothing of each other. The first one that needs a server makes
the claim and starts it; the others wait for its address. The process that controls the run stops it at the end.
"""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.testing.server import STOP, CannotServe, Server, remove

_CLAIM = "claim"
_ADDRESS = "server.json"
_SECONDS = 150.0
_BETWEEN_LOOKS = 0.02


def serve(meeting_place: Path, **settings: object) -> str:
    """The address of the run's server, started by the first process that asks. Raises CannotServe."""
    try:
        os.close(os.open(meeting_place / _CLAIM, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return str(_told(meeting_place)["url"])
    try:
        server = Server(**settings)
    except CannotServe as reason:
        _tell(meeting_place, {"failed": str(reason)})
        raise
    _tell(meeting_place, {"url": server.url, "pid": server.pid, "directory": str(server.directory)})
    return server.url


def stop(meeting_place: Path) -> None:
    """Stop the run's server, if one was started, and remove the meeting place."""
    if (meeting_place / _CLAIM).exists():
        with suppress(CannotServe):  # the worker that asked for it has reported that
            told = _told(meeting_place)
            _stop(told["pid"], told["url"], Path(told["directory"]))
    remove(meeting_place)


def _stop(pid: int, url: str, directory: Path) -> None:
    """The server is the child of a worker that has ended: whether it has stopped is seen at its port."""
    until = time.monotonic() + _SECONDS
    address = urlsplit(url)
    with suppress(ProcessLookupError):
        os.kill(pid, STOP)
        while _is_open(str(address.hostname), address.port or 80) and time.monotonic() < until:
            time.sleep(_BETWEEN_LOOKS)
    while directory.exists() and time.monotonic() < until:  # it closes its databases after its port
        remove(directory)
        time.sleep(_BETWEEN_LOOKS)


def _is_open(host: str, port: int) -> bool:
    with socket.socket() as plug:
        return plug.connect_ex((host, port)) == 0


def _tell(meeting_place: Path, what: dict[str, Any]) -> None:
    unfinished = meeting_place / f"{_ADDRESS}.unfinished"
    unfinished.write_text(json.dumps(what), encoding="utf-8")
    unfinished.replace(meeting_place / _ADDRESS)


def _told(meeting_place: Path) -> dict[str, Any]:
    until = time.monotonic() + _SECONDS
    while not (meeting_place / _ADDRESS).exists():
        if time.monotonic() > until:
            raise CannotServe("the process that was to start the server has not told its address")
        time.sleep(_BETWEEN_LOOKS)
    told: dict[str, Any] = json.loads((meeting_place / _ADDRESS).read_text(encoding="utf-8"))
    if "failed" in told:
        raise CannotServe(told["failed"])
    return told
