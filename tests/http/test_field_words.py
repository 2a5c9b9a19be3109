"""What is wrong with a field is told in the answer's language, as one would say it."""

import pytest

from tests.support import Json, Phone, Sandbox, assert_problem


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
    answer = phone.bank.call("POST", "/v1/beneficiaries", json=wanted, headers=headers)
    assert assert_problem(answer, 422, "validation_failed")["errors"] == [
        {"field": "kind", "code": "not_an_option", "message": es}
    ]


@pytest.mark.parametrize(("wrong", "left"), [(1, "Te quedan 2 intentos."), (2, "Te queda 1 intento.")])
def test_the_attempts_left_are_told(phone: Phone, wrong: int, left: str) -> None:
    challenge = phone.transfer("1.00")["challenge"]["id"]
    code = phone.wrong_code(challenge)
    answers = [phone.confirm(challenge, code) for _ in range(wrong)]
    assert assert_problem(answers[-1], 422, "wrong_code")["detail"] == f"El código no es correcto. {left}"


@pytest.mark.parametrize(
    ("after", "wait"),
    [("PT0S", "120 segundos"), ("PT1M55S", "5 segundos"), ("PT1M58.2S", "2 segundos"), ("PT1M59S", "1 segundo")],
)
def test_a_code_asked_for_too_soon_tells_the_seconds_left(phone: Phone, after: str, wait: str) -> None:
    challenge = phone.transfer("1.00")["challenge"]["id"]
    if after != "PT0S":
        phone.bank.advance(after)
    problem = assert_problem(phone.call("POST", f"/challenges/{challenge}/resend"), 429, "resend_too_soon")
    assert problem["detail"] == f"Espera {wait} para pedir otro código."
