"""Business days of Ecuador, and the settlement cycles within them. Days and minutes are local."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sandbox.kernel import clock
from sandbox.kernel.clock import MINUTE, Micros

_LONGEST_CLOSURE = 30
_SATURDAY = 5


class Cycle(NamedTuple):
    """A settlement cycle: what is ordered before it closes is settled at its end. Minutes since local midnight."""

    closes: int
    settles: int


Shifts = Mapping[int, int]
"""By the weekday (Monday is 0) that a holiday falls on: how many days its rest moves. It stays on other weekdays."""


class BusinessDays:
    """Which days are neither a weekend nor a day of rest.

    The law moves the rest of a holiday to a Monday or a Friday, and the holiday's own date is then a business day.
    The `holidays` package lists both dates, so only the dates before any move are taken from it.
    """

    def __init__(self, shifts: Shifts, exceptions: Mapping[str, Shifts], since: int) -> None:
        """`exceptions`: by a holiday's name, shifts of its own. `since`: the first year in which holidays move."""
        self._shifts = shifts
        self._exceptions = exceptions
        self._since = since
        self._rest_days: dict[int, frozenset[date]] = {}  # by year: a settlement asks once a transfer

    def __repr__(self) -> str:
        return f"BusinessDays({self._shifts!r}, {self._exceptions!r}, {self._since})"

    def includes(self, day: date) -> bool:
        """Whether money is settled on that day."""
        return day.weekday() < _SATURDAY and day not in self.rest_days(day.year)

    def rest_days(self, year: int) -> frozenset[date]:
        """The days of a year on which a holiday is kept. Some fall on a weekend before the law moves any."""
        found = self._rest_days.get(year)
        if found is None:
            # 1 January may be kept on 31 December, so the holidays of the next year count, and of the last one.
            kept = [self._kept(day, name) for near in (year - 1, year, year + 1) for day, name in _holidays(near)]
            found = self._rest_days[year] = frozenset(day for day in kept if day.year == year)
        return found

    def _kept(self, day: date, name: str) -> date:
        """When the holiday of that date is kept."""
        shifts = self._exceptions.get(name, self._shifts) if day.year >= self._since else {}
        return day + timedelta(days=shifts.get(day.weekday(), 0))


def next_settlement(moment: Micros, cycles: Sequence[Cycle], business_days: BusinessDays) -> Micros:
    """When what is ordered at `moment` is settled: at the end of the first cycle still open, on a business day.

    Raises ValueError when there is no cycle at all.
    """
    if not cycles:
        raise ValueError("there is no settlement cycle")
    day = clock.local(moment).date()
    minute = (moment - clock.start_of(day)) // MINUTE
    for later in range(_LONGEST_CLOSURE):
        candidate = day + timedelta(days=later)
        if not business_days.includes(candidate):
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


def month_of(moment: Micros) -> int:
    """The local month as a number: year × 12 + month, January being 0."""
    here = clock.local(moment)
    return here.year * 12 + here.month - 1


def in_month(month: int, day: int, minute: int) -> Micros:
    """When it is `day` of a month, numbered as by `month_of`, at `minute`."""
    return _at(month_day(month // 12, month % 12 + 1, day), minute)


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


def _at(day: date, minute: int) -> Micros:
    return Micros(clock.start_of(day) + minute * MINUTE)


@lru_cache(maxsize=512)
def _holidays(year: int) -> tuple[tuple[date, str], ...]:
    """The holidays of a year by date and name, each on its own date."""
    found = _ecuador()(years=year, observed=False, language="es")
    return tuple((day, name) for day in sorted(found) for name in found.get_list(day))


@lru_cache(maxsize=1)
def _ecuador() -> Any:
    """The package's calendar, which ends in 2100, for as long as a sandbox's clock goes.

    Made when it is first needed: the package then loads every country, which takes longer than the rest of a start.
    """
    from holidays.countries.ecuador import Ecuador  # noqa: PLC0415  # see above

    return type("Ecuador", (Ecuador,), {"end_year": clock.LATEST.year + 1})
