"""Whatever is sent, the answer is a problem with a stable code, and nothing has changed."""

import json

import pytest

from sandbox.testing import Phone, operations
from tests.answers import assert_problem, failing

AMOUNTS = {
    "0.00": "too_small", "-1.00": "bad_amount", "1.001": "bad_amount", "NaN": "bad_amount", "1e3": "bad_amount",
    "1.5": "bad_amount", "10": "bad_amount", "9" * 40: "bad_amount", "9" * 40 + ".00": "bad_amount",
    "１０.００": "bad_amount", "10.00\x00": "bad_character", "": "bad_amount",
    " 10.00": "bad_amount", "+1.00": "bad_amount",
}  # fmt: skip


def untouched(phone: Phone) -> tuple[object, ...]:
    return (phone.accounts(), phone.send(operations.list_transfers()), phone.sandbox.ledger.audit())


@pytest.mark.parametrize("amount", AMOUNTS)
def test_what_is_no_amount_is_refused_and_changes_nothing(phone: Phone, amount: str) -> None:
    before = untouched(phone)
    answer = phone.call("POST", "/v1/transfers", json=phone.order(amount))
    problem = assert_problem(answer, 422, "validation_failed")
    assert failing(problem) == {"amount": AMOUNTS[amount]}
    assert untouched(phone) == before


@pytest.mark.parametrize("amount", ["1.5", "10", "NaN", "1e400", "true", "null", "[]", '{"money": "1.00"}', "9" * 5000])
def test_an_amount_that_is_not_text_is_refused(phone: Phone, amount: str) -> None:
    before = untouched(phone)
    body = json.dumps(phone.order("@")).replace('"@"', amount)
    answer = phone.call("POST", "/v1/transfers", content=body, headers={"Content-Type": "application/json"})
    if amount in ("NaN", "9" * 5000):
        assert_problem(answer, 400, "malformed_body")  # JSON has no NaN, and no reader takes 5,000 digits
    else:
        assert failing(assert_problem(answer, 422, "validation_failed")) == {"amount": "not_text"}
    assert untouched(phone) == before


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"nope", b'{"kind": "own"', b'\xff\xfe{"kind"}', b'{"reference": "\xc3\x28"}', b"[" * 100_000],
    ids=["open", "empty", "word", "cut", "utf-16", "bad utf-8", "deep"],
)
def test_a_body_that_cannot_be_read_is_a_problem(phone: Phone, body: bytes) -> None:
    before = untouched(phone)
    answer = phone.call("POST", "/v1/transfers", content=body, headers={"Content-Type": "application/json"})
    if body:
        assert_problem(answer, 400, "malformed_body")
    else:
        assert_problem(answer, 422, "validation_failed")
    assert untouched(phone) == before


def test_a_body_of_ten_megabytes_is_refused_before_it_is_read(phone: Phone) -> None:
    before = untouched(phone)
    body = b'{"reference": "' + b"x" * 10_000_000 + b'"}'
    answer = phone.call("POST", "/v1/transfers", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 413, "body_too_large")
    assert untouched(phone) == before


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_is_not_json_is_of_an_unsupported_type(phone: Phone, media_type: str) -> None:
    answer = phone.call("POST", "/v1/transfers", content=b'{"kind": "own"}', headers={"Content-Type": media_type})
    assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("body", ["[]", '"text"', "7", "null"])
def test_json_that_is_no_object_is_refused(phone: Phone, body: str) -> None:
    answer = phone.call("POST", "/v1/transfers", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 422, "validation_failed")


def test_all_failing_fields_are_told_at_once_in_both_languages(phone: Phone) -> None:
    order = {"kind": "own", "amount": 1.5, "reference": "x" * 101, "tip": "1.00"}
    spanish = phone.call("POST", "/v1/transfers", json=order).json()
    english = phone.call(
        "POST", "/v1/transfers", json=order, headers={"Accept-Language": "en-GB,en;q=0.9,es;q=0.5"}
    ).json()
    expected = {
        "origin_account_id": "required",
        "destination_account_id": "required",
        "amount": "not_text",
        "reference": "too_long",
        "tip": "unknown_field",
    }
    assert failing(spanish) == failing(english) == expected
    assert spanish["detail"] == "Revisa los campos señalados."
    assert english["detail"] == "Check the fields pointed out."
    assert {error["message"] for error in spanish["errors"]}.isdisjoint(error["message"] for error in english["errors"])


@pytest.mark.parametrize("reference", ["nul\x00byte", "line\nbreak", "bell\x07", "\u2028"])
def test_characters_nobody_can_see_are_refused_in_text(phone: Phone, reference: str) -> None:
    answer = phone.call("POST", "/v1/transfers", json=phone.order(reference=reference))
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"reference": "bad_character"}


def test_a_kind_there_is_not_is_told_as_the_field_kind(phone: Phone) -> None:
    answer = phone.call("POST", "/v1/transfers", json=phone.order() | {"kind": "gift"})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"kind": "not_an_option"}
    answer = phone.call("POST", "/v1/transfers", json={"amount": "1.00"})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"kind": "required"}
