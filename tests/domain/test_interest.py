"""What products earn and cost. The references are computed another way: in fractions, term by term."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain import deferral
from sandbox.domain.interest import (
    Instalment,
    deposit_days,
    instalment,
    instalment_due_at,
    level_instalment,
    of_deposit,
    of_savings,
)
from sandbox.kernel import clock

BALANCES = st.integers(1, 2_000_000_00)
RATES = st.integers(0, 3000)
MONTHS = st.integers(1, 120)
DAY_COUNTS = st.sampled_from([360, 365])


def half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def paid_off(balance: int, rate: int, months: int) -> list[Instalment]:
    """Every instalment of a loan."""
    level = level_instalment(balance, rate, months)
    rows = []
    for left in range(months, 0, -1):
        rows.append(instalment(balance, rate, level, left))
        balance = rows[-1].balance
        if not balance:
            break
    return rows


@given(st.lists(st.integers(0, 10_000_00), min_size=1, max_size=31), RATES, DAY_COUNTS)
def test_savings_earn_each_day_on_its_closing_balance(closings: list[int], rate: int, day_count: int) -> None:
    daily = sum(Fraction(closing * rate, 10_000 * day_count) for closing in closings)
    assert of_savings(sum(closings), rate, day_count) == half_up(Fraction(daily))


@given(BALANCES, RATES, st.integers(0, 3660), DAY_COUNTS)
def test_a_deposit_earns_simple_interest_of_its_days(principal: int, rate: int, days: int, day_count: int) -> None:
    daily = Fraction(principal * rate, 10_000 * day_count)
    assert of_deposit(principal, rate, days, day_count) == half_up(daily * days)


@given(BALANCES, RATES, st.integers(0, 3660), DAY_COUNTS)
def test_interest_grows_with_rate_days_and_balance(balance: int, rate: int, days: int, day_count: int) -> None:
    earned = of_deposit(balance, rate, days, day_count)
    assert 0 <= earned <= of_deposit(balance, rate + 1, days, day_count)
    assert earned <= of_deposit(balance, rate, days + 1, day_count)
    assert earned <= of_deposit(balance + 1, rate, days, day_count)
    assert of_savings(balance * days, rate, day_count) <= of_savings(balance * days, rate + 1, day_count)


@given(BALANCES, RATES, st.integers(0, 3660))
def test_a_year_of_360_days_earns_no_less_than_one_of_365(balance: int, rate: int, days: int) -> None:
    assert of_deposit(balance, rate, days, 360) >= of_deposit(balance, rate, days, 365)


@pytest.mark.parametrize(
    ("opened", "due", "days"),
    [
        ("2026-11-23T09:00:00", "2027-05-23T09:00:00", 181),
        ("2028-02-28T23:59:59", "2028-03-01T00:00:00", 2),  # a leap year, by the calendar and not by hours
        ("2026-11-23T00:00:00", "2026-11-23T23:59:59", 0),
    ],
)
def test_the_days_of_a_deposit_are_those_of_the_calendar(opened: str, due: str, days: int) -> None:
    assert deposit_days(clock.parse(opened), clock.parse(due)) == days


@given(BALANCES, RATES, MONTHS)
def test_a_loan_is_paid_off_to_the_cent(balance: int, rate: int, months: int) -> None:
    rows = paid_off(balance, rate, months)
    assert len(rows) <= months
    assert sum(row.principal for row in rows) == balance
    assert rows[-1].balance == 0
    assert all(row.amount > 0 and row.principal >= 0 and row.interest >= 0 for row in rows)
    assert [row.balance for row in rows] == sorted((row.balance for row in rows), reverse=True)


@given(BALANCES, RATES, MONTHS)
def test_each_months_interest_is_a_twelfth_of_the_rate(balance: int, rate: int, months: int) -> None:
    for row in paid_off(balance, rate, months):
        assert row.interest == half_up(Fraction(balance * rate, 120_000))
        balance = row.balance


@given(st.integers(50_00, 2_000_000_00), RATES, MONTHS)
def test_the_level_instalment_is_the_annuity_of_the_balance(balance: int, rate: int, months: int) -> None:
    discount = 1 / (1 + Fraction(rate, 120_000))
    annuity = sum(discount**month for month in range(1, months + 1))
    assert level_instalment(balance, rate, months) == half_up(balance / Fraction(annuity))


@given(st.integers(50_00, 2_000_000_00), RATES, MONTHS)
def test_all_instalments_but_the_last_are_equal(balance: int, rate: int, months: int) -> None:
    rows = paid_off(balance, rate, months)
    assert {row.amount for row in rows[:-1]} <= {level_instalment(balance, rate, months)}


@given(st.integers(50_00, 20_000_00), RATES, st.sampled_from([3, 6, 12, 24]))
def test_loans_are_paid_as_deferrals_are(balance: int, rate: int, months: int) -> None:
    rows = [(row.principal, row.interest, row.balance) for row in deferral.schedule(balance, rate, months)]
    assert [tuple(row) for row in paid_off(balance, rate, months)] == rows


@given(BALANCES, RATES, MONTHS)
def test_the_level_instalment_grows_with_the_rate(balance: int, rate: int, months: int) -> None:
    assert level_instalment(balance, rate, months) <= level_instalment(balance, rate + 1, months)


@given(st.integers(1, 20), RATES, MONTHS)
def test_a_few_cents_are_paid_off_too_and_sooner_than_planned_where_there_is_less_than_a_cent_a_month(
    balance: int, rate: int, months: int
) -> None:
    rows = paid_off(balance, rate, months)
    assert sum(row.principal for row in rows) == balance
    assert all(row.amount > 0 for row in rows)


@pytest.mark.parametrize(("balance", "months"), [(0, 3), (100, 0), (-5, 3)])
def test_nothing_is_no_loan(balance: int, months: int) -> None:
    with pytest.raises(ValueError, match="nothing"):
        level_instalment(balance, 1560, months)


def test_instalments_are_due_on_the_day_of_the_last_one_or_on_the_last_of_a_shorter_month() -> None:
    last = clock.parse("2027-05-31T09:00:00")
    days = [clock.show(instalment_due_at(last, left))[:10] for left in range(6, 0, -1)]
    assert days == ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
