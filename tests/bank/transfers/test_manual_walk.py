"""The manual's chapters 2, 3 and 4 as a member walks them: summary, movements, the three kinds of transfers."""

import pytest

from tests.bank.transfers.test_interbank import send
from tests.bank.transfers.test_transfers import befriend, other_member, to_beneficiary
from tests.support import Phone, Sandbox


def test_resumen_de_productos_paso_1(phone: Phone) -> None:
    accounts = phone.accounts()
    assert [account["name"] for account in accounts].count("Cuenta de Ahorros") == 2
    assert accounts[-1]["name"] == "Certificados de Aportación"
    assert phone.get("/me")["greeting"].startswith("¡Hola ")


def test_detalle_de_movimientos_paso_1(bank: Sandbox) -> None:
    phone = bank.phone(bank.persona("retencion-judicial"))
    account = phone.get(f"/accounts/{phone.savings()[0]['id']}")
    assert (account["book_balance"], account["available_balance"]) == ("5.65", "0.90")
    found = phone.get(f"/accounts/{account['id']}/movements", params={"from": "2026-01-01", "to": "2026-12-31"})
    assert found["items"]


def test_transferencias_a_mis_cuentas_pasos_1_a_4(phone: Phone) -> None:
    origin, destination = phone.savings()[:2]
    made = phone.transfer("25.00")
    assert phone.confirm(made["challenge"]["id"]).json()["resource"]["status"] == "completed"
    assert float(phone.available(destination["id"])) == pytest.approx(float(destination["available_balance"]) + 25)
    assert float(phone.available(origin["id"])) == pytest.approx(float(origin["available_balance"]) - 25)


def test_transferencias_cooprogreso_pasos_1_a_4(phone: Phone, bank: Sandbox) -> None:
    beneficiary = befriend(phone, other_member(bank, phone))
    made = phone.call("POST", "/transfers", json=to_beneficiary(phone, beneficiary, "0.01", reference="Pago")).json()
    assert phone.confirm(made["challenge"]["id"]).json()["resource"]["status"] == "completed"


def test_transferencias_interbancarias_pasos_1_a_4(phone: Phone) -> None:
    made = send(phone, amount="10.00")
    assert phone.confirm(made["challenge"]["id"]).json()["resource"]["status"] == "in_process"
    phone.bank.assert_balanced()
