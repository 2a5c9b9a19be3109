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
from sandbox.kernel.clock import DAY, MINUTE, Micros
from sandbox.storage.unit import UnitOfWork

_AT_ONCE = 20  # members planned before the loop goes round: 3 ms
_FREED_AT_ONCE = 60  # members, or minutes of a month, that are forgotten before the loop goes round
_LOOKED_AHEAD = 12  # months
_MOMENT = attrgetter("moment")
_LAST_MONTH = calendars.month_of(clock.start_of(clock.LATEST))
PLANNED_BY = ("life", "calendar")
"""The rule documents that a plan depends on: behaviours, and business days."""
Planned = dict[int, dict[int, list[Order]]]
"""Orders by the day and the minute since the epoch."""
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
    """The revision of what a plan depends on."""
    return "".join(unit.rules.documents[name].revision for name in PLANNED_BY)


def key_of(unit: UnitOfWork) -> Key:
    """What an agenda is made from now."""
    sandbox = unit.sandbox
    return Key(sandbox.store.generation, sandbox.life.level, sandbox.life.changes, revision_of(unit))


class Agenda:
    """The orders of one month, of everybody who lives, complete from `begins` on. Made by `made`.

    They are kept by day and minute, and each is sorted when it comes: sorting a month of 20,000 members takes half a
    second.
    """

    def __init__(self, key: Key, begins: Micros, month: int, orders: Planned) -> None:
        self.key = key
        self.month = month
        self._begins = begins
        self._orders = orders
        self._days = sorted(orders)
        self._minutes: dict[int, list[int]] = {}  # by day, sorted; of those that have come
        self._is_sorted: set[int] = set()
        last = self._of(self._days[-1], self._minutes_of(self._days[-1])[-1])[-1].moment if orders else 0
        self._ends = last or calendars.in_month(month + 1, 1, 0) - 1

    def covers(self, until: Micros) -> bool:
        """Whether it tells what comes next after `until`."""
        return self._begins <= until < self._ends

    def is_followed(self, until: Micros) -> bool:
        """Whether `until` lies behind it, so that the next month has what comes next."""
        return until >= self._ends

    @property
    def is_last(self) -> bool:
        """Whether no month comes after it."""
        return self.month == _LAST_MONTH

    def next_after(self, until: Micros) -> Micros | None:
        """The moment of the first order after `until`; its end where it has none, None at the end of time."""
        for first in self._after(until):
            return Micros(first[0].moment)
        return None if self.is_last else Micros(self._ends)

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
        for day in self._days[bisect_left(self._days, until // DAY) :]:
            minutes = self._minutes_of(day)
            for minute in minutes[bisect_left(minutes, until // MINUTE) :]:
                orders = self._of(day, minute)
                later = orders[bisect_right(orders, until, key=_MOMENT) :]
                if later:
                    yield later

    async def forget(self, unit: UnitOfWork) -> None:
        """Free the memory of its orders while others have the turn: of 100,000 at once it takes a tenth of a second.
        It is of no use afterwards."""
        for minutes in self._orders.values():
            while minutes:
                for _ in range(min(len(minutes), _FREED_AT_ONCE)):
                    minutes.popitem()
                await unit.pause()

    def _minutes_of(self, day: int) -> list[int]:
        if day not in self._minutes:
            self._minutes[day] = sorted(self._orders[day])
        return self._minutes[day]

    def _of(self, day: int, minute: int) -> list[Order]:
        orders = self._orders[day][minute]
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
            break
        month += 1
    while members:  # to forget 10,000 at once takes as long as planning hundreds
        del members[-_FREED_AT_ONCE:]
        await unit.pause()
    return Agenda(key, until, month, orders)


async def _planned(
    unit: UnitOfWork, plan: Plan, members: list[tuple[Living, Pace]], month: int, until: Micros
) -> Planned:
    """The orders of a month that come after `until`."""
    days: Planned = defaultdict(lambda: defaultdict(list))
    for number, (living, pace) in enumerate(members, 1):
        for order in plan.month(living, pace, month):
            if order.moment > until:
                days[order.moment // DAY][order.moment // MINUTE].append(order)
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
