"""The servers that are measured: each a process of its own, pinned to one core."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import httpx2 as httpx

from loadtests.driver import free_port

SERVER_CORE = 0
ROOT = Path(__file__).parent.parent
SEED = "bench"


class Served(NamedTuple):
    """A server that runs: its base URL, how many seconds it took to be ready, its process."""

    base: str
    start: float
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time that it has used, with all its threads (proc_pid_stat(5), fields 14 and 15)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(
    command: list[str], port: int, ready: str, environment: dict[str, str], cores: str = str(SERVER_CORE)
) -> Iterator[Served]:
    """A server by its command, on one core or on some, as `taskset` lists them. Raises RuntimeError when it does not
    get ready."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", cores, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=base) as client:
            while True:
                if process.poll() is not None or time.perf_counter() - begun > 120:
                    raise RuntimeError(f"{' '.join(command)} did not get ready")
                try:
                    if client.get(ready).status_code < 500:
                        break
                except httpx.TransportError:
                    time.sleep(0.01)
        yield Served(base, time.perf_counter() - begun, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def product(
    data_dir: Path,
    members: int = 1000,
    *,
    journal: bool = True,
    database: str = "",
    durable: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> AbstractContextManager[Served]:
    """The product, as `make run` starts it but for these settings, or with its sandboxes on the PostgreSQL server at
    the URL `database`."""
    port = free_port()
    environment = {
        "SANDBOX_DATA_DIR": str(data_dir), "SANDBOX_PORT": str(port), "SANDBOX_MEMBERS": str(members),
        "SANDBOX_SEED": SEED, "SANDBOX_WATCH_RULES": "false",
    }  # fmt: skip
    if database:
        environment["SANDBOX_DATABASE_URL"] = database
        environment["SANDBOX_DATABASE_DURABLE"] = str(durable).lower()
    if not journal:
        environment["SANDBOX_JOURNAL_SIZE"] = "0"
    environment |= settings
    return running([sys.executable, "-m", "sandbox", "serve"], port, "/_sandbox/ready", environment)


def plain(module: str, environment: dict[str, str]) -> AbstractContextManager[Served]:
    """A bare application, under the settings the product gives uvicorn."""
    port = free_port()
    options = ["--loop", "uvloop", "--http", "httptools", "--log-level", "warning", "--port", str(port)]
    options += ["--no-access-log", "--no-server-header", "--no-date-header", "--no-proxy-headers"]
    command = [sys.executable, "-m", "uvicorn", f"{module}:app", *options]
    return running(command, port, "/openapi.json", environment)
