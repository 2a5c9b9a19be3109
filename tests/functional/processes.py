"""Real servers, as users start them."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2 as httpx

from sandbox.settings import Settings
from sandbox.storage.connection import Connection
from sandbox.testing import Sandbox
from tests import goldens, postgres
from tests.functional.forks import Fork
from tests.transport import bank_of

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-m", "sandbox"]
STARTING_SECONDS = 120
ENDING_SECONDS = 60


class Server:
    """`sandbox serve` in a process of its own, on a free loopback port."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.settings = {"members": "40", "seed_dir": str(goldens.seed_dir()), **settings}
        self.program: list[str] | None = None
        """What to start in an interpreter of its own, instead of a fork that has imported the program already."""
        self.words = ["serve"]
        """The command line, after the program."""
        self.directory = ROOT
        self.variables: dict[str, str] = {}
        """Variables of the environment that are no settings."""
        self.unset: set[str] = set()
        """Variables that it is started without."""
        self.probe = "/_sandbox/ready"
        """What answers 200 once it is ready."""
        self._client: httpx.Client | None = None
        self.process: subprocess.Popen[bytes] | Fork | None = None
        self._lines: list[str] = []
        self._served = threading.Event()
        self._reader = threading.Thread()

    def environment(self) -> dict[str, str]:
        named = {f"SANDBOX_{name.upper()}": value for name, value in self.settings.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SANDBOX_", "COV_"))}
        own = {"SANDBOX_DATA_DIR": str(self.data_dir), "SANDBOX_PORT": "0", "COLUMNS": "200"}
        whole = {**inherited, **own, **postgres.VARIABLES, **named, **self.variables}
        return {name: value for name, value in whole.items() if name not in self.unset}

    def start(self) -> "Server":
        """Start it on the run's golden database and wait until it is ready."""
        seeded_from = {name: self.settings[name] for name in ("seed", "clock_start") if name in self.settings}
        members = int(self.settings["members"])
        # Constructed, not read: a variable of the tests' own environment does not reach the server either.
        goldens.place(
            Settings.model_construct(
                data_dir=self.data_dir, seed_dir=Path(self.settings["seed_dir"]), members=members, **seeded_from
            )
        )
        return self.start_from_nothing()

    def start_from_nothing(self) -> "Server":
        """Start it on its data directory as that stands: the first time, it seeds. Waits until it is ready."""
        self._close_client()
        self._lines = []
        self._served.clear()
        output, end = os.pipe()
        try:
            self.process = self._begun(end)
        finally:
            os.close(end)
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def _begun(self, end: int) -> "subprocess.Popen[bytes] | Fork":
        if self.program is None:
            return Fork(self.words, self.environment(), self.directory, end, end)
        return subprocess.Popen(
            [*self.program, *self.words],
            cwd=self.directory, env=self.environment(), stdin=subprocess.DEVNULL, stdout=end, stderr=end,
        )  # fmt: skip

    @property
    def output(self) -> str:
        """What it has printed since its last start."""
        return "".join(self._lines)

    @property
    def url(self) -> str:
        """Its host and port."""
        return self.output.split("http://")[1].split("/")[0].strip()

    @property
    def client(self) -> httpx.Client:
        """A client of its own for each start."""
        assert self._client is not None, "it was not started"
        return self._client

    @property
    def bank(self) -> Sandbox:
        return bank_of(self.client)

    def file(self, sandbox: str) -> Path:
        """Where one of its sandboxes is, whether there is one or not: its database, or what names it on a server."""
        return self.data_dir / "sandboxes" / sandbox / ("bank.json" if postgres.VARIABLES else "bank.sqlite")

    @contextmanager
    def database(self, sandbox: str) -> Iterator[Connection]:
        """A connection to the database of one of its sandboxes, for what no request can do or see. Each statement is a
        transaction of its own, unless one is begun."""
        if not postgres.VARIABLES:
            with closing(sqlite3.connect(self.file(sandbox), timeout=30, isolation_level=None)) as connection:
                yield connection
            return
        database = json.loads(self.file(sandbox).read_text(encoding="utf-8"))["database"]
        with postgres.connected(postgres.VARIABLES["SANDBOX_DATABASE_URL"], database) as connection:
            yield connection

    def kill(self) -> None:
        """As a power cut would. The client stays open for threads that still use it, until the next start or `close`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.wait_until_gone()

    def interrupt(self) -> None:
        """Ctrl-C, as in the terminal that started it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.wait_until_gone()
        self._close_client()

    def close(self) -> None:
        """Leave nothing behind, whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self._close_client()

    def _close_client(self) -> None:
        if self._client is not None:
            self._client.close()

    def _read(self, output: int) -> None:
        """Keep what it prints. A pipe that is not emptied would block the server once it is full."""
        with open(output, encoding="utf-8") as lines:  # a descriptor, not a path
            for line in lines:
                self._lines.append(line)
                if "Ctrl-C" in line:
                    self._served.set()
        self._served.set()  # it has ended: there is nothing to wait for

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + STARTING_SECONDS
        assert self._served.wait(STARTING_SECONDS), f"no address within {STARTING_SECONDS} s:\n{self.output}"
        assert "Ctrl-C" in self.output, f"the server ended before it served:\n{self.output}"
        self._client = httpx.Client(base_url=f"http://{self.url}", timeout=30, limits=httpx.Limits(keepalive_expiry=4))
        answer = "no answer"
        while time.monotonic() < until:
            try:
                ready = self._client.get(self.probe)
            except httpx.TransportError as error:
                answer = repr(error)
            else:
                if ready.status_code == 200:
                    return
                answer = f"{ready.status_code} {ready.text}"
            time.sleep(0.01)
        raise AssertionError(f"not ready within {STARTING_SECONDS} s ({answer}):\n{self.output}")

    def wait_until_gone(self) -> None:
        """Wait until it has ended, by itself or by a signal."""
        assert self.process is not None
        try:
            self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self._reader.join()
            raise AssertionError(f"it did not end within {ENDING_SECONDS} s:\n{self.output}") from None
        self._reader.join()
