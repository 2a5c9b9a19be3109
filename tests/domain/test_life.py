"""What members do by themselves: a pure function of sandbox, member, behaviour and month."""

from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.life import plan as planning
from sandbox.domain.life.behaviours import (
    ROUND,
    Behaviour,
    Living,
    Monthly,
    Often,
    Order,
    Pace,
    Part,
    Product,
    Spread,
    Who,
)
from sandbox.domain.life.plan import Plan, part_of, spread_over
from sandbox.domain.rules import RuleBook
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, MINUTE
from sandbox.kernel.entropy import Entropy

BOOK = RuleBook.load(Path(__file__).parents[2] / "rules")
DECEMBER = 2026 * 12 + 11
EVERYBODY = Who(None, frozenset(), "everybody", 0, ROUND)
PACES = st.sampled_from(("quiet", "typical", "busy"))
MONTHS = st.integers(1994 * 12 + 1, 2199 * 12 + 11)
PRODUCTS = st.frozensets(st.sampled_from(("card", "loan", "term_deposit")))
BY_ID = {behaviour.id: behaviour for behaviour in BOOK.life.as_planned}


def plan(*behaviours: Behaviour, seed: str = "una semilla") -> Plan:
    return Plan(behaviours or BOOK.life.as_planned, BOOK.business_days, Entropy.from_seed(seed))


def behaviour(name: str = "something", **parts: object) -> Behaviour:
    made = Behaviour(
        name, "purchase", EVERYBODY, Monthly((10,), None, None), 8 * 60, 9 * 60, Spread(100, 200, 400, 1, None), (), 0
    )
    return made._replace(**parts)


def day(order: Order) -> date:
    return clock.local(order.moment).date()


@given(st.integers(1, 10_000), PACES, MONTHS, PRODUCTS, st.lists(st.integers(0, 31 * DAY), max_size=8))
def test_a_month_in_any_parts_is_the_month_at_once(
    member: int, pace: Pace, month: int, has: frozenset[Product], cuts: list[int]
) -> None:
    orders = plan().month(Living(member, "standard", has), pace, month)
    start = clock.start_of(date(month // 12, month % 12 + 1, 1)) - 1
    ends = [start, *sorted(start + cut for cut in cuts), start + 32 * DAY]
    parts = [planning.until(orders, after, moment) for after, moment in pairwise(ends)]
    assert [order for part in parts for order in part] == orders
    assert orders == sorted(orders, key=planning.in_order)
    assert len({planning.in_order(order) for order in orders}) == len(orders)


@given(st.integers(1, 10_000), PACES, MONTHS, PRODUCTS)
def test_orders_stay_in_their_month_and_between_their_times_of_day(
    member: int, pace: Pace, month: int, has: frozenset[Product]
) -> None:
    for order in plan().month(Living(member, "premium", has), pace, month):
        assert planning.month_at(order.moment) == month
        minutes = (order.moment - clock.start_of(day(order))) / MINUTE
        assert order.behaviour.opens <= minutes < order.behaviour.closes
        assert order.moment % clock.SECOND == 0


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
@given(st.integers(1, 10_000), PACES, MONTHS)
def test_another_product_or_behaviour_disturbs_none_of_the_others(member: int, pace: Pace, month: int) -> None:
    without = plan().month(Living(member, "standard"), pace, month)
    more: frozenset[Product] = frozenset({"card", "loan"})
    having = plan().month(Living(member, "standard", more), pace, month)
    assert [order for order in having if not order.behaviour.who.has] == without
    added = plan(behaviour("new"), *BOOK.life.as_planned).month(Living(member, "standard"), pace, month)
    assert [order for order in added if order.behaviour.id != "new"] == without
    assert len(added) == len(without) + 1


def test_members_and_sandboxes_live_each_their_own_life() -> None:
    months = [plan().month(Living(member, "standard"), "typical", DECEMBER) for member in range(1, 30)]
    moments = [tuple(order.moment for order in orders) for orders in months]
    assert len(set(moments)) == len(moments)
    other = plan(seed="otra").month(Living(1, "standard"), "typical", DECEMBER)
    assert [order.moment for order in other] != list(moments[0])


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
def test_of_behaviours_that_share_a_name_a_member_has_one() -> None:
    livelihoods = {"salary", "shop-deposit", "pension", "remittance"}
    found: Counter[str] = Counter()
    for member in range(1, 2001):
        orders = plan().month(Living(member, "standard"), "quiet", DECEMBER)
        mine = {order.behaviour.id for order in orders} & livelihoods
        assert len(mine) == 1
        found.update(mine)
    shares = {"salary": 0.62, "shop-deposit": 0.18, "pension": 0.10, "remittance": 0.10}
    for name, share in shares.items():
        assert found[name] / 2000 == pytest.approx(share, abs=0.03)


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
@pytest.mark.parametrize("pace", ["quiet", "typical", "busy"])
@pytest.mark.parametrize("name", ["cash", "groceries", "everyday", "neighbours"])
def test_what_happens_so_many_times_a_month_does_on_average(name: str, pace: Pace) -> None:
    often = BY_ID[name].when
    assert isinstance(often, Often)
    alone = plan(BY_ID[name])
    found = sum(len(alone.month(Living(member, "standard"), pace, DECEMBER)) for member in range(1, 2001))
    assert found / 2000 == pytest.approx(often.per_month[pace] / 100, rel=0.1)


def test_months_differ_in_how_often_something_happens() -> None:
    alone = plan(BY_ID["groceries"])
    counts = {len(alone.month(Living(7, "standard"), "typical", month)) for month in range(DECEMBER, DECEMBER + 24)}
    assert len(counts) > 3


def test_a_factor_makes_it_as_much_more_frequent() -> None:
    alone = plan(BY_ID["cash"])
    found = sum(len(alone.month(Living(member, "standard"), "typical", DECEMBER, 250)) for member in range(1, 1001))
    assert found / 1000 == pytest.approx(7.5, rel=0.1)
    assert alone.month(Living(1, "standard"), "typical", DECEMBER, 0) == []


@pytest.mark.parametrize(
    ("moves", "on", "expected"),
    [
        (None, 25, "2026-12-25"),
        ("before", 25, "2026-12-24"),
        ("after", 25, "2026-12-28"),
        ("before", 31, "2026-12-31"),
        ("after", 24, "2026-12-24"),
    ],
)
def test_a_day_of_rest_moves_to_a_business_day(moves: str | None, on: int, expected: str) -> None:
    when = Monthly((on,), None, moves)
    (order,) = plan(behaviour(when=when)).month(Living(1, "standard"), "quiet", DECEMBER)
    assert str(day(order)) == expected


@pytest.mark.parametrize(
    ("moves", "on", "month", "expected"),
    [
        ("after", 31, 2027 * 12, "2027-01-29"),  # 31 January 2027 is a Sunday, and there is no later day in its month
        (
            "before",
            1,
            2027 * 12 + 4,
            "2027-05-03",
        ),  # 1 May 2027 is a Saturday, and there is no earlier day in its month
    ],
)
def test_a_move_never_leaves_its_month(moves: str, on: int, month: int, expected: str) -> None:
    when = Monthly((on,), None, moves)
    (order,) = plan(behaviour(when=when)).month(Living(1, "standard"), "quiet", month)
    assert str(day(order)) == expected


def test_the_thirty_first_is_the_last_day_of_any_month() -> None:
    alone = plan(BY_ID["savings-interest"])
    days = [day(*alone.month(Living(1, "standard"), "quiet", month)) for month in range(2028 * 12, 2028 * 12 + 12)]
    assert [each.day for each in days] == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_a_day_of_the_members_own_is_the_same_each_month() -> None:
    alone = plan(behaviour(when=Monthly((), (3, 20), None)))
    for member in range(1, 50):
        days = {day(*alone.month(Living(member, "standard"), "quiet", month)).day for month in range(24_000, 24_012)}
        assert len(days) == 1
        assert 3 <= days.pop() <= 20


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 500), st.integers(0, 5_000), st.integers(0, 50_000), st.integers(1, 99)
)
def test_amounts_keep_their_bounds_and_steps(chance: int, least: int, more: int, most: int, step: int) -> None:
    least = max(least, step)
    spread = Spread(least, least + more, least + more + most, step, None)
    cents = spread_over(spread, chance)
    assert cents % step == 0
    assert least - step < cents <= spread.most


def test_half_of_all_amounts_are_below_the_usual_one() -> None:
    spread = Spread(100, 2_000, 40_000, 1, None)
    amounts = [spread_over(spread, chance << 20) for chance in range(4096)]
    assert sum(cents < 2_000 for cents in amounts) == 2048
    assert amounts == sorted(amounts)
    assert (amounts[0], max(amounts) > 39_000) == (100, True)


@given(st.integers(0, 10_000_00))
def test_a_part_of_what_is_available_is_never_more(available: int) -> None:
    part = Part(2_000, 10_00, 300_00, 10_00)
    cents = part_of(part, available)
    assert cents <= available
    assert cents == 0 or (10_00 <= cents <= 300_00 and cents % 10_00 == 0)


@pytest.mark.parametrize(("available", "cents"), [(49_99, 0), (50_00, 10_00), (1_499_99, 290_00), (9_000_00, 300_00)])
def test_a_part_is_taken_in_whole_notes(available: int, cents: int) -> None:
    assert part_of(Part(2_000, 10_00, 300_00, 10_00), available) == cents


def test_an_amount_of_the_members_own_stays_and_varies_as_far_as_it_may() -> None:
    for name, vary in (("salary", 0), ("bills", 0.18)):
        alone = plan(BY_ID[name]._replace(who=EVERYBODY))
        for member in range(1, 20):
            orders = [alone.month(Living(member, "standard"), "quiet", month)[0] for month in range(24_000, 24_024)]
            amounts = [order.amount or 0 for order in orders]
            middle = (max(amounts) + min(amounts)) / 2
            assert max(amounts) - min(amounts) <= 2 * vary * middle + 2
            assert (len(set(amounts)) > 1) == (vary > 0)


def test_so_many_payments_are_forgotten() -> None:
    alone = plan(BY_ID["card-paid-minimum"]._replace(who=EVERYBODY))
    orders = [order for member in range(1, 3001) for order in alone.month(Living(member, "standard"), "quiet", 24_000)]
    assert sum(order.is_forgotten for order in orders) / len(orders) == pytest.approx(0.12, abs=0.02)


def test_a_deposit_matures_on_its_day_alone() -> None:
    matures = (date(2027, 2, 28) - date(1970, 1, 1)).days
    living = Living(1, "standard", frozenset({"term_deposit"}), (matures,))
    alone = plan(BY_ID["term-deposit-maturity"])
    (order,) = alone.month(living, "quiet", 2027 * 12 + 1)
    assert str(day(order)) == "2027-02-28"
    assert [alone.month(living, "quiet", month) for month in (2027 * 12, 2027 * 12 + 2)] == [[], []]
