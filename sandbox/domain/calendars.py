"""Business days of Ecuador, and the settlement cycles within them. Days and minutes are local."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import holidays

from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, MINUTE, Micros

_LONGEST_CLOSURE = 30


class Cycle(NamedTuple):
    """A settlement cycle: what is ordered before it closes is settled at its end. Minutes since local midnight."""

    closes: int
    settles: int


def is_business_day(day: date) -> bool:
    """Neither a weekend nor a public holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def next_settlement(moment: Micros, cycles: Sequence[Cycle]) -> Micros:
    """When what is ordered at `moment` is settled: at the end of the first cycle still open, on a business day.

    Raises ValueError when there is no cycle at all.
    """
    if not cycles:
        raise ValueError("there is no settlement cycle")
    day = clock.local(moment).date()
    minute = (moment - clock.start_of(day)) // MINUTE
    for later in range(_LONGEST_CLOSURE):
        candidate = day + timedelta(days=later)
        if not is_business_day(candidate):
            continue
        for cycle in sorted(cycles):
            if later or minute < cycle.closes:
                return Micros(clock.start_of(candidate) + cycle.settles * MINUTE)
    raise ValueError("no business day within a month")


def month_day(year: int, month: int, day: int) -> date:
    """That day of the month, or its last one where the month is shorter."""
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day, last))


def next_monthly(moment: Micros, day: int, minute: int) -> Micros:
    """The next time it is `day` of a month at `minute` (since local midnight), after `moment`."""
    here = clock.local(moment).date()
    due = _at(month_day(here.year, here.month, day), minute)
    if due > moment:
        return due
    return _at(month_day(here.year + here.month // 12, here.month % 12 + 1, day), minute)


def commercial_days(since: Micros, until: Micros) -> int:
    """Days from one local date to a later one by 30/360: a month has thirty days, however long it is.

    Whole months count as instalments fall due (from 31 January to 28 February is one), so that a month's interest is
    earned when its instalment is due. The days after them count as 30E/360 has them: a 31st adds nothing.
    """
    first, last = clock.local(since).date(), clock.local(until).date()
    months = (last.year - first.year) * 12 + last.month - first.month
    begun = clock.local(clock.months_after(since, months)).date()
    if begun > last:
        months -= 1
        begun = clock.local(clock.months_after(since, months)).date()
    days = (last.month - begun.month) % 12 * 30 + min(last.day, 30) - min(begun.day, 30)
    return months * 30 + min(days, 29)


def next_day(moment: Micros) -> Micros:
    """The same time of the next day."""
    return Micros(moment + DAY)


def _at(day: date, minute: int) -> Micros:
    return Micros(clock.start_of(day) + minute * MINUTE)


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("EC", years=year))
