"""The manual's chapter 4, «Transferencias»: the three kinds, as a member walks them."""

import pytest

from sandbox.testing import Phone, Sandbox
from tests.bank.transfers.test_interbank import send
from tests.bank.transfers.test_transfers import befriend, other_member, to_beneficiary


def test_transferencias_a_mis_cuentas_pasos_1_a_4(phone: Phone) -> None:
    origin, destination = phone.savings()[:2]
    made = phone.transfer("25.00")
    assert phone.confirm(made["challenge"]["id"])["resource"]["status"] == "completed"
    assert float(phone.available(destination["id"])) == pytest.approx(float(destination["available_balance"]) + 25)
    assert float(phone.available(origin["id"])) == pytest.approx(float(origin["available_balance"]) - 25)


def test_transferencias_cooprogreso_pasos_1_a_4(phone: Phone, bank: Sandbox) -> None:
    beneficiary = befriend(phone, other_member(bank, phone))
    made = phone.call("POST", "/v1/transfers", json=to_beneficiary(phone, beneficiary, "0.01", reference="Pago")).json()
    assert phone.confirm(made["challenge"]["id"])["resource"]["status"] == "completed"


def test_transferencias_interbancarias_pasos_1_a_4(phone: Phone) -> None:
    made = send(phone, amount="10.00")
    assert phone.confirm(made["challenge"]["id"])["resource"]["status"] == "in_process"
    phone.sandbox.ledger.assert_balanced()
