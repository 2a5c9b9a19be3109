"""Arrivals of an open workload come at their rate, by a clock that the test moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.arrivals import Arrivals

pytestmark = pytest.mark.sqlite("a load's own clockwork")

rates = st.floats(0.1, 500)


def moments(arrivals: Arrivals) -> list[float]:
    """When those who wait were due."""
    found = []
    while (moment := arrivals.take(0)) is not None:
        found.append(moment)
    return found


@given(rates, st.floats(0, 10))
def test_as_many_come_as_are_due_however_late_somebody_looks(rate: float, late: float) -> None:
    arrivals = Arrivals("constant", "seed")
    arrivals.change(rate, 100)
    arrivals.arrive(100 + late)
    assert arrivals.due == pytest.approx(rate * late, abs=1)
    assert moments(arrivals) == pytest.approx([100 + number / rate for number in range(1, arrivals.due + 1)])


@given(rates, rates, st.floats(0.01, 10))
def test_nobody_was_due_before_the_rate_changed_and_came_after_it(slow: float, fast: float, seconds: float) -> None:
    arrivals = Arrivals("constant", "seed")
    arrivals.change(slow, 0)
    arrivals.arrive(seconds)
    moments(arrivals)
    arrivals.change(fast, seconds)
    arrivals.arrive(seconds + 3 / fast)
    assert moments(arrivals)[:2] == pytest.approx([seconds + 1 / fast, seconds + 2 / fast])


@given(rates, rates, st.floats(0.01, 10))
def test_who_was_due_before_the_rate_changed_has_come_though_nobody_looked(
    rate: float, other: float, seconds: float
) -> None:
    arrivals = Arrivals("constant", "seed")
    arrivals.change(rate, 100)
    arrivals.change(other, 100 + seconds)
    assert arrivals.due == pytest.approx(rate * seconds, abs=1)


def test_nobody_comes_once_the_rate_is_nothing() -> None:
    arrivals = Arrivals("poisson", "seed")
    arrivals.change(10, 0)
    arrivals.arrive(5)
    arrivals.change(0, 5)
    came = arrivals.due
    arrivals.arrive(500)
    assert arrivals.due == came > 0


def test_arrivals_by_chance_come_as_often_in_the_long_run() -> None:
    arrivals = Arrivals("poisson", "seed")
    arrivals.change(100, 0)
    arrivals.arrive(100)
    assert arrivals.due == pytest.approx(10_000, rel=0.05)


def test_the_next_look_is_when_the_next_one_is_due() -> None:
    arrivals = Arrivals("constant", "seed")
    arrivals.change(4, 10)
    assert arrivals.arrive(10.1) == pytest.approx(0.15)
    assert arrivals.arrive(10.25) == pytest.approx(0.25)
