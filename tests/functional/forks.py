"""`sandbox …` in processes of their own, forked from one that has imported it: an interpreter that starts anew takes
more than a second of CPU for the imports alone. What a user starts is tested where `Server.program` is set."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver, resource_tracker
from multiprocessing.reduction import DupFd
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

_CONTEXT: Any = multiprocessing.get_context("forkserver")
# Without the command line: its consoles ask for the environment when they are made, which is the fork's own.
_CONTEXT.set_forkserver_preload(
    ["sandbox.app", "sandbox.cli.server", "sandbox.cli.progress", "sandbox.sandboxes.server", "httptools", "uvloop"]
)


def _stop_servers() -> None:
    """End the fork server and its resource tracker, and wait until they have ended. Left alone they notice only after
    the tests' process is gone that it is, and outlive it by a moment."""
    servers: tuple[Any, ...] = (forkserver._forkserver, resource_tracker._resource_tracker)
    for server in servers:
        server._stop()


# A negative priority: after the forks, which multiprocessing ends first.
Finalize(None, _stop_servers, exitpriority=-1)


class Fork:
    """A process that runs `sandbox WORDS…` with `environment` and no other variable, as `subprocess.Popen` has them."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], directory: Path, stdout: int, stderr: int
    ) -> None:
        self.args = ["sandbox", *words]
        self._process = _CONTEXT.Process(
            target=_run,
            args=(list(words), dict(environment), str(directory), DupFd(stdout), DupFd(stderr)),
            daemon=True,  # ended with the tests, should one of them fail to
        )
        self._process.start()

    @property
    def pid(self) -> int:
        found: int = self._process.pid
        return found

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        """The exit status; None while it runs."""
        status: int | None = self._process.exitcode
        return status

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it has ended. Raises TimeoutExpired."""
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(words: Sequence[str], environment: Mapping[str, str], directory: Path, timeout: float) -> Any:
    """A command that ends by itself; gives what `subprocess.run` gives. Raises TimeoutExpired."""
    with TemporaryFile("w+") as stdout, TemporaryFile("w+") as stderr:
        fork = Fork(words, environment, directory, stdout.fileno(), stderr.fileno())
        try:
            status = fork.wait(timeout)
        finally:
            fork.kill()
        for file in (stdout, stderr):
            file.seek(0)
        return subprocess.CompletedProcess(fork.args, status, stdout.read(), stderr.read())


def _run(words: list[str], environment: dict[str, str], directory: str, stdout: Any, stderr: Any) -> None:
    for duplicate, number in ((stdout, 1), (stderr, 2)):
        given = duplicate.detach()
        os.dup2(given, number)
        os.close(given)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    from sandbox.cli.main import app

    sys.argv = ["sandbox", *words]
    app(prog_name="sandbox")
