"""What is no text is refused with the name of its field, wherever it stands and on every operation."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, operations
from tests import openapi
from tests.answers import Json, assert_problem, failing
from tests.contract.test_every_route import belongings, every_operation, example_body, with_ids

pytestmark = pytest.mark.sqlite("words")

JSON = {"Content-Type": "application/json"}
# JSON for half of a surrogate pair, for a whole one with a half behind it, and for NUL; and the half as bytes.
BAD = [rb"\ud800", rb"\udfff", rb"x\ud83d\ude00\uDBFFy", rb"\u0000", b"\xed\xa0\x80"]
PERCENT = ["%00", "%FF", "a%C3", "%ED%A0%80", "x%00y"]
MARK = "@@"


@pytest.fixture
def ids(phone: Phone) -> dict[str, str]:
    return belongings(phone) | {"member_id": phone.member["id"], "document": "otp", "name": "x"}


def dispatch(phone: Phone, method: str, path: str, **send: Any) -> httpx.Response:
    if path.startswith("/v1"):
        return phone.call(method, path, **send)
    return phone.sandbox.call(method, path, **send)


def places(body: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The body with a mark in place of one value after the other, each with the name of its field."""
    if isinstance(body, dict):
        for name, value in body.items():
            field = f"{place}.{name}" if place else name
            yield field, body | {name: MARK}
            for inner, spoiled in places(value, field):
                yield inner, body | {name: spoiled}
        yield (f"{place}." if place else "") + "\ufffd", body | {MARK: 1}
    elif isinstance(body, list) and body:
        for inner, spoiled in places(body[0], f"{place}.0"):
            yield inner, [spoiled, *body[1:]]


def test_no_body_of_any_operation_may_hold_what_is_no_text(phone: Phone, client: httpx.Client, ids: Json) -> None:
    document = openapi.fetched(client)
    walked = 0
    for method, path, operation in every_operation(client):
        body = example_body(operation, document)
        if not isinstance(body, dict):
            continue
        for number, (field, spoiled) in enumerate(places(body)):
            bad = BAD[number % len(BAD)]
            wanted = field
            if field.endswith("\ufffd"):  # a name is shown with U+FFFD where it is no text
                bad, wanted = rb"\ud800", field
            content = json.dumps(spoiled).encode().replace(MARK.encode(), bad)
            answer = dispatch(phone, method.upper(), with_ids(path, ids), content=content, headers=JSON)
            problem = assert_problem(answer, 422, "validation_failed")
            assert failing(problem) == {wanted: "bad_character"}, (method, path, field)
            walked += 1
    assert walked > 150


def test_no_query_of_any_operation_may_hold_what_is_no_text(phone: Phone, client: httpx.Client, ids: Json) -> None:
    walked = 0
    for method, path, operation in every_operation(client):
        for place, parameter in enumerate(
            each["name"] for each in operation.get("parameters", []) if each["in"] == "query"
        ):
            bad = PERCENT[place % len(PERCENT)]
            answer = dispatch(phone, method.upper(), f"{with_ids(path, ids)}?{parameter}={bad}")
            problem = assert_problem(answer, 422, "validation_failed")
            assert failing(problem) == {parameter: "bad_character"}, (method, path)
            walked += 1
    assert walked > 60


def test_no_path_of_any_operation_may_hold_what_is_no_text(phone: Phone, client: httpx.Client, ids: Json) -> None:
    document = openapi.fetched(client)
    walked = 0
    for method, path, operation in every_operation(client):
        for place, parameter in enumerate(re.findall(r"\{(\w+)\}", path)):
            filled = with_ids(path, ids | {parameter: PERCENT[place % len(PERCENT)]})
            answer = dispatch(phone, method.upper(), filled, json=example_body(operation, document))
            problem = assert_problem(answer, 422, "validation_failed")
            assert failing(problem) == {parameter: "bad_character"}, (method, path)
            walked += 1
    assert walked > 50


def test_every_whole_character_is_taken(phone: Phone) -> None:
    """Beyond the basic plane, written as two escapes or as itself; and what only looks like an escape."""
    names = [rb"\ud83d\ude00", "😀".encode(), "í\ud7ff".encode(), rb"\\ud800"]
    for number, name in enumerate(names):
        content = b'{"match": {"body": {"x": "' + name + b'"}}, "count": {"exactly": ' + str(0).encode() + b"}}"
        answer = phone.sandbox.call("POST", "/_sandbox/requests/verify", content=content, headers=JSON)
        assert (answer.status_code, answer.json()["count"]) == (200, 0), number


def test_an_order_with_half_a_pair_changes_nothing_and_is_kept_in_the_journal(phone: Phone) -> None:
    before = phone.send(operations.list_transfers())
    body = json.dumps(phone.order("1.00", reference=MARK)).replace(MARK, "\\ud800").encode()
    told = assert_problem(phone.call("POST", "/v1/transfers", content=body, headers=JSON), 422, "validation_failed")
    assert failing(told) == {"reference": "bad_character"}
    assert phone.send(operations.list_transfers()) == before
    (entry,) = phone.sandbox.send(operations.list_requests(operation_id="createTransfer"))["items"]
    assert entry["status"] == 422
    assert_problem(
        phone.sandbox.call("POST", "/v1/transfers", content=body, headers=JSON), 401, "invalid_token"
    )  # who asks comes before what is asked
