"""What members did before the first day: the plan of their life, as movements of an account."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sandbox.domain.life.behaviours import Behaviour, Living, Monthly, Often, Order, Part
from sandbox.domain.life.booking import BOOKINGS
from sandbox.domain.life.plan import Plan
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, MINUTE, Micros
from sandbox.seeding.past import Movement

MONTHS = 6
"""How long a past is, unless more happened than such a life has room for."""
_MOST_MONTHS = 240
_LIVELY = 150  # movements a month
_SHOP = 40  # movements a month that only a shop has
_OPENED_WITHIN = 30  # days before the first movement
_OPENS, _OPEN = 9 * 60, 7 * 60  # counters, in minutes


class Span(NamedTuple):
    """A stretch of the past: the account was opened, some time later it began to move, `until` which it does."""

    opened: int
    begun: int
    until: int


def span(start: int, until: int, months: int, chance: int) -> Span:
    """So many months before a start. 32 bits of chance say how long before them the account was opened."""
    begun = _months_before(start, months)
    days, minutes = chance % _OPENED_WITHIN + 1, _OPENS + (chance >> 8) % _OPEN
    return Span(clock.midnight_of(begun) - days * DAY + minutes * MINUTE, begun, until)


@lru_cache(maxsize=64)  # the same for all generated members
def _months_before(start: int, months: int) -> Micros:
    return clock.months_after(Micros(start), -months)


def movements_of(orders: Iterable[Order]) -> list[Movement]:
    """Those of the orders that have one of the bank's own accounts on the other side. What comes in as a part of what
    there is cannot be told backwards, and is left out."""
    found = []
    for moment, _, behaviour, _, amount, label, pick, _ in orders:
        booking = BOOKINGS.get(behaviour.what)
        part = behaviour.amount if isinstance(behaviour.amount, Part) else None
        if booking is not None and (part is None or booking.sign < 0):
            found.append(Movement(moment, booking.sign * (amount or 0), behaviour.what, label, pick, part))
    return found


def machines_of(behaviours: Iterable[Behaviour]) -> Sequence[str]:
    """What withdrawals may refer to."""
    return [label for behaviour in behaviours if behaviour.what == "withdrawal" for label in behaviour.labels]


class Liveliness(NamedTuple):
    """For about so many movements: over how many months, how often things happen (hundredths of what is typical), and
    as what the member lives."""

    months: int
    factor: int
    living: Living


def last_of(orders: Sequence[Order], lively: Liveliness, movements: int) -> Sequence[Order]:
    """The last orders, with that many movements. A shop has more than is usual for most of its past, so that most of
    what is a part of what there is will be left out: such orders come on top."""
    if not lively.living.places:
        return orders[-movements:]
    left = movements
    for place in range(len(orders) - 1, -1, -1):
        if not left:
            return orders[place + 1 :]
        left -= not isinstance(orders[place].behaviour.amount, Part)
    return orders


def liveliness(plan: Plan, behaviours: Sequence[Behaviour], living: Living, movements: int) -> Liveliness:
    """How a member has that many movements. More than a private person has are a shop's, over years."""
    months = min(max(MONTHS, -(-movements // _LIVELY)), _MOST_MONTHS)
    if movements > months * _SHOP:
        living = living._replace(places=_shop(behaviours))
    habits = plan.habits(living)
    wanted = movements * 100 // months
    always = sum(100 * max(len(each.when.days), 1) for each in habits if isinstance(each.when, Monthly))
    often = sum(each.when.per_month["typical"] for each in habits if isinstance(each.when, Often))
    # At least half of them happen so many times a month; a quarter more are planned, since months differ.
    factor = max(wanted - always, wanted // 2) * 125 // max(often, 1)
    return Liveliness(months, factor, living)


def _shop(behaviours: Iterable[Behaviour]) -> tuple[tuple[str, int], ...]:
    """The places of a member who lives from a shop."""
    return tuple(
        {behaviour.who.of: behaviour.who.first for behaviour in behaviours if behaviour.what == "takings"}.items()
    )
