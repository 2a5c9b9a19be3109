"""Generated members are made in shares, by several processes where there are cores for them."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sandbox.kernel import clock
from sandbox.seeding import crews, generated
from sandbox.seeding.golden import build
from sandbox.storage.schema import Origin
from tests import goldens

ROOT = Path(__file__).parents[2]
ORIGIN = Origin("a", 110, clock.parse("2026-11-23T09:15:00-05:00"))
# A process of its own: that of the tests has threads, and only one that has none can be forked safely.
PROGRAM = """
import json, os, sys
from pathlib import Path
from sandbox.kernel import clock
from sandbox.seeding import shares
from sandbox.seeding.crews import WorkerLost
from sandbox.seeding.golden import build
from tests.goldens import recipe
from tests.seeding.test_shares import ORIGIN

shares._SIZE = 20
place, seed, rules = map(Path, sys.argv[1:])
made = recipe(seed, rules)
for processes in (1, 2, 3):
    build(place / f"{processes}.sqlite", ORIGIN, made, processes=processes)

make, parent = shares.Maker.make, os.getpid()

def die(self, share):
    if share.first > 70:
        assert os.getpid() != parent
        os._exit(9)
    return make(self, share)

shares.Maker.make = die
try:
    build(place / "lost.sqlite", ORIGIN, made, processes=2)
except WorkerLost as lost:
    print(json.dumps(str(lost)))
"""


@pytest.mark.slow
def test_any_number_of_processes_makes_the_same_bytes_and_one_that_dies_no_bank(tmp_path: Path) -> None:
    places = [str(place) for place in (tmp_path, goldens.seed_dir(), ROOT / "rules")]
    command = [sys.executable, "-W", "error", "-c", PROGRAM, *places]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    whole = (tmp_path / "1.sqlite").read_bytes()
    assert (tmp_path / "2.sqlite").read_bytes() == whole
    assert (tmp_path / "3.sqlite").read_bytes() == whole
    assert json.loads(done.stdout) == "a process that made members ended with status 9"
    assert {path.name for path in tmp_path.iterdir()} == {"1.sqlite", "2.sqlite", "3.sqlite"}


def test_members_who_take_other_keys_than_were_counted_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_more(index: int, chance: bytes) -> tuple[int, int, int, int]:
        savings, *others = counted(index, chance)
        return savings + (index == 70), *others

    counted = generated.numbers_of
    monkeypatch.setattr(generated, "numbers_of", one_more)
    monkeypatch.setattr("sandbox.seeding.shares._SIZE", 20)
    recipe = goldens.recipe(goldens.seed_dir(), ROOT / "rules")
    with pytest.raises(RuntimeError, match="account: "):
        build(tmp_path / "bank.sqlite", ORIGIN, recipe)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("members", [0, crews._WORTH_IT - 1])
def test_few_members_are_made_by_the_process_that_writes_them(members: int) -> None:
    assert crews.processes_for(members) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux alone")
def test_many_members_are_made_by_a_process_for_each_core_unless_there_are_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    assert crews.processes_for(crews._WORTH_IT) == 2
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    assert crews.processes_for(crews._WORTH_IT) == 1
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)))
    assert crews.processes_for(crews._WORTH_IT) == crews._MOST
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert crews.processes_for(crews._WORTH_IT) == 1
