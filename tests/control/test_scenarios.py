"""The list of what to try says what happens."""

from typing import Any

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem


def scenarios(bank: Sandbox, language: str = "es") -> dict[str, Json]:
    answer = bank.call("GET", "/_sandbox/scenarios", headers={"Accept-Language": language})
    return {each["id"]: each for each in answer.json()["items"]}


def test_every_persona_is_there_with_its_way_in(bank: Sandbox) -> None:
    found = scenarios(bank)
    personas = {each["persona"]: each for each in bank.members.all() if each["persona"]}
    assert {name for name in found if name.startswith("persona.")} == {f"persona.{name}" for name in personas}
    for name, member in personas.items():
        assert found[f"persona.{name}"]["send"] == {"username": member["username"], "password": member["password"]}
        assert found[f"persona.{name}"]["what"] == member["description"]


def test_it_is_told_in_spanish_and_in_english(bank: Sandbox) -> None:
    spanish, english = scenarios(bank, "es"), scenarios(bank, "en")
    assert spanish.keys() == english.keys()
    same = [name for name in spanish if spanish[name]["what"] == english[name]["what"]]
    assert not same


def test_every_amount_that_is_refused_is_refused_as_listed(phone: Phone) -> None:
    """At the stage it says: the second check refuses what the first one let pass."""
    amounts = [each for each in scenarios(phone.sandbox).values() if each["operation_id"] == "createTransfer"]
    assert amounts
    for each in amounts:
        phone.transfer(**each["send"])
        assert phone.refused(phone.confirmation()).code == each["expect"]


@pytest.mark.parametrize("outcome", ["no_debt", "unknown_reference", "biller_unavailable"])
def test_every_reference_steers_its_inquiry(phone: Phone, outcome: str) -> None:
    ends = scenarios(phone.sandbox)[f"services.{outcome}"]["send"]["reference"].removeprefix("…")
    billers: list[dict[str, Any]] = phone.send(operations.list_billers())["items"]
    biller = next(each for each in billers if each["reference_example"].isdigit())
    reference = biller["reference_example"][: -len(ends)] + ends
    answer = phone.call("POST", "/v1/bill-inquiries", json={"biller_id": biller["id"], "reference": reference})
    if outcome == "no_debt":
        assert answer.json()["status"] == "no_debt"
    else:
        status, code = {"unknown_reference": (404, "reference_unknown"), "biller_unavailable": (503, outcome)}[outcome]
        assert_problem(answer, status, code)


def test_every_destination_is_returned_for_its_reason(phone: Phone) -> None:
    institution = phone.send(operations.list_institutions())["items"][0]["id"]
    for name, each in scenarios(phone.sandbox).items():
        if not name.startswith("settlement."):
            continue
        made = phone.call("POST", "/v1/beneficiaries", json={
                **each["send"], "institution_id": institution, "account_type": "savings", "alias": name[-12:],
                "holder_name": "Rosa Prueba", "document_type": "cedula", "document_number": "1712345675",
                "maximum_amount": "100.00",
            })  # fmt: skip
        assert made.status_code == 201, made.text
        phone.confirm(made.json())
        order = {
            "kind": "interbank", "origin_account_id": phone.savings()[0]["id"], "beneficiary_id": made.json()["id"],
            "amount": "3.00", "reference": "x",
        }  # fmt: skip
        transfer = phone.call("POST", "/v1/transfers", json=order).json()
        phone.confirm(transfer["challenge"]["id"])
        phone.sandbox.clock.advance("P5D")
        phone.log_in()
        told = phone.send(operations.get_transfer(transfer["id"]))
        assert told["status"] == each["expect"]
        assert told["return_reason"] == name.removeprefix("settlement.")


def test_an_old_app_and_a_rehearsal(phone: Phone) -> None:
    found = scenarios(phone.sandbox)
    old = found["app.update_required"]
    assert_problem(phone.sandbox.call("GET", "/v1/app", headers=old["send"]), 426, old["expect"])
    rehearsal = found["rehearsal.any_problem"]
    answer = phone.call("POST", "/v1/transfers", json=phone.order(), headers=rehearsal["send"])
    assert_problem(answer, 409, rehearsal["expect"])
