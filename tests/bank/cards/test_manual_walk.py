"""The manual's chapter 6, «Pago Tarjetas», step by step."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing

NEW = {
    "number": "9999990000000014", "alias": "Mi otra tarjeta", "document_type": "cedula",
    "document_number": "1712345675", "holder_name": "Rosa Chicaiza", "maximum_amount": "300.00",
}  # fmt: skip


def card(phone: Phone) -> Json:
    return phone.send(operations.list_cards())["items"][0]


def pay(phone: Phone, amount: str, **to: str) -> Json:
    body = {"origin_account_id": phone.savings()[0]["id"], "amount": amount, "reference": "noviembre", **to}
    answer = phone.call("POST", "/v1/card-payments", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def confirmed(phone: Phone, made: Json) -> Json:
    answer = phone.call(phone.confirmation(made["challenge"]["id"]))
    assert answer.status_code == 200, answer.text
    return answer.json()["resource"]


def new_card(phone: Phone, **changes: str) -> Json:
    institution = phone.send(operations.list_institutions())["items"][0]["id"]
    return NEW | {"institution_id": institution} | changes


def test_paso_1_tarjetas_de_cooprogreso(phone: Phone) -> None:
    mine = card(phone)
    assert mine["number"].startswith("999X")
    assert float(mine["owed"]) == pytest.approx(864.60)
    assert float(mine["available"]) == pytest.approx(2500 - 864.60)
    assert (mine["minimum_payment"], mine["cut_off_date"], mine["overdue"]) == ("43.23", "2026-12-10", False)
    bought = phone.send(operations.list_card_purchases(mine["id"]))["items"]
    assert bought[0]["merchant"] == "Café de Prueba"


def test_paso_4_pagar_la_tarjeta_propia(phone: Phone) -> None:
    mine, before = card(phone), float(phone.savings()[0]["available_balance"])
    made = pay(phone, "100.00", card_id=mine["id"])
    assert made["total"] == "100.00"
    assert confirmed(phone, made)["status"] == "completed"
    after = card(phone)
    assert float(after["owed"]) == pytest.approx(764.60)
    assert after["minimum_payment"] == "0.00"
    assert float(phone.savings()[0]["available_balance"]) == pytest.approx(before - 100)
    phone.sandbox.ledger.assert_balanced()


def test_no_more_is_paid_than_is_owed(phone: Phone) -> None:
    mine = card(phone)
    body = {
        "origin_account_id": phone.savings()[0]["id"], "card_id": mine["id"], "amount": "864.61", "reference": "x",
    }  # fmt: skip
    assert_problem(phone.call("POST", "/v1/card-payments", json=body), 422, "more_than_owed")
    first, second = (pay(phone, "500.00", card_id=mine["id"]) for _ in range(2))
    confirmed(phone, first)
    assert_problem(phone.call(phone.confirmation(second["challenge"]["id"])), 422, "more_than_owed")
    phone.sandbox.clock.advance("PT10M")
    phone.sandbox.ledger.assert_balanced()


def test_the_reference_is_required_here(phone: Phone) -> None:
    body = {"origin_account_id": phone.savings()[0]["id"], "card_id": card(phone)["id"], "amount": "1.00"}
    answer = phone.call("POST", "/v1/card-payments", json=body)
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"reference": "required"}


def test_paso_3_nueva_tarjeta_y_pago_a_otro_banco(phone: Phone) -> None:
    made = phone.call("POST", "/v1/external-cards", json=new_card(phone)).json()
    assert phone.send(operations.list_external_cards())["items"] == []
    assert confirmed(phone, made)["status"] == "active"
    over = {
        "origin_account_id": phone.savings()[0]["id"], "external_card_id": made["id"], "amount": "300.01",
        "reference": "x",
    }  # fmt: skip
    assert_problem(phone.call("POST", "/v1/card-payments", json=over), 422, "card_limit_exceeded")
    paid = pay(phone, "50.00", external_card_id=made["id"])
    assert (paid["fee"], paid["tax"], paid["total"]) == ("0.36", "0.05", "50.41")
    done = confirmed(phone, paid)
    assert (done["status"], done["settles_at"]) == ("in_process", "2026-11-23T15:00:00-05:00")
    phone.sandbox.ledger.assert_balanced()
    phone.sandbox.clock.advance("PT6H")
    assert phone.log_in().send(operations.get_card_payment(paid["id"]))["status"] == "settled"
    phone.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"number": "9999990000000019"}, 422, "invalid_card_number"), ({"number": "12"}, 422, "validation_failed"),
        ({"document_number": "1712345676"}, 422, "invalid_holder_document"),
        ({"institution_id": "ins_" + "0" * 32}, 404, "not_found"),
    ],
)  # fmt: skip
def test_a_card_that_is_none_is_refused(phone: Phone, changes: Json, status: int, code: str) -> None:
    assert_problem(phone.call("POST", "/v1/external-cards", json=new_card(phone, **changes)), status, code)


def test_a_card_elsewhere_is_edited_and_deleted(phone: Phone) -> None:
    made = phone.call("POST", "/v1/external-cards", json=new_card(phone)).json()
    confirmed(phone, made)
    assert_problem(phone.call("POST", "/v1/external-cards", json=new_card(phone)), 409, "card_already_registered")
    path = f"/external-cards/{made['id']}"
    raised = phone.call("PATCH", f"/v1{path}", json={"alias": "Otra", "maximum_amount": "500.00"}).json()
    assert (raised["alias"], raised["maximum_amount"], raised["pending_maximum_amount"]) == ("Otra", "300.00", "500.00")
    assert confirmed(phone, raised)["maximum_amount"] == "500.00"
    assert phone.call("DELETE", f"/v1{path}").status_code == 204
    assert_problem(phone.call("GET", f"/v1{path}"), 404, "not_found")


def test_the_statement_rolls_with_the_clock(phone: Phone) -> None:
    phone.sandbox.clock.advance_to("2026-12-10T01:00:00-05:00")
    mine = card(phone.log_in())
    assert (mine["statement_balance"], mine["minimum_payment"]) == ("864.60", "43.23")
    assert (mine["due_date"], mine["cut_off_date"]) == ("2026-12-25", "2027-01-10")
    phone.sandbox.clock.advance("P1M")
    assert card(phone.log_in())["overdue"] is True  # nothing was paid


def test_paying_the_minimum_ends_what_is_overdue(bank: Sandbox) -> None:
    phone = bank.phone("tarjeta-vencida")
    mine = card(phone)
    assert mine["overdue"] is True
    confirmed(phone, pay(phone, mine["minimum_payment"], card_id=mine["id"]))
    assert card(phone)["overdue"] is False
