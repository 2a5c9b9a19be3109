"""«Transferencias Interbancarias»: fee, cycles, returns."""

import pytest

from sandbox.testing import Phone, operations
from tests.answers import Json, assert_problem, failing


def beneficiary(phone: Phone, alias: str) -> Json:
    found = phone.send(operations.list_beneficiaries(q=alias, kind="interbank"))["items"]
    assert len(found) == 1
    return found[0]


def send(phone: Phone, alias: str = "Carmen", amount: str = "100.00", **changes: object) -> Json:
    order = {
        "kind": "interbank", "origin_account_id": phone.savings()[0]["id"],
        "beneficiary_id": beneficiary(phone, alias)["id"], "amount": amount, "reference": "arriendo",
    } | changes  # fmt: skip
    made = phone.call("POST", "/v1/transfers", json=order)
    assert made.status_code == 201, made.text
    return made.json()


def test_the_fee_and_its_tax_are_the_senders(phone: Phone) -> None:
    before = float(phone.savings()[0]["available_balance"])
    made = send(phone)
    assert (made["fee"], made["tax"], made["total"]) == ("0.36", "0.05", "100.41")
    phone.confirm(made["challenge"]["id"])
    assert float(phone.savings()[0]["available_balance"]) == pytest.approx(before - 100.41)
    amounts = [item["amount"] for item in phone.send(operations.list_movements(made["origin_account_id"]))["items"][:3]]
    assert sorted(amounts) == ["-0.05", "-0.36", "-100.00"]
    phone.sandbox.ledger.assert_balanced()


def test_it_is_in_process_until_its_cycle_ends_and_then_settled(phone: Phone) -> None:
    made = send(phone, beneficiary_email="carmen@example.com")
    done = phone.confirm(made["challenge"]["id"])["resource"]
    assert (done["status"], done["settles_at"]) == ("in_process", "2026-11-23T15:00:00-05:00")
    phone.sandbox.ledger.assert_balanced()
    jobs = phone.sandbox.clock.advance_to("2026-11-23T15:00:00-05:00")["jobs"]
    mine = [(job["kind"], job["due_at"]) for job in jobs if job["subject"] == made["id"]]
    assert mine == [("transfer.settlement", "2026-11-23T15:00:00-05:00")]
    phone.log_in()
    assert phone.send(operations.get_transfer(made["id"]))["status"] == "settled"
    mail = phone.sandbox.send(operations.list_messages(to="carmen@example.com"))["items"]
    assert "100.00" in mail[-1]["text"]
    receipt = phone.send(operations.get_transfer_receipt(made["id"]))
    assert (receipt["fee"], receipt["tax"], receipt["destination"]["institution"]) == (
        "0.36",
        "0.05",
        "Banco Pichincha",
    )
    phone.sandbox.ledger.assert_balanced()


def test_money_to_a_magic_account_comes_back_without_the_fee(phone: Phone) -> None:
    before = float(phone.savings()[0]["available_balance"])
    made = send(phone, "Devuelta")
    phone.confirm(made["challenge"]["id"])
    phone.sandbox.clock.advance("P1D")
    phone.log_in()
    shown = phone.send(operations.get_transfer(made["id"]))
    assert (shown["status"], shown["return_reason"]) == ("returned", "destination_missing")
    assert float(phone.savings()[0]["available_balance"]) == pytest.approx(before - 0.41)
    back = phone.send(operations.list_movements(made["origin_account_id"]))["items"][0]
    assert back["amount"] == "100.00"
    assert "NC DEVOLUCION" in back["concept"]
    assert phone.send(operations.list_notifications())["items"][1]["kind"] == "transfer_returned"
    phone.sandbox.ledger.assert_balanced()


def test_the_preview_tells_fee_and_settlement(phone: Phone) -> None:
    order = {
        "kind": "interbank", "origin_account_id": phone.savings()[0]["id"],
        "beneficiary_id": beneficiary(phone, "Carmen")["id"], "amount": "10.00",
    }  # fmt: skip
    preview = phone.call("POST", "/v1/transfers/preview", json=order).json()
    assert (preview["total"], preview["settles_at"]) == ("10.41", "2026-11-23T15:00:00-05:00")


def test_a_beneficiary_is_for_its_own_kind_of_transfer(phone: Phone) -> None:
    order = {
        "kind": "cooperative", "origin_account_id": phone.savings()[0]["id"],
        "beneficiary_id": beneficiary(phone, "Carmen")["id"], "amount": "10.00",
    }  # fmt: skip
    assert_problem(phone.call("POST", "/v1/transfers", json=order), 422, "beneficiary_kind_mismatch")


def test_a_year_of_settlements_leaves_nothing_on_the_way(phone: Phone) -> None:
    for _ in range(3):
        phone.confirm(send(phone, amount="1.00"))
    phone.sandbox.clock.advance("P1Y")
    phone.sandbox.ledger.assert_balanced()
    assert {item["status"] for item in phone.log_in().send(operations.list_transfers())["items"]} == {"settled"}


NEW = {
    "kind": "interbank", "account_type": "savings", "account_number": "2200112233", "document_type": "cedula",
    "document_number": "1712345675", "holder_name": "Alguien Más", "maximum_amount": "500.00", "alias": "Alguien",
}  # fmt: skip


def registered(phone: Phone, **changes: object) -> Json:
    institution = next(
        item for item in phone.send(operations.list_institutions())["items"] if item["name"] == "Banco Guayaquil"
    )
    answer = phone.call("POST", "/v1/beneficiaries", json=NEW | {"institution_id": institution["id"]} | changes)
    assert answer.status_code == 201, answer.text
    phone.confirm(answer.json())
    return answer.json()


def test_administracion_de_beneficiarios_editar(phone: Phone) -> None:
    made = registered(phone)
    form = phone.send(operations.get_beneficiary(made["id"]))
    assert (form["account_number"], form["document_number"]) == ("2200112233", "1712345675")
    edited = phone.call("PATCH", f"/v1/beneficiaries/{made['id']}", json={"alias": "Otro", "maximum_amount": "400.00"})
    assert (edited.json()["alias"], edited.json()["maximum_amount"]) == ("Otro", "400.00")
    raised = phone.call("PATCH", f"/v1/beneficiaries/{made['id']}", json={"maximum_amount": "900.00"}).json()
    assert (raised["maximum_amount"], raised["pending_maximum_amount"]) == ("400.00", "900.00")
    phone.confirm(raised["challenge"]["id"])
    assert phone.send(operations.get_beneficiary(made["id"]))["maximum_amount"] == "900.00"
    answer = phone.call("PATCH", f"/v1/beneficiaries/{made['id']}", json={"account_number": "1"})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"account_number": "unknown_field"}


def test_a_raise_that_is_cancelled_leaves_the_maximum(phone: Phone) -> None:
    made = registered(phone)
    raised = phone.call("PATCH", f"/v1/beneficiaries/{made['id']}", json={"maximum_amount": "900.00"}).json()
    phone.call("DELETE", f"/v1/challenges/{raised['challenge']['id']}")
    shown = phone.send(operations.get_beneficiary(made["id"]))
    assert (shown["maximum_amount"], shown["pending_maximum_amount"]) == ("500.00", None)


def test_administracion_de_beneficiarios_eliminar_keeps_the_history(phone: Phone) -> None:
    made = registered(phone)
    transfer = send(phone, "Alguien", "5.00")
    phone.confirm(transfer["challenge"]["id"])
    assert phone.call("DELETE", f"/v1/beneficiaries/{made['id']}").status_code == 204
    assert_problem(phone.call("GET", f"/v1/beneficiaries/{made['id']}"), 404, "not_found")
    assert phone.send(operations.get_transfer(transfer["id"]))["destination"]["name"] == "Alguien Más"
    registered(phone)  # and it may be registered again


def test_a_transfer_to_a_beneficiary_deleted_meanwhile_is_not_run(phone: Phone) -> None:
    made = registered(phone)
    transfer = send(phone, "Alguien", "5.00")
    phone.call("DELETE", f"/v1/beneficiaries/{made['id']}")
    assert_problem(phone.call(phone.confirmation(transfer["challenge"]["id"])), 404, "not_found")
    phone.sandbox.clock.advance("PT10M")
    phone.sandbox.ledger.assert_balanced()


@pytest.mark.parametrize("search", ["%", "_", "\\", "nadie", "' OR 1=1 --"])
def test_a_search_takes_its_text_literally(phone: Phone, search: str) -> None:
    assert phone.send(operations.list_beneficiaries(q=search))["items"] == []


def test_a_holder_document_must_be_one(phone: Phone) -> None:
    institution = phone.send(operations.list_institutions())["items"][0]["id"]
    body = NEW | {"institution_id": institution, "document_number": "1712345676"}
    assert_problem(phone.call("POST", "/v1/beneficiaries", json=body), 422, "invalid_holder_document")
    body = NEW | {"institution_id": "ins_" + "0" * 32}
    assert_problem(phone.call("POST", "/v1/beneficiaries", json=body), 404, "not_found")


def test_our_own_cooperative_is_no_other_institution(phone: Phone) -> None:
    names = [item["name"] for item in phone.send(operations.list_institutions())["items"]]
    assert "Cooperativa Progreso" not in names
    assert len(names) == 30
