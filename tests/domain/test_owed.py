"""What a card owes, by facts and moment. Amounts in cents."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain import owed
from sandbox.domain.owed import Owed, Statement
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, Micros

CUT = clock.parse("2027-03-10T01:00:00")
DUE = clock.parse("2027-03-25T01:00:00")
PERCENT = 500
NOTHING = Statement(0, 0, 0, 0, None, in_arrears=False)


def statement(balance: int = 1300_00, **changes: object) -> Statement:
    made = Statement(balance, owed.minimum_of(balance, PERCENT), 0, 0, DUE, in_arrears=False)
    return made._replace(**changes)


def at(moment: str, made: Statement, book: int = -1300_00, deferred: int = 0) -> Owed:
    return owed.owed(book, deferred, made, clock.parse(moment))


@pytest.mark.parametrize(
    ("moment", "overdue"),
    [
        ("2027-03-24T23:59:59", False), ("2027-03-25T01:00:00", False), ("2027-03-25T23:59:59.999999", False),
        ("2027-03-26T00:00:00", True), ("2027-03-26T00:00:00.000001", True), ("2027-04-09T12:00:00", True),
    ],
)  # fmt: skip
def test_a_statement_is_late_from_the_midnight_after_its_due_date(moment: str, overdue: bool) -> None:
    assert at(moment, statement()).overdue is overdue


@pytest.mark.parametrize(("paid", "left", "overdue"), [(64_99, 1, True), (65_00, 0, False), (65_01, 0, False)])
def test_the_minimum_to_the_cent_ends_what_is_overdue(paid: int, left: int, overdue: bool) -> None:
    found = at("2027-03-26T00:00:00", statement(paid=paid), book=-1300_00 + paid)
    assert (found.minimum_payment, found.overdue) == (left, overdue)
    assert found.total_payment == found.revolving == 1300_00 - paid


def test_arrears_are_late_before_the_new_due_date_and_end_with_the_new_minimum() -> None:
    carried = statement(in_arrears=True)
    assert at("2027-03-11T00:00:00", carried).overdue
    assert not at("2027-03-11T00:00:00", carried._replace(paid=65_00)).overdue


def test_a_card_that_owes_nothing_is_not_overdue() -> None:
    assert at("2027-03-26T00:00:00", NOTHING, book=0) == Owed(0, 0, 0, 0, 0, overdue=False)
    assert not at("2027-03-26T00:00:00", NOTHING._replace(in_arrears=True), book=0).overdue
    assert at("2027-03-26T00:00:00", NOTHING, book=5_00).debt == 0  # a credit balance is no debt


@pytest.mark.parametrize(
    ("amount", "total", "minimum"),
    [(1000_00, 300_00, 15_00), (1299_99, 1, 0), (1300_00, 0, 0), (1300_01, 0, 0), (1, 1299_99, 65_00)],
)
def test_what_is_deferred_is_no_longer_due_and_the_minimum_is_of_the_rest(
    amount: int, total: int, minimum: int
) -> None:
    found = at("2027-03-26T00:00:00", owed.defer(statement(), amount, PERCENT))
    assert (found.total_payment, found.minimum_payment) == (total, minimum)
    assert found.overdue is (minimum > 0)


def test_what_was_paid_counts_on_the_rest_of_the_statement() -> None:
    after = at("2027-03-12T00:00:00", owed.defer(statement(paid=10_00), 1000_00, PERCENT))
    assert (after.total_payment, after.minimum_payment) == (290_00, 5_00)
    settled = owed.defer(statement(paid=400_00), 1000_00, PERCENT)  # 900.00 were left of the statement
    assert settled.deferred == 900_00
    assert at("2027-03-12T00:00:00", settled).total_payment == 0


def test_a_higher_percentage_since_the_cut_off_does_not_raise_the_minimum() -> None:
    assert owed.defer(statement(), 100_00, 10_000).minimum == 65_00


def test_a_statement_asks_for_what_is_owed_and_not_deferred() -> None:
    before = at("2027-04-10T01:00:00", statement(), book=-1500_00, deferred=200_00)
    cut = owed.cut(before, clock.parse("2027-04-10T01:00:00"), PERCENT, 15)
    assert cut == Statement(1300_00, 65_00, 0, 0, clock.parse("2027-04-25T01:00:00"), in_arrears=True)


def test_arrears_begin_at_the_cut_off_if_the_statement_was_late() -> None:
    for moment, late in (("2027-03-25T23:59:59", False), ("2027-03-26T00:00:00", True)):
        now = clock.parse(moment)
        assert owed.cut(owed.owed(-1300_00, 0, statement(), now), now, PERCENT, 15).in_arrears is late


def test_nothing_owed_is_due_at_no_date() -> None:
    before = at("2027-04-10T01:00:00", statement(100_00, paid=100_00), book=-200_00, deferred=200_00)
    assert owed.cut(before, CUT, PERCENT, 15) == NOTHING


@pytest.mark.parametrize(("book", "left"), [(0, 100_00), (-99_99, 1), (-100_00, 0), (-100_01, 0)])
def test_what_can_be_bought_is_the_credit_less_the_debt(book: int, left: int) -> None:
    assert owed.available(100_00, book) == left


def test_the_next_cut_off_is_at_the_same_time_of_the_day() -> None:
    assert owed.next_cut(CUT, 10) == clock.parse("2027-04-10T01:00:00")
    assert owed.next_cut(clock.parse("2027-01-31T01:00:00"), 31) == clock.parse("2027-02-28T01:00:00")
    assert owed.next_cut(clock.parse("2027-02-28T01:00:00"), 31) == clock.parse("2027-03-31T01:00:00")


def test_a_statement_is_made_late_and_given_another_due_date() -> None:
    now = clock.parse("2027-03-12T09:00:00")
    late = owed.make_overdue(owed.owed(-1300_00, 0, statement(), now), statement(), now, PERCENT)
    assert late == statement(due_at=now - DAY)
    assert late is not None
    assert owed.owed(-1300_00, 0, late, now).overdue
    extended = owed.extend(late._replace(in_arrears=True), now, 15)
    assert not owed.owed(-1300_00, 0, extended, now).overdue
    assert extended == statement(due_at=now + 15 * DAY)


@pytest.mark.parametrize(("owing", "late"), [(0, False), (9, False), (10, True), (11, True)])
def test_what_is_billed_to_be_late_has_a_minimum(owing: int, late: bool) -> None:
    now = clock.parse("2027-03-12T09:00:00")
    made = owed.make_overdue(owed.owed(-owing, 0, NOTHING, now), NOTHING, now, PERCENT)
    assert made == (Statement(owing, 1, 0, 0, now - DAY, in_arrears=False) if late else None)


class Life(NamedTuple):
    """A card in the middle of its life: the ledger's balance, what waits, what is on no statement yet."""

    book: int
    deferred: int
    statement: Statement
    purchases: dict[bool, list[int]]  # those not deferred, by whether they are on the statement


def _pay(life: Life, amount: int) -> Life:
    paid = life.statement._replace(paid=life.statement.paid + amount)
    return life._replace(book=life.book + amount, statement=paid)


def _defer(life: Life, amount: int, billed: int) -> Life:
    return life._replace(deferred=life.deferred + amount, statement=owed.defer(life.statement, billed, PERCENT))


def _defer_purchases(life: Life, count: int, most: int) -> Life:
    chosen = [(billed, each) for billed, bought in life.purchases.items() for each in bought[:count]]
    principal = sum(each for _, each in chosen)
    if principal > most:
        return life
    for billed, each in chosen:
        life.purchases[billed].remove(each)
    return _defer(life, principal, sum(each for billed, each in chosen if billed))


def _step(life: Life, action: str, share: int, now: Micros) -> Life:
    """One thing that may happen, `share` percent of the most of it that is allowed."""
    here = owed.owed(life.book, life.deferred, life.statement, now)
    most, part = here.revolving * share // 100, life.deferred * share // 100
    if action == "buy":
        life.purchases[False].append(share * 7_31 + 1)
        life = life._replace(book=life.book - life.purchases[False][-1])
    elif action == "pay":
        life = _pay(life, most)
    elif action == "defer the balance":
        life = _defer(life, most, most)
    elif action == "defer purchases":
        life = _defer_purchases(life, 1 + share % 3, here.revolving)
    elif action == "bill an instalment":
        life = life._replace(book=life.book - part // 50, deferred=life.deferred - part)
    elif action == "prepay":
        life = life._replace(book=life.book + part, deferred=life.deferred - part)
    else:
        life.purchases[True] += life.purchases[False]
        life.purchases[False] = []
        life = life._replace(statement=owed.cut(here, now, PERCENT, 15))
    return life


ACTIONS = ("buy", "pay", "defer the balance", "defer purchases", "bill an instalment", "prepay", "cut")


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 100), st.integers(0, 20)), max_size=40))
def test_whatever_happens_what_is_asked_for_can_be_paid_and_is_enough(steps: list[tuple[str, int, int]]) -> None:
    life, now = Life(0, 0, NOTHING, {True: [], False: []}), CUT
    for action, share, days in steps:
        before = owed.owed(life.book, life.deferred, life.statement, now)
        life = _step(life, action, share, now)
        found = owed.owed(life.book, life.deferred, life.statement, now)
        assert 0 <= found.minimum_payment <= found.total_payment <= found.revolving
        assert found.revolving == found.debt - found.deferred
        if action != "cut":
            assert found.total_payment <= before.total_payment
            assert found.minimum_payment <= before.minimum_payment
        now = Micros(now + days * DAY)
        asked = owed.owed(life.book, life.deferred, life.statement, now)
        paid = _pay(life, asked.total_payment)
        after = owed.owed(paid.book, paid.deferred, paid.statement, now)
        assert (after.total_payment, after.minimum_payment, after.overdue) == (0, 0, False)
