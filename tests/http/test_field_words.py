"""What is wrong with a field is told in the answer's language, as one would say it."""

import re

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests import openapi
from tests.answers import Json, assert_problem
from tests.everything import billed_by, confirmed, made

pytestmark = pytest.mark.sqlite("words")


def told(bank: Sandbox, method: str, path: str, language: str, **options: object) -> dict[str, str]:
    """field → message of every failing field."""
    answer = bank.call(method, path, headers={"Accept-Language": language}, **options)
    return {error["field"]: error["message"] for error in assert_problem(answer, 422, "validation_failed")["errors"]}


@pytest.mark.parametrize(
    ("body", "field", "es", "en"),
    [
        (
            {"document_type": "ruc", "document_number": "1"}, "document_type",
            "Debe ser una de: cedula o passport.", "It must be one of: cedula or passport.",
        ),
        (
            {"document_type": "cedula", "document_number": ""}, "document_number",
            "Lleva al menos 1 carácter.", "It takes at least 1 character.",
        ),
        (
            {"document_type": "cedula", "document_number": "1" * 21}, "document_number",
            "Lleva como máximo 20 caracteres.", "It takes at most 20 characters.",
        ),
    ],
)  # fmt: skip
def test_options_and_lengths_are_told(bank: Sandbox, body: Json, field: str, es: str, en: str) -> None:
    for language, words in (("es", es), ("en", en)):
        assert told(bank, "POST", "/v1/enrolments", language, json=body) == {field: words}


@pytest.mark.parametrize(
    ("body", "field", "es", "en"),
    [
        ({"rate": -1}, "rate", "El mínimo es 0.", "The minimum is 0."),
        ({"rate": 1e9}, "rate", "El máximo es 100000.", "The maximum is 100000."),
    ],
)
def test_a_whole_number_has_no_decimals(bank: Sandbox, body: Json, field: str, es: str, en: str) -> None:
    for language, words in (("es", es), ("en", en)):
        assert told(bank, "PUT", "/_sandbox/clock", language, json=body) == {field: words}


def test_what_must_be_above_a_bound_is_told_the_bound(bank: Sandbox) -> None:
    wanted = {"seconds": 0}
    assert told(bank, "POST", "/_sandbox/members/lease", "es", json=wanted) == {"seconds": "Debe ser mayor que 0."}
    assert told(bank, "POST", "/_sandbox/members/lease", "en", json=wanted) == {"seconds": "It must be greater than 0."}


def test_a_union_tells_its_kinds(phone: Phone) -> None:
    wanted = {"kind": "foreign", "maximum_amount": "1.00"}
    es = "Debe ser una de: cooperative o interbank."
    headers = {"Authorization": f"Bearer {phone.token}"}
    answer = phone.sandbox.call("POST", "/v1/beneficiaries", json=wanted, headers=headers)
    assert assert_problem(answer, 422, "validation_failed")["errors"] == [
        {"field": "kind", "code": "not_an_option", "message": es}
    ]


@pytest.mark.parametrize(("wrong", "left"), [(1, "Te quedan 2 intentos."), (2, "Te queda 1 intento.")])
def test_the_attempts_left_are_told(phone: Phone, wrong: int, left: str) -> None:
    challenge = phone.transfer("1.00")["challenge"]["id"]
    code = phone.wrong_code(challenge)
    answers = [phone.call(phone.confirmation(challenge, code)) for _ in range(wrong)]
    assert assert_problem(answers[-1], 422, "wrong_code")["detail"] == f"El código no es correcto. {left}"


@pytest.mark.parametrize(
    ("after", "wait"),
    [("PT0S", "120 segundos"), ("PT1M55S", "5 segundos"), ("PT1M58.2S", "2 segundos"), ("PT1M59S", "1 segundo")],
)
def test_a_code_asked_for_too_soon_tells_the_seconds_left(phone: Phone, after: str, wait: str) -> None:
    challenge = phone.transfer("1.00")["challenge"]["id"]
    if after != "PT0S":
        phone.sandbox.clock.advance(after)
    problem = assert_problem(phone.call("POST", f"/v1/challenges/{challenge}/resend"), 429, "resend_too_soon")
    assert problem["detail"] == f"Espera {wait} para pedir otro código."


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "Debe ser una de: pending_confirmation, active, cancelled, expired, locked, deleted o all."),
        ("en", "It must be one of: pending_confirmation, active, cancelled, expired, locked, deleted or all."),
    ],
)
def test_options_of_two_vocabularies_are_one_list(phone: Phone, language: str, words: str) -> None:
    headers = {"Authorization": f"Bearer {phone.token}"}
    answer = phone.sandbox.call(
        "GET", "/v1/registered-services?status=x", headers=headers | {"Accept-Language": language}
    )
    problem = assert_problem(answer, 422, "validation_failed")
    assert problem["errors"] == [{"field": "status", "code": "not_an_option", "message": words}]


def test_every_closed_parameter_tells_its_own_name_and_all_its_options(phone: Phone) -> None:
    walked = 0
    for operation in openapi.operations(openapi.fetched(phone.sandbox.connection.client)):
        for each in operation.described["parameters"]:
            shapes = each["schema"].get("anyOf", [each["schema"]])
            options = next((shape["enum"] for shape in shapes if "enum" in shape), None)
            if each["in"] != "query" or options is None:
                continue
            path = re.sub(r"\{\w+\}", "x", operation.path)
            headers = {"Authorization": f"Bearer {phone.token}"} if path.startswith("/v1") else {}
            answer = phone.sandbox.call(operation.method, f"{path}?{each['name']}=nothing_such", headers=headers)
            (error,) = assert_problem(answer, 422, "validation_failed")["errors"]
            assert (error["field"], error["code"]) == (each["name"], "not_an_option"), operation.name
            if len(options) < 30:  # operations and kinds of events are told as what they are
                assert all(str(option) in error["message"] for option in options), (operation.name, error)
            walked += 1
    assert walked > 15


@pytest.mark.parametrize(
    ("language", "empty", "months"),
    [
        ("es", "Lleva al menos 1 elemento.", "Puede ser: 3, 6, 9, 12, 18, 24, 36 o 48."),
        ("en", "It takes at least 1 item.", "It can be: 3, 6, 9, 12, 18, 24, 36 or 48."),
    ],
)
def test_what_would_be_right_is_told_of_a_list_and_of_a_term(
    phone: Phone, language: str, empty: str, months: str
) -> None:
    headers = {"Accept-Language": language}
    wanted = {"card_id": phone.send(operations.list_cards())["items"][0]["id"], "term_months": 6}
    purchases = wanted | {"kind": "purchases", "purchase_ids": []}
    answer = phone.call("POST", "/v1/deferral-simulations", json=purchases, headers=headers)
    assert assert_problem(answer, 422, "validation_failed")["errors"][0]["message"] == empty
    balance = wanted | {"kind": "revolving_balance", "amount": "100.00", "term_months": 7}
    answer = phone.call("POST", "/v1/deferral-simulations", json=balance, headers=headers)
    assert assert_problem(answer, 422, "term_not_offered")["errors"] == [
        {"field": "term_months", "code": "term_not_offered", "message": months}
    ]


def test_the_form_of_a_document_is_told_as_the_rules_have_it(bank: Sandbox) -> None:
    rules = bank.rules.read("identity")
    changed = rules.replace("passport_length: {minimum: 5, maximum: 12}", "passport_length: {minimum: 6, maximum: 9}")
    assert changed != rules
    assert bank.call("PUT", "/_sandbox/rules/identity", content=changed).status_code == 200
    wanted = {"document_type": "passport", "document_number": "ABCDE"}
    answer = bank.call("POST", "/v1/enrolments", json=wanted)
    assert "el pasaporte, de 6 a 9 letras o dígitos." in assert_problem(answer, 422, "invalid_document")["detail"]


def test_the_maximum_of_a_schedule_is_told_in_the_language_of_the_notice(phone: Phone) -> None:
    order = {
        "origin_account_id": phone.savings()[0]["id"], "biller_id": billed_by(phone, "EEQ"),
        "reference": "200012345678", "day_of_month": 5, "maximum_amount": "50.00",
    }  # fmt: skip
    schedule = confirmed(phone, made(phone, "/scheduled-payments", order))["id"]
    raised = phone.call("PATCH", f"/v1/scheduled-payments/{schedule}", json={"maximum_amount": "80.00"}).json()
    confirmed(phone, raised)
    texts = [
        phone.send(operations.list_notifications(), {"Accept-Language": language})["items"][0]["text"]
        for language in ("es", "en")
    ]
    assert texts == [
        "El máximo de tu pago programado de EEQ, referencia 200012345678, es ahora $80.00.",
        "The maximum of your scheduled payment of EEQ, reference 200012345678, is now $80.00.",
    ]


@pytest.mark.parametrize(
    ("language", "greeting", "title", "columns", "label"),
    [
        ("es", "¡Hola Rosa Elena!", "Cuentas", "fecha,concepto,referencia,monto,saldo", "Cuenta contrato"),
        ("en", "Hello Rosa Elena!", "Accounts", "date,concept,reference,amount,balance", "Contract account"),
    ],
)
def test_greeting_titles_columns_and_labels_follow_the_request(
    phone: Phone, language: str, greeting: str, title: str, columns: str, label: str
) -> None:
    headers = {"Accept-Language": language}
    products = phone.send(operations.get_products(), headers)
    assert (products["greeting"], products["groups"][0]["title"]) == (greeting, title)
    assert phone.send(operations.get_profile(), headers)["greeting"] == greeting
    path = f"/accounts/{phone.savings()[0]['id']}/movements"
    assert phone.call("GET", f"/v1{path}", headers=headers | {"Accept": "text/csv"}).text.splitlines()[0] == columns
    billers = phone.send(operations.list_billers(), headers)["items"]
    assert next(each["reference_label"] for each in billers if each["name"] == "EEQ") == label
    wanted = {"biller_id": billed_by(phone, "EEQ"), "reference": "x"}
    refused = phone.call("POST", "/v1/bill-inquiries", json=wanted, headers=headers)
    assert assert_problem(refused, 422, "reference_malformed")["detail"].startswith(f"{label}: ")
