"""An answer is in the language that its request prefers, a message in that of the member it is for."""

import pytest

from tests.bank.access.test_manual_walk import identity
from tests.everything import confirmed, made
from tests.support import Json, Phone, Sandbox, assert_problem

ENGLISH = {"Accept-Language": "en"}


def in_english(phone: Phone, path: str) -> Json:
    return phone.get(path, headers=ENGLISH)


def speaks(phone: Phone, language: str) -> None:
    path = f"/members/{phone.member['id']}"
    assert phone.bank.control("PATCH", path, json={"language": language})["language"] == language


def last_message(bank: Sandbox) -> str:
    return str(bank.control("GET", "/messages", params={"limit": 200})["items"][-1]["text"])


def test_products_are_named_in_the_language_of_the_request(bank: Sandbox) -> None:
    phone = bank.phone(bank.persona("premium"))
    names = [
        {item["name"] for group in answer["groups"] for item in group["items"]}
        for answer in (phone.get("/products"), in_english(phone, "/products"))
    ]
    assert {"Cuenta de Ahorros", "Certificados de Aportación", "Depósito a plazo", "Crédito de vivienda"} <= names[0]
    assert {"Savings Account", "Share Certificates", "Term deposit", "Home loan"} <= names[1]
    assert names[0] & names[1] <= {"Visa Cooprogreso"}
    account = phone.savings()[0]["id"]
    assert phone.get(f"/accounts/{account}")["name"] == "Cuenta de Ahorros"
    assert in_english(phone, f"/accounts/{account}")["name"] == "Savings Account"


def test_the_same_notices_are_read_in_either_language(phone: Phone) -> None:
    confirmed(phone, phone.transfer("1.00"))
    spanish, english = (
        answer["items"] for answer in (phone.get("/me/notifications"), in_english(phone, "/me/notifications"))
    )
    assert [each["id"] for each in spanish] == [each["id"] for each in english]
    assert spanish[0]["title"] == "Transferencia realizada"
    assert spanish[0]["text"].startswith("Transferiste $1.00 a ")
    assert english[0]["title"] == "Transfer made"
    assert english[0]["text"].startswith("You transferred $1.00 to ")


def test_a_phrase_in_a_notice_is_told_in_the_language_of_the_notice(phone: Phone) -> None:
    product = next(each for each in phone.get("/requestable-products")["items"] if each["minimum_amount"] is None)
    asked = made(phone, "/product-requests", {"product_id": product["id"]})
    named = in_english(phone, "/requestable-products")["items"]
    name = next(each["name"] for each in named if each["id"] == product["id"])
    assert name != product["name"]
    assert in_english(phone, f"/product-requests/{asked['id']}")["product"] == name
    assert in_english(phone, "/product-requests")["items"][0]["product"] == name
    assert asked["product"] == product["name"]
    phone.bank.advance("P2D")
    phone.log_in()
    told = [
        next(each["text"] for each in answer["items"] if each["kind"] == "product_request")
        for answer in (phone.get("/me/notifications"), in_english(phone, "/me/notifications"))
    ]
    assert told[0].startswith(f"{product['name']}: ")
    assert told[1].startswith(f"{name}: ")


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_transfer_that_comes_back_says_why_in_the_language_of_the_request(phone: Phone, language: str) -> None:
    returned = {
        "institution_id": phone.get("/institutions")["items"][0]["id"], "kind": "interbank",
        "account_type": "savings", "account_number": "2200000001", "document_type": "cedula",
        "document_number": "1712345675", "holder_name": "Alguien", "maximum_amount": "100.00",
    }  # fmt: skip
    beneficiary = confirmed(phone, made(phone, "/beneficiaries", returned))["id"]
    order = {
        "kind": "interbank", "origin_account_id": phone.savings()[0]["id"], "beneficiary_id": beneficiary,
        "amount": "1.00", "reference": "x",
    }  # fmt: skip
    confirmed(phone, made(phone, "/transfers", order))
    phone.bank.advance("P5D")
    phone.log_in()
    notices = phone.get("/me/notifications", headers={"Accept-Language": language})["items"]
    text = next(each["text"] for each in notices if each["kind"] == "transfer_returned")
    ends = {"es": "La cuenta de destino no existe.", "en": "The destination account does not exist."}
    assert text.endswith(ends[language])


def test_codes_are_sent_in_the_language_of_the_member(phone: Phone, bank: Sandbox) -> None:
    first = phone.transfer("1.00")["challenge"]["id"]
    assert "tu código de seguridad es" in last_message(bank)
    speaks(phone, "en")
    answer = phone.call("POST", "/transfers", json=phone.order("1.00"), headers={"Accept-Language": "es"})
    second = answer.json()["challenge"]["id"]
    assert "your security code is" in last_message(bank)
    bank.advance("PT2M")
    for challenge, words in ((first, "tu código de seguridad es"), (second, "your security code is")):
        assert phone.call("POST", f"/challenges/{challenge}/resend").status_code == 200
        assert words in last_message(bank)  # a code sent again is in the language of the first
    speaks(phone, "es")
    phone.transfer("1.00")
    assert "tu código de seguridad es" in last_message(bank)


def test_so_is_what_goes_out_before_there_is_a_session(phone: Phone, bank: Sandbox) -> None:
    speaks(phone, "en")
    started = bank.call("POST", "/v1/recoveries/username", json=identity(phone.member)).json()["challenge"]["id"]
    assert "your security code is" in last_message(bank)
    assert bank.call("POST", f"/v1/challenges/{started}/confirm", json={"code": bank.code(started)}).status_code == 200
    assert "your username is" in last_message(bank)
    assert phone.call("POST", "/referrals", json={"name": "Ana", "phone": "0991234567"}).status_code == 201
    assert last_message(bank).startswith("I recommend ")


def test_an_invitation_is_in_the_language_of_the_request(phone: Phone) -> None:
    assert phone.get("/referrals/invitation")["text"].startswith("Te recomiendo ")
    assert in_english(phone, "/referrals/invitation")["text"].startswith("I recommend ")


def test_a_member_is_made_with_a_language(bank: Sandbox) -> None:
    made_member = bank.control("POST", "/members", json={"language": "en", "accounts": [{"balance": "9.00"}] * 2})
    assert made_member["language"] == "en"
    bank.phone(made_member).transfer("1.00")
    assert "your security code is" in last_message(bank)
    assert {member["language"] for member in bank.members() if member["id"] != made_member["id"]} == {"es"}


def test_there_are_two_languages(phone: Phone, bank: Sandbox) -> None:
    answer = bank.call("PATCH", f"/_sandbox/members/{phone.member['id']}", json={"language": "qu"})
    (error,) = assert_problem(answer, 422, "validation_failed")["errors"]
    assert (error["field"], error["code"], error["message"]) == (
        "language", "not_an_option", "Debe ser una de: es o en.",
    )  # fmt: skip
