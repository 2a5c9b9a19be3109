"""What each operation of the bank does to every account: members', cards', and the bank's own, which no screen shows.

An audit proves that entries add up to zero. It does not notice a tax that is booked as a fee: these tests do.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import httpx2 as httpx
import pytest

from sandbox.domain.ledger import SystemAccount
from sandbox.testing import Phone, Sandbox, operations
from tests import everything
from tests.answers import Json, assert_problem
from tests.databases import database
from tests.transport import registry_of

Books = dict[str, tuple[int, int]]
Change = Mapping[str, int]


class Ledger:
    """Every account of one bank, by a name that a test can write."""

    def __init__(self, client: httpx.Client, bank: Sandbox) -> None:
        self._sandbox = registry_of(client).get(bank.name)
        self._names = {int(account): account.name for account in SystemAccount}

    def call(self, account: str, name: str) -> None:
        """Give the account with this public id a name."""
        key = self._sandbox.ids.number("acc", account)
        assert key is not None
        self._names[key] = name

    def call_card(self, card: str, name: str) -> None:
        """Give the account of the card with this public id a name."""
        key = self._sandbox.ids.number("crd", card)
        rows = database(self._sandbox).execute("SELECT account_id FROM card WHERE id = ?", (key,))
        (account,) = rows.fetchone()
        self._names[account] = name

    def books(self) -> Books:
        """Book balance and held amount of every account, in cents."""
        rows = database(self._sandbox).execute("SELECT id, book, held FROM account").fetchall()
        return {self._names.get(key, f"account {key}"): (book, held) for key, book, held in rows}

    def assert_changed(self, before: Books, *, book: Change | None = None, held: Change | None = None) -> None:
        """These cents, and nothing else, moved since `before`."""
        after = self.books()
        empty = (0, 0)
        moved = {
            name: (after.get(name, empty)[0] - before.get(name, empty)[0],
                   after.get(name, empty)[1] - before.get(name, empty)[1])
            for name in {**before, **after}
        }  # fmt: skip
        assert {name: change[0] for name, change in moved.items() if change[0]} == (book or {})
        assert {name: change[1] for name, change in moved.items() if change[1]} == (held or {})

    def system_account(self, account: SystemAccount) -> str:
        """The public id of an account of the bank."""
        return self._sandbox.ids.name("acc", int(account))


@pytest.fixture
def owner(bank: Sandbox) -> Phone:
    """A member with two savings accounts, a card, a card elsewhere and a deferral of eleven days, on a Friday morning
    on which nothing of other members falls due."""
    phone = bank.phone("al-dia")
    institution = phone.send(operations.list_institutions())["items"][0]["id"]
    everything.confirmed(phone, everything.made(phone, "/external-cards", ELSEWHERE | {"institution_id": institution}))
    everything.confirmed(phone, everything.deferred(phone, "120.00", 12))
    card = phone.send(operations.list_cards())["items"][0]
    everything.confirmed(phone, everything.paid_card(phone, {"card_id": card["id"]}, card["minimum_payment"]))
    go_to(phone, "2026-12-04T10:00:00-05:00")
    return phone


@pytest.fixture
def ledger(client: httpx.Client, bank: Sandbox, owner: Phone) -> Ledger:
    """The bank's accounts, with names for those the operations touch."""
    named = Ledger(client, bank)
    for account, name in zip(owner.savings(), ("origin", "second"), strict=True):
        named.call(account["id"], name)
    named.call(bank.members.persona("premium")["accounts"][0]["id"], "another member's")
    named.call_card(owner.send(operations.list_cards())["items"][0]["id"], "card")
    return named


ELSEWHERE = {
    "number": "9999990000000014", "alias": "Otra", "document_type": "cedula", "document_number": "1712345675",
    "holder_name": "Rosa Chicaiza", "maximum_amount": "300.00",
}  # fmt: skip


def go_to(phone: Phone, moment: str) -> list[str]:
    """Advance the clock and log in again; the kinds of the jobs that ran."""
    jobs = phone.sandbox.clock.advance_to(moment)["jobs"]
    phone.log_in()
    return [job["kind"] for job in jobs]


def top_up(phone: Phone) -> Json:
    biller = everything.billed_by(phone, "Recarga Claro")
    origin = phone.savings()[0]["id"]
    order = {"origin_account_id": origin, "biller_id": biller, "reference": "0991234567", "amount": "5.00"}
    return everything.made(phone, "/service-payments", order)


def own_card(phone: Phone) -> Json:
    return everything.paid_card(phone, {"card_id": phone.send(operations.list_cards())["items"][0]["id"]}, "61.00")


def prepayment(phone: Phone) -> Json:
    (deferral,) = phone.send(operations.list_deferrals())["items"]
    return everything.made(
        phone, f"/deferrals/{deferral['id']}/prepayment", {"origin_account_id": phone.savings()[0]["id"]}
    )


def cents(amount: str) -> int:
    return int(amount.replace(".", ""))


class Order(NamedTuple):
    """An operation that needs a code. `moved` is what the code moves; what it takes from the origin is held until then."""

    place: Callable[[Phone], Json]
    moved: Callable[[Json], Change]


FEE, TAX, BILL_FEE, INTEREST = 36, 5, 30, 57  # the interest of 120.00 at 15.60 % in eleven days of 360


def bill_paid(order: Json) -> Change:
    """The biller draws the amount."""
    due = cents(order["amount"])
    return {"origin": -due - BILL_FEE, "BILLERS": due, "FEES": BILL_FEE}


ORDERS = {
    "transfer to an own account": Order(
        lambda phone: phone.transfer("12.34"), lambda _: {"origin": -1234, "second": 1234}
    ),
    "transfer to another member": Order(
        lambda phone: everything.sent(phone, "cooperative", "Doña Lucía", "8.01"),
        lambda _: {"origin": -801, "another member's": 801},
    ),
    "interbank transfer": Order(
        lambda phone: everything.sent(phone, "interbank", "Carmen", "40.02"),
        lambda _: {"origin": -4002 - FEE - TAX, "SETTLEMENT": 4002, "FEES": FEE, "VAT": TAX},
    ),
    "bill": Order(lambda phone: everything.paid_bill(phone, "EEQ", everything.BILL), bill_paid),
    "top-up": Order(top_up, lambda _: {"origin": -500, "BILLERS": 500}),
    "payment of an own card": Order(own_card, lambda _: {"origin": -6100, "card": 6100}),
    "payment of a card elsewhere": Order(
        lambda phone: everything.paid_card(phone, everything.elsewhere(phone), "20.03"),
        lambda _: {"origin": -2003 - FEE - TAX, "SETTLEMENT": 2003, "FEES": FEE, "VAT": TAX},
    ),
    "deferral": Order(lambda phone: everything.deferred(phone, "150.00", 6), lambda _: {}),
    "prepayment of a deferral": Order(
        prepayment, lambda _: {"origin": -12000 - INTEREST, "card": 12000, "INTEREST": INTEREST}
    ),
}


@pytest.fixture(params=ORDERS)
def order(request: pytest.FixtureRequest) -> Order:
    return ORDERS[request.param]


def test_an_order_holds_what_it_will_take_and_its_code_moves_it(owner: Phone, ledger: Ledger, order: Order) -> None:
    before = ledger.books()
    placed = order.place(owner)
    moved = order.moved(placed)
    ledger.assert_changed(before, held={"origin": -moved["origin"]} if moved else {})
    everything.confirmed(owner, placed)
    ledger.assert_changed(before, book=moved)
    owner.sandbox.ledger.assert_balanced()


def cancel(phone: Phone, challenge: str) -> None:
    assert phone.call("DELETE", f"/v1/challenges/{challenge}").status_code == 204


def lock(phone: Phone, challenge: str) -> None:
    for _ in range(2):
        assert_problem(phone.call(phone.confirmation(challenge, phone.wrong_code(challenge))), 422, "wrong_code")
    assert_problem(phone.call(phone.confirmation(challenge, phone.wrong_code(challenge))), 409, "challenge_locked")


def expire(phone: Phone, _: str) -> None:
    assert go_to(phone, "2026-12-04T10:05:00-05:00") == ["challenge.expiry"]


@pytest.mark.slow  # every kind of order in every way
@pytest.mark.parametrize("abandon", [cancel, lock, expire])
def test_an_order_that_is_abandoned_leaves_every_account_as_it_was(
    owner: Phone, ledger: Ledger, order: Order, abandon: Callable[[Phone, str], None]
) -> None:
    before = ledger.books()
    challenge = order.place(owner)["challenge"]["id"]
    abandon(owner, challenge)
    ledger.assert_changed(before)
    owner.sandbox.ledger.assert_balanced()


def settlement_cycle(phone: Phone) -> list[str]:
    return go_to(phone, "2026-12-04T15:00:00-05:00")


@pytest.mark.parametrize("name", ["interbank transfer", "payment of a card elsewhere"])
def test_what_is_settled_leaves_the_settlement_account_for_the_funding_account(
    owner: Phone, ledger: Ledger, name: str
) -> None:
    placed = ORDERS[name].place(owner)
    everything.confirmed(owner, placed)
    before = ledger.books()
    assert len(settlement_cycle(owner)) == 1
    amount = cents(placed["amount"])
    ledger.assert_changed(before, book={"SETTLEMENT": -amount, "FUNDING": amount})


def test_what_is_returned_comes_back_without_fee_and_tax(owner: Phone, ledger: Ledger) -> None:
    everything.confirmed(owner, everything.sent(owner, "interbank", "Devuelta", "40.02"))
    before = ledger.books()
    assert settlement_cycle(owner) == ["transfer.settlement"]
    ledger.assert_changed(before, book={"SETTLEMENT": -4002, "origin": 4002})


@pytest.mark.parametrize("name", ["interbank transfer", "payment of a card elsewhere"])
def test_an_outage_of_the_settlement_moves_nothing(owner: Phone, ledger: Ledger, name: str) -> None:
    everything.confirmed(owner, ORDERS[name].place(owner))
    owner.sandbox.send(operations.create_fault({"effect": {"outage": "settlement"}}))
    before = ledger.books()
    (postponed,) = settlement_cycle(owner)
    assert postponed in ("transfer.postponement", "card_payment.postponement")
    ledger.assert_changed(before)


def test_a_code_that_is_refused_by_the_second_check_moves_nothing(owner: Phone, ledger: Ledger) -> None:
    before = ledger.books()
    placed = owner.transfer("66.66")  # a magic amount: its funds are gone when the code comes
    assert_problem(owner.call(owner.confirmation(placed["challenge"]["id"])), 409, "insufficient_funds")
    ledger.assert_changed(before, held={"origin": 6666})


def test_a_scheduled_payment_pays_as_the_member_would(owner: Phone, ledger: Ledger) -> None:
    order = {
        "origin_account_id": owner.savings()[0]["id"], "biller_id": everything.billed_by(owner, "EEQ"),
        "reference": everything.BILL, "day_of_month": 5, "maximum_amount": "100.00",
    }  # fmt: skip
    before = ledger.books()
    everything.confirmed(owner, everything.made(owner, "/scheduled-payments", order))
    ledger.assert_changed(before)
    assert go_to(owner, "2026-12-05T08:00:00-05:00") == ["scheduled_payment.run"]
    (payment,) = owner.send(operations.list_service_payments(automatic="true"))["items"]
    ledger.assert_changed(before, book=bill_paid(payment))


def test_an_instalment_charges_its_interest_to_the_card(owner: Phone, ledger: Ledger) -> None:
    go_to(owner, "2026-12-23T09:14:59-05:00")
    before = ledger.books()
    assert go_to(owner, "2026-12-23T09:15:00-05:00") == ["deferral.instalment"]
    ledger.assert_changed(before, book={"card": -156, "INTEREST": 156})  # a month of 120.00 at 15.60 %


def test_a_statement_moves_nothing(owner: Phone, ledger: Ledger) -> None:
    go_to(owner, "2026-12-10T00:59:59-05:00")
    before = ledger.books()
    assert set(go_to(owner, "2026-12-10T01:00:00-05:00")) == {"card.statement"}
    ledger.assert_changed(before)


def test_a_purchase_is_owed_by_the_card_and_due_to_the_issuers(owner: Phone, ledger: Ledger) -> None:
    card = owner.send(operations.list_cards())["items"][0]["id"]
    before = ledger.books()
    owner.sandbox.send(operations.buy_with_card(card, {"amount": "35.15"}))
    ledger.assert_changed(before, book={"card": -3515, "CARD_ISSUERS": 3515})


def test_a_deposit_comes_from_the_funding_account(owner: Phone, ledger: Ledger) -> None:
    origin = owner.savings()[0]["id"]
    before = ledger.books()
    owner.sandbox.members.deposit(origin, "77.07")
    ledger.assert_changed(before, book={"origin": 7707, "FUNDING": -7707})


def test_a_hold_by_order_moves_nothing_and_is_lifted_whole(owner: Phone, ledger: Ledger) -> None:
    origin = owner.savings()[0]["id"]
    before = ledger.books()
    hold = owner.sandbox.send(operations.hold_money(origin, {"amount": "4.75"}))
    ledger.assert_changed(before, held={"origin": 475})
    owner.sandbox.send(operations.release_hold(hold["id"]))
    ledger.assert_changed(before)


def test_a_custom_member_is_funded_by_the_bank(owner: Phone, ledger: Ledger) -> None:
    traits = {
        "movements": 0,
        "accounts": [{"balance": "850.01", "holds": [{"amount": "4.75", "reason": "judicial"}]}, {"type": "share_certificate", "balance": "20.00"}],
        "cards": [{"credit": "900.00", "purchases": [{"merchant": "Tienda", "amount": "120.02", "days_ago": 4}]}],
    }  # fmt: skip
    before = ledger.books()
    made = owner.sandbox.send(operations.create_member(traits))
    ledger.call(made["accounts"][0]["id"], "new savings")
    ledger.call(made["accounts"][1]["id"], "new certificate")
    ledger.call_card(made["cards"][0]["id"], "new card")
    ledger.assert_changed(
        before,
        book={
            "new savings": 85001, "new certificate": 2000, "FUNDING": -87001, "new card": -12002, "CARD_ISSUERS": 12002,
        },
        held={"new savings": 475},
    )  # fmt: skip
    owner.sandbox.ledger.assert_balanced()


def test_what_a_custom_member_has_already_sent_is_booked_like_an_order(owner: Phone, ledger: Ledger) -> None:
    abroad = {
        "institution": "Banco Austro", "account_number": "0300445566", "holder_name": "Sofía Anrango",
        "document_number": "1700000019", "alias": "Sofía",
    }  # fmt: skip
    traits = {
        "movements": 0, "accounts": [{"balance": "700.00"}], "interbank_beneficiaries": [abroad], "in_flight": "120.00",
        "used_today": {"to": "premium", "amounts": ["30.00", "0.03"]},
    }  # fmt: skip
    before = ledger.books()
    made = owner.sandbox.send(operations.create_member(traits))
    ledger.call(made["accounts"][0]["id"], "new savings")
    paid_in = 70000 + 12000 + FEE + TAX + 3003
    sent = {"SETTLEMENT": 12000, "FEES": FEE, "VAT": TAX, "another member's": 3003}
    ledger.assert_changed(before, book={"new savings": 70000, "FUNDING": -paid_in, **sent})
    assert settlement_cycle(owner) == ["transfer.settlement"]
    del sent["SETTLEMENT"]
    ledger.assert_changed(before, book={"new savings": 70000, "FUNDING": 12000 - paid_in, **sent})
    owner.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize("account", SystemAccount, ids=lambda account: account.name)
def test_the_banks_own_accounts_take_no_deposits_holds_or_orders(
    owner: Phone, ledger: Ledger, account: SystemAccount
) -> None:
    """Their ids are no secret: the ledger's entries show them."""
    own = ledger.system_account(account)
    before = ledger.books()
    for path, body in (
        (f"/accounts/{own}/holds", {"amount": "0.01"}),
        (f"/accounts/{own}/deposits", {"amount": "0.01"}),
    ):
        assert_problem(owner.sandbox.call("POST", f"/_sandbox{path}", json=body), 404, "not_found")
    patched = owner.sandbox.call("PATCH", f"/_sandbox/accounts/{own}", json={"status": "inactive"})
    assert_problem(patched, 404, "not_found")
    for order in (owner.order("0.01", origin=own), owner.order("0.01", destination=own)):
        for path in ("/transfers", "/transfers/preview"):
            assert_problem(owner.call("POST", f"/v1{path}", json=order), 404, "not_found")
    for path, body in (
        ("/service-payments", {"biller_id": everything.billed_by(owner, "Recarga Claro"), "reference": "0991234567", "amount": "5.00"}),
        ("/scheduled-payments", {"biller_id": everything.billed_by(owner, "EEQ"), "reference": everything.BILL, "day_of_month": 5, "maximum_amount": "9.00"}),
        ("/card-payments", {"card_id": owner.send(operations.list_cards())["items"][0]["id"], "amount": "1.00", "reference": "x"}),
        (f"/deferrals/{owner.send(operations.list_deferrals())['items'][0]['id']}/prepayment", {}),
    ):  # fmt: skip
        assert_problem(owner.call("POST", f"/v1{path}", json=body | {"origin_account_id": own}), 404, "not_found")
    for path in (f"/accounts/{own}", f"/accounts/{own}/movements"):
        assert_problem(owner.call("GET", f"/v1{path}"), 404, "not_found")
    ledger.assert_changed(before)
