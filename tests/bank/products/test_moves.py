"""What moves by itself on products: instalments of loans, and term deposits that mature."""

from typing import Any

import pytest

from sandbox.bank.products import moves
from sandbox.bank.products.moves import Moved
from sandbox.kernel import money
from sandbox.problems import AccountNotDebitable, NotFound
from sandbox.testing import Sandbox, operations
from tests.bank.products.owners import key, owner
from tests.transport import registry_of

LOAN = {"type": "loan", "name": "Crédito de consumo", "amount": "300.00", "balance": "240.50", "rate": "15.60"}
DEPOSIT = {
    "type": "term_deposit",
    "name": "Depósito a plazo",
    "amount": "1000.00",
    "balance": "1000.00",
    "rate": "6.00",
}
SCHEDULE = ["41.93"] * 5 + ["41.91"]  # the factor table of an issuer
"""The clock starts on 23 November 2026, at 09:15, and so do loans and deposits end on a 23rd."""


def shown(moved: list[Moved]) -> list[tuple[str, str]]:
    return [(money.show(each.amount), each.outcome) for each in moved]


def test_an_instalment_is_one_debit_of_principal_and_interest(bank: Sandbox) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6})
    before = borrower.books()
    (moved,) = borrower.pay("2026-12-05")
    assert (moved.type, moved.principal, moved.interest, moved.balance) == ("loan", 38_80, 3_13, 201_70)
    assert borrower.movements() == [("2300 - ND CUOTA DE CREDITO", "-41.93")]
    assert borrower.available() == "958.07"
    assert borrower.books() == (before[0] + 38_80, before[1] + 3_13)
    (loan,) = borrower.holdings("loans")
    assert (loan["balance"], loan["installments_left"]) == ("201.70", 5)
    bank.ledger.assert_balanced()


def test_a_loan_is_paid_month_by_month_until_nothing_is_left_and_is_shown_no_longer(bank: Sandbox) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6})
    days = ["2026-12-05", "2027-01-28", "2027-02-01", "2027-03-31", "2027-04-30", "2027-05-01"]
    assert [shown(borrower.pay(day)) for day in days] == [[(amount, "paid")] for amount in SCHEDULE]
    assert borrower.holdings("loans") == []
    assert borrower.pay("2027-06-05") == []
    assert borrower.available() == money.show(1000_00 - 251_56)
    bank.ledger.assert_balanced()


def test_the_summary_tells_the_next_instalment(bank: Sandbox) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6})
    following = []
    for month in ("2026-12", "2027-01", "2027-02", "2027-03", "2027-04", "2027-05"):
        (loan,) = borrower.holdings("loans")
        following.append((loan["next_installment_date"], loan["next_installment"]))
        assert (loan["interest_at_maturity"], loan["status"]) == (None, "active")
        borrower.pay(f"{month}-10")
    months = ("2026-12", "2027-01", "2027-02", "2027-03", "2027-04", "2027-05")
    assert following == [(f"{month}-23", amount) for month, amount in zip(months, SCHEDULE, strict=True)]


@pytest.mark.parametrize(
    ("moment", "paid"),
    [
        ("2026-11-30T23:59:59.999", 0),
        ("2026-12-01T00:00:00", 1),
        ("2026-12-31T23:59:59", 1),
        ("2027-01-01T00:00:00", 2),
    ],
)
def test_what_is_due_by_the_end_of_the_month_is_paid_and_no_more(bank: Sandbox, moment: str, paid: int) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6})
    assert shown(borrower.pay(moment)) == [("41.93", "paid")] * paid
    assert borrower.pay(moment) == []


def test_an_instalment_that_was_missed_is_paid_with_the_next_one(bank: Sandbox) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6})
    moved = borrower.pay("2027-02-05")
    assert [(each.principal, each.interest, each.balance) for each in moved] == [
        (38_80, 3_13, 201_70), (39_31, 2_62, 162_39), (39_82, 2_11, 122_57),
    ]  # fmt: skip
    assert borrower.movements() == [("2300 - ND CUOTA DE CREDITO", "-41.93")] * 3
    bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("balance", "outcome", "left"),
    [("41.92", "insufficient_funds", "41.92"), ("41.93", "paid", "0.00"), ("41.94", "paid", "0.01")],
)
def test_a_cent_too_little_moves_nothing(bank: Sandbox, balance: str, outcome: str, left: str) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6}, balance=balance)
    before = borrower.books()
    assert shown(borrower.pay("2026-12-05")) == [("41.93", outcome)]
    assert borrower.available() == left
    assert (borrower.books() == before) == (outcome != "paid")
    (loan,) = borrower.holdings("loans")
    assert loan["installments_left"] == (5 if outcome == "paid" else 6)
    bank.ledger.assert_balanced()


def test_of_two_instalments_the_one_that_there_is_money_for_is_paid(bank: Sandbox) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6}, balance="50.00")
    assert shown(borrower.pay("2027-02-05")) == [("41.93", "paid"), ("41.93", "insufficient_funds")]
    (loan,) = borrower.holdings("loans")
    assert loan["next_installment_date"] == "2027-01-23"
    assert borrower.available() == "8.07"


def test_what_is_held_pays_no_instalment(bank: Sandbox) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6}, balance="50.00")
    account = borrower.phone.accounts()[0]["id"]
    bank.send(operations.hold_money(account, {"amount": "8.08", "reason": "judicial"}))
    assert shown(borrower.pay("2026-12-05")) == [("41.93", "insufficient_funds")]


def test_each_loan_is_paid_by_itself(bank: Sandbox) -> None:
    """The first one is too dear, the second is not."""
    dear = LOAN | {"months_left": 1}
    borrower = owner(bank, dear, LOAN | {"months_left": 6}, balance="50.00")
    assert shown(borrower.pay("2026-12-05")) == [("243.63", "insufficient_funds"), ("41.93", "paid")]


def test_an_inactive_account_pays_no_instalment(bank: Sandbox) -> None:
    borrower = owner(bank, LOAN | {"months_left": 6})
    account = borrower.phone.accounts()[0]["id"]
    bank.send(operations.update_account(account, {"status": "inactive"}))
    before = borrower.books()
    assert shown(borrower.pay("2026-12-05")) == [("41.93", "account_not_active")]
    assert borrower.books() == before
    assert borrower.available() == "1000.00"


def test_share_certificates_and_accounts_of_others_pay_no_instalment(bank: Sandbox) -> None:
    borrower, other = owner(bank, LOAN | {"months_left": 6}), owner(bank)
    shares = key(bank, "acc", borrower.phone.accounts()[1]["id"])
    with pytest.raises(AccountNotDebitable):
        borrower.pay("2026-12-05", shares)
    with pytest.raises(NotFound):
        borrower.pay("2026-12-05", other.account)
    assert other.available() == "1000.00"


def test_a_member_without_products_pays_and_gets_nothing(bank: Sandbox) -> None:
    saver = owner(bank)
    assert saver.pay("2026-12-05") == []
    assert saver.mature("2026-12-05") == []


def test_a_loan_that_is_paid_off_already_is_not_shown(bank: Sandbox) -> None:
    borrower = owner(
        bank, LOAN | {"balance": "0.00", "months_left": 6}, DEPOSIT | {"balance": "0.00", "months_left": 6}
    )
    assert borrower.holdings("loans") == []
    assert borrower.holdings("term_deposits") == []
    assert borrower.pay("2026-12-05") == []
    assert borrower.mature("2027-12-05") == []
    bank.ledger.assert_balanced()


def test_a_cent_is_paid_off_at_once_though_there_are_months_left(bank: Sandbox) -> None:
    borrower = owner(bank, LOAN | {"balance": "0.01", "months_left": 12})
    assert shown(borrower.pay("2026-12-05")) == [("0.01", "paid")]
    assert borrower.holdings("loans") == []
    bank.ledger.assert_balanced()


def test_a_deposit_comes_back_with_the_interest_of_its_days(bank: Sandbox) -> None:
    """Opened 180 days before 23 November, and due on 23 December: 1,000.00 × 6 % × 210 / 360."""
    saver = owner(bank, DEPOSIT | {"months_left": 1})
    (deposit,) = saver.holdings("term_deposits")
    assert (deposit["interest_at_maturity"], deposit["due_date"]) == ("35.00", "2026-12-23")
    assert (deposit["next_installment_date"], deposit["next_installment"]) == (None, None)
    before = saver.books()
    (moved,) = saver.mature("2026-12-23T05:30:00")
    assert (moved.principal, moved.interest, moved.outcome) == (1000_00, 35_00, "matured")
    assert saver.movements() == [
        ("2311 - NC INTERES DEPOSITO A PLAZO", "35.00"),
        ("2310 - NC VENCIMIENTO DEPOSITO A PLAZO", "1000.00"),
    ]
    assert saver.available() == "2035.00"
    assert saver.books() == (before[0] - 1000_00, before[1] - 35_00)
    assert saver.holdings("term_deposits") == []
    bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("moment", "matured"),
    [("2026-12-22T23:59:59.999", 0), ("2026-12-23T00:00:00", 1), ("2027-03-01T00:00:00", 1)],
)
def test_a_deposit_matures_on_its_local_day_and_earns_no_more_afterwards(
    bank: Sandbox, moment: str, matured: int
) -> None:
    saver = owner(bank, DEPOSIT | {"months_left": 1})
    assert shown(saver.mature(moment)) == [("1035.00", "matured")] * matured
    assert saver.mature(moment) == []
    bank.ledger.assert_balanced()


def test_a_deposit_comes_back_to_an_inactive_account_too_and_to_nobody_elses(bank: Sandbox) -> None:
    saver, other = owner(bank, DEPOSIT | {"months_left": 1}), owner(bank)
    with pytest.raises(NotFound):
        saver._replace(account=other.account).mature("2026-12-23")
    account = saver.phone.accounts()[0]["id"]
    bank.send(operations.update_account(account, {"status": "inactive"}))
    assert shown(saver.mature("2026-12-23")) == [("1035.00", "matured")]
    assert (saver.available(), other.available()) == ("2035.00", "1000.00")


def test_each_outcome_has_a_notice(bank: Sandbox) -> None:
    def told(type_: Any, outcome: Any, balance: int, language: Any) -> str:
        moved = Moved(1, type_, "510000000001", 38_80, 3_13, balance, outcome)
        sandbox = registry_of(bank.connection.client).get(bank.name)
        return sandbox.rules.wording.text(moves.told(moved), language, sandbox.institution.names)

    assert told("loan", "paid", 201_70, "es") == (
        "Debitamos la cuota de $41.93 de tu crédito 510XXXXXX001. Saldo de capital: $201.70."
    )
    assert told("loan", "paid", 0, "en") == (
        "We debited the last instalment of $41.93, and your loan 510XXXXXX001 is paid off."
    )
    assert told("loan", "insufficient_funds", 201_70, "es") == (
        "No pudimos debitar la cuota de $41.93 de tu crédito 510XXXXXX001: tu cuenta no tiene saldo suficiente."
    )
    assert told("loan", "account_not_active", 201_70, "es") == (
        "No pudimos debitar la cuota de $41.93 de tu crédito 510XXXXXX001: tu cuenta no está activa."
    )
    assert told("term_deposit", "matured", 0, "es") == (
        "Venció tu depósito a plazo 510XXXXXX001: acreditamos $38.80 de capital y $3.13 de intereses."
    )
