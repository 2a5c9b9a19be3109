"""What a member does in a month. Every draw is keyed by the sandbox, the member, the behaviour and the month, so that a
year at once is the same as day by day, and no member and no behaviour disturbs another."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from struct import Struct
from typing import NamedTuple

from sandbox.domain import calendars
from sandbox.domain.calendars import BusinessDays
from sandbox.domain.life.behaviours import (
    ROUND,
    Behaviour,
    Days,
    Living,
    Monthly,
    Moves,
    Often,
    Order,
    Pace,
    Part,
    Product,
    Spread,
)
from sandbox.domain.vocabulary import Segment
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, MINUTE, SECOND, Micros
from sandbox.kernel.entropy import Entropy

_HALF = 1 << 31
_NUMBERS = Struct(">8I")  # a draw, as eight times 32 bits of chance
_YEAR = Struct(">12H4H")  # a draw, as 16 bits of chance for each month of a year
_CERTAIN = 1 << 16
_MEMBERS = 1024  # whose habits are remembered
_KINDS = 64  # of members: a segment, and products
_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long, and a plan makes little else


class _Habit(NamedTuple):
    """A behaviour as one member has it: its days of the month, and where the amount is the member's own that amount and
    the label, which are those of one employer or one bill.

    `stream` begins the names of its draws; `opens` and `seconds` say when in a day it happens. `drawn` says whether
    anything of it is drawn for each member; otherwise all have the same.
    """

    behaviour: Behaviour
    stream: str
    days: tuple[int, ...]
    usual: int
    label: str
    opens: int
    seconds: int
    drawn: bool


class _Span(NamedTuple):
    """From one moment on and before another, and the months in which they are."""

    since: int
    until: int
    first: int
    last: int


_Slot = tuple[str, int, Sequence[int]]
"""When something happens: what the name of its draw ends with, the how manieth time in its month it is, and the
midnights of the days that it may be on."""


class Plan:
    """The behaviours of a rule book, with the chance of a sandbox. `month` and `between` are pure."""

    def __init__(self, behaviours: Sequence[Behaviour], business_days: BusinessDays, entropy: Entropy) -> None:
        self._usual = tuple(_usual(behaviour) for behaviour in behaviours)
        self._business_days = business_days
        self._draw = entropy.draw
        self._keyed = entropy.keyed.copy
        self._possibly = lru_cache(maxsize=4096)(self._possibly_of)
        self._monthly = lru_cache(maxsize=4096)(self._monthly_of)
        self._possible = lru_cache(maxsize=_KINDS)(self._possible_for)
        self._habits = lru_cache(maxsize=_MEMBERS)(self._habits_of)

    def month(self, living: Living, pace: Pace, month: int, factor: int = 100) -> list[Order]:
        """What the member does in a month, numbered as by `calendars.month_of`, sorted by moment.

        `factor` (hundredths) makes what happens so many times a month more or less frequent.
        """
        return self.between(living, pace, _begins(month), _begins(month + 1), factor)

    def between(self, living: Living, pace: Pace, since: int, until: int, factor: int = 100) -> list[Order]:
        """What the member does from one moment on and before another, sorted by moment."""
        orders: list[Order] = []
        member = living.member
        span = _span(since, until)
        for habit in self._habits(living):
            when = habit.behaviour.when
            slots: Sequence[_Slot] = ()
            if isinstance(when, Often):
                rate = when.per_month[pace] * factor // 100
                if rate:
                    slots = self._often(habit.stream, member, span, rate, when.days)
            elif isinstance(when, Monthly):
                slots = self._monthly(span, habit.days, when.moves)
            else:
                slots = _due(living, span)
            if slots:
                orders += self._orders(habit, member, slots)
        if since > _begins(span.first) or until < _begins(span.last + 1):
            orders = [order for order in orders if since <= order[0] < until]
        orders.sort()  # by moment, member, behaviour's id and number, which no two have in common
        return orders

    def habits(self, living: Living) -> list[Behaviour]:
        """The behaviours that are the member's."""
        return [habit.behaviour for habit in self._habits(living)]

    def _possible_for(self, segment: Segment, has: frozenset[Product]) -> tuple[_Habit, ...]:
        """What members of a segment do who have those products, if it is theirs."""
        return tuple(
            habit
            for habit in self._usual
            if habit.behaviour.who.segment in (None, segment) and habit.behaviour.who.has <= has
        )

    def _habits_of(self, living: Living) -> tuple[_Habit, ...]:
        member, places = living.member, dict(living.places)
        habits = []
        for habit in self._possible(living.segment, living.has):
            _, _, of, first, until = habit.behaviour.who
            if first > 0 or until < ROUND:
                place = places.get(of)
                if place is None:
                    chance = _NUMBERS.unpack(self._draw(f"life:{of}", member))[0]
                    place = places[of] = chance * ROUND >> 32
                if not first <= place < until:
                    continue
            habits.append(self._own(habit, member) if habit.drawn else habit)
        return tuple(habits)

    def _own(self, habit: _Habit, member: int) -> _Habit:
        """A habit with what is drawn for the member."""
        behaviour, stream, days, usual, label, opens, seconds, drawn = habit
        when, spread = behaviour.when, behaviour.amount
        own = _NUMBERS.unpack(self._draw(f"{stream}own", member))
        if isinstance(when, Monthly) and when.between:
            first, last = when.between
            days = (first + (own[0] * (last - first + 1) >> 32),)
        if isinstance(spread, Spread) and spread.own is not None:
            usual, label = spread_over(spread, own[1]), _one_of(behaviour.labels, own[2])
        return _new(_Habit, (behaviour, stream, days, usual, label, opens, seconds, drawn))

    def _often(self, stream: str, member: int, span: _Span, rate: int, kind: Days) -> list[_Slot]:
        """One draw has the chance of a year: how often it happens in each of its months. What happens at a slower pace
        also happens at a faster one."""
        slots: list[_Slot] = []
        _, _, first, last = span
        counts = _counts(rate)
        never, most, possibly = counts[0], len(counts), self._possibly
        for year in range(first // 12, last // 12 + 1):
            january = year * 12
            begins, ends = max(first - january, 0), min(last - january, 11)
            chances = _YEAR.unpack(self._draw(f"{stream}{year}", member))[begins : ends + 1]
            for month, chance in enumerate(chances, january + begins):
                if chance >= never:
                    slots += possibly(kind, month, most)[: bisect_right(counts, chance)]
        return slots

    def _monthly_of(self, span: _Span, days: Sequence[int], moves: Moves) -> list[_Slot]:
        """The same for all members who have those days of the month."""
        return [
            (_name(month, number), number, (midnight,))
            for month in range(span.first, span.last + 1)
            for number, day in enumerate(days, 1)
            if span.since - DAY < (midnight := self._moved_of(month, day, moves)) < span.until
        ]

    def _moved_of(self, month: int, day_of_month: int, moves: Moves) -> int:
        """When the business day for a day begins. Where there is none before or after it in its month, the nearest on
        the other side, so that each month has what is its own."""
        day = calendars.month_day(month // 12, month % 12 + 1, day_of_month)
        step = -1 if moves == "before" else 1
        for direction in (step, -step) if moves else ():
            moved = day
            while moved.month == day.month:
                if self._business_days.includes(moved):
                    return clock.start_of(moved)
                moved += timedelta(days=direction)
        return clock.start_of(day)

    def _orders(self, habit: _Habit, member: int, slots: Sequence[_Slot]) -> list[Order]:
        """An order for each slot."""
        behaviour, stream, _, usual, own_label, opens, seconds, _ = habit
        _, _, _, _, _, _, spread, labels, forgets = behaviour
        keyed, numbers, choices = self._keyed, _NUMBERS.unpack, len(labels)
        spread = spread if isinstance(spread, Spread) else None
        part, chooses = spread[4] if spread else None, choices and not own_label
        amount, told, is_forgotten = None, own_label, False
        begins = f"{member}:{stream}"
        orders: list[Order] = []
        for name, number, days in slots:
            drawn = keyed()
            drawn.update((begins + name).encode())
            time, chance, label, pick, forgotten, day, _, _ = numbers(drawn.digest())
            if spread:
                amount = spread_over(spread, chance) if part is None else _near(usual, spread, part, chance)
            if chooses:
                told = labels[label * choices >> 32]
            if forgets:
                is_forgotten = forgotten * ROUND >> 32 < forgets
            moment = days[day * len(days) >> 32] + opens + (time * seconds >> 32) * SECOND
            orders.append(_new(Order, (moment, member, behaviour, number, amount, told, pick, is_forgotten)))
        return orders

    def _possibly_of(self, kind: Days, month: int, most: int) -> list[_Slot]:
        """For what happens so many times in a month at most: on the days of that kind, or on all where none is."""
        first = date(month // 12, month % 12 + 1, 1)
        days = [day for day in (first + timedelta(days=later) for later in range(31)) if day.month == first.month]
        wanted = [day for day in days if kind == "all" or self._business_days.includes(day) == (kind == "business")]
        midnights = tuple(clock.start_of(day) for day in wanted or days)
        return [(_name(month, number), number, midnights) for number in range(1, most + 1)]


def _due(living: Living, span: _Span) -> list[_Slot]:
    """The days on which deposits mature, numbered within their month."""
    slots: list[_Slot] = []
    for month in range(span.first, span.last + 1):
        days = [start for start in map(clock.begin_of, living.matures) if month_at(start) == month]
        slots += [(_name(month, number), number, (day,)) for number, day in enumerate(days, 1)]
    return slots


def _name(month: int, number: int) -> str:
    """What the name of a draw ends with."""
    return f"{month}:{number}"


@lru_cache(maxsize=1024)  # seeding asks for one of all members
def _span(since: int, until: int) -> _Span:
    return _Span(since, until, month_at(since), month_at(until - 1))


def _usual(behaviour: Behaviour) -> _Habit:
    """A behaviour as all members have it, as far as nothing of it is a member's own."""
    when, spread = behaviour.when, behaviour.amount
    monthly = when if isinstance(when, Monthly) else None
    has_own_amount = isinstance(spread, Spread) and spread.own is not None
    return _Habit(
        behaviour,
        f"life:{behaviour.id}:",
        days=monthly.days if monthly else (),
        usual=0,
        label="",
        opens=behaviour.opens * MINUTE,
        seconds=(behaviour.closes - behaviour.opens) * 60,
        drawn=has_own_amount or bool(monthly and monthly.between),
    )


def in_order(order: Order) -> tuple[int, int, str, int]:
    """The key by which orders follow each other: never two with the same."""
    return order[0], order[1], order[2][0], order[3]


def spread_over(spread: Spread, chance: int) -> int:
    """The amount for 32 bits of chance. The upper half rises with the cube, which makes a long thin tail."""
    least, usual, most, step, _ = spread
    if chance < _HALF:
        cents = least + ((usual - least) * chance >> 31)
    else:
        cents = usual + ((most - usual) * (chance - _HALF) ** 3 >> 93)
    return cents // step * step or step


def part_of(part: Part, available: int) -> int:
    """The amount for what is available; 0 where that is too little."""
    cents = min(available * part.percent // ROUND, part.most) // part.step * part.step
    return cents if part.least <= cents <= available else 0


def part_before(part: Part, left: int) -> int:
    """The amount that leaves `left`; 0 where that is too little. `part_of` what there was before is never less."""
    cents = min(left * part.percent // (ROUND - part.percent), part.most) if part.percent < ROUND else part.most
    cents = cents // part.step * part.step
    return cents if cents >= part.least else 0


def until(orders: Sequence[Order], after: int, moment: int) -> list[Order]:
    """Those after one moment and up to another, of orders that are sorted."""
    return [order for order in orders if after < order.moment <= moment]


def month_at(moment: int) -> int:
    """The month of a moment, as `Plan.month` takes it."""
    return calendars.month_of(Micros(moment))


@cache
def _counts(rate: int) -> list[int]:
    """For what happens `rate` hundredths of times a month, independently of each other: the chance, of 65,536, that it
    happens at most 0, 1, 2 … times (Poisson). Decimals, since every machine rounds them alike."""
    mean = Decimal(rate) / 100
    exactly = at_most = (-mean).exp()
    counts = [int(at_most * _CERTAIN)]
    while counts[-1] < _CERTAIN - 1:
        exactly = exactly * mean / len(counts)
        at_most += exactly
        counts.append(int(at_most * _CERTAIN))
        if len(counts) > mean and exactly * _CERTAIN * _CERTAIN < 1:  # what rounding has lost is never reached
            break
    return counts


def _one_of(labels: Sequence[str], chance: int) -> str:
    return labels[chance * len(labels) >> 32] if labels else ""


def _near(usual: int, spread: Spread, part: int, chance: int) -> int:
    """An amount that differs from the member's own by up to that part."""
    if not part:
        return usual
    vary = usual * part // ROUND
    varied = usual - vary + ((2 * vary + 1) * chance >> 32)
    return varied // spread.step * spread.step or spread.step


@lru_cache(maxsize=1024)
def _begins(month: int) -> Micros:
    """The midnight at which a month begins."""
    return clock.start_of(date(month // 12, month % 12 + 1, 1))
