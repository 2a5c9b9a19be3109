"""Runs that cannot begin, that are ended, and that lose what they work with."""

import json
import os
import signal
from pathlib import Path

import pytest

from loadtests.driver import free_port
from tests.functional.commands import command
from tests.functional.processes import Server
from tests.loadtests.runs import (
    LOAD,
    LONG_SECONDS,
    SLOWLY,
    locust,
    names_of_sandboxes,
    output_of,
    processes_running,
    run,
    running,
    struck,
    times_served,
    wait_until_served,
    workers_of,
)

pytestmark = pytest.mark.slow


@pytest.mark.long
def test_a_worker_that_is_lost_is_told(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    words = ["--users", "4", "--processes", "2", "--time", LONG_SECONDS, "--summary", str(file)]
    slow = struck(server, "listMovements", SLOWLY)
    with slow, running([*LOAD, "browse", "--url", f"http://{server.url}", *words], server, "listMovements") as load:
        os.kill(workers_of(server)[0], signal.SIGKILL)
        # The other one goes on: the lost one's two users had a call under way each at most.
        wait_until_served(server, "listMovements", times_served(server, "listMovements") + 6, load)
        load.send_signal(signal.SIGINT)
        output = output_of(load)
    assert load.returncode == 1, output
    assert any("1 workers were lost" in each for each in json.loads(file.read_text())["complaints"]), output


def test_a_bank_that_dies_has_no_good_verdict(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    file = tmp_path / "summary.json"
    words = ["--url", f"http://{server.url}", "--users", "2", "--time", LONG_SECONDS, "--summary", str(file)]
    with running([*LOAD, "browse", *words], server, "listMovements") as load:
        server.kill()
        load.send_signal(signal.SIGINT)
        output = output_of(load)
    server.close()
    assert load.returncode == 1, output
    assert "default could not be asked" in " ".join(json.loads(file.read_text())["complaints"])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--time", "soon"), "--time 'soon': such as 30, 30s, 5m, 1h; at most a day"),
        (("--time", "0"), "--time '0'"),
        (("--time", "2d"), "--time '2d'"),
        (("--time", "25h"), "at most a day"),
        (("gambling",), "gambling"),
        (("--shape", "round"), "round"),
        (("--users", "0"), "greater than or equal to 1"),
        (("--shape", "soak", "--time", "9"), "soak needs 18 s at least"),
        (("--html", "nowhere/report.html"), "there is no such directory"),
    ],
)
def test_what_cannot_begin_says_why_and_ends_with_status_2(words: tuple[str, ...], reason: str) -> None:
    ended = command("load", *words)
    assert ended.status == 2, ended.stdout + ended.stderr
    assert reason in " ".join(ended.stderr.split())


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "here"])
def test_a_server_that_cannot_be_asked_is_named_and_ends_with_status_2(url: str) -> None:
    ended = run("browse", "--url", url)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert url.removeprefix("http://") in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


def test_files_that_are_none_are_told_before_anything_starts(server: Server, tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text("createTransfer: {p98: 5}")
    for option, reason in (("--thresholds", "no measure 'p98'"), ("--compare", "no summary of a run")):
        leases, words = times_served(server, "leaseMember"), (option, str(tmp_path / "limits.yaml"))
        ended = run("browse", "--url", f"http://{server.url}", *words, "--time", LONG_SECONDS)
        assert ended.returncode == 2, ended.stdout + ended.stderr
        assert reason in ended.stderr
        assert times_served(server, "leaseMember") == leases


@pytest.mark.parametrize(("sign", "processes"), [(signal.SIGTERM, ()), (signal.SIGINT, ("--processes", "2"))])
def test_locust_that_is_told_to_end_judges_what_was_done(
    server: Server, tmp_path: Path, sign: signal.Signals, processes: tuple[str, ...]
) -> None:
    file, port = tmp_path / "summary.json", str(free_port())
    words = [
        "--headless", "--users", "12", "--spawn-rate", "12", "--run-time", f"{LONG_SECONDS}s", "--stop-timeout", "60s",
        "--summary", str(file), *processes,
        "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port,
    ]  # fmt: skip
    # Nobody confirms more than twice to get ready, so that at the end somebody has taken a turn.
    with running(locust(server, *words), server, "confirmChallenge", times=2 * 12 + 1) as begun:
        begun.send_signal(sign)
        output = output_of(begun)
    assert begun.returncode == 0, output
    summary = json.loads(file.read_text())
    assert summary["complaints"] == []
    assert summary["completed"] > 0


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_run_with_its_verdict_and_leaves_nothing_behind(server: Server, sign: signal.Signals) -> None:
    sandboxes = names_of_sandboxes(server)
    words = ["--url", f"http://{server.url}", "--users", "4", "--time", LONG_SECONDS, "--processes", "2"]
    with running([*LOAD, "transfer", "hot", *words], server, "confirmChallenge") as load:
        load.send_signal(sign)
        output = output_of(load)
    assert load.returncode == 0, output
    assert "verdict: every cent is there" in output
    assert names_of_sandboxes(server) == sandboxes, "banks of its own are removed"
    assert [words for _, _, words in processes_running() if server.url in words] == []
