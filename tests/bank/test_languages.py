"""An answer is in the language that its request prefers, a message in that of the member it is for."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, answered, assert_problem
from tests.bank.access.test_manual_walk import identity
from tests.bank.test_another_institution import printed
from tests.everything import confirmed, made

ENGLISH = {"Accept-Language": "en"}


def in_english(phone: Phone, path: str) -> Json:
    return answered(phone.call("GET", f"/v1{path}", headers=ENGLISH))


def speaks(phone: Phone, language: str) -> None:
    path = f"/members/{phone.member['id']}"
    assert (
        answered(phone.sandbox.call("PATCH", f"/_sandbox{path}", json={"language": language}))["language"] == language
    )


def last_message(bank: Sandbox) -> str:
    return str(bank.send(operations.list_messages(limit=200))["items"][-1]["text"])


def test_products_are_named_in_the_language_of_the_request(bank: Sandbox) -> None:
    phone = bank.phone("premium")
    names = [
        {item["name"] for group in answer["groups"] for item in group["items"]}
        for answer in (phone.products(), in_english(phone, "/products"))
    ]
    assert {"Cuenta de Ahorros", "Certificados de Aportación", "Depósito a plazo", "Crédito de vivienda"} <= names[0]
    assert {"Savings Account", "Share Certificates", "Term deposit", "Home loan"} <= names[1]
    assert names[0] & names[1] <= {"Visa Cooprogreso"}
    account = phone.savings()[0]["id"]
    assert phone.send(operations.get_account(account))["name"] == "Cuenta de Ahorros"
    assert in_english(phone, f"/accounts/{account}")["name"] == "Savings Account"


def test_groups_of_products_have_titles_in_the_language_of_the_request(bank: Sandbox) -> None:
    phone = bank.phone("premium")
    titles = [
        [group["title"] for group in answer["groups"]] for answer in (phone.products(), in_english(phone, "/products"))
    ]
    assert titles == [
        ["Cuentas", "Créditos", "Depósitos a plazo"],
        ["Accounts", "Loans", "Term deposits"],
    ]


def test_the_greeting_is_in_the_language_of_the_request(phone: Phone, bank: Sandbox) -> None:
    names = phone.send(operations.get_profile())["first_names"]
    told = phone.send(operations.get_session())["member"]["greeting"], phone.send(operations.get_profile())["greeting"]
    assert told == (f"¡Hola {names}!", f"¡Hola {names}!")
    told = in_english(phone, "/sessions/current")["member"]["greeting"], in_english(phone, "/me")["greeting"]
    assert told == (f"Hello {names}!", f"Hello {names}!")
    opened = bank.call("POST", "/v1/sessions", json=phone.credentials(), headers=ENGLISH).json()
    assert opened["member"]["greeting"] == f"Hello {names}!"
    token = {"refresh_token": opened["refresh_token"]}
    renewed = bank.call("POST", "/v1/sessions/refresh", json=token, headers=ENGLISH).json()
    assert renewed["member"]["greeting"] == f"Hello {names}!"


def test_movements_are_told_and_sorted_alike_in_both_languages(phone: Phone) -> None:
    confirmed(phone, phone.transfer("1.00"))
    path = f"/accounts/{phone.savings()[0]['id']}/movements"
    for sort in ("date", "concept"):
        spanish, english = (
            answered(
                phone.call(
                    "GET", f"/v1{path}", params={"sort": sort, "limit": 200}, headers={"Accept-Language": language}
                )
            )["items"]
            for language in ("es", "en")
        )
        assert [each["id"] for each in spanish] == [each["id"] for each in english]
        codes = [[each["concept"].split(" - ")[0] for each in told] for told in (spanish, english)]
        assert codes[0] == codes[1]
        assert {each["concept"] for each in spanish}.isdisjoint(each["concept"] for each in english)
    (sent,) = (each for each in english if each["concept"].startswith("1630 - "))
    assert sent["concept"] == "1630 - DR TRANSFER BETWEEN OWN ACCOUNTS"


def test_a_page_by_concept_goes_on_in_the_other_language(phone: Phone) -> None:
    path, params = f"/accounts/{phone.savings()[0]['id']}/movements", {"sort": "concept", "limit": 5}
    whole = [each["id"] for each in answered(phone.call("GET", f"/v1{path}", params=params | {"limit": 200}))["items"]]
    first = answered(phone.call("GET", f"/v1{path}", params=params, headers=ENGLISH))
    second = answered(phone.call("GET", f"/v1{path}", params=params | {"cursor": first["next_cursor"]}))
    assert [each["id"] for each in first["items"] + second["items"]] == whole[:10]


@pytest.mark.parametrize(
    ("language", "heading", "name", "concept"),
    [
        ("es", "fecha,concepto,referencia,monto,saldo", "movimientos.csv", "1630 - ND TRANSFERENCIA ENTRE MIS CUENTAS"),
        ("en", "date,concept,reference,amount,balance", "movements.csv", "1630 - DR TRANSFER BETWEEN OWN ACCOUNTS"),
    ],
)
def test_the_export_is_in_the_language_of_the_request(
    phone: Phone, language: str, heading: str, name: str, concept: str
) -> None:
    confirmed(phone, phone.transfer("1.00"))
    headers = {"Accept": "text/csv", "Accept-Language": language}
    answer = phone.call("GET", f"/v1/accounts/{phone.savings()[0]['id']}/movements", headers=headers)
    first, latest = answer.text.splitlines()[:2]
    assert first == heading
    assert concept in latest
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("language", "title", "kind", "name"),
    [
        ("es", "Comprobante de transferencia", ["Tipo", "Entre mis cuentas"], "comprobante-"),
        ("en", "Transfer receipt", ["Type", "Between own accounts"], "receipt-"),
    ],
)
def test_a_receipt_is_printed_in_the_language_of_the_request(
    phone: Phone, language: str, title: str, kind: list[str], name: str
) -> None:
    made_transfer = confirmed(phone, phone.transfer("1.00"))
    headers = {"Accept": "application/pdf", "Accept-Language": language}
    answer = phone.call("GET", f"/v1/transfers/{made_transfer['id']}/receipt", headers=headers)
    lines = printed(answer.content).splitlines()
    assert lines[1] == title
    assert lines[lines.index(kind[0]) + 1] == kind[1]
    assert answer.headers["content-disposition"].startswith(f'inline; filename="{name}')


@pytest.mark.parametrize(
    ("language", "words"), [("es", "Recibiste una transferencia de"), ("en", "You received a transfer of")]
)
@pytest.mark.parametrize("kind", ["cooperative", "interbank"])
def test_an_e_mail_to_a_beneficiary_is_in_the_language_of_the_sender(
    bank: Sandbox, kind: str, language: str, words: str
) -> None:
    sender = bank.phone("interbancaria-en-camino" if kind == "interbank" else "al-dia")
    speaks(sender, language)
    known = sender.send(operations.list_beneficiaries(kind=kind))["items"][0]["id"]
    order = {
        "kind": kind, "origin_account_id": sender.savings()[0]["id"], "beneficiary_id": known, "amount": "1.00",
        "reference": "x", "beneficiary_email": "ana@example.com",
    }  # fmt: skip
    confirmed(sender, made(sender, "/transfers", order))
    bank.clock.advance("P5D")
    sent = bank.send(operations.list_messages(to="ana@example.com"))["items"]
    assert [each["text"].startswith(words) for each in sent] == [True]


def test_the_same_notices_are_read_in_either_language(phone: Phone) -> None:
    confirmed(phone, phone.transfer("1.00"))
    spanish, english = (
        answer["items"]
        for answer in (phone.send(operations.list_notifications()), in_english(phone, "/me/notifications"))
    )
    assert [each["id"] for each in spanish] == [each["id"] for each in english]
    assert spanish[0]["title"] == "Transferencia realizada"
    assert spanish[0]["text"].startswith("Transferiste $1.00 a ")
    assert english[0]["title"] == "Transfer made"
    assert english[0]["text"].startswith("You transferred $1.00 to ")


def test_a_phrase_in_a_notice_is_told_in_the_language_of_the_notice(phone: Phone) -> None:
    product = next(
        each for each in phone.send(operations.list_requestable_products())["items"] if each["minimum_amount"] is None
    )
    asked = made(phone, "/product-requests", {"product_id": product["id"]})
    named = in_english(phone, "/requestable-products")["items"]
    name = next(each["name"] for each in named if each["id"] == product["id"])
    assert name != product["name"]
    assert in_english(phone, f"/product-requests/{asked['id']}")["product"] == name
    assert in_english(phone, "/product-requests")["items"][0]["product"] == name
    assert asked["product"] == product["name"]
    phone.sandbox.clock.advance("P2D")
    phone.log_in()
    told = [
        next(each["text"] for each in answer["items"] if each["kind"] == "product_request")
        for answer in (phone.send(operations.list_notifications()), in_english(phone, "/me/notifications"))
    ]
    assert told[0].startswith(f"{product['name']}: ")
    assert told[1].startswith(f"{name}: ")


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_transfer_that_comes_back_says_why_in_the_language_of_the_request(phone: Phone, language: str) -> None:
    returned = {
        "institution_id": phone.send(operations.list_institutions())["items"][0]["id"], "kind": "interbank",
        "account_type": "savings", "account_number": "2200000001", "document_type": "cedula",
        "document_number": "1712345675", "holder_name": "Alguien", "maximum_amount": "100.00",
    }  # fmt: skip
    beneficiary = confirmed(phone, made(phone, "/beneficiaries", returned))["id"]
    order = {
        "kind": "interbank", "origin_account_id": phone.savings()[0]["id"], "beneficiary_id": beneficiary,
        "amount": "1.00", "reference": "x",
    }  # fmt: skip
    confirmed(phone, made(phone, "/transfers", order))
    phone.sandbox.clock.advance("P5D")
    phone.log_in()
    notices = phone.send(operations.list_notifications(), {"Accept-Language": language})["items"]
    text = next(each["text"] for each in notices if each["kind"] == "transfer_returned")
    ends = {"es": "La cuenta de destino no existe.", "en": "The destination account does not exist."}
    assert text.endswith(ends[language])


def test_codes_are_sent_in_the_language_of_the_member(phone: Phone, bank: Sandbox) -> None:
    first = phone.transfer("1.00")["challenge"]["id"]
    assert "tu código de seguridad es" in last_message(bank)
    speaks(phone, "en")
    answer = phone.call("POST", "/v1/transfers", json=phone.order("1.00"), headers={"Accept-Language": "es"})
    second = answer.json()["challenge"]["id"]
    assert "your security code is" in last_message(bank)
    bank.clock.advance("PT2M")
    for challenge, words in ((first, "tu código de seguridad es"), (second, "your security code is")):
        assert phone.call("POST", f"/v1/challenges/{challenge}/resend").status_code == 200
        assert words in last_message(bank)  # a code sent again is in the language of the first
    speaks(phone, "es")
    phone.transfer("1.00")
    assert "tu código de seguridad es" in last_message(bank)


def test_so_is_what_goes_out_before_there_is_a_session(phone: Phone, bank: Sandbox) -> None:
    speaks(phone, "en")
    started = bank.call("POST", "/v1/recoveries/username", json=identity(phone.member)).json()["challenge"]["id"]
    assert "your security code is" in last_message(bank)
    assert (
        bank.call("POST", f"/v1/challenges/{started}/confirm", json={"code": bank.inbox.code(started)}).status_code
        == 200
    )
    assert "your username is" in last_message(bank)
    assert phone.call("POST", "/v1/referrals", json={"name": "Ana", "phone": "0991234567"}).status_code == 201
    assert last_message(bank).startswith("I recommend ")


def test_an_invitation_is_in_the_language_of_the_request(phone: Phone) -> None:
    assert phone.send(operations.get_referral_invitation())["text"].startswith("Te recomiendo ")
    assert in_english(phone, "/referrals/invitation")["text"].startswith("I recommend ")


def test_a_member_is_made_with_a_language(bank: Sandbox) -> None:
    made_member = bank.send(operations.create_member({"language": "en", "accounts": [{"balance": "9.00"}] * 2}))
    assert made_member["language"] == "en"
    bank.phone(made_member).transfer("1.00")
    assert "your security code is" in last_message(bank)
    assert {member["language"] for member in bank.members.all() if member["id"] != made_member["id"]} == {"es"}


def test_there_are_two_languages(phone: Phone, bank: Sandbox) -> None:
    answer = bank.call("PATCH", f"/_sandbox/members/{phone.member['id']}", json={"language": "qu"})
    (error,) = assert_problem(answer, 422, "validation_failed")["errors"]
    assert (error["field"], error["code"], error["message"]) == (
        "language", "not_an_option", "Debe ser una de: es o en.",
    )  # fmt: skip
