"""Shapes go through their stages; what stages brought tells the knee."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.shapes import (
    SHAPES,
    SHORTEST_STAGE_SECONDS,
    Count,
    Measured,
    Stage,
    between,
    break_point,
    knee,
    least_seconds,
    percentiles,
    plan,
    stage_at,
)

pytestmark = pytest.mark.sqlite("a load's own stages")

shapes = st.sampled_from(SHAPES)
lengths = st.floats(1, 86_400)


@given(shapes, lengths)
def test_stages_follow_each_other_to_the_end_of_the_time_and_reach_the_peak(shape: str, seconds: float) -> None:
    stages = plan(shape, seconds)
    assert stages[0].begins == 0
    assert stages[-1].ends == pytest.approx(seconds)
    assert all(one.ends == next.begins for one, next in pairwise(stages))
    assert all(0 < stage.level <= 1 for stage in stages)
    assert max(stage.level for stage in stages) == 1


@given(shapes, lengths, st.floats(0, 1))
def test_at_every_moment_there_is_one_stage_and_after_the_last_none(shape: str, seconds: float, share: float) -> None:
    stages = plan(shape, seconds)
    elapsed = share * seconds
    index = stage_at(stages, elapsed)
    if index is None:
        assert elapsed >= stages[-1].ends
    else:
        assert stages[index].begins <= elapsed < stages[index].ends
    assert stage_at(stages, seconds * 1.01) is None


def test_what_each_shape_is() -> None:
    levels = {shape: [round(stage.level, 2) for stage in plan(shape, 60)] for shape in SHAPES}
    assert levels["steady"] == [1]
    assert levels["steps"] == [0.2, 0.4, 0.6, 0.8, 1]
    assert levels["ramp"] == sorted(levels["ramp"])
    assert len(levels["ramp"]) == 12
    assert [stage.level for stage in plan("ramp", 15)] == [0.2, 0.4, 0.6, 0.8, 1]
    assert levels["spike"] == [0.2, 1, 0.2]
    assert levels["soak"] == [1] * 6


@given(shapes)
def test_the_shortest_run_has_stages_long_enough_to_be_measured(shape: str) -> None:
    stages = plan(shape, least_seconds(shape))
    least = 1 if shape == "steady" else SHORTEST_STAGE_SECONDS
    assert min(stage.ends - stage.begins for stage in stages) >= least - 1e-9


times = st.dictionaries(st.floats(0.1, 10_000), st.integers(1, 50), min_size=1)


@given(times, st.floats(0.01, 1))
def test_a_percentile_is_the_least_time_that_enough_stay_within(times: dict[float, int], share: float) -> None:
    (value,) = percentiles(times, (share,))
    number = sum(times.values())
    within = sum(count for millis, count in times.items() if millis <= value)
    below = sum(count for millis, count in times.items() if millis < value)
    assert value in times
    assert within >= share * number - 1e-9
    assert below < share * number


def test_no_times_have_no_percentiles() -> None:
    assert percentiles({}, (0.5, 0.99)) == (0.0, 0.0)
    assert percentiles({7.0: 0}, (0.5,)) == (0.0,)


@given(times, times)
def test_a_stage_counts_what_came_between(before: dict[float, int], during: dict[float, int]) -> None:
    total = {millis: before.get(millis, 0) + during.get(millis, 0) for millis in before | during}
    start = Count(10, sum(before.values()), 1, sum(m * n for m, n in before.items()), before)
    end = Count(14, sum(total.values()), 3, sum(m * n for m, n in total.items()), total)
    stage = between(Stage(0.5, 0, 4), 5, None, start, end)
    assert stage.turns == sum(during.values())
    assert stage.failed == 2
    assert stage.turns_per_second == stage.turns / 4
    assert stage.p95 == percentiles(during, (0.95,))[0]
    assert stage.mean == pytest.approx(sum(m * n for m, n in during.items()) / stage.turns, abs=1e-6)


def measured(users: int, rate: float, mean: float, *, failed: int = 0, p95: float | None = None) -> Measured:
    turns = max(int(rate * 10), failed)
    return Measured(1, users, None, 10, turns, failed, rate, mean, mean, p95 or mean, mean)


CAPACITY, SERVICE, THINK = 500.0, 0.006, 0.15


def textbook(users: int) -> Measured:
    """A queue as the asymptotic bounds have it: flat, then full."""
    rate = min(users / (SERVICE + THINK), CAPACITY)
    return measured(users, rate, (users / rate - THINK) * 1000)


def test_the_knee_is_where_the_textbook_has_it() -> None:
    stages = [textbook(users) for users in range(10, 200, 10)]
    found = knee(stages)
    assert found is not None
    assert found.users == pytest.approx(CAPACITY * (SERVICE + THINK), abs=10)


def test_there_is_no_knee_while_throughput_grows_and_none_in_a_single_stage() -> None:
    assert knee([textbook(users) for users in (10, 20, 30, 40)]) is None
    assert knee([textbook(10)]) is None
    assert knee([]) is None


def test_stages_in_which_turns_fail_are_no_knee() -> None:
    stages = [measured(10, 100, 10), measured(20, 190, 11), measured(30, 900, 1, failed=5000), measured(40, 190, 30)]
    found = knee(stages)
    assert found is not None
    assert found.users == 20


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        ([], None),
        ([measured(10, 100, 10)], None),
        ([measured(10, 100, 10, failed=20)], "2% of turns failed"),
        ([measured(10, 100, 10), measured(20, 100, 10, p95=1500)], "p95 of a turn rose to 1500 ms"),
        ([measured(10, 4, 2100), measured(20, 8, 2100)], None),
        ([measured(10, 4, 2100), measured(20, 8, 9000)], "p95 of a turn rose to 9000 ms"),
        ([measured(10, 100, 10), measured(20, 101, 20)], None),
        # No turn was over in the first stage, or in the last: nothing to compare with, and nothing to compare.
        ([measured(10, 0, 0), measured(20, 4, 2100)], None),
        ([measured(10, 0, 0), measured(20, 4, 2100), measured(30, 4, 9000)], "p95 of a turn rose to 9000 ms"),
        ([measured(10, 100, 10), measured(20, 101, 20), measured(30, 0, 0)], None),
        ([measured(10, 100, 10), measured(20, 101, 20), measured(30, 102, 30)], "two steps up won no throughput"),
        ([measured(10, 100, 10), measured(20, 101, 20), measured(30, 140, 30)], None),
        ([measured(10, 100, 10), measured(20, 190, 10), measured(30, 280, 10)], None),
    ],
)
def test_more_load_is_no_use_once_it_wins_nothing_or_breaks_something(
    stages: list[Measured], reason: str | None
) -> None:
    assert break_point(stages) == reason
