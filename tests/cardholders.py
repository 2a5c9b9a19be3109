"""A member with one card on which nothing was bought yet, at a moment that suits its cut-off days."""

from typing import Any

import httpx2 as httpx

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, answered

START = "2027-02-11T10:00:00-05:00"  # a day after a cut-off


def go_to(bank: Sandbox, moment: str) -> None:
    """Let the clock pass to `moment`; what falls due on the way runs."""
    bank.clock.advance_to(moment)


def holder(bank: Sandbox, start: str = START, **traits: Any) -> Phone:
    """A member with money and a card of 5000.00, logged in at `start`."""
    go_to(bank, start)
    wanted = {"accounts": [{"balance": "90000.00"}], "cards": [{"credit": "5000.00"}]} | traits
    return bank.phone(bank.send(operations.create_member(wanted)))


def card(phone: Phone) -> Json:
    """The card as the app shows it."""
    return phone.send(operations.list_cards())["items"][0]


def shown(phone: Phone) -> tuple[str, str, str, bool]:
    """Total payment, minimum, revolving balance, overdue."""
    mine = card(phone)
    return mine["total_payment"], mine["minimum_payment"], mine["revolving_balance"], mine["overdue"]


def buy(phone: Phone, amount: str) -> str:
    """Buy something; its id."""
    where = f"/cards/{card(phone)['id']}/purchases"
    return str(answered(phone.sandbox.call("POST", f"/_sandbox{where}", json={"amount": amount}))["id"])


def order_payment(phone: Phone, amount: str) -> httpx.Response:
    """Order a payment of the card."""
    body = {"origin_account_id": origin(phone), "card_id": card(phone)["id"], "amount": amount, "reference": "pago"}
    return phone.call("POST", "/v1/card-payments", json=body)


def pay(phone: Phone, amount: str) -> None:
    """Pay the card."""
    made = order_payment(phone, amount)
    assert made.status_code == 201, made.text
    confirm(phone, made.json())


def simulate(
    phone: Phone, purchases: list[str] | None = None, amount: str | None = None, **plan: Any
) -> httpx.Response:
    """Simulate a deferral of purchases, or of so much of the revolving balance, over twelve months."""
    kind = (
        {"kind": "purchases", "purchase_ids": purchases}
        if purchases
        else {"kind": "revolving_balance", "amount": amount}
    )
    body = {"card_id": card(phone)["id"], "term_months": 12} | kind | plan
    return phone.call("POST", "/v1/deferral-simulations", json=body)


def order_deferral(phone: Phone, *purchases: str, **plan: Any) -> Json:
    """Order a deferral."""
    simulated = simulate(phone, list(purchases), **plan)
    assert simulated.status_code == 201, simulated.text
    made = phone.call("POST", "/v1/deferrals", json={"simulation_id": simulated.json()["id"]})
    assert made.status_code == 201, made.text
    return made.json()


def defer(phone: Phone, *purchases: str, **plan: Any) -> Json:
    """Defer purchases, or `amount` of the revolving balance."""
    return confirm(phone, order_deferral(phone, *purchases, **plan))


def order_prepayment(phone: Phone, deferral: Json) -> Json:
    """Order the prepayment of a deferral."""
    where = f"/deferrals/{deferral['id']}/prepayment"
    made = phone.call("POST", f"/v1{where}", json={"origin_account_id": origin(phone)})
    assert made.status_code == 201, made.text
    return made.json()


def origin(phone: Phone) -> str:
    return str(phone.savings()[0]["id"])


def confirm(phone: Phone, order: Json) -> Json:
    """What its code makes of an order."""
    answer = phone.call(phone.confirmation(order["challenge"]["id"]))
    assert answer.status_code == 200, answer.text
    return answer.json()["resource"]
