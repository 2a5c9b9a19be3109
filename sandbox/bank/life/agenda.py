"""What members will do next: the plan of a month, made once and read slice by slice."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import NamedTuple

from sandbox.bank.life import queries
from sandbox.domain import calendars
from sandbox.domain.life.behaviours import Level, Living, Order, Pace, Product
from sandbox.domain.life.plan import Plan, in_order
from sandbox.kernel import clock
from sandbox.kernel.clock import Micros
from sandbox.storage.unit import UnitOfWork

_AT_ONCE = 100  # members planned before the loop goes round: 15 ms
_LOOKED_AHEAD = 12  # months
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

    They are kept by local day, and a day is sorted when it comes: sorting a month of 20,000 members takes half a
    second.
    """

    def __init__(self, key: Key, begins: Micros, month: int, orders: dict[int, list[Order]]) -> None:
        self.key = key
        self.month = month
        self._begins = begins
        self._orders = orders
        self._days = sorted(orders)
        self._today: tuple[int, list[int]] = (-1, [])  # a day that is sorted, and the moments of its orders
        last = max((order.moment for order in orders[self._days[-1]]), default=0) if orders else 0
        self._ends = last or calendars.in_month(month + 1, 1, 0) - 1

    def covers(self, until: Micros) -> bool:
        """Whether it tells what comes next after `until`."""
        return self._begins <= until < self._ends

    def is_followed(self, until: Micros) -> bool:
        """Whether `until` lies behind it, so that the next month has what comes next."""
        return until >= self._ends

    def next_after(self, until: Micros) -> Micros | None:
        """The moment of the first order after `until`; its end where it has none, None at the end of time."""
        orders, place = self._next(until)
        if orders:
            return Micros(orders[place].moment)
        return Micros(self._ends) if self.month < _LAST_MONTH else None

    def slice(self, until: Micros, limit: Micros) -> list[Order]:
        """The orders after `until` and up to `limit` of one local day, `MOST_OF_A_SLICE` at most; more where they are
        of one moment, so that a moment tells what has happened."""
        orders, first = self._next(until)
        _, moments = self._today
        last = bisect_right(moments, limit) if orders else 0
        if last > first + MOST_OF_A_SLICE:
            last = bisect_right(moments, moments[first + MOST_OF_A_SLICE - 1])
        return orders[first:last]

    def _next(self, until: Micros) -> tuple[list[Order], int]:
        """The sorted orders of the first day that has one after `until`, and its place; none at the end."""
        for day in self._days[bisect_left(self._days, clock.day_of(until)) :]:
            orders = self._orders[day]
            if self._today[0] != day:
                orders.sort(key=in_order)
                self._today = day, [order.moment for order in orders]
            place = bisect_right(self._today[1], until)
            if place < len(orders):
                return orders, place
        return [], 0


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
    """The orders of a month that come after `until`, by local day."""
    days: dict[int, list[Order]] = defaultdict(list)
    for number, (living, pace) in enumerate(members, 1):
        for order in plan.month(living, pace, month):
            if order.moment > until:
                days[clock.day_of(order.moment)].append(order)
        if number % _AT_ONCE == 0:
            await unit.pause()
    return days


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
