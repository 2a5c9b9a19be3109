import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.deferral import accrued, earned, interest_to_pay_off, month_interest, quota, schedule

PRINCIPALS = st.integers(50_00, 20_000_00)
RATES = st.integers(0, 3000)
TERMS = st.sampled_from([3, 6, 9, 12, 18, 24, 36, 48])
GRACE = st.integers(0, 6)


def test_a_hundred_over_three_without_interest() -> None:
    assert [row.amount for row in schedule(100_00, 0, 3)] == [33_33, 33_33, 33_34]


def test_the_example_of_the_factor_table() -> None:
    rows = schedule(240_50, 1560, 6)
    assert [row.amount for row in rows] == [41_93] * 5 + [41_91]
    assert [row.interest for row in rows] == [3_13, 2_62, 2_11, 1_59, 1_07, 54]
    assert [row.balance for row in rows] == [201_70, 162_39, 122_57, 82_23, 41_37, 0]
    assert sum(row.amount for row in rows) == 251_56


def test_a_quota_of_exactly_half_a_cent_is_rounded_up() -> None:
    """50.00 × (1 + 20.52 % / 12) = 50.855; a hundredth of a percent less is 50.8546."""
    assert quota(50_00, 2052, 1) == 50_86
    assert quota(50_00, 2051, 1) == 50_85


@given(PRINCIPALS, RATES, TERMS, GRACE)
def test_the_parts_add_up_and_the_balance_ends_at_zero(principal: int, rate: int, term: int, grace: int) -> None:
    rows = schedule(principal, rate, term, grace)
    assert len(rows) == term
    assert sum(row.principal for row in rows) == principal
    assert rows[-1].balance == 0
    assert all(row.principal > 0 and row.interest >= 0 for row in rows)
    assert all(row.amount == row.principal + row.interest for row in rows)


@given(PRINCIPALS, RATES, TERMS, GRACE)
def test_interest_is_what_the_rate_says(principal: int, rate: int, term: int, grace: int) -> None:
    rows = schedule(principal, rate, term, grace)
    owed, expected = principal, grace * month_interest(principal, rate)
    for row in rows:
        expected += month_interest(owed, rate)
        owed -= row.principal
    assert sum(row.interest for row in rows) == expected


@given(PRINCIPALS, RATES, TERMS)
def test_all_quotas_but_the_last_are_equal_and_the_last_differs_by_little(principal: int, rate: int, term: int) -> None:
    rows = schedule(principal, rate, term)
    assert {row.amount for row in rows[:-1]} == {quota(principal, rate, term)}
    assert abs(rows[-1].amount - rows[0].amount) <= 2 * term


@given(PRINCIPALS, RATES, TERMS, st.integers(1, 6))
def test_grace_is_not_capitalised(principal: int, rate: int, term: int, grace: int) -> None:
    plain, waited = schedule(principal, rate, term), schedule(principal, rate, term, grace)
    assert [row.principal for row in plain] == [row.principal for row in waited]
    extra = [late.interest - now.interest for now, late in zip(plain, waited, strict=True)]
    assert len(set(extra[:-1])) == 1
    assert 0 <= extra[-1] - extra[0] < term


@given(PRINCIPALS, RATES, st.integers(0, 360))
def test_accrued_interest_grows_with_the_days_and_is_a_months_at_thirty(principal: int, rate: int, days: int) -> None:
    assert accrued(principal, rate, days) <= accrued(principal, rate, days + 1)
    assert abs(accrued(principal, rate, 30) - month_interest(principal, rate)) <= 1


@pytest.mark.parametrize(("principal", "term"), [(0, 3), (100, 0), (-5, 3)])
def test_nothing_is_not_deferred(principal: int, term: int) -> None:
    with pytest.raises(ValueError, match="nothing"):
        schedule(principal, 1560, term)


@pytest.mark.parametrize(
    ("billed", "days", "interest"),
    [
        (0, 0, 0), (0, 29, 12_57), (0, 30, 13_00), (0, 31, 13_43),  # the month of grace
        (0, 60, 26_00), (1, 60, 11_92),  # just before the first instalment and just after: it brought 13.00 and 1.08
        (1, 61, 12_32), (1, 90, 11_92 + 11_99), (2, 90, 10_84), (11, 360, 1_12), (11, 390, 1_12 + 1_16), (12, 390, 0),
        (12, 500, 0),
    ],
)  # fmt: skip
def test_paying_off_a_thousand_over_twelve_with_a_month_of_grace(billed: int, days: int, interest: int) -> None:
    assert interest_to_pay_off(1000_00, 1560, 12, 1, billed, days) == interest


@given(PRINCIPALS, RATES, TERMS, GRACE, st.data())
def test_what_is_paid_off_early_costs_the_interest_earned_and_no_more(
    principal: int, rate: int, term: int, grace: int, data: st.DataObject
) -> None:
    rows = schedule(principal, rate, term, grace)
    days = data.draw(st.integers(0, 30 * (grace + term)))
    billed = max(0, days // 30 - grace)
    now = interest_to_pay_off(principal, rate, term, grace, billed, days)
    assert now >= 0
    assert now + sum(row.interest for row in rows[:billed]) == earned(principal, rate, rows, grace, days)
    assert earned(principal, rate, rows, grace, days) <= earned(principal, rate, rows, grace, days + 1)
    assert earned(principal, rate, rows, grace, days) <= sum(row.interest for row in rows)


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
@given(PRINCIPALS, RATES, TERMS, GRACE)
def test_an_instalment_brings_what_it_bills_of_the_interest(principal: int, rate: int, term: int, grace: int) -> None:
    rows = schedule(principal, rate, term, grace)
    for billed, row in enumerate(rows):
        days = 30 * (grace + billed + 1)
        before = interest_to_pay_off(principal, rate, term, grace, billed, days)
        assert before - interest_to_pay_off(principal, rate, term, grace, billed + 1, days) == row.interest
    assert interest_to_pay_off(principal, rate, term, grace, term, 30 * (grace + term)) == 0
