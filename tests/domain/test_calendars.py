from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.calendars import Cycle, commercial_days, is_business_day, month_day, next_monthly, next_settlement
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


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2026-12-23", "2027-01-07", 14),  # the 31st adds nothing
        ("2027-01-30", "2027-01-31", 0), ("2027-01-31", "2027-02-01", 1), ("2027-03-30", "2027-04-01", 1),
        ("2027-03-15", "2027-03-30", 15), ("2027-03-15", "2027-03-31", 15), ("2027-03-15", "2027-04-01", 16),
        ("2027-01-31", "2027-02-27", 27), ("2027-01-31", "2027-02-28", 30), ("2027-01-31", "2027-03-01", 33),
        ("2027-01-31", "2027-03-30", 59), ("2027-01-31", "2027-03-31", 60), ("2027-01-31", "2027-04-15", 75),
        ("2028-01-31", "2028-02-28", 28), ("2028-01-31", "2028-02-29", 30),  # a leap year
        ("2027-02-28", "2027-03-27", 29), ("2027-02-28", "2027-03-28", 30), ("2027-02-28", "2028-02-28", 360),
        ("2027-02-11", "2027-02-11", 0),
    ],
)  # fmt: skip
def test_days_by_thirty_a_month(since: str, until: str, days: int) -> None:
    assert commercial_days(clock.parse(f"{since}T18:00:00"), clock.parse(f"{until}T09:00:00")) == days


@given(MOMENTS, st.integers(0, 60))
def test_a_month_has_thirty_days_however_long_it_is(moment: clock.Micros, months: int) -> None:
    assert commercial_days(moment, clock.months_after(moment, months)) == 30 * months


@given(MOMENTS, st.integers(0, 800))
def test_days_by_thirty_a_month_never_go_back_and_follow_the_calendar(moment: clock.Micros, days: int) -> None:
    until = clock.Micros(moment + days * clock.DAY)
    here, following = commercial_days(moment, until), commercial_days(moment, clock.Micros(until + clock.DAY))
    assert here <= following
    assert abs(here - days * 360 / 365) <= 6


@given(st.integers(2024, 2029), st.sampled_from([1, 3, 5, 7, 8, 10, 12]), st.integers(1, 30), st.integers(0, 30))
def test_a_31st_adds_no_day(year: int, month: int, day: int, months: int) -> None:
    thirtieth = clock.start_of(date(year, month, 30))
    since = clock.months_after(clock.start_of(date(year, month, day)), -months)
    if clock.local(since).day < 31:
        assert commercial_days(since, clock.Micros(thirtieth + clock.DAY)) == commercial_days(since, thirtieth)
