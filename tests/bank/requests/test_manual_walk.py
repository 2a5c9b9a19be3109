"""Chapters 7, 9, 10 and 11, and the app's own questions."""

import pytest

from tests.support import Phone, Sandbox, assert_problem, failing


def test_menu_de_opciones(bank: Sandbox) -> None:
    info = bank.call("GET", "/v1/app", headers={"X-App-Version": "3.0.0"}).json()
    assert len(info["menu"]) == 11
    assert info["menu"][3]["title"] == "Transferencias"
    assert bank.call("GET", "/v1/app", headers={"Accept-Language": "en"}).json()["menu"][3]["title"] == "Transfers"


@pytest.mark.parametrize("version", ["2.9.9", "0.0.1", "2.10.0"])
def test_an_app_too_old_must_be_updated(bank: Sandbox, version: str) -> None:
    answer = bank.call("GET", "/v1/app", headers={"X-App-Version": version})
    assert_problem(answer, 426, "app_update_required")


@pytest.mark.parametrize("version", ["x", "3", "3.0", "-1.0.0", "3.0.0.0"])
def test_what_is_no_version_is_told(bank: Sandbox, version: str) -> None:
    answer = bank.call("GET", "/v1/app", headers={"X-App-Version": version})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"X-App-Version": "bad_version"}


def test_preguntas_frecuentes(phone: Phone) -> None:
    every = phone.get("/faqs")["items"]
    assert len(every) == 8
    found = phone.get("/faqs", params={"q": "CONTRASEÑA"})["items"]
    assert [faq["category"] for faq in found] == ["acceso"]
    assert {faq["category"] for faq in phone.get("/faqs", params={"category": "tarjetas"})["items"]} == {"tarjetas"}


def test_contacto(bank: Sandbox) -> None:
    channels = bank.call("GET", "/v1/contact-channels").json()["items"]
    assert {channel["kind"] for channel in channels} == {"phone", "whatsapp", "email", "web", "branch"}
    assert all(".test" in channel["value"] for channel in channels if channel["kind"] in ("email", "web"))


def test_solicita_tus_productos(phone: Phone) -> None:
    products = {each["name"]: each for each in phone.get("/requestable-products")["items"]}
    deposit = products["Depósito a plazo"]
    assert deposit["minimum_amount"] == "200.00"
    for amount, code in (({}, "required"), ({"amount": "199.99"}, "too_small")):
        answer = phone.call("POST", "/product-requests", json={"product_id": deposit["id"], **amount})
        assert failing(assert_problem(answer, 422, "validation_failed")) == {"amount": code}
    made = phone.call("POST", "/product-requests", json={"product_id": deposit["id"], "amount": "200.00"}).json()
    assert made["status"] == "received"
    phone.bank.advance("PT4H")
    assert phone.log_in().get(f"/product-requests/{made['id']}")["status"] == "in_review"
    phone.bank.advance("P2D")
    assert phone.log_in().get(f"/product-requests/{made['id']}")["status"] == "answered"
    later = phone.bank.advance("P1Y")["jobs"]
    assert [job for job in later if job["kind"] == "product_request.progress"] == []


def test_recomendar(phone: Phone) -> None:
    invitation = phone.get("/referrals/invitation")
    assert invitation["code"] in invitation["link"]
    assert invitation["link"] in invitation["text"]
    made = phone.call("POST", "/referrals", json={"name": "Ana", "phone": "0987654321"}).json()
    assert made["phone"] == "09XXXXXX21"
    sms = phone.bank.control("GET", "/messages", params={"to": "0987654321"})["items"]
    assert invitation["link"] in sms[-1]["text"]
    again = phone.call("POST", "/referrals", json={"name": "Ana", "phone": "0987654321"})
    assert_problem(again, 409, "already_referred")
    assert len(phone.get("/referrals")["items"]) == 1
