"""What members will do next: the plan of a month, made once and read slice by slice."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from sandbox.bank.life import queries
from sandbox.domain import calendars
from sandbox.domain.life.behaviours import Level, Living, Order, Pace, Product
from sandbox.domain.life.plan import Plan
from sandbox.kernel import clock
from sandbox.kernel.clock import MINUTE, Micros
from sandbox.storage.unit import UnitOfWork

_AT_ONCE = 50  # members planned before the loop goes round: 8 ms
_LOOKED_AHEAD = 12  # months
_MOMENT = attrgetter("moment")
_LAST_MONTH = calendars.month_of(clock.start_of(clock.LATEST))
MOST_OF_A_SLICE = 250
"""Orders that are posted in one transaction, unless more happen at one moment: their sandbox answers nothing else
meanwhile."""


class Key(NamedTuple):
    """What an agenda was made from: it is made anew when one of these has changed."""

    generation: int
    level: Level
    changes: int
    rules: str


def revision_of(unit: UnitOfWork) -> str:
    """The revision of what a plan depends on: behaviours, and business days."""
    documents = unit.rules.documents
    return f"{documents['life'].revision}{documents['calendar'].revision}"


def key_of(unit: UnitOfWork) -> Key:
    """What an agenda is made from now."""
    sandbox = unit.sandbox
    return Key(sandbox.store.generation, sandbox.life.level, sandbox.life.changes, revision_of(unit))


class Agenda:
    """The orders of one month, of everybody who lives, complete from `begins` on. Made by `made`.

    They are kept by minute, and a minute is sorted when it comes: sorting a month of 20,000 members takes half a
    second.
    """

    def __init__(self, key: Key, begins: Micros, month: int, orders: dict[int, list[Order]]) -> None:
        self.key = key
        self.month = month
        self._begins = begins
        self._orders = orders
        self._minutes = sorted(orders)
        self._is_sorted: set[int] = set()
        last = self._of(self._minutes[-1])[-1].moment if orders else 0
        self._ends = last or calendars.in_month(month + 1, 1, 0) - 1

    def covers(self, until: Micros) -> bool:
        """Whether it tells what comes next after `until`."""
        return self._begins <= until < self._ends

    def is_followed(self, until: Micros) -> bool:
        """Whether `until` lies behind it, so that the next month has what comes next."""
        return until >= self._ends

    def next_after(self, until: Micros) -> Micros | None:
        """The moment of the first order after `until`; its end where it has none, None at the end of time."""
        for first in self._after(until):
            return Micros(first[0].moment)
        return Micros(self._ends) if self.month < _LAST_MONTH else None

    def slice(self, until: Micros, limit: Micros) -> list[Order]:
        """The orders after `until` and up to `limit` of one local day, `MOST_OF_A_SLICE` at most; more where they are
        of one moment, so that a moment tells what has happened."""
        found: list[Order] = []
        for orders in self._after(until):
            if found and clock.day_of(orders[0].moment) != clock.day_of(found[0].moment):
                break
            found += orders
            if orders[-1].moment > limit or len(found) > MOST_OF_A_SLICE:
                break
        if len(found) > MOST_OF_A_SLICE:
            limit = min(limit, Micros(found[MOST_OF_A_SLICE - 1].moment))
        return found[: bisect_right(found, limit, key=_MOMENT)]

    def _after(self, until: Micros) -> Iterator[list[Order]]:
        """The orders after `until`, sorted, minute by minute; no list is empty."""
        for minute in self._minutes[bisect_left(self._minutes, until // MINUTE) :]:
            orders = self._of(minute)
            later = orders[bisect_right(orders, until, key=_MOMENT) :]
            if later:
                yield later

    def _of(self, minute: int) -> list[Order]:
        orders = self._orders[minute]
        if minute not in self._is_sorted:
            orders.sort()  # by moment, member, behaviour and number, which no two have in common
            self._is_sorted.add(minute)
        return orders


async def made(unit: UnitOfWork, until: Micros, month: int) -> Agenda:
    """The agenda of the first month with an order after `until`, of `month` and those ahead; an empty one of the last
    of them where there is none. Others have the turn meanwhile."""
    key = key_of(unit)
    plan = Plan(unit.rules.life.as_planned, unit.rules.business_days, unit.sandbox.entropy)
    members = await _members(unit)
    last = min(month + _LOOKED_AHEAD, _LAST_MONTH)
    while True:
        orders = await _planned(unit, plan, members, month, until)
        if orders or month >= last:
            return Agenda(key, until, month, orders)
        month += 1


async def _planned(
    unit: UnitOfWork, plan: Plan, members: list[tuple[Living, Pace]], month: int, until: Micros
) -> dict[int, list[Order]]:
    """The orders of a month that come after `until`, by the minute since the epoch."""
    minutes: dict[int, list[Order]] = defaultdict(list)
    for number, (living, pace) in enumerate(members, 1):
        for order in plan.month(living, pace, month):
            if order.moment > until:
                minutes[order.moment // MINUTE].append(order)
        if number % _AT_ONCE == 0:
            await unit.pause()
    return minutes


async def _members(unit: UnitOfWork) -> list[tuple[Living, Pace]]:
    """Who lives, and how lively."""
    level = unit.sandbox.life.level
    query = queries.THOSE_WITH_A_LIFE_AFTER if level == "off" else queries.MEMBERS_AFTER
    found: list[tuple[Living, Pace]] = []
    after = 0
    while rows := await unit.all(query, after=after, limit=_AT_ONCE):
        for row in rows:
            pace = row.life or level
            if pace != "off":
                found.append((await _living(unit, row), pace))
        after = rows[-1].id
        await unit.pause()
    return found


async def _living(unit: UnitOfWork, row: queries.LivingRow) -> Living:
    has: set[Product] = set()
    if row.has_card:
        has.add("card")
    if row.has_loan:
        has.add("loan")
    days: tuple[int, ...] = ()
    if row.has_deposit:
        has.add("term_deposit")
        days = tuple(clock.day_of(due) for due in await unit.all(queries.DEPOSITS, member=row.id))
    return Living(row.id, row.segment, frozenset(has), days)
