"""The manual's menu, and its chapters 7, «Preguntas Frecuentes», and 9, «Contacto»."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem, failing


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
    every = phone.send(operations.list_faqs())["items"]
    assert len(every) == 8
    found = phone.send(operations.list_faqs(q="CONTRASEÑA"))["items"]
    assert [faq["category"] for faq in found] == ["acceso"]
    assert {faq["category"] for faq in phone.send(operations.list_faqs(category="tarjetas"))["items"]} == {"tarjetas"}


def test_contacto(bank: Sandbox) -> None:
    channels = bank.call("GET", "/v1/contact-channels").json()["items"]
    assert {channel["kind"] for channel in channels} == {"phone", "whatsapp", "email", "web", "branch"}
    assert all(".test" in channel["value"] for channel in channels if channel["kind"] in ("email", "web"))
