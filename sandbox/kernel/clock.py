"""Time as an argument: a sandbox's clock is an anchor and a rate, and every moment is microseconds since the epoch."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import formatdate
from fractions import Fraction
from functools import lru_cache
from typing import NewType

Micros = NewType("Micros", int)

MILLISECOND = 1_000
SECOND = 1_000 * MILLISECOND
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# America/Guayaquil has kept UTC-05:00 without daylight saving since 1993, so a fixed offset is exact for every
# moment a sandbox can live in and ten times cheaper than a zone lookup.
GUAYAQUIL = timezone(timedelta(hours=-5))
_OFFSET = -5 * HOUR
EARLIEST = date(1994, 1, 1)
LATEST = date(2199, 12, 31)
_MOST_MONTHS = (LATEST.year - EARLIEST.year + 1) * 12
_LAST = ((LATEST - date(1970, 1, 1)).days + 1) * DAY - _OFFSET - 1


class OutOfRange(ValueError):
    """A moment that no sandbox's clock can show: before 1994 or after 2199."""


def wall() -> Micros:
    """The machine's own time. The only reading of it in the package; everything else asks a `Clock`."""
    return Micros(time.time_ns() // 1000)


@dataclass(slots=True)
class Clock:
    """A sandbox's time: it stood at `anchor` when the machine said `origin`, and runs at `rate_millis`/1000 of real
    time, until the last moment of 2199 at most.

    Its grain is a millisecond, as in what is told: a client that waits until a moment it was shown is not too early.
    Invariant: `now()` never goes backwards.
    """

    anchor: Micros
    origin: Micros
    rate_millis: int
    source: Callable[[], Micros] = wall
    _latest: int = 0

    def now(self) -> Micros:
        """The sandbox's present moment."""
        moment: int = self.anchor
        if self.rate_millis:
            moment = min(moment + (self.source() - self.origin) * self.rate_millis // 1000, _LAST)
        moment = max(moment - moment % MILLISECOND, self._latest)
        self._latest = moment
        return Micros(moment)

    def moved(self, moment: Micros | None, rate_millis: int | None) -> "Clock":
        """One that stands at `moment`, or where this one stands if that has passed or is None, and runs on from there
        at that rate, or at this one's: only a restore goes back."""
        here = self.now()
        rate_millis = self.rate_millis if rate_millis is None else rate_millis
        moment = here if moment is None else max(here, Micros(moment - moment % MILLISECOND))
        return Clock(moment, self.source(), rate_millis, self.source, moment)

    def again(self, anchor: Micros, origin: Micros, rate_millis: int) -> "Clock":
        """One of the same sandbox as its database has it, which does not go back either."""
        return Clock(anchor, origin, rate_millis, self.source, self._latest)


def show(moment: int) -> str:
    """RFC 3339 with Guayaquil's offset, and milliseconds where they are not zero: `2026-11-23T09:15:00-05:00`,
    `2026-11-23T09:15:00.250-05:00`."""
    return _show_millisecond(moment // MILLISECOND)


@lru_cache(maxsize=4096)  # an answer tells the same few moments several times, and so does the next one
def _show_millisecond(millisecond: int) -> str:
    second, rest = divmod(millisecond, 1000)
    text = datetime.fromtimestamp(second, GUAYAQUIL).isoformat()
    return f"{text[:-6]}.{rest:03}{text[-6:]}" if rest else text


def seconds_left(until: int, now: int) -> int:
    """Whole seconds until a moment that ends something, rounded down; 0 once it is there."""
    return max(until - now, 0) // SECOND


def seconds_to_wait(until: int, now: int) -> int:
    """Whole seconds after which a moment has surely come, rounded up; 0 once it is there."""
    return -(-max(until - now, 0) // SECOND)


@lru_cache(maxsize=1024)
def http_date(second: int) -> bytes:
    """A second as an HTTP date (RFC 9110, 5.6.7): `Mon, 23 Nov 2026 14:15:00 GMT`."""
    return formatdate(second, usegmt=True).encode()


def parse(text: str) -> Micros:
    """The moment of an RFC 3339 text; one without an offset is read as Guayaquil's. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=GUAYAQUIL)
    # The year first: near the first and the last one there is, no other offset can be applied.
    if not EARLIEST.year - 1 <= moment.year <= LATEST.year + 1 or not EARLIEST <= _day(moment) <= LATEST:
        raise OutOfRange(f"outside {EARLIEST} to {LATEST}")
    return Micros((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def _day(moment: datetime) -> date:
    return moment.astimezone(GUAYAQUIL).date()


def local(moment: int) -> datetime:
    """The moment as Guayaquil's wall clocks show it."""
    return datetime.fromtimestamp(moment // SECOND, GUAYAQUIL)


def day_of(moment: int) -> int:
    """The local calendar day as a number: days since 1970-01-01 in Guayaquil."""
    return (moment + _OFFSET) // DAY


def midnight_of(moment: int) -> Micros:
    """The local midnight at which the moment's day begins."""
    return Micros(moment - (moment + _OFFSET) % DAY)


def hour_of(moment: int) -> int:
    """The local hour, 0 to 23."""
    return (moment + _OFFSET) % DAY // HOUR


def start_of(day: date) -> Micros:
    """Local midnight at which `day` begins."""
    return Micros((day - date(1970, 1, 1)).days * DAY - _OFFSET)


def begin_of(day: int) -> Micros:
    """Local midnight at which a day begins, numbered as by `day_of`."""
    return Micros(day * DAY - _OFFSET)


_NUMBER = r"(\d{{1,{digits}}}(?:[.,]\d{{1,9}})?)"
_DURATION = re.compile(
    r"P(?=\d|T\d)(?:{}Y)?(?:{}M)?(?:{}W)?(?:{}D)?(?:T(?=\d)(?:{}H)?(?:{}M)?(?:{}S)?)?".format(
        *(_NUMBER.format(digits=digits) for digits in (4, 4, 5, 6, 7, 8, 9))
    ),
    re.ASCII,
)
_FRACTION = re.compile(r"[.,]")
_YEAR_IN_MONTHS = 12
_UNITS = (7 * DAY, DAY, HOUR, MINUTE, SECOND)


def after(moment: Micros, duration: str) -> Micros:
    """The moment an ISO 8601 duration (`P3D`, `P1M`, `PT0.5S`) after `moment`; months keep the day where they can.

    The smallest unit may have a fraction, with a point or a comma; less than a microsecond counts as nothing. Raises
    ValueError for another text, a fraction that is no whole number of months, or a moment past 2199.
    """
    parts = _DURATION.fullmatch(duration)
    if parts is None:
        raise ValueError("not an ISO 8601 duration")
    told = [part for part in parts.groups() if part is not None]
    if any(_FRACTION.search(part) for part in told[:-1]):
        raise ValueError("only the smallest unit may have a fraction")
    years, months, *units = (Fraction((part or "0").replace(",", ".")) for part in parts.groups())
    shift = years * _YEAR_IN_MONTHS + months
    if shift.denominator != 1:
        raise ValueError("not a whole number of months")
    if shift > _MOST_MONTHS:
        raise OutOfRange(f"past {LATEST}")
    shifted = months_after(moment, int(shift))
    later = shifted + int(sum(amount * unit for amount, unit in zip(units, _UNITS, strict=True)))
    if later >= start_of(LATEST):
        raise OutOfRange(f"past {LATEST}")
    return Micros(later)


def months_after(moment: Micros, months: int) -> Micros:
    """The same day and time so many months later, or the month's last day where it has no such day.

    Also past 2199: what is owed then is due then, though no clock gets there.
    """
    if not months:
        return moment
    here = local(moment)
    year, month = divmod(here.year * 12 + here.month - 1 + months, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    target = date(year, month + 1, min(here.day, last))
    return Micros(start_of(target) + (moment + _OFFSET) % DAY)
