"""The interest of savings accounts in their past, by the arithmetic of `domain.interest`."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import NamedTuple

from sandbox.domain import calendars, interest
from sandbox.domain.rules.products import SavingsTerms
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY
from sandbox.seeding.past import Movement, Past, movement

_MOMENT = attrgetter("moment")
_ABOUT = 3  # cents by which an estimate of a month's interest may be off
_CENTS = (1, -1, 2, -2, 3, -3, 4, -4)  # that a purchase may be more


def earned(movements: Sequence[Movement], moments: Sequence[int], terms: SavingsTerms) -> list[Movement]:
    """What an account is credited with at those moments, for all that moved it, from its opening on.

    As in a bank that runs, a credit pays the days of its month that no credit before it has paid, its own included.
    """
    credits: list[Movement] = []
    book, place, paid = 0, 0, -1
    for moment in moments:
        until = clock.day_of(moment)
        since, begins = _month_of(until)
        if paid >= since:
            since, begins = paid + 1, begins + (paid + 1 - since) * DAY
        while place < len(movements) and movements[place][0] < begins:
            book += movements[place][1]
            place += 1
        balance, missing, later = book, 0, place
        while later < len(movements) and movements[later][0] <= moment:
            amount = movements[later][1]
            balance += amount
            missing += amount * ((movements[later][0] - begins) // DAY)
            later += 1
        days = until - since + 1
        cents = interest.of_savings(balance * days - missing, terms.rate, terms.day_count) if days > 0 else 0
        if cents > 0:
            credits.append(movement(moment, cents, "interest_credit", ""))
            book, place, paid = balance + cents, later, until
    return credits


def with_interest(movements: Sequence[Movement], moments: Sequence[int], terms: SavingsTerms) -> list[Movement]:
    """All that moved an account, and the interest on it."""
    credits = earned(movements, moments, terms)
    return sorted([*movements, *credits], key=itemgetter(0)) if credits else list(movements)


class Exactly(NamedTuple):
    """An account that ends with a balance it was promised: when it was opened, the balance, and when interest was
    credited."""

    opened: int
    balance: int
    moments: Sequence[int]
    terms: SavingsTerms


def settled(movements: Sequence[Movement], wanted: Exactly) -> list[Movement] | None:
    """All that moved such an account, its opening first; None where that cannot be.

    A month's interest is the part of its balances that they would have without it, so it is looked for from the last
    month to the first. Not every balance can follow from a month's interest: where a cent more brings two, one is left
    out. Then the last purchase of that month costs some cents more.
    """
    moved: list[Movement] = []
    left, end = wanted.balance, len(movements)
    for moment in reversed(wanted.moments):
        if moment < wanted.opened:
            break
        _, begins = _month_of(clock.day_of(moment))
        place = bisect_right(movements, moment, hi=end, key=_MOMENT)
        first = bisect_left(movements, begins, hi=place, key=_MOMENT)
        after = movements[place:end]
        left -= sum(each.amount for each in after)
        month = _month(movements[first:place], left, moment, wanted)
        if month is None:
            return None
        cents, within = month
        credit = [movement(moment, cents, "interest_credit", "")] if cents else []
        moved[:0] = [*within, *credit, *after]
        left -= cents + sum(each.amount for each in within)
        end = first
    moved[:0] = movements[:end]
    left -= sum(each.amount for each in movements[:end])
    return opened(wanted.opened, Past(left, moved)) if left > 0 or not moved else None


def _month(
    movements: Sequence[Movement], left: int, moment: int, wanted: Exactly
) -> tuple[int, Sequence[Movement]] | None:
    """The interest of a month after which there is so much, and its movements; None where there is no such interest."""
    for within in varied(movements):
        cents = _interest(within, left, moment, wanted)
        if cents is not None:
            return cents, within
    return None


def varied(movements: Sequence[Movement]) -> Iterator[Sequence[Movement]]:
    """The same, and with a last purchase that costs some cents more or less."""
    yield movements
    bought = (place for place in range(len(movements) - 1, -1, -1) if movements[place].kind == "purchase")
    place = next(bought, None)
    if place is not None:
        last = movements[place]
        for more in _CENTS:
            yield [*movements[:place], last._replace(amount=last.amount - more), *movements[place + 1 :]]


def _interest(movements: Sequence[Movement], left: int, moment: int, wanted: Exactly) -> int | None:
    until = clock.day_of(moment)
    since, begins = _month_of(until)
    moved = sum(each.amount for each in movements)
    missing = sum(each.amount * ((each.moment - begins) // DAY) for each in movements)
    unopened = max(0, clock.day_of(wanted.opened) - since)
    days = until - since + 1

    def found(cents: int) -> int:
        """What the month earns if it earned so much."""
        opening = left - cents - moved
        cent_days = (left - cents) * days - missing - opening * unopened
        return interest.of_savings(max(cent_days, 0), wanted.terms.rate, wanted.terms.day_count)

    about = found(found(0))
    return next((cents for cents in range(max(0, about - _ABOUT), about + _ABOUT) if found(cents) == cents), None)


def opened(moment: int, past: Past) -> list[Movement]:
    """A past that begins with its opening deposit."""
    return [movement(moment, past.opening, "opening", ""), *past.movements] if past.opening else past.movements


@lru_cache(maxsize=1024)
def _month_of(day: int) -> tuple[int, int]:
    """The first day of a day's month, and the midnight at which it begins."""
    first = calendars.in_month(calendars.month_of(clock.begin_of(day)), 1, 0)
    return clock.day_of(first), first
