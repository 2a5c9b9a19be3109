"""The past of an account, fitted to the balance it ends with, and the plan it is taken from."""

from itertools import accumulate, pairwise
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.life.behaviours import Living, Often, Part
from sandbox.domain.life.plan import Plan, part_of
from sandbox.domain.rules import RuleBook
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, HOUR, MINUTE
from sandbox.kernel.entropy import Entropy
from sandbox.seeding.past import Movement, Past, fitted
from tests.functional.processes import ROOT

RULES = RuleBook.load(Path(ROOT) / "rules")
PLAN = Plan(RULES.life.as_planned, RULES.business_days, Entropy.from_seed("a"))
START = clock.parse("2026-11-23T09:15:00-05:00")
CASH = Part(20_00, 10_00, 300_00, 10_00)
MOMENTS = st.integers(START - 180 * DAY, START - 1)
AMOUNTS = st.integers(-500_00, 2_000_00).filter(bool)
PICKS = st.integers(0, 2**32 - 1)
FIXED = st.builds(lambda moment, amount, pick: Movement(moment, amount, "salary", "", pick), MOMENTS, AMOUNTS, PICKS)
PARTS = MOMENTS.map(lambda moment: Movement(moment, 0, "withdrawal", "", 0, CASH))
PLANNED = st.lists(FIXED | PARTS, max_size=40).map(lambda planned: sorted(planned, key=lambda each: each.moment))


def balances(past: Past) -> list[int]:
    return list(accumulate((each.amount for each in past.movements), initial=past.opening))


def at(days_ago: int, amount: int, pick: int = 0) -> Movement:
    return Movement(START - days_ago * DAY, amount, "salary", "", pick)


@given(planned=PLANNED, balance=st.integers(0, 10_000_00))
def test_it_ends_with_the_balance_and_is_never_negative(planned: list[Movement], balance: int) -> None:
    past = fitted(planned, balance, START, ["Cajero"])
    found = balances(past)
    assert found[-1] == balance
    assert min(found) >= 0
    assert past.opening > 0 or (balance == 0 and not past.movements)


@given(planned=PLANNED, balance=st.integers(0, 10_000_00))
def test_what_was_planned_stays_and_what_is_added_is_cash(planned: list[Movement], balance: int) -> None:
    past = fitted(planned, balance, START, ["Cajero"])
    fixed = [each for each in planned if each.part is None]
    assert [each for each in past.movements if each.kind == "salary"] == fixed
    for each in past.movements:
        if each.kind == "withdrawal":
            assert -300_00 <= each.amount <= -10_00
            assert each.amount % 10_00 == 0
    moments = [each.moment for each in past.movements]
    assert moments == sorted(moments)
    assert not moments or moments[-1] < START


def test_money_that_could_not_have_been_there_is_spent_within_the_month() -> None:
    past = fitted([at(60, 900_00), at(30, 900_00)], 4_00, START, ["Cajero"])
    paid, taken = [0, 0], [0, 0]
    for each in past.movements:
        (paid if each.amount > 0 else taken)[each.moment >= START - 30 * DAY] += abs(each.amount)
    assert paid == [900_00, 900_00]
    assert taken == [900_00, 910_00]  # in tens, so that at least 5.00 were there before
    assert past.opening == 14_00
    midday = [(each.moment - clock.midnight_of(each.moment)) // HOUR for each in past.movements if each.amount < 0]
    assert all(7 <= hour < 21 for hour in midday)


@pytest.mark.parametrize("amount", [60 * 300_00, 60 * 300_00 + 1, 10**15])
def test_a_fortune_is_spent_in_sixty_withdrawals_at_most(amount: int) -> None:
    """A member may be made with any balance, and the interest on it is as large."""
    past = fitted([at(80, amount)], 10_00, START, ["Cajero"])
    assert 1 < len(past.movements) - 1 <= 61
    assert past.opening + sum(each.amount for each in past.movements) == 10_00
    assert min(balances(past)) >= 0


def test_cash_machines_are_found_in_the_minutes_there_are() -> None:
    """A salary of a minute ago, of which nothing is left."""
    salary = Movement(START - MINUTE, 2_000_00, "salary", "", 7)
    past = fitted([salary], 0, START, [])
    assert balances(past)[-1] == 0
    assert all(salary.moment <= each.moment < START for each in past.movements)


@pytest.mark.parametrize("balance", [0, 1, 500_00])
def test_without_movements_the_balance_is_what_was_paid_in(balance: int) -> None:
    assert fitted([], balance, START, []) == Past(balance, [])


def test_a_withdrawal_is_at_most_that_part_of_what_was_there() -> None:
    planned = [Movement(START - day * DAY, 0, "withdrawal", "", 0, CASH) for day in (30, 20, 10)]
    past = fitted(planned, 400_00, START, [])
    assert [each.amount for each in past.movements] == [-100_00]  # with more than usual, nothing is withdrawn
    assert part_of(CASH, past.opening) == 100_00


@pytest.mark.parametrize("pace", ["quiet", "typical", "busy"])
@pytest.mark.parametrize("member", [1, 2, 3, 4])
def test_a_stretch_of_time_is_its_months_without_what_is_outside(
    member: int, pace: Literal["quiet", "typical", "busy"]
) -> None:
    living = Living(member, "standard", frozenset({"card", "loan", "term_deposit"}), (20_700, 20_701))
    months = range(2026 * 12 + 3, 2027 * 12 + 2)
    every = [order for month in months for order in PLAN.month(living, pace, month)]
    since, until = START - 150 * DAY, START
    wanted = [order for order in every if since <= order.moment < until]
    assert len(wanted) > 10
    assert PLAN.between(living, pace, since, until) == wanted
    cuts = [since, since + 1, since + 40 * DAY, until - 1, until]
    parts = [PLAN.between(living, pace, first, second) for first, second in pairwise(cuts)]
    assert [order for part in parts for order in part] == wanted


def test_a_busier_life_has_what_a_quieter_one_has() -> None:
    month = 2026 * 12 + 9
    for member in range(1, 40):
        living = Living(member, "standard")
        quiet, busy = PLAN.month(living, "quiet", month), PLAN.month(living, "busy", month)
        assert [order for order in busy if order in quiet] == quiet
        assert len(busy) > len(quiet)


def test_things_happen_as_often_as_the_rules_say() -> None:
    members, months = 250, range(2026 * 12, 2026 * 12 + 12)
    times: dict[str, int] = {}
    for member in range(members):
        for month in months:
            for order in PLAN.month(Living(member, "standard"), "typical", month):
                times[order.behaviour.id] = times.get(order.behaviour.id, 0) + 1
    for behaviour in RULES.life.as_planned:
        if isinstance(behaviour.when, Often) and not behaviour.who.has and behaviour.who.until == 100_00:
            wanted = behaviour.when.per_month["typical"] / 100 * members * len(months)
            assert abs(times[behaviour.id] - wanted) < 5 * wanted**0.5


def test_a_bill_is_of_one_company() -> None:
    bills = [
        {order.label for month in range(24_300, 24_312) for order in PLAN.month(Living(member, "standard"), "quiet", month)
         if order.behaviour.id == "bills"}
        for member in range(1, 60)
    ]  # fmt: skip
    assert {len(labels) for labels in bills} == {0, 1}
    assert len(set().union(*bills)) == 3
