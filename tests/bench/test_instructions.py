"""Comparing instructions per request with the baseline."""

import json
import re
from pathlib import Path

import pytest

from bench import callgrind, instructions
from bench.instructions import Counted
from tests.functional.processes import ROOT

BASELINE = {"createTransfer": 3.0, "getProducts": 1.5}


def rows(**told: float) -> dict[str, Counted]:
    return {row: Counted(each, {}) for row, each in told.items()}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A baseline of this Python's, and a count of which every ratio is at its baseline; gives the baseline's file."""
    path = tmp_path / "baseline.json"
    instructions.write_baseline(path, instructions.VERSION, BASELINE)
    monkeypatch.setattr(instructions, "BASELINE", path)
    monkeypatch.setattr(callgrind, "is_installed", lambda: True)
    monkeypatch.setattr("sys.argv", ["instructions"])
    count_as(monkeypatch, createTransfer=3.0, getProducts=1.5)
    return path


def count_as(monkeypatch: pytest.MonkeyPatch, **ratios: float) -> None:
    told = rows(floor=500_000, **{row: ratio * 500_000 for row, ratio in ratios.items()})
    monkeypatch.setattr(instructions, "count", lambda: told)


@pytest.mark.parametrize(
    ("ratio", "grown"), [(3.149, []), (3.15, []), (3.151, ["createTransfer"])], ids=["below", "at", "above"]
)
def test_a_ratio_may_exceed_its_baseline_by_five_percent(ratio: float, grown: list[str]) -> None:
    assert instructions.exceeding({"createTransfer": ratio, "getProducts": 1.5}, BASELINE) == grown


def test_ratios_are_multiples_of_the_floor() -> None:
    assert instructions.ratios_of(rows(floor=400, getProducts=600)) == {"getProducts": 1.5}


@pytest.mark.usefixtures("counted")
def test_counts_at_their_baseline_pass() -> None:
    assert instructions.main() == 0


@pytest.mark.usefixtures("counted")
def test_a_ratio_that_grew_fails_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    count_as(monkeypatch, createTransfer=3.2, getProducts=1.5)

    assert instructions.main() == 1
    told = capsys.readouterr().out
    assert "createTransfer costs 3.200 times the floor" in told
    assert "getProducts costs" not in told


@pytest.mark.usefixtures("counted")
def test_a_python_without_a_baseline_passes_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(instructions, "VERSION", "3.99")
    count_as(monkeypatch, createTransfer=30.0, getProducts=15.0)

    assert instructions.main() == 0
    assert "no baseline for Python 3.99" in capsys.readouterr().out


def test_an_update_replaces_the_baseline_of_this_python_and_keeps_the_others(
    counted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instructions.write_baseline(counted, "3.99", {"createTransfer": 9.0})
    monkeypatch.setattr("sys.argv", ["instructions", "--update"])
    count_as(monkeypatch, createTransfer=3.2, getProducts=1.4)

    assert instructions.main() == 0
    assert instructions.read_baseline(counted) == {
        "3.99": {"createTransfer": 9.0},
        instructions.VERSION: {"createTransfer": 3.2, "getProducts": 1.4},
    }


def test_without_valgrind_the_count_is_skipped_in_a_line_that_ci_finds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["instructions"])

    assert instructions.main() == 0
    assert capsys.readouterr().out.startswith("SKIPPED valgrind is not installed")


def test_the_documentation_gives_a_reason_for_each_baseline() -> None:
    """The last line of a Python's table in docs/explanation/performance.md holds the ratios of bench/baseline.json."""
    text = (ROOT / "docs" / "explanation" / "performance.md").read_text(encoding="utf-8")
    for version, ratios in json.loads(instructions.BASELINE.read_text(encoding="utf-8")).items():
        [section] = re.findall(rf"### Baselines of Python {re.escape(version)}\n(.*?)(?:\n#|\Z)", text, re.DOTALL)
        *_, last = [line for line in section.splitlines() if line.startswith("|")]
        _, _change, *told, reason, _ = [cell.strip() for cell in last.split("|")]
        assert told == [f"{ratios[row]:.3f}" for row in instructions.TARGETS]
        assert reason
