"""A server of a test run's own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx2

from sandbox.testing import operations
from sandbox.testing.blocking.sandbox import Sandbox
from sandbox.testing.refusals import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

_ADDRESS = re.compile(r"(http://\S+?)/v1")
_STARTING_SECONDS = 120.0
_ENDING_SECONDS = 30.0
_BETWEEN_TRIES = 0.005


class CannotServe(Exception):
    """The server did not start; the message is what it printed."""


class Server:
    """`sandbox serve` in a process of its own, on a free loopback port, with databases that go with it.

    `settings` are the server's, by name: `Server(members=40, rules_dir="my-rules")`. Those of the environment hold
    too; `data_dir` keeps the databases there. Raises CannotServe.
    """

    def __init__(self, data_dir: Path | None = None, **settings: object) -> None:
        self._directory = None if data_dir else TemporaryDirectory(prefix="sandbox-")
        self._data_dir = data_dir or Path(self._directory.name if self._directory else "")
        self._settings = settings
        self._lines: list[str] = []
        self._told = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "serve"],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = self._address()
        """Where it answers."""

    def sandbox(self, name: str = "default") -> Sandbox:
        """A client of one of its sandboxes, with a connection of its own."""
        return Sandbox(name, url=self.url)

    @property
    def output(self) -> str:
        """What it has printed."""
        return "".join(self._lines)

    def close(self) -> None:
        """Stop it as Ctrl-C does, and remove its databases."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
        try:
            self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        if self._directory is not None:
            self._directory.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _environment(self) -> Mapping[str, str]:
        named = {f"SANDBOX_{name.upper()}": str(value) for name, value in self._settings.items()}
        own = {"SANDBOX_HOST": "127.0.0.1", "SANDBOX_PORT": "0", "SANDBOX_DATA_DIR": str(self._data_dir)}
        # A loopback address asks for no token, and tests need none.
        inherited = {name: value for name, value in os.environ.items() if name != "SANDBOX_CONTROL_TOKEN"}
        return {**inherited, **own, **named}

    def _read(self) -> None:
        """Keep what it prints: a pipe that is not emptied blocks its writer once it is full."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)
            if "Ctrl-C" in line:
                self._told.set()
        self._told.set()

    def _address(self) -> str:
        self._told.wait(_STARTING_SECONDS)
        found = _ADDRESS.search(self.output)
        if found is None or self._process.poll() is not None:
            self.close()
            raise CannotServe(self.output)
        self._wait_until_ready(found[1])
        return found[1]

    def _wait_until_ready(self, url: str) -> None:
        """The address is told a moment before the first connection is taken."""
        until = time.monotonic() + _STARTING_SECONDS
        with Sandbox(url=url) as sandbox:
            while True:
                try:
                    sandbox.send(operations.get_readiness())
                    return
                except (httpx2.TransportError, Problem) as reason:
                    if time.monotonic() > until or self._process.poll() is not None:
                        self.close()
                        raise CannotServe(f"{reason}\n{self.output}") from None
                time.sleep(_BETWEEN_TRIES)
