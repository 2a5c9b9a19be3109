from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Clock, Micros

MOMENTS = st.integers(clock.start_of(date(1995, 1, 1)), clock.start_of(date(2150, 1, 1))).map(Micros)


class Wall:
    """A machine's clock that the test turns."""

    def __init__(self) -> None:
        self.moment = 5_000 * DAY

    def __call__(self) -> Micros:
        return Micros(self.moment)


def running(rate_millis: int) -> tuple[Clock, Wall]:
    wall = Wall()
    return Clock(Micros(10_000 * DAY), wall(), rate_millis, wall), wall


@pytest.mark.parametrize(("rate", "passed"), [(1000, MINUTE), (0, 0), (60_000, HOUR), (500, 30 * SECOND)])
def test_a_clock_runs_at_its_rate(rate: int, passed: int) -> None:
    mine, wall = running(rate)
    before = mine.now()
    wall.moment += MINUTE
    assert mine.now() - before == passed


@given(st.lists(st.integers(-HOUR, HOUR), max_size=30))
def test_a_clock_never_goes_backwards_whatever_the_machine_does(steps: list[int]) -> None:
    mine, wall = running(1000)
    seen = [mine.now()]
    for step in steps:
        wall.moment += step
        seen.append(mine.now())
    assert seen == sorted(seen)


def test_a_clock_that_is_set_to_the_past_stays_where_it_stands() -> None:
    mine, _ = running(0)
    assert mine.moved(Micros(mine.now() - 1), 1000).now() == mine.now()


def test_a_clock_that_is_read_again_does_not_go_back() -> None:
    mine, wall = running(1000)
    wall.moment += MINUTE
    stood = mine.now()
    again = mine.again(mine.anchor, Micros(mine.origin + MINUTE), 0)
    assert again.now() == stood


def test_a_new_rate_counts_from_where_the_clock_stands() -> None:
    mine, wall = running(1000)
    wall.moment += MINUTE
    stood = mine.now()
    frozen = mine.moved(None, 0)
    wall.moment += DAY
    assert frozen.now() == stood
    assert mine.now() == stood + DAY


@given(MOMENTS)
def test_a_moment_shown_reads_back_to_the_millisecond(moment: Micros) -> None:
    assert clock.parse(clock.show(moment)) == moment // MILLISECOND * MILLISECOND


@given(MOMENTS, st.integers(0, 10_000_000), st.integers(0, 100_000))
def test_a_clock_shows_whole_milliseconds(anchor: Micros, passed: int, rate: int) -> None:
    running = Clock(anchor, Micros(0), rate, lambda: Micros(passed))
    assert running.now() % MILLISECOND == 0


@given(MOMENTS, st.integers(-5_000_000, 5_000_000))
def test_seconds_left_are_rounded_down_and_those_to_wait_up(moment: Micros, left: int) -> None:
    assert clock.seconds_left(moment + left, moment) == max(left, 0) // SECOND
    assert clock.seconds_to_wait(moment + left, moment) == -(-max(left, 0) // SECOND)


def test_an_http_date() -> None:
    assert clock.http_date(clock.parse("2026-11-23T09:15:00-05:00") // SECOND) == b"Mon, 23 Nov 2026 14:15:00 GMT"


@given(MOMENTS)
def test_the_local_day_and_hour_are_those_shown(moment: Micros) -> None:
    shown = clock.show(moment)
    assert date(1970, 1, 1) + timedelta(days=clock.day_of(moment)) == date.fromisoformat(shown[:10])
    assert clock.hour_of(moment) == int(shown[11:13])


def test_a_moment_without_an_offset_is_guayaquils() -> None:
    assert clock.show(clock.parse("2026-11-23T09:15:00")) == "2026-11-23T09:15:00-05:00"
    assert clock.show(clock.parse("2026-11-23T14:15:00Z")) == "2026-11-23T09:15:00-05:00"


@pytest.mark.parametrize(
    ("duration", "micros"),
    [
        ("PT0.5S", SECOND // 2), ("PT0,5S", SECOND // 2), ("PT1.5H", 90 * MINUTE), ("P0.5D", 12 * HOUR),
        ("P1.5W", 7 * DAY + 84 * HOUR), ("PT0.1M", 6 * SECOND), ("P1DT0.5H", DAY + 30 * MINUTE),
        ("PT1H30.25M", 90 * MINUTE + 15 * SECOND), ("PT0.000001S", 1), ("PT0.000000999S", 0), ("PT1.0S", SECOND),
    ],
)  # fmt: skip
def test_the_smallest_unit_of_a_duration_may_have_a_fraction(duration: str, micros: int) -> None:
    start = clock.parse("2026-11-23T09:15:00")
    assert clock.after(start, duration) - start == micros


@pytest.mark.parametrize(
    ("duration", "end"), [("P0.5Y", "2027-05-23"), ("P1.25Y", "2028-02-23"), ("P2.0M", "2027-01-23")]
)
def test_a_fraction_of_a_year_is_whole_months(duration: str, end: str) -> None:
    assert clock.show(clock.after(clock.parse("2026-11-23T09:15:00"), duration)) == f"{end}T09:15:00-05:00"


@pytest.mark.parametrize(
    "duration",
    ["P0.5DT1H", "PT1.5H30M", "PT1.5M1S", "P1.5WT1S", "P0.5M", "P0.1Y", "PT.5S", "PT1.S", "PT1.5", "PT1..5S", "PT0.5.5S", "PT1.0000000000S"],
)  # fmt: skip
def test_no_other_fraction_is_a_duration(duration: str) -> None:
    with pytest.raises(ValueError, match=r"duration|fraction|months"):
        clock.after(clock.parse("2026-11-23T09:15:00"), duration)


@given(st.integers(0, 10**12), st.sampled_from([("S", SECOND), ("M", MINUTE), ("H", HOUR)]))
def test_a_fraction_is_exact_to_the_microsecond(billionths: int, unit: tuple[str, int]) -> None:
    letter, micros = unit
    whole, part = divmod(billionths, 10**9)
    start = clock.parse("2026-11-23T09:15:00")
    passed = clock.after(start, f"PT{whole}.{part:09d}{letter}") - start
    assert passed == billionths * micros // 10**9


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-01-31T10:00:00", "P1M", "2026-02-28T10:00:00-05:00"),
        ("2028-01-31T23:59:59", "P1M", "2028-02-29T23:59:59-05:00"),
        ("2026-12-31T00:00:00", "P2M", "2027-02-28T00:00:00-05:00"),
        ("2026-11-30T10:00:00", "P1M", "2026-12-30T10:00:00-05:00"),
        ("2026-11-23T09:15:00", "P3D", "2026-11-26T09:15:00-05:00"),
        ("2026-11-23T09:15:00", "P1W", "2026-11-30T09:15:00-05:00"),
        ("2026-11-23T09:15:00", "PT90S", "2026-11-23T09:16:30-05:00"),
        ("2026-11-23T23:15:00", "P1Y1DT1H", "2027-11-25T00:15:00-05:00"),
        ("2026-11-23T09:15:00", "PT0S", "2026-11-23T09:15:00-05:00"),
    ],
)
def test_durations_count_calendar_months_and_exact_times(start: str, duration: str, end: str) -> None:
    assert clock.show(clock.after(clock.parse(start), duration)) == end


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1", "1D", "P1H", "PT1D", "-P1D", "p1d", "P9999Y", "P1DT", "P١D", "P999999D"]
)
def test_what_is_no_duration_or_leads_too_far_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|past"):
        clock.after(clock.parse("2026-11-23T09:15:00"), text)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00", "1950-01-01T00:00:00", "9999-01-01T00:00:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clock.parse(text)
