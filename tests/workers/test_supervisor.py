"""Real processes: a supervisor and its forks, which import nothing of the bank."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.functional.processes import ROOT

pytestmark = pytest.mark.slow


class Supervised:
    """A supervisor in a process of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.process: Any = None

    def start(self, count: int, kind: str) -> "Supervised":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.supervised", str(count), kind, str(self.directory)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def ready(self) -> str:
        return str(self.process.stdout.readline()).strip()

    def starts(self, number: int) -> list[int]:
        """The processes that a worker had so far."""
        path = self.directory / str(number)
        return [int(pid) for pid in path.read_text().split()] if path.exists() else []

    def wait_for(self, number: int, starts: int) -> int:
        """The process of a worker that has been started that often."""
        end = time.monotonic() + 30
        while len(self.starts(number)) < starts:
            assert time.monotonic() < end, f"worker {number} had {self.starts(number)}"
            time.sleep(0.005)
        return self.starts(number)[-1]

    def wait_until_told(self, number: int) -> None:
        """Until a worker that does not end was told to."""
        end = time.monotonic() + 30
        while not (self.directory / f"{number}.told").exists():
            assert time.monotonic() < end, f"worker {number} was not told to end"
            time.sleep(0.005)

    def ended(self) -> tuple[int, str]:
        """The exit status and what was logged, once all processes are gone."""
        _, told = self.process.communicate(timeout=30)
        pids = [pid for path in self.directory.glob("?") for pid in self.starts(int(path.name))]
        end = time.monotonic() + 10
        while any(is_there(pid) for pid in pids):
            assert time.monotonic() < end, f"some of {pids} are still there"
            time.sleep(0.005)
        return int(self.process.returncode), told

    def close(self) -> None:
        with self.process:  # closes its pipes
            if self.process.poll() is None:
                self.process.kill()


def is_there(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    made = Supervised(tmp_path)
    yield made
    made.close()


def test_the_others_start_when_the_keeper_is_ready_and_all_end_together(supervised: Supervised) -> None:
    assert supervised.start(3, "sound").ready() == "words of 1 1 2 3"
    others = [(supervised.directory / f"{number}.others").read_text() for number in (1, 2)]
    assert others == ["", "1"]
    supervised.process.send_signal(signal.SIGTERM)
    assert supervised.ended() == (143, "")


def test_ctrl_c_ends_all_with_its_own_status(supervised: Supervised) -> None:
    assert supervised.start(2, "sound").ready() == "words of 1 1 2"
    for pid in (*supervised.starts(1), *supervised.starts(2), supervised.process.pid):
        os.kill(pid, signal.SIGINT)  # as a terminal does
    assert supervised.ended() == (130, "")


def test_workers_that_do_not_end_are_killed_at_a_second_ctrl_c(supervised: Supervised) -> None:
    assert supervised.start(2, "stubborn").ready() == "words of 1 1 2"
    supervised.process.send_signal(signal.SIGINT)
    supervised.wait_until_told(1)
    supervised.wait_until_told(2)
    supervised.process.send_signal(signal.SIGINT)
    assert supervised.ended() == (130, "")


def test_a_worker_that_ends_is_started_again_and_told_who_is_there(supervised: Supervised) -> None:
    assert supervised.start(3, "sound").ready() == "words of 1 1 2 3"
    os.kill(supervised.starts(2)[0], signal.SIGKILL)
    supervised.wait_for(2, 2)
    os.kill(supervised.starts(1)[0], signal.SIGKILL)
    supervised.wait_for(1, 2)
    assert [len(supervised.starts(number)) for number in (1, 2, 3)] == [2, 2, 1]
    assert (supervised.directory / "1.others").read_text() == "2 3"
    supervised.process.send_signal(signal.SIGTERM)
    status, told = supervised.ended()
    assert status == 143
    assert "worker 2 has ended by signal 9; it is started again" in told


def test_no_worker_outlives_a_supervisor_that_was_killed(supervised: Supervised) -> None:
    assert supervised.start(3, "sound").ready() == "words of 1 1 2 3"
    supervised.process.kill()
    assert supervised.ended() == (-signal.SIGKILL, "")


def test_a_keeper_that_cannot_start_ends_the_server(supervised: Supervised) -> None:
    assert supervised.start(2, "refuses").ended() == (1, "")
    assert [len(supervised.starts(number)) for number in (1, 2)] == [1, 0]


def test_a_worker_that_ends_at_once_five_times_ends_the_server(supervised: Supervised) -> None:
    status, told = supervised.start(2, "second-fails").ended()
    assert status == 1
    assert [len(supervised.starts(number)) for number in (1, 2)] == [1, 5]
    assert "worker 2 has ended 5 times at once: the server stops" in told


def test_a_keeper_whose_database_is_away_is_started_again_until_it_is_there(supervised: Supervised) -> None:
    assert supervised.start(2, "away").ready() == "words of 1 1 2"
    os.kill(supervised.starts(1)[0], signal.SIGKILL)
    supervised.wait_for(1, 4)
    assert supervised.process.poll() is None
