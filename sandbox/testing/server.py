"""A server of a test run's own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import mkdtemp
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
_TOLD = "Ctrl-C"
_STARTING_SECONDS = 120.0
_ENDING_SECONDS = 30.0
_BETWEEN_LOOKS = 0.01


class CannotServe(Exception):
    """The server did not start; the message is what it printed."""


class Server:
    """`sandbox serve` in a process of its own, on a free loopback port, with databases that go with it.

    `settings` are the server's, by name: `Server(members=40, rules_dir="my-rules")`. Those of the environment hold
    too. Raises CannotServe.
    """

    def __init__(self, **settings: object) -> None:
        self.directory = Path(mkdtemp(prefix="sandbox-"))
        self._log = self.directory / "server.log"
        # Into a file: a pipe would have to be emptied all the time, and would break with the process that reads it.
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sandbox", "serve"],
                env=self._environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.url = self._address()
            """Where it answers."""
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def sandbox(self, name: str = "default") -> Sandbox:
        """A client of one of its sandboxes, with a connection of its own."""
        return Sandbox(name, url=self.url)

    def close(self) -> None:
        """Stop it as Ctrl-C does, and remove its databases."""
        if self._process.poll() is None:
            self._process.send_signal(STOP)
        try:
            self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        remove(self.directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _environment(self, settings: Mapping[str, object]) -> Mapping[str, str]:
        named = {f"SANDBOX_{name.upper()}": str(value) for name, value in settings.items()}
        own = {"SANDBOX_HOST": "127.0.0.1", "SANDBOX_PORT": "0", "SANDBOX_DATA_DIR": str(self.directory / "data")}
        # A loopback address asks for no token, and tests need none.
        own["SANDBOX_DATABASE_TEMPORARY"] = "true"  # those that a PostgreSQL server of the environment keeps
        inherited = {name: value for name, value in os.environ.items() if name != "SANDBOX_CONTROL_TOKEN"}
        return {**inherited, "PYTHONUNBUFFERED": "1", **own, **named}

    def _address(self) -> str:
        until = time.monotonic() + _STARTING_SECONDS
        while _TOLD not in self.output:
            if self._process.poll() is not None or time.monotonic() > until:
                raise CannotServe(self.output)
            time.sleep(_BETWEEN_LOOKS)
        found = _ADDRESS.search(self.output)
        assert found is not None, self.output
        self._wait_until_ready(found[1], until)
        return found[1]

    def _wait_until_ready(self, url: str, until: float) -> None:
        """The address is told a moment before the first connection is taken."""
        with Sandbox(url=url) as sandbox:
            while True:
                try:
                    sandbox.send(operations.get_readiness())
                    return
                except (httpx2.TransportError, Problem) as reason:
                    if self._process.poll() is not None or time.monotonic() > until:
                        raise CannotServe(f"{reason}\n{self.output}") from None
                time.sleep(_BETWEEN_LOOKS)


STOP = signal.SIGTERM if sys.platform == "win32" else signal.SIGINT
"""The signal that ends a server as Ctrl-C does."""


def remove(directory: Path) -> None:
    """Remove what a server has left."""
    import shutil

    shutil.rmtree(directory, ignore_errors=True)
