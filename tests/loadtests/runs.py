"""Load runs as users start them: `sandbox load`, with Locust in processes of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from loadtests.wire import Json
from sandbox.testing import operations
from tests.functional import forks
from tests.functional.processes import ROOT, Server

# Judged by what holds on any machine, however busy, unless a test brings thresholds of its own: the last option counts.
UNTIMED = ["--thresholds", str(Path(__file__).parent / "untimed.yaml")]
LOAD = [sys.executable, "-m", "sandbox", "load", *UNTIMED]
LONG_SECONDS = "600"
"""The time of a run that something else ends."""
DEADLINE_SECONDS = 150
Run = subprocess.CompletedProcess[str]
SLOWLY = {"delay": {"ms": 400}}
"""For what takes its time: without it a run keeps all of the machine at work."""
TURNS = ("--turns", "3", "--time", LONG_SECONDS)
SHORT = ("2", "15", "60")
"""Seconds of a run, the next where what it takes did not come about before the first: on a busy machine."""
PATIENTLY = {"LOCUST_STOP_TIMEOUT": "60"}
"""How long turns may take to end is for the tests that are about it: on a busy machine they take what they take."""


def run(*words: str, **variables: str) -> Run:
    """`sandbox load …`."""
    environment = {**os.environ, "SANDBOX_MEMBERS": "60", **PATIENTLY, **variables}
    return forks.run(["load", *UNTIMED, *words], environment, ROOT, DEADLINE_SECONDS)


def locust(server: Server, *words: str) -> list[str]:
    """`locust …` by itself, against a server."""
    host = f"http://{server.url}"
    return [sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--host", host, *UNTIMED, *words]


@contextmanager
def running(words: list[str], server: Server, operation: str, times: int = 3) -> Iterator["subprocess.Popen[str]"]:
    """A run that has begun: `operation` has succeeded so many times. Whatever is left of it is ended."""
    before = times_served(server, operation)
    begun = subprocess.Popen(
        words, cwd=ROOT, env={**os.environ, **PATIENTLY}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_until_served(server, operation, before + times, begun)
        yield begun
    finally:
        if begun.poll() is None:
            begun.kill()
        begun.communicate()


def wait_until_served(server: Server, operation: str, times: float, load: "subprocess.Popen[str]") -> None:
    """Wait until it was answered so often with 200, by a run that goes on."""
    until = time.monotonic() + DEADLINE_SECONDS
    while times_served(server, operation) < times:
        assert load.poll() is None, load.communicate()[0]
        assert time.monotonic() < until, f"nobody called {operation}"
        time.sleep(0.02)


def times_served(server: Server, operation: str) -> float:
    """How often it was answered with 200."""
    sample = f'sandbox_requests_total{{operation="{operation}",status="200"}} '
    metrics = server.client.get("/metrics").text
    return sum(float(line.removeprefix(sample)) for line in metrics.splitlines() if line.startswith(sample))


def output_of(begun: "subprocess.Popen[str]") -> str:
    """What it printed, once it has ended."""
    try:
        return begun.communicate(timeout=DEADLINE_SECONDS)[0]
    except subprocess.TimeoutExpired:
        begun.kill()
        raise AssertionError(f"the run did not end:\n{begun.communicate()[0]}") from None


def said(ended: Run) -> str:
    """What it printed, in one line, so that the width of tables does not matter."""
    return " ".join(ended.stdout.split())


@contextmanager
def struck(server: Server, operation: str, effect: Json, **match: int) -> Iterator[None]:
    """A fault in the default sandbox, for the calls of an operation that `match`."""
    server.bank.send(operations.create_fault({"match": {"operation_id": operation, **match}, "effect": effect}))
    try:
        yield
    finally:
        server.bank.faults.clear()


@contextmanager
def overridden(server: Server, document: str, was: str, becomes: str) -> Iterator[None]:
    """A rule of the default sandbox, changed."""
    text = server.client.get(f"/_sandbox/rules/{document}").text
    assert was in text
    server.bank.rules.override(document, text.replace(was, becomes))
    try:
        yield
    finally:
        server.bank.rules.reset(document)


def findings(summary: Json) -> dict[str, int]:
    return {finding["name"]: finding["checked"] for finding in summary["findings"]}


def names_of_sandboxes(server: Server) -> list[str]:
    """The sandboxes there are."""
    return [each["name"] for each in server.bank.send(operations.list_sandboxes())["items"]]


def workers_of(server: Server) -> list[int]:
    """The processes that a Locust on this server split off to work."""
    locusts = {
        pid: parent for pid, parent, words in processes_running() if server.url in words and "locustfile.py" in words
    }
    return [pid for pid, parent in locusts.items() if parent in locusts]


def processes_running() -> list[tuple[int, int, str]]:
    """The processes of this machine, each with its parent and its command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            parent = (entry.parent / "stat").read_text().rpartition(")")[2].split()[1]
            words = entry.read_bytes().replace(b"\0", b" ").decode()
            found.append((int(entry.parent.name), int(parent), words))
    return found
