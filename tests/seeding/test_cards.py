"""The cards of the seed, at any start: their statements are those of the last cut-off."""

import itertools
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.kernel import clock, money
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json
from tests.cardholders import card, confirm, go_to, order_deferral, order_payment, shown, simulate
from tests.transport import bank_of

# Around every boundary: the cut-off on the 10th at 01:00, the midnight after the 25th.
STARTS = (
    "2026-11-23T09:15:00", "2027-02-10T00:59:59", "2027-02-10T01:00:00", "2027-02-25T23:59:59", "2027-02-26T00:00:00",
    "2028-02-29T12:00:00",
)  # fmt: skip
_NAMES = itertools.count(1)


@pytest.fixture(params=STARTS)
def bank(client: httpx.Client, request: pytest.FixtureRequest) -> Any:
    name = f"cards{next(_NAMES)}"
    wanted = {"name": name, "members": 0, "clock": {"now": f"{request.param}-05:00", "rate": 0}}
    made = client.post("/_sandbox/sandboxes", json=wanted)
    assert made.status_code == 201, made.text
    yield bank_of(client, name)
    client.delete(f"/_sandbox/sandboxes/{name}")


def holders(bank: Sandbox) -> list[Phone]:
    traits = {
        "cards": [{"credit": "900.00", "purchases": [{"merchant": "Tienda", "amount": "120.00", "days_ago": 40}]}]
    }
    made = bank.send(operations.create_member({"accounts": [{"balance": "850.00"}]} | traits))
    return [
        bank.phone(member) for member in (bank.members.persona("al-dia"), bank.members.persona("tarjeta-vencida"), made)
    ]


def cut_before(mine: Json) -> clock.Micros:
    """The cut-off before the one that the card shows."""
    return clock.months_after(clock.parse(f"{mine['cut_off_date']}T01:00:00"), -1)


def test_due_dates_are_fifteen_days_after_the_cut_off(bank: Sandbox) -> None:
    now = clock.parse(bank.clock.read()["now"])
    for phone in holders(bank):
        mine = card(phone)
        assert cut_before(mine) <= now < clock.months_after(cut_before(mine), 1)
        assert mine["due_date"] == clock.show(cut_before(mine) + 15 * clock.DAY)[:10]


def test_a_statement_asks_for_what_was_bought(bank: Sandbox) -> None:
    for phone in holders(bank):
        mine = card(phone)
        bought = phone.send(operations.list_card_purchases(mine["id"]))["items"]
        owing = money.show(sum(money.parse(each["amount"]) for each in bought))
        assert [mine["owed"], mine["statement_balance"], mine["total_payment"]] == [owing] * 3


def test_only_the_card_in_arrears_is_overdue_and_its_minimum_ends_it(bank: Sandbox) -> None:
    fine, late, made = holders(bank)
    assert [shown(each)[3] for each in (fine, late, made)] == [False, True, False]
    minimum = card(late)["minimum_payment"]
    assert minimum == "15.50"
    paid = order_payment(late, minimum)
    confirm(late, paid.json())
    assert shown(late)[3] is False
    assert [each for each in bank.ledger.audit()["violations"] if each["subject"].startswith("card")] == []


def test_a_purchase_is_deferred_off_the_statement_it_is_on(bank: Sandbox) -> None:
    _, _, made = holders(bank)
    before = card(made)
    purchase = made.send(operations.list_card_purchases(before["id"]))["items"][0]["id"]
    assert simulate(made, [purchase]).status_code == 201
    confirm(made, order_deferral(made, purchase))
    assert shown(made) == ("0.00", "0.00", "0.00", False)


def test_the_next_statement_is_cut_and_due_like_the_first(bank: Sandbox) -> None:
    phone = holders(bank)[0]
    first = card(phone)
    go_to(bank, f"{first['cut_off_date']}T01:00:00-05:00")
    second = card(phone.log_in())
    assert cut_before(second) == clock.parse(f"{first['cut_off_date']}T01:00:00")
    assert second["due_date"] == clock.show(cut_before(second) + 15 * clock.DAY)[:10]
    assert second["statement_balance"] == first["owed"]


def test_an_overdue_card_owes_something(client: httpx.Client) -> None:
    bank = bank_of(client)
    wanted = {"accounts": [{"balance": "1.00"}], "cards": [{"credit": "900.00", "overdue": True}]}
    answer = bank.call("POST", "/_sandbox/members", json=wanted)
    assert (answer.status_code, [each["code"] for each in answer.json()["errors"]]) == (422, ["nothing_owed"])


@pytest.mark.parametrize(("amount", "status"), [("0.09", 422), ("0.10", 201), ("0.11", 201)])
def test_an_overdue_card_owes_what_has_a_minimum(client: httpx.Client, amount: str, status: int) -> None:
    bank = bank_of(client)
    trait = {"credit": "9.00", "overdue": True, "purchases": [{"merchant": "x", "amount": amount, "days_ago": 4}]}
    answer = bank.call("POST", "/_sandbox/members", json={"accounts": [{"balance": "1.00"}], "cards": [trait]})
    assert answer.status_code == status
    if status == 201:
        assert shown(bank.phone(answer.json())) == (amount, "0.01", amount, True)
