"""What a member does in a month. Every draw is keyed by the sandbox, the member, the behaviour and the month, so that a
year at once is the same as day by day, and no member and no behaviour disturbs another."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

from sandbox.domain import calendars
from sandbox.domain.calendars import BusinessDays
from sandbox.domain.life.behaviours import (
    ROUND,
    Behaviour,
    Days,
    Living,
    Monthly,
    Often,
    Order,
    Pace,
    Part,
    Spread,
    Who,
)
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, MINUTE, SECOND, Micros
from sandbox.kernel.entropy import Entropy

_HALF = 1 << 31
_SMALL = 1 << 16
_TRIALS = 16  # of two bytes, in the 32 bytes of a draw
_ALWAYS = 0  # the month that stands for what a member keeps for life


class Plan:
    """The behaviours of a rule book, with the chance of a sandbox. `month` is pure."""

    def __init__(self, behaviours: Sequence[Behaviour], business_days: BusinessDays, entropy: Entropy) -> None:
        self._behaviours = tuple(behaviours)
        self._business_days = business_days
        self._entropy = entropy
        self._days = lru_cache(maxsize=64)(self._days_of)

    def month(self, living: Living, pace: Pace, month: int, factor: int = 100) -> list[Order]:
        """What the member does in a month, numbered as by `calendars.month_of`, sorted by moment.

        `factor` (hundredths) makes what happens so many times a month more or less frequent.
        """
        orders: list[Order] = []
        for behaviour in self._behaviours:
            if self._is_of(behaviour.who, living):
                orders += self._of(behaviour, living, pace, month, factor)
        orders.sort(key=in_order)
        return orders

    def _is_of(self, who: Who, living: Living) -> bool:
        if who.segment not in (None, living.segment) or not who.has <= living.has:
            return False
        if who.first == 0 and who.until == ROUND:
            return True
        place = _number(self._draw(living.member, who.of, _ALWAYS, 0), 0) * ROUND >> 32
        return who.first <= place < who.until

    def _of(self, behaviour: Behaviour, living: Living, pace: Pace, month: int, factor: int) -> Iterator[Order]:
        when = behaviour.when
        if isinstance(when, Often):
            days = self._often(behaviour, living.member, month, when.per_month[pace] * factor // 100, when.days)
        elif isinstance(when, Monthly):
            days = self._monthly(behaviour, living.member, month, when)
        else:
            days = (day for day in map(_date, living.matures) if day.year * 12 + day.month - 1 == month)
        for number, day in enumerate(days, 1):
            yield self._order(behaviour, living.member, month, number, day)

    def _often(self, behaviour: Behaviour, member: int, month: int, rate: int, kind: Days) -> Iterator[date]:
        """Twice as many trials as there are to be hits, so that months differ as they do in life."""
        days = self._days(kind, month)
        trials = -(-rate // 50)
        if not trials or not days:
            return
        threshold = rate * _SMALL // (trials * 100)
        for block in range(-(-trials // _TRIALS)):
            draw = self._draw(member, behaviour.id, month, -1 - block)
            for trial in range(min(_TRIALS, trials - block * _TRIALS)):
                if int.from_bytes(draw[2 * trial : 2 * trial + 2], "big") < threshold:
                    chance = self._draw(member, behaviour.id, month, -1_000_000 - block * _TRIALS - trial)
                    yield days[_number(chance, 0) * len(days) >> 32]

    def _monthly(self, behaviour: Behaviour, member: int, month: int, when: Monthly) -> Iterator[date]:
        days = when.days
        if when.between is not None:
            first, last = when.between
            own = _number(self._draw(member, behaviour.id, _ALWAYS, 0), 0)
            days = (first + (own * (last - first + 1) >> 32),)
        for day in days:
            yield self._moved(calendars.month_day(month // 12, month % 12 + 1, day), when)

    def _moved(self, day: date, when: Monthly) -> date:
        """The business day for a day. Where there is none before or after it in its month, the nearest on the other
        side, so that each month has what is its own."""
        if when.moves is None:
            return day
        step = -1 if when.moves == "before" else 1
        for direction in (step, -step):
            moved = day
            while moved.month == day.month:
                if self._business_days.includes(moved):
                    return moved
                moved += timedelta(days=direction)
        return day

    def _order(self, behaviour: Behaviour, member: int, month: int, number: int, day: date) -> Order:
        draw = self._draw(member, behaviour.id, month, number)
        seconds = (behaviour.closes - behaviour.opens) * 60
        moment = clock.start_of(day) + behaviour.opens * MINUTE + (_number(draw, 0) * seconds >> 32) * SECOND
        labels = behaviour.labels
        return Order(
            moment=moment,
            member=member,
            behaviour=behaviour,
            number=number,
            amount=self._amount(behaviour, member, _number(draw, 1)),
            label=labels[_number(draw, 2) * len(labels) >> 32] if labels else "",
            pick=_number(draw, 3),
            is_forgotten=_number(draw, 4) * ROUND >> 32 < behaviour.forgotten,
        )

    def _amount(self, behaviour: Behaviour, member: int, chance: int) -> int | None:
        spread = behaviour.amount
        if not isinstance(spread, Spread):
            return None
        if spread.own is None:
            return spread_over(spread, chance)
        usual = spread_over(spread, _number(self._draw(member, behaviour.id, _ALWAYS, 0), 1))
        vary = usual * spread.own // ROUND
        varied = usual - vary + ((2 * vary + 1) * chance >> 32)
        return max(varied // spread.step, 1) * spread.step

    def _days_of(self, kind: Days, month: int) -> tuple[date, ...]:
        first = date(month // 12, month % 12 + 1, 1)
        all_days = [first + timedelta(days=later) for later in range(31)]
        days = [day for day in all_days if day.month == first.month]
        if kind == "all":
            return tuple(days)
        return tuple(day for day in days if self._business_days.includes(day) == (kind == "business"))

    def _draw(self, member: int, name: str, month: int, number: int) -> bytes:
        return self._entropy.draw(f"life:{name}:{month}:{number}", member)


def in_order(order: Order) -> tuple[int, int, str, int]:
    """The key by which orders follow each other: never two with the same."""
    return order.moment, order.member, order.behaviour.id, order.number


def spread_over(spread: Spread, chance: int) -> int:
    """The amount for 32 bits of chance. The upper half rises with the cube, which makes a long thin tail."""
    if chance < _HALF:
        cents = spread.least + ((spread.usual - spread.least) * chance >> 31)
    else:
        cents = spread.usual + ((spread.most - spread.usual) * (chance - _HALF) ** 3 >> 93)
    return max(cents // spread.step, 1) * spread.step


def part_of(part: Part, available: int) -> int:
    """The amount for what is available; 0 where that is too little."""
    cents = min(available * part.percent // ROUND, part.most) // part.step * part.step
    return cents if part.least <= cents <= available else 0


def until(orders: Sequence[Order], after: int, moment: int) -> list[Order]:
    """Those after one moment and up to another, of orders that are sorted."""
    return [order for order in orders if after < order.moment <= moment]


def month_at(moment: int) -> int:
    """The month of a moment, as `Plan.month` takes it."""
    return calendars.month_of(Micros(moment))


def _date(day: int) -> date:
    return clock.local(day * DAY + clock.start_of(date(1970, 1, 1))).date()


def _number(draw: bytes, place: int) -> int:
    """The place-th 32 bits of a draw."""
    return int.from_bytes(draw[4 * place : 4 * place + 4], "big")
