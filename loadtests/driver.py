"""Drives a load run: a server of its own unless one is given, Locust in processes of their own, and their end."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HERE = Path(__file__).parent


class Scenario(StrEnum):
    """What members do."""

    MIX = "mix"
    TRANSFER = "transfer"
    FUMBLE = "fumble"
    RESEND = "resend"
    BROWSE = "browse"
    PAYDAY = "payday"
    HOT = "hot"
    SERVICES = "services"
    CARDS = "cards"
    DEFERRAL = "deferral"
    INTERBANK = "interbank"
    SCHEDULED = "scheduled"


USER_CLASSES = {
    Scenario.TRANSFER: "TransferringMember",
    Scenario.FUMBLE: "FumblingMember",
    Scenario.RESEND: "ResendingMember",
    Scenario.BROWSE: "BrowsingMember",
    Scenario.PAYDAY: "PayingMember",
    Scenario.HOT: "HotMember",
    Scenario.SERVICES: "BillPayingMember",
    Scenario.CARDS: "CardPayingMember",
    Scenario.DEFERRAL: "DeferringMember",
    Scenario.INTERBANK: "InterbankMember",
    Scenario.SCHEDULED: "SchedulingMember",
}
"""Who does it; the mix is all of them, by their weights."""
STOPPING_SECONDS = 10
"""How long a turn may take to end, where nothing else is asked."""
MOST_STARTS_A_SECOND = 100
JUDGING_SECONDS = 600
STARTING_SECONDS = 300
LINGERING_SECONDS = 2
FIRST_PORT, PORTS = 20_000, 12_000


class CannotRun(Exception):
    """The run could not begin, or never ended; says why."""


@dataclass(frozen=True)
class Plan:
    """What is asked of a run. `options` are the locustfile's own, by name, without dashes."""

    scenarios: tuple[Scenario, ...]
    users: int
    seconds: int
    processes: int
    options: dict[str, str]


def run(plan: Plan, host: str | None) -> int:
    """Run it; gives Locust's exit status, which verdict and thresholds set: 0, 1, or 2 when it could not begin. Raises
    CannotRun."""
    if host is not None:
        return run_locust(plan, host)
    with server() as own:
        return run_locust(plan, own)


@contextmanager
def server() -> Iterator[str]:
    """A sandbox on a free loopback port with a data directory of its own, which logs no requests unless the setting is
    there; gives its URL. Raises CannotRun."""
    with tempfile.TemporaryDirectory(prefix="load-") as directory:
        port = free_port()
        environment = {**os.environ, "SANDBOX_DATA_DIR": directory, "SANDBOX_PORT": str(port)}
        environment |= {"SANDBOX_HOST": "127.0.0.1", "SANDBOX_DATABASE_TEMPORARY": "true"}
        environment.setdefault("SANDBOX_ACCESS_LOG", "off")  # a run is refused a lot, which its report tells
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "serve"],
            cwd=HERE.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def command(plan: Plan, host: str) -> list[str]:
    """Locust's command line for a plan. No scenario named: all of them."""
    users, a_second = str(plan.users), str(min(plan.users, MOST_STARTS_A_SECOND))
    words = [
        sys.executable, "-m", "locust", "-f", str(HERE / "locustfile.py"), "--headless", "--host", host,
        "--users", users, "--spawn-rate", a_second, "--run-time", f"{plan.seconds}s",
        "--only-summary", "--loglevel", "WARNING",
    ]  # fmt: skip
    if plan.processes > 1:
        port = str(free_port())
        words += ["--processes", str(plan.processes), "--master-bind-host", "127.0.0.1"]
        words += ["--master-bind-port", port, "--master-port", port]
    words += [word for name, value in plan.options.items() for word in (f"--{name}", value)]
    return words if Scenario.MIX in plan.scenarios else [*words, *(USER_CLASSES[each] for each in plan.scenarios)]


def run_locust(plan: Plan, host: str) -> int:
    """Run Locust against a server; its exit status. Raises CannotRun."""
    with tempfile.TemporaryDirectory(prefix="load-") as directory:
        # Locust's own tables go into a file: ours say the same, and the server's side of it
        words = [*command(plan, host), "--json-file", str(Path(directory) / "locust")]
        locust = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True, cwd=HERE.parent)
        try:
            return _wait(locust, plan.seconds + STOPPING_SECONDS + JUDGING_SECONDS)
        finally:
            _end_group(locust)


def free_port() -> int:
    """A free loopback port: none of those that the system lends to outgoing connections, which could take it
    before it is bound. Raises CannotRun."""
    for _ in range(100):
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise CannotRun(f"no port between {FIRST_PORT} and {FIRST_PORT + PORTS} is free")


def _wait_until_ready(base: str, process: "subprocess.Popen[bytes]") -> None:
    import httpx2 as httpx  # noqa: PLC0415  # the command line imports this module for its `--help`

    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{base}/_sandbox/ready", timeout=5, trust_env=False).status_code == 200:
                return
        time.sleep(0.05)
    raise CannotRun("the server did not get ready")


def _wait(locust: "subprocess.Popen[bytes]", seconds: float) -> int:
    """Until it ends by itself; an interrupt ends it early, with the verdict on what was done, a second one at once."""
    try:
        try:
            return locust.wait(seconds)
        except KeyboardInterrupt:
            locust.send_signal(signal.SIGINT)
            return locust.wait(STOPPING_SECONDS + JUDGING_SECONDS)
    except subprocess.TimeoutExpired:
        raise CannotRun(f"the run did not end within {JUDGING_SECONDS} s of its time") from None


def _end_group(locust: "subprocess.Popen[bytes]") -> None:
    """Its workers end by themselves when all went well; those left after a moment are ended."""
    until = time.monotonic() + LINGERING_SECONDS
    try:
        while locust.poll() is not None and time.monotonic() < until:
            os.killpg(locust.pid, 0)
            time.sleep(0.05)
        os.killpg(locust.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # all have ended
    finally:
        locust.wait()
