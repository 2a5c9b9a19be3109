"""The server's own histogram, thresholds, and this run beside an earlier one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from loadtests import compare, thresholds
from loadtests.compare import Compared, NoSummary
from loadtests.served import Served, count, quantile
from loadtests.thresholds import Broken, ThresholdsInvalid
from sandbox.http.metrics import Metrics
from sandbox.sandboxes.counts import BOUNDS, Counts

pytestmark = pytest.mark.sqlite("measures of a load, of which no bank is asked")


def served(*answers: tuple[str, int]) -> Served:
    """As the server's own metrics tell calls of so many microseconds."""
    counts = Counts()
    for operation, micros in answers:
        counts.add(operation, 200, micros)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Metrics([counts]))
    return Served.parse(generate_latest(registry).decode())


def test_only_what_came_since_counts() -> None:
    before = served(("getProducts", 400))
    after = served(("getProducts", 400), ("getProducts", 9000), ("getAccount", 700))
    since = after.since(before)
    assert count(since["getProducts"]) == 1
    assert 7.5 < (quantile(since["getProducts"], 0.5) or 0) <= 10
    assert count(since["getAccount"]) == 1


@given(st.lists(st.integers(1, 20_000_000), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_quantile_lies_in_the_bucket_in_which_the_true_one_lies(micros: list[int], share: float) -> None:
    told = quantile(served(*(("x", each) for each in micros)).buckets["x"], share)
    ordered = sorted(micros)
    true = next(each for place, each in enumerate(ordered, 1) if place >= share * len(ordered) - 1e-9) / 1000
    bounds = [0.0, *(bound * 1000 for bound in BOUNDS)]
    assert told is not None
    low = max((bound for bound in bounds if bound < true), default=0.0)
    high = min((bound for bound in bounds if bound >= true), default=bounds[-1])
    assert low - 1e-9 <= told <= high + 1e-9


def test_no_calls_have_no_quantile() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({0.1: 0, float("inf"): 0}, 0.5) is None


LIMITS = {"total": {"error_share": 0}, "createTransfer": {"p50": 100, "p99": 300}, "listCards": {"p50": 1}}


def test_a_threshold_that_is_not_kept_is_named_and_what_was_not_called_is_not_judged() -> None:
    measured: dict[str, dict[str, Any]] = {
        "total": {"error_share": 0.0},
        "createTransfer": {"error_share": 0.0, "p50": 100, "p95": 200, "p99": 301},
    }
    assert thresholds.broken(LIMITS, measured) == [Broken("createTransfer", "p99", 300, 301)]
    measured["total"]["error_share"] = 0.01
    assert Broken("total", "error_share", 0, 0.01) in thresholds.broken(LIMITS, measured)


def test_the_thresholds_that_come_along_hold_together() -> None:
    assert thresholds.load()["total"] == {"error_share": 0, "unserved_share": 0.01}


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        (
            "createTransfer: {p98: 5, p95: many}",
            ["createTransfer: no measure 'p98'", "createTransfer: p95 is no number: 'many'"],
        ),
        (
            "createTransfer: 5\ntotal: {p50: -1}",
            ["createTransfer: limits by measure are wanted", "total: p50 is no number: -1"],
        ),
        ("- createTransfer", ["operations with their limits are wanted"]),
        ("{", ["thresholds.yaml: while parsing"]),
        ("total: {p50: .nan}", ["total: p50 is no number: nan"]),
        ("total: {p50: true}", ["total: p50 is no number: True"]),
    ],
)
def test_thresholds_that_are_none_are_all_told(text: str, mistakes: list[str], tmp_path: Path) -> None:
    file = tmp_path / "thresholds.yaml"
    file.write_text(text)
    with pytest.raises(ThresholdsInvalid) as refusal:
        thresholds.load(file)
    assert all(mistake in str(refusal.value) for mistake in mistakes), refusal.value
    with pytest.raises(ThresholdsInvalid, match="No such file"):
        thresholds.load(tmp_path / "none.yaml")


def summary(**operations: tuple[float, float]) -> dict[str, Any]:
    """A summary with so many calls a second and such a p95 of each operation."""
    rows = {name: {"per_second": rate, "p50": 1, "p95": p95, "p99": p95} for name, (rate, p95) in operations.items()}
    asked: dict[str, Any] = {
        "scenarios": ["transfer"],
        "shape": "steady",
        "workload": "closed",
        "users": 20,
        "rate": None,
    }
    asked |= {"arrivals": None, "asked_seconds": 30, "codes": "inbox", "processes": 1}
    return {"operations": rows, "turns": {}, **asked}


def test_ratios_tell_what_became_worse() -> None:
    comparison = compare.compare(summary(a=(100, 10), gone=(1, 1)), summary(a=(50, 13), new=(1, 1)))
    found = {each.measure: each for each in comparison.compared}
    assert {each.operation for each in comparison.compared} == {"a"}
    assert comparison.differing == {}
    assert found["per_second"].ratio == 0.5
    assert {measure for measure, each in found.items() if each.is_worse} == {"per_second", "p95", "p99"}


def test_runs_that_were_not_alike_say_so() -> None:
    earlier = summary(a=(1, 1)) | {"users": 5, "codes": "computed"}
    assert compare.compare(earlier, summary(a=(1, 1))).differing == {"users": (5, 20), "codes": ("computed", "inbox")}


def test_nothing_then_has_no_ratio() -> None:
    assert Compared("a", "p95", 0, 3).ratio is None
    assert not Compared("a", "p95", 0, 3).is_worse


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"operations": {"a": {}}, "turns": {}}', '{"operations": 1, "turns": 2}']
)
def test_a_file_that_is_no_summary_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "earlier.json"
    file.write_text(text)
    with pytest.raises(NoSummary, match=r"earlier\.json: no summary of a run"):
        compare.load(file)
    with pytest.raises(NoSummary):
        compare.load(tmp_path / "none.json")


def test_a_summary_that_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "earlier.json"
    file.write_text(json.dumps(summary(a=(1, 1))))
    assert compare.load(file) == summary(a=(1, 1))
