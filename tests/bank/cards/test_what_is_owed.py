"""What a card asks for, over cut-offs, due dates, payments and deferrals."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import answered, assert_problem
from tests.cardholders import (
    buy,
    card,
    confirm,
    defer,
    go_to,
    holder,
    order_deferral,
    order_payment,
    order_prepayment,
    pay,
    shown,
    simulate,
)


@pytest.fixture
def billed(bank: Sandbox) -> tuple[Phone, str]:
    """Two purchases, 300.00 and 1000.00, on a statement that is not yet due; and the second."""
    phone = holder(bank)
    buy(phone, "300.00")
    second = buy(phone, "1000.00")
    go_to(bank, "2027-03-10T12:00:00-05:00")
    phone.log_in()
    assert shown(phone) == ("1300.00", "65.00", "1300.00", False)
    assert (card(phone)["statement_balance"], card(phone)["due_date"]) == ("1300.00", "2027-03-25")
    return phone, second


def test_what_is_deferred_is_no_longer_due(billed: tuple[Phone, str], bank: Sandbox) -> None:
    phone, second = billed
    defer(phone, second)
    assert shown(phone) == ("300.00", "15.00", "300.00", False)
    assert (card(phone)["statement_balance"], card(phone)["deferred"]) == ("1300.00", "1000.00")
    assert_problem(order_payment(phone, "300.01"), 422, "more_than_owed")
    pay(phone, "300.00")
    assert shown(phone) == ("0.00", "0.00", "0.00", False)
    go_to(bank, "2027-03-26T00:00:00-05:00")
    assert shown(phone.log_in()) == ("0.00", "0.00", "0.00", False)
    go_to(bank, "2027-04-10T12:00:00-05:00")  # the first instalment is billed
    assert shown(phone.log_in()) == ("0.00", "0.00", "90.54", False)
    go_to(bank, "2027-05-10T12:00:00-05:00")  # it is on the statement, the second is not
    assert shown(phone.log_in())[:2] == ("90.54", "4.53")
    bank.ledger.assert_balanced()


def test_a_deferral_counts_from_its_code_on(billed: tuple[Phone, str]) -> None:
    phone, second = billed
    made = order_deferral(phone, second)
    assert shown(phone) == ("1300.00", "65.00", "1300.00", False)
    confirm(phone, made)
    assert shown(phone) == ("300.00", "15.00", "300.00", False)


def test_a_purchase_since_the_cut_off_is_deferred_without_touching_the_statement(billed: tuple[Phone, str]) -> None:
    phone, second = billed
    late = buy(phone, "200.00")
    defer(phone, late)
    assert shown(phone) == ("1300.00", "65.00", "1300.00", False)
    later = buy(phone, "100.00")
    defer(phone, second, later)
    assert shown(phone) == ("300.00", "15.00", "300.00", False)


@pytest.mark.parametrize(
    ("amount", "total", "minimum", "revolving"),
    [("1299.99", "0.01", "0.00", "50.01"), ("1300.00", "0.00", "0.00", "50.00"), ("1300.01", "0.00", "0.00", "49.99")],
)
def test_the_revolving_balance_is_deferred_as_it_is_paid_the_statement_first(
    billed: tuple[Phone, str], amount: str, total: str, minimum: str, revolving: str
) -> None:
    phone, _ = billed
    buy(phone, "50.00")
    defer(phone, amount=amount)
    assert shown(phone) == (total, minimum, revolving, False)


def test_what_was_paid_stays_paid_when_the_rest_is_deferred(billed: tuple[Phone, str]) -> None:
    phone, second = billed
    pay(phone, "10.00")
    assert shown(phone) == ("1290.00", "55.00", "1290.00", False)
    defer(phone, second)
    assert shown(phone) == ("290.00", "5.00", "290.00", False)


def test_a_prepayment_pays_nothing_of_the_statement(billed: tuple[Phone, str], bank: Sandbox) -> None:
    phone, second = billed
    made = defer(phone, second)
    confirm(phone, order_prepayment(phone, made))
    assert shown(phone) == ("300.00", "15.00", "300.00", False)
    assert card(phone)["owed"] == "300.00"
    bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("moment", "overdue"), [("2027-03-25T23:59:59-05:00", False), ("2027-03-26T00:00:00-05:00", True)]
)
def test_a_card_is_overdue_and_not_deferrable_once_its_due_date_is_over(
    billed: tuple[Phone, str], bank: Sandbox, moment: str, overdue: bool
) -> None:
    phone, second = billed
    go_to(bank, moment)
    phone.log_in()
    assert shown(phone)[3] is overdue
    (option,) = phone.send(operations.get_deferral_options())["cards"]
    late = ["La tarjeta tiene pagos vencidos."] * overdue
    assert (option["eligible"], option["reasons"]) == (not overdue, late)
    assert {tuple(each["reasons"]) for each in option["purchases"]} == {tuple(late)}
    if overdue:
        assert_problem(simulate(phone, [second]), 422, "deferral_not_eligible")
    else:
        assert simulate(phone, [second]).status_code == 201


def test_a_deferral_that_waits_for_its_code_over_the_due_date_is_refused(
    billed: tuple[Phone, str], bank: Sandbox
) -> None:
    phone, second = billed
    go_to(bank, "2027-03-25T23:58:00-05:00")
    made = order_deferral(phone.log_in(), second)
    go_to(bank, "2027-03-26T00:00:00-05:00")
    assert_problem(phone.call(phone.confirmation(made["challenge"]["id"])), 422, "deferral_not_eligible")
    assert shown(phone) == ("1300.00", "65.00", "1300.00", True)


@pytest.mark.parametrize(("paid", "overdue"), [("64.99", True), ("65.00", False), ("65.01", False)])
def test_the_minimum_to_the_cent_keeps_a_card_from_being_overdue(
    billed: tuple[Phone, str], bank: Sandbox, paid: str, overdue: bool
) -> None:
    phone, _ = billed
    pay(phone, paid)
    go_to(bank, "2027-03-26T00:00:00-05:00")
    assert shown(phone.log_in())[3] is overdue


def test_arrears_go_on_over_the_next_cut_off_until_its_minimum_is_paid(
    billed: tuple[Phone, str], bank: Sandbox
) -> None:
    phone, _ = billed
    buy(phone, "100.00")
    go_to(bank, "2027-04-10T12:00:00-05:00")
    assert shown(phone.log_in()) == ("1400.00", "70.00", "1400.00", True)
    assert card(phone)["due_date"] == "2027-04-25"
    pay(phone, "69.99")
    assert shown(phone)[1:] == ("0.01", "1330.01", True)
    pay(phone, "0.01")
    assert shown(phone)[1:] == ("0.00", "1330.00", False)
    go_to(bank, "2027-05-10T12:00:00-05:00")
    assert shown(phone.log_in()) == ("1330.00", "66.50", "1330.00", False)


def test_a_test_makes_a_card_overdue_and_takes_it_back(billed: tuple[Phone, str], bank: Sandbox) -> None:
    phone, _ = billed
    where = f"/cards/{card(phone)['id']}"
    assert answered(bank.call("PATCH", f"/_sandbox{where}", json={"overdue": True}))["overdue"] is True
    assert shown(phone) == ("1300.00", "65.00", "1300.00", True)
    assert answered(bank.call("PATCH", f"/_sandbox{where}", json={"overdue": False}))["overdue"] is False
    assert card(phone)["due_date"] == "2027-03-25"  # fifteen days from now
    assert (
        answered(bank.call("PATCH", f"/_sandbox{where}", json={"overdue": False, "status": "blocked"}))["status"]
        == "blocked"
    )
    assert answered(bank.call("PATCH", f"/_sandbox{where}", json={"overdue": True}))["overdue"] is True
    pay(phone, "65.00")
    assert shown(phone) == ("1235.00", "0.00", "1235.00", False)


def test_a_card_with_no_minimum_left_is_made_overdue_with_all_it_owes(billed: tuple[Phone, str], bank: Sandbox) -> None:
    phone, _ = billed
    pay(phone, "65.00")
    late = buy(phone, "765.00")
    where = f"/cards/{card(phone)['id']}"
    assert answered(bank.call("PATCH", f"/_sandbox{where}", json={"overdue": True}))["overdue"] is True
    assert shown(phone) == ("2000.00", "100.00", "2000.00", True)
    assert answered(bank.call("PATCH", f"/_sandbox{where}", json={"overdue": False}))["overdue"] is False
    defer(phone, late)  # it is on that statement
    assert shown(phone) == ("1235.00", "61.75", "1235.00", False)
    bank.ledger.assert_balanced()


def test_a_card_that_owes_nothing_cannot_be_made_overdue(bank: Sandbox) -> None:
    phone = holder(bank)
    where = f"/_sandbox/cards/{card(phone)['id']}"
    assert_problem(bank.call("PATCH", where, json={"overdue": True}), 409, "nothing_owed")
    assert shown(phone) == ("0.00", "0.00", "0.00", False)
    buy(phone, "0.09")
    assert_problem(bank.call("PATCH", where, json={"overdue": True}), 409, "nothing_owed")
    buy(phone, "0.01")
    assert bank.call("PATCH", where, json={"overdue": True}).json()["overdue"] is True
    assert shown(phone) == ("0.10", "0.01", "0.10", True)
