from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.calendars import Cycle, is_business_day, month_day, next_monthly, next_settlement
from sandbox.kernel import clock
from sandbox.kernel.clock import MINUTE

CYCLES = [Cycle(9 * 60, 690), Cycle(750, 900), Cycle(930, 1080)]
MOMENTS = st.integers(clock.start_of(date(2024, 1, 1)), clock.start_of(date(2030, 1, 1))).map(clock.Micros)


@pytest.mark.parametrize(
    ("ordered", "settled"),
    [
        ("2026-11-23T08:59:59", "2026-11-23T11:30:00"), ("2026-11-23T09:00:00", "2026-11-23T15:00:00"),
        ("2026-11-23T15:29:59", "2026-11-23T18:00:00"), ("2026-11-23T15:30:00", "2026-11-24T11:30:00"),
        ("2026-11-27T16:00:00", "2026-11-30T11:30:00"),  # Friday evening: Monday
        ("2026-12-24T16:00:00", "2026-12-28T11:30:00"),  # Christmas, then a weekend
        ("2026-11-28T03:00:00", "2026-11-30T11:30:00"),
    ],
)  # fmt: skip
def test_money_arrives_at_the_end_of_the_first_open_cycle(ordered: str, settled: str) -> None:
    assert clock.show(next_settlement(clock.parse(ordered), CYCLES)) == settled + "-05:00"


@given(MOMENTS)
def test_a_settlement_is_later_and_on_a_business_day(moment: clock.Micros) -> None:
    settled = next_settlement(moment, CYCLES)
    assert settled > moment
    assert is_business_day(clock.local(settled).date())


@given(MOMENTS, st.integers(0, 600))
def test_who_orders_later_is_not_settled_earlier(moment: clock.Micros, minutes: int) -> None:
    later = clock.Micros(moment + minutes * MINUTE)
    assert next_settlement(later, CYCLES) >= next_settlement(moment, CYCLES)


def test_without_cycles_nothing_is_settled() -> None:
    with pytest.raises(ValueError, match="no settlement cycle"):
        next_settlement(clock.parse("2026-11-23T08:00:00"), [])


@given(MOMENTS, st.integers(1, 28), st.integers(0, 1439))
def test_the_same_day_of_every_month_is_met_twelve_times_a_year(moment: clock.Micros, day: int, minute: int) -> None:
    seen = []
    for _ in range(13):
        moment = next_monthly(moment, day, minute)
        seen.append(clock.local(moment))
    assert {(each.day, each.hour * 60 + each.minute) for each in seen} == {(day, minute)}
    months = [each.year * 12 + each.month for each in seen]
    assert months == list(range(months[0], months[0] + 13))


@given(st.integers(2020, 2040), st.integers(1, 12), st.integers(1, 31))
def test_a_day_a_month_has_not_is_its_last(year: int, month: int, day: int) -> None:
    found = month_day(year, month, day)
    assert (found.year, found.month) == (year, month)
    assert found.day == day or (found + timedelta(days=1)).month != month
