"""Preview, order and code are checked alike: what is refused for one is refused for the others."""

from collections.abc import Callable
from typing import NamedTuple

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, operations
from tests import everything, stories
from tests.answers import Json, answered, assert_problem
from tests.bank.ledger.test_holding import HOLDING, hold_funds
from tests.bank.test_system_accounts import Ledger, cancel, cents, ledger, owner
from tests.stories import MOVING, Operation

__all__ = ["ledger", "owner"]
Spoil = Callable[[Phone], None]
Order = tuple[str, Json]


def transfer(kind: str, alias: str = "") -> Callable[[Phone], Order]:
    def order(phone: Phone) -> Order:
        if kind == "own":
            return "/transfers", phone.order("12.34")
        (found,) = phone.send(operations.list_beneficiaries(q=alias, kind=kind))["items"]
        origin = phone.savings()[0]["id"]
        body = {"kind": kind, "origin_account_id": origin, "beneficiary_id": found["id"], "amount": "12.34"}
        return "/transfers", body

    return order


def bill(phone: Phone) -> Order:
    asked = {"biller_id": everything.billed_by(phone, "EEQ"), "reference": everything.BILL}
    inquiry = everything.made(phone, "/bill-inquiries", asked)
    return "/service-payments", {"origin_account_id": phone.savings()[0]["id"], "inquiry_id": inquiry["id"]}


def top_up(phone: Phone) -> Order:
    biller = everything.billed_by(phone, "Recarga Claro")
    origin = phone.savings()[0]["id"]
    body = {"origin_account_id": origin, "biller_id": biller, "reference": "0991234567", "amount": "5.00"}
    return "/service-payments", body


def own_card(phone: Phone) -> Order:
    return _card(phone, {"card_id": phone.send(operations.list_cards())["items"][0]["id"]})


def elsewhere(phone: Phone) -> Order:
    return _card(phone, everything.elsewhere(phone))


def _card(phone: Phone, target: Json) -> Order:
    origin = phone.savings()[0]["id"]
    return "/card-payments", target | {"origin_account_id": origin, "amount": "61.00", "reference": "x"}


def deferral(phone: Phone) -> Order:
    card = phone.send(operations.list_cards())["items"][0]["id"]
    wanted = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    return "/deferrals", {"simulation_id": everything.made(phone, "/deferral-simulations", wanted)["id"]}


def prepayment(phone: Phone) -> Order:
    (active,) = phone.send(operations.list_deferrals(status="active"))["items"]
    return f"/deferrals/{active['id']}/prepayment", {"origin_account_id": phone.savings()[0]["id"]}


def schedule(phone: Phone) -> Order:
    origin = phone.savings()[0]["id"]
    body = {"origin_account_id": origin, "biller_id": everything.billed_by(phone, "EEQ"), "reference": everything.BILL}
    return "/scheduled-payments", body | {"day_of_month": 5, "maximum_amount": "100.00"}


def saved_service(phone: Phone) -> Order:
    biller = everything.billed_by(phone, "EEQ")
    return "/registered-services", {"biller_id": biller, "reference": everything.BILL, "alias": "Casa"}


def new_card(phone: Phone) -> Order:
    return "/external-cards", {
        "institution_id": phone.send(operations.list_institutions())["items"][0]["id"], "number": "9999990000000022", "alias": "Otra",
        "document_type": "cedula", "document_number": "1712345675", "holder_name": "Rosa", "maximum_amount": "50.00",
    }  # fmt: skip


def beneficiary(phone: Phone) -> Order:
    body = {"kind": "cooperative", "account_number": _theirs(phone)["number"], "maximum_amount": "50.00"}
    return "/beneficiaries", body


def _theirs(phone: Phone) -> Json:
    member = phone.sandbox.members.persona("muchas-cuentas")
    account: Json = next(account for account in member["accounts"] if account["type"] == "savings")
    return account


def close(place: int) -> Spoil:
    """One of the member's savings accounts is closed."""

    def spoil(phone: Phone) -> None:
        _set_inactive(phone, phone.savings()[place]["id"])

    return spoil


def close_of(persona: str) -> Spoil:
    """An account of another member is closed."""

    def spoil(phone: Phone) -> None:
        member = phone.sandbox.members.persona(persona)
        _set_inactive(phone, next(each["id"] for each in member["accounts"] if each["type"] == "savings"))

    return spoil


def _set_inactive(phone: Phone, account: str) -> None:
    phone.sandbox.send(operations.update_account(account, {"status": "inactive"}))


def own_cap(**caps: str) -> Spoil:
    def spoil(phone: Phone) -> None:
        answer = phone.call("PUT", "/v1/me/limits", json={"items": [{"kind": "own"} | caps]})
        assert answer.status_code == 200, answer.text

    return spoil


def bank_cap(per_transaction: str, per_day: str) -> Spoil:
    def spoil(phone: Phone) -> None:
        whole = 'per_transaction: {money: "50000.00"}, per_day: {money: "100000.00"}'
        lower = f'per_transaction: {{money: "{per_transaction}"}}, per_day: {{money: "{per_day}"}}'
        assert whole in HOLDING
        phone.sandbox.rules.override("limits", HOLDING.replace(whole, lower))

    return spoil


def edit(path: str, query: str = "", **changes: str) -> Spoil:
    def spoil(phone: Phone) -> None:
        stories.edited(phone, _first(phone, path, query), **changes)

    return spoil


def delete(path: str, query: str = "") -> Spoil:
    def spoil(phone: Phone) -> None:
        assert phone.call("DELETE", f"/v1{_first(phone, path, query)}").status_code == 204

    return spoil


def _first(phone: Phone, path: str, query: str) -> str:
    return f"{path}/{answered(phone.call('GET', f'/v1{path}', params={'q': query} if query else {}))['items'][0]['id']}"


def twin(order: Callable[[Phone], Order]) -> Spoil:
    """The same again, confirmed first."""

    def spoil(phone: Phone) -> None:
        everything.confirmed(phone, everything.made(phone, *order(phone)))

    return spoil


def pay_the_card(phone: Phone) -> None:
    card = phone.send(operations.list_cards())["items"][0]
    target = {"card_id": card["id"]}
    everything.confirmed(phone, everything.paid_card(phone, target, card["revolving_balance"]))


class Refusal(NamedTuple):
    order: Callable[[Phone], Order]
    spoil: Spoil
    status: int
    code: str


OWN, LUCIA, CARMEN = transfer("own"), transfer("cooperative", "Doña Lucía"), transfer("interbank", "Carmen")
FROM_ORIGIN = {
    "own transfer": OWN, "transfer to another": LUCIA, "interbank": CARMEN, "bill": bill, "top-up": top_up,
    "own card": own_card, "card elsewhere": elsewhere, "prepayment": prepayment, "schedule": schedule,
}  # fmt: skip
REFUSALS = {
    **{f"{name}: origin closed": Refusal(order, close(0), 422, "account_not_active")
       for name, order in FROM_ORIGIN.items()},
    "own transfer: destination closed": Refusal(OWN, close(1), 422, "destination_not_creditable"),
    "own transfer: own cap": Refusal(OWN, own_cap(per_transaction="12.33"), 422, "own_limit_exceeded"),
    "own transfer: own cap of the day": Refusal(OWN, own_cap(per_day="12.33"), 422, "own_limit_exceeded"),
    "own transfer: cap": Refusal(OWN, bank_cap("12.33", "100.00"), 422, "limit_exceeded"),
    "own transfer: cap of the day": Refusal(OWN, bank_cap("12.34", "12.33"), 422, "daily_limit_exceeded"),
    "another: destination closed": Refusal(LUCIA, close_of("premium"), 422, "destination_not_creditable"),
    "another: lower maximum": Refusal(
        LUCIA, edit("/beneficiaries", "Doña Lucía", maximum_amount="12.33"), 422, "beneficiary_limit_exceeded"
    ),
    "interbank: lower maximum": Refusal(
        CARMEN, edit("/beneficiaries", "Carmen", maximum_amount="12.33"), 422, "beneficiary_limit_exceeded"
    ),
    "interbank: deleted": Refusal(CARMEN, delete("/beneficiaries", "Carmen"), 404, "not_found"),
    "own card: paid": Refusal(own_card, pay_the_card, 422, "more_than_owed"),
    "card elsewhere: lower maximum": Refusal(
        elsewhere, edit("/external-cards", maximum_amount="60.99"), 422, "card_limit_exceeded"
    ),
    "card elsewhere: deleted": Refusal(elsewhere, delete("/external-cards"), 404, "not_found"),
    "deferral: paid": Refusal(deferral, pay_the_card, 422, "deferral_not_eligible"),
    "prepayment: paid off": Refusal(prepayment, twin(prepayment), 409, "deferral_not_active"),
    "saved service: twin": Refusal(saved_service, twin(saved_service), 409, "service_already_registered"),
    "new card: twin": Refusal(new_card, twin(new_card), 409, "card_already_registered"),
    "beneficiary: twin": Refusal(beneficiary, twin(beneficiary), 409, "beneficiary_exists"),
    "beneficiary: closed": Refusal(beneficiary, close_of("muchas-cuentas"), 404, "account_holder_not_found"),
}  # fmt: skip


def previewed(phone: Phone, order: Order) -> list[httpx.Response]:
    path, body = order
    return [phone.call("POST", f"/v1{path}/preview", json=body)] if path == "/transfers" else []


@pytest.mark.slow  # every refusal of every kind of order
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_what_the_code_is_refused_for_order_and_preview_are_refused_for(owner: Phone, refusal: Refusal) -> None:
    first, again = refusal.order(owner), refusal.order(owner)
    assert [answer.status_code for answer in previewed(owner, first)] in ([], [200])
    challenge = everything.made(owner, *first)["challenge"]["id"]
    refusal.spoil(owner)
    assert_problem(owner.call(owner.confirmation(challenge)), refusal.status, refusal.code)
    assert_problem(owner.call("POST", f"/v1{again[0]}", json=again[1]), refusal.status, refusal.code)
    for answer in previewed(owner, again):
        assert_problem(answer, refusal.status, refusal.code)
    assert owner.send(operations.get_challenge(challenge))["status"] == "pending"


@pytest.mark.parametrize("path", ["/beneficiaries", "/external-cards"])
def test_what_was_deleted_gets_no_higher_maximum(owner: Phone, path: str) -> None:
    raised = stories.raised(path)(owner)
    assert owner.call("DELETE", f"/v1{path}/{raised['id']}").status_code == 204
    assert_problem(owner.call(owner.confirmation(raised["challenge"]["id"])), 404, "not_found")
    again = owner.call("PATCH", f"/v1{path}/{raised['id']}", json={"maximum_amount": "9000.00"})
    assert_problem(again, 404, "not_found")


CAPS = {
    "own cap": own_cap(per_transaction="12.34", per_day="24.68"),
    "cap of the bank": bank_cap("12.34", "24.68"),
}


@pytest.mark.parametrize("cap", CAPS.values(), ids=CAPS)
def test_a_transfer_counts_once_against_its_day(owner: Phone, cap: Spoil) -> None:
    """Two of them are exactly what may be sent, at the order and at the code; a cent more is not."""
    orders = [everything.made(owner, *OWN(owner)) for _ in range(2)]
    cap(owner)
    for order in orders:
        everything.confirmed(owner, order)
    more = owner.order("0.01")
    code = "own_limit_exceeded" if cap is CAPS["own cap"] else "daily_limit_exceeded"
    assert_problem(owner.call("POST", "/v1/transfers/preview", json=more), 422, code)
    assert_problem(owner.call("POST", "/v1/transfers", json=more), 422, code)


def leave(phone: Phone, available: int) -> str:
    """A judge withholds all of the origin account but that many cents; the id of the hold."""
    origin = phone.savings()[0]
    whole = cents(origin["available_balance"])
    held = {"amount": f"{(whole - available) / 100:.2f}", "reason": "judicial"}
    return str(phone.sandbox.send(operations.hold_money(origin["id"], held))["id"])


def again(operation: Operation, phone: Phone) -> tuple[int, Callable[[], httpx.Response]]:
    """The total of an operation, and a way to order it again that may be refused."""
    placed = operation.place(phone)
    cancel(phone, placed["challenge"]["id"])
    order = ORDER_OF[operation.noun, placed.get("kind") or placed.get("institution") or placed.get("biller")]
    path, body = order(phone)
    if "amount" in body:
        body |= {"amount": placed["amount"]}
    return -operation.moved(placed)["origin"], lambda: phone.call("POST", f"/v1{path}", json=body)


ORDER_OF: dict[tuple[str, str | None], Callable[[Phone], Order]] = {
    ("transfer", "own"): OWN, ("transfer", "cooperative"): LUCIA, ("transfer", "interbank"): CARMEN,
    ("service_payment", "EEQ"): bill, ("service_payment", "Recarga Claro"): top_up,
    ("card_payment", "Cooprogreso"): own_card, ("card_payment", "Banco Amazonas"): elsewhere,
    ("deferral_prepayment", None): prepayment,
}  # fmt: skip


@pytest.mark.parametrize("operation", MOVING.values(), ids=MOVING)
def test_an_order_needs_its_total_to_the_cent(owner: Phone, operation: Operation) -> None:
    total, order = again(operation, owner)
    hold = leave(owner, total - 1)
    assert_problem(order(), 409, "insufficient_funds")
    assert owner.sandbox.call("DELETE", f"/_sandbox/holds/{hold}").status_code == 204
    leave(owner, total)
    answer = order()
    assert answer.status_code == 201, answer.text
    everything.confirmed(owner, answer.json())
    assert owner.available(owner.savings()[0]["id"]) == "0.00"
    owner.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize("operation", MOVING.values(), ids=MOVING)
def test_a_code_needs_the_total_to_the_cent_where_nothing_was_held(
    owner: Phone, ledger: Ledger, operation: Operation
) -> None:
    hold_funds(owner, "false")
    placed = operation.place(owner)
    moved = operation.moved(placed)
    hold = leave(owner, -moved["origin"] - 1)
    before = ledger.books()
    assert_problem(owner.call(owner.confirmation(placed["challenge"]["id"])), 409, "insufficient_funds")
    ledger.assert_changed(before)
    assert owner.sandbox.call("DELETE", f"/_sandbox/holds/{hold}").status_code == 204
    leave(owner, -moved["origin"])
    before = ledger.books()
    everything.confirmed(owner, placed)
    ledger.assert_changed(before, book=moved)


@pytest.mark.parametrize("kind", ["own", "cooperative", "interbank"])
def test_a_preview_needs_the_total_to_the_cent_and_holds_nothing(owner: Phone, ledger: Ledger, kind: str) -> None:
    path, body = {"own": OWN, "cooperative": LUCIA, "interbank": CARMEN}[kind](owner)
    total = cents(owner.call("POST", f"/v1{path}/preview", json=body).json()["total"])
    hold = leave(owner, total - 1)
    assert_problem(owner.call("POST", f"/v1{path}/preview", json=body), 409, "insufficient_funds")
    assert owner.sandbox.call("DELETE", f"/_sandbox/holds/{hold}").status_code == 204
    leave(owner, total)
    before = ledger.books()
    assert owner.call("POST", f"/v1{path}/preview", json=body).status_code == 200
    ledger.assert_changed(before)


def test_a_preview_needs_no_phone_on_file(owner: Phone) -> None:
    owner.sandbox.send(operations.update_member(owner.member["id"], {"phone": None}))
    assert owner.call("POST", "/v1/transfers/preview", json=owner.order("1.00")).status_code == 200
    assert_problem(owner.call("POST", "/v1/transfers", json=owner.order("1.00")), 409, "no_phone_on_file")


def test_a_bill_is_ordered_once(owner: Phone) -> None:
    (path, first), (_, second) = bill(owner), bill(owner)
    waiting = everything.made(owner, path, first)
    assert_problem(owner.call("POST", f"/v1{path}", json=second), 409, "bill_already_paid")
    cancel(owner, waiting["challenge"]["id"])
    everything.confirmed(owner, everything.made(owner, path, second))
    assert_problem(owner.call("POST", f"/v1{path}", json=first), 409, "bill_already_paid")
