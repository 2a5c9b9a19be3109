"""What members did before the first day: the plan of their life, as movements of an account."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sandbox.domain.life.behaviours import Behaviour, Living, Monthly, Often, Order, Part, What
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
_SORTED: Mapping[What, What] = {
    "transfer": "transfer", "interest": "interest", "card_purchase": "card_purchase", "card_payment": "card_purchase",
    "loan_instalment": "loan_instalment", "maturity": "loan_instalment",
}  # fmt: skip
"""What is not of an account alone, by what it is kept with."""
_OF_ACCOUNTS = frozenset[What]({*BOOKINGS, "transfer"})
_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long
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


class Deeds(NamedTuple):
    """What a member did, by whom it concerns: movements with one of the bank's own accounts on the other side, orders
    of transfers, those of cards and those of loans and deposits, and the moments at which interest was credited."""

    movements: list[Movement]
    transfers: list[Order]
    cards: list[Order]
    products: list[Order]
    credits: list[int]


def deeds_of(orders: Iterable[Order]) -> Deeds:
    """The orders, sorted out. What comes in as a part of what there is cannot be told backwards, and is left out."""
    movements: list[Movement] = []
    others: dict[What, list[Order]] = defaultdict(list)
    for order in orders:
        moment, _, behaviour, _, amount, label, pick, _ = order
        what = behaviour.what
        booking = BOOKINGS.get(what)
        if booking is None:
            others[_SORTED[what]].append(order)
            continue
        part = behaviour.amount if amount is None and isinstance(behaviour.amount, Part) else None
        if part is None or booking.sign < 0:
            cents = booking.sign * (amount or 0)
            movements.append(_new(Movement, (moment, cents, what, label, pick, part, 0, 0)))
    credits = [order.moment for order in others["interest"]]
    return Deeds(movements, others["transfer"], others["card_purchase"], others["loan_instalment"], credits)


def machines_of(behaviours: Iterable[Behaviour]) -> Sequence[str]:
    """What withdrawals may refer to."""
    return [label for behaviour in behaviours if behaviour.what == "withdrawal" for label in behaviour.labels]


class Liveliness(NamedTuple):
    """For about so many movements: over how many months, how often things happen (hundredths of what is typical), and
    as what the member lives."""

    months: int
    factor: int
    living: Living


def last_of(orders: Sequence[Order], lively: Liveliness, movements: int) -> list[Order]:
    """The last orders, with that many movements, and what products did. A shop has more than is usual for most of its
    past, so that most of what is a part of what there is will be left out: such orders come on top."""
    kept: list[Order] = []
    left = movements
    for order in reversed(orders):
        if order.behaviour.what not in _OF_ACCOUNTS:
            kept.append(order)
        elif left:
            kept.append(order)
            left -= not (lively.living.places and isinstance(order.behaviour.amount, Part))
    kept.reverse()
    return kept


def liveliness(plan: Plan, behaviours: Sequence[Behaviour], living: Living, movements: int) -> Liveliness:
    """How a member has that many movements. More than a private person has are a shop's, over years."""
    months = min(max(MONTHS, -(-movements // _LIVELY)), _MOST_MONTHS)
    if movements > months * _SHOP:
        living = living._replace(places=_shop(behaviours))
    habits = [habit for habit in plan.habits(living) if habit.what in _OF_ACCOUNTS]
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
