from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.calendars import (
    BusinessDays,
    Cycle,
    commercial_days,
    in_month,
    month_day,
    month_of,
    next_monthly,
    next_settlement,
)
from sandbox.domain.rules import RuleBook, RulesInvalid
from sandbox.domain.rules.country import Holiday
from sandbox.kernel import clock
from sandbox.kernel.clock import MINUTE

BOOK = RuleBook.load(Path(__file__).parent.parent.parent / "rules")
BUSINESS_DAYS = BOOK.business_days
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
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
        ("2027-08-06T15:29:59", "2027-08-06T18:00:00"),
        ("2027-08-06T15:30:01", "2027-08-10T11:30:00"),  # Tuesday the 10th is kept on Monday
        ("2028-08-09T15:30:01", "2028-08-10T11:30:00"),  # Thursday the 10th is kept on Friday
        ("2028-08-10T15:30:01", "2028-08-14T11:30:00"),
        ("2024-12-31T15:30:01", "2025-01-02T11:30:00"),  # a Wednesday that stays
        ("2027-12-30T15:30:01", "2028-01-03T11:30:00"),  # 1 January, a Saturday, is kept in the old year
    ],
)  # fmt: skip
def test_money_arrives_at_the_end_of_the_first_open_cycle(ordered: str, settled: str) -> None:
    assert clock.show(next_settlement(clock.parse(ordered), CYCLES, BUSINESS_DAYS)) == settled + "-05:00"


@given(MOMENTS)
def test_a_settlement_is_later_and_on_a_business_day(moment: clock.Micros) -> None:
    settled = next_settlement(moment, CYCLES, BUSINESS_DAYS)
    assert settled > moment
    assert BUSINESS_DAYS.includes(clock.local(settled).date())


@given(MOMENTS, st.integers(0, 600))
def test_who_orders_later_is_not_settled_earlier(moment: clock.Micros, minutes: int) -> None:
    later = clock.Micros(moment + minutes * MINUTE)
    assert next_settlement(later, CYCLES, BUSINESS_DAYS) >= next_settlement(moment, CYCLES, BUSINESS_DAYS)


def test_without_cycles_nothing_is_settled() -> None:
    with pytest.raises(ValueError, match="no settlement cycle"):
        next_settlement(clock.parse("2026-11-23T08:00:00"), [], BUSINESS_DAYS)


DAYS = st.dates(clock.EARLIEST, clock.LATEST)
MOVABLE = [(5, 1), (5, 24), (8, 10), (10, 9)]
STAY_ON_WORKING_DAYS = [(1, 1), (12, 25)]
BY_LAW = {TUESDAY: -1, WEDNESDAY: 2, THURSDAY: 1, SATURDAY: -1, SUNDAY: 1}
AROUND_WEEKENDS = {SATURDAY: -1, SUNDAY: 1}


@given(st.integers(2017, clock.LATEST.year), st.sampled_from(MOVABLE + STAY_ON_WORKING_DAYS))
def test_a_holiday_is_kept_where_the_law_moves_it_and_its_own_date_is_a_business_day(
    year: int, month_and_day: tuple[int, int]
) -> None:
    own = date(year, *month_and_day)
    moves = AROUND_WEEKENDS if month_and_day in STAY_ON_WORKING_DAYS else BY_LAW
    kept = own + timedelta(days=moves.get(own.weekday(), 0))
    assert not BUSINESS_DAYS.includes(kept)
    assert kept.weekday() < SATURDAY
    assert BUSINESS_DAYS.includes(own) is (own != kept and own.weekday() < SATURDAY)


@given(st.integers(2017, clock.LATEST.year))
def test_carnival_stays_on_its_monday_and_tuesday(year: int) -> None:
    days = sorted(BUSINESS_DAYS.rest_days(year))
    carnival = [day for day in days if date(year, 2, 1) <= day <= date(year, 3, 10)]
    assert [day.weekday() for day in carnival] == [MONDAY, TUESDAY]
    assert carnival[1] - carnival[0] == timedelta(days=1)
    good_friday = carnival[0] + timedelta(days=46)
    assert good_friday in days


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2023, (2, 3)), (2024, (1, 4)), (2025, (3, 4)), (2026, (2, 3)), (2027, (1, 2)), (2028, (2, 3)), (2029, (1, 2)),
        (2030, (1, 4)), (2033, (3, 4)),
    ],
)  # fmt: skip
def test_two_and_three_november_move_as_a_pair(year: int, days: tuple[int, int]) -> None:
    assert [day for day in range(1, 8) if date(year, 11, day) in BUSINESS_DAYS.rest_days(year)] == list(days)


@given(st.integers(2017, clock.LATEST.year))
def test_every_year_rests_on_two_days_around_the_second_of_november(year: int) -> None:
    november = [date(year, 11, day) for day in range(1, 8)]
    assert sum(day in BUSINESS_DAYS.rest_days(year) for day in november) == 2
    assert all(day.weekday() < SATURDAY for day in november if day in BUSINESS_DAYS.rest_days(year))


@given(DAYS)
def test_no_day_of_rest_is_lost_or_added_by_a_move(day: date) -> None:
    kept = BUSINESS_DAYS.rest_days(day.year)
    assert len(kept) + len(BUSINESS_DAYS.rest_days(day.year + 1)) in range(20, 25)
    assert (day in kept) <= (not BUSINESS_DAYS.includes(day))


def test_a_year_is_worked_out_once() -> None:
    days = BusinessDays({}, {}, since=2017)
    assert days.rest_days(2027) is days.rest_days(2027)


@pytest.mark.parametrize("year", [2016, 2017])
def test_before_the_law_holidays_stayed(year: int) -> None:
    moved = date(year, 5, 24) + timedelta(days=BY_LAW.get(date(year, 5, 24).weekday(), 0))
    assert BUSINESS_DAYS.includes(moved) is (year == 2016 and moved != date(2016, 5, 24))


def test_the_names_of_the_document_are_those_of_the_package() -> None:
    assert set(get_args(Holiday)) == set(
        holidays.country_holidays("EC", years=2027, observed=False, language="es").values()
    )


def put(old: str, new: str) -> Callable[[], RuleBook]:
    document = BOOK.documents["calendar"].text
    assert old in document
    return lambda: BOOK.with_documents({"calendar": document.replace(old, new, 1)})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[Carnaval]", "[Carnival]", "Input should be 'Año Nuevo'"),
        ("[Carnaval]", "[Carnaval, Navidad]", "two exceptions for Navidad"),
        ("tuesday: -1", "martes: -1", "shifts.martes"),
        ("tuesday: -1", "tuesday: -7", "greater than or equal to -6"),
        ("wednesday: 2", "wednesday: 7", "less than or equal to 6"),
        ("since: 2017", "since: 1899", "greater than or equal to 1900"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(RulesInvalid) as invalid:
        put(old, new)()
    assert message in str(invalid.value)


def test_a_calendar_of_its_own_is_in_force() -> None:
    never = put("shifts: {tuesday: -1, ", "shifts: {")()
    assert not never.business_days.includes(date(2027, 8, 10))
    assert never.business_days.includes(date(2027, 8, 9))


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


@given(MOMENTS, st.integers(1, 28), st.integers(0, 1439))
def test_a_month_and_its_number_belong_together(moment: clock.Micros, day: int, minute: int) -> None:
    month = month_of(moment)
    found = in_month(month, day, minute)
    here, there = clock.local(moment), clock.local(found)
    assert (there.year, there.month, there.day) == (here.year, here.month, day)
    assert month_of(found) == month
    assert month_of(in_month(month + 1, 1, 0)) == month + 1
    assert month_of(clock.Micros(in_month(month + 1, 1, 0) - 1)) == month


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
