"""Did the app call the bank as it should?"""

import threading

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing


def verify(phone: Phone, match: Json, **count: int) -> Json:
    body: Json = {"match": match}
    if count:
        body["count"] = count
    return phone.sandbox.send(operations.verify_requests(body))


def test_what_was_called_is_counted(phone: Phone) -> None:
    phone.transfer("12.34")
    phone.transfer("12.34")
    phone.transfer("5.00")
    match = {"operation_id": "createTransfer", "status": 201, "body": {"amount": "12.34", "reference": "*"}}
    told = verify(phone, match, exactly=2)
    assert (told["verified"], told["count"], told["near_misses"]) == (True, 2, [])
    listed = phone.sandbox.send(operations.list_requests(operation_id="createTransfer"))["items"]
    assert told["matched"] == [listed[2]["id"], listed[1]["id"]]
    assert verify(phone, match, at_least=1, at_most=2)["verified"]
    assert not verify(phone, match, at_most=1)["verified"]
    assert verify(phone, {"operation_id": "prepayDeferral"}, exactly=0)["verified"]
    assert not verify(phone, {"operation_id": "prepayDeferral"})["verified"], "at least one, if nothing else is said"


def test_near_misses_come_nearest_first_and_say_why(phone: Phone) -> None:
    phone.transfer("5.00")
    phone.products()
    match = {
        "method": "POST", "path": "/v1/transfers", "status": 201, "member_id": phone.member["id"],
        "body": {"amount": "12.34", "beneficiary_id": "*"},
    }  # fmt: skip
    told = verify(phone, match)
    assert (told["verified"], told["count"]) == (False, 0)
    nearest = told["near_misses"][0]
    assert (nearest["method"], nearest["path"], nearest["status"]) == ("POST", "/v1/transfers", 201)
    assert nearest["differences"] == [
        {"field": "body.amount", "expected": "12.34", "actual": "5.00"},
        {"field": "body.beneficiary_id", "expected": "*", "actual": None},
    ]
    counts = [len(miss["differences"]) for miss in told["near_misses"]]
    assert counts == sorted(counts)
    fields = {each["field"] for miss in told["near_misses"][1:] for each in miss["differences"]}
    assert {"method", "path", "body"} <= fields


def test_paths_headers_and_query_are_compared(phone: Phone) -> None:
    account = phone.savings()[0]["id"]
    phone.call("GET", f"/v1/accounts/{account}/movements", params={"limit": 7}, headers={"X-App-Version": "4.1.0"})
    match = {"path": "/v1/accounts/{id}/movements", "query": {"limit": "7"}, "headers": {"x-app-version": "4.1.0"}}
    assert verify(phone, match, exactly=1)["verified"]
    wrong = verify(phone, match | {"query": {"limit": "8"}, "headers": {"X-App-Version": "4.2.0"}})
    assert wrong["near_misses"][0]["differences"] == [
        {"field": "headers.X-App-Version", "expected": "4.2.0", "actual": "4.1.0"},
        {"field": "query.limit", "expected": "8", "actual": ["7"]},
    ]


def test_secrets_are_compared_and_never_shown(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    code = phone.sandbox.inbox.code(challenge)
    phone.confirm(challenge, code)
    assert verify(phone, {"operation_id": "confirmChallenge", "body": {"code": code}}, exactly=1)["verified"]
    wrong = {"operation_id": "confirmChallenge", "body": {"code": "x"}, "headers": {"Authorization": "Bearer x"}}
    answer = phone.sandbox.call("POST", "/_sandbox/requests/verify", json={"match": wrong})
    assert answer.json()["near_misses"][0]["differences"] == [
        {"field": "headers.Authorization", "expected": "Bearer x", "actual": "[redacted]"},
        {"field": "body.code", "expected": "x", "actual": "[redacted]"},
    ]
    assert phone.token not in answer.text
    assert code not in answer.text


def test_a_secret_in_the_query_is_not_shown_either(phone: Phone) -> None:
    phone.call("GET", "/v1/products", params={"access_token": "s3cret-s3cret"})
    answer = phone.sandbox.call("POST", "/_sandbox/requests/verify", json={"match": {"query": {"access_token": "x"}}})
    assert not answer.json()["verified"]
    assert "s3cret-s3cret" not in answer.text
    assert "s3cret-s3cret" not in phone.sandbox.call("GET", "/_sandbox/requests").text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"match": {}, "count": {}}, "count"),
        ({"match": {"metod": "GET"}}, "match.metod"),
        ({"match": {"status": 999}}, "match.status"),
        ({}, "match"),
    ],
)
def test_what_cannot_be_looked_for_is_told(phone: Phone, body: Json, field: str) -> None:
    answer = phone.sandbox.call("POST", "/_sandbox/requests/verify", json=body)
    assert field in failing(assert_problem(answer, 422, "validation_failed"))


def test_a_request_that_is_missing_is_waited_for(bank: Sandbox, client: httpx.Client) -> None:
    phone = bank.phone("al-dia")
    body = {"match": {"operation_id": "getProducts"}, "count": {"exactly": 1}, "wait": 30}
    told: list[Json] = []
    waiting = threading.Thread(target=lambda: told.append(bank.send(operations.verify_requests(body))))
    waiting.start()
    assert told == []
    phone.send(operations.get_profile())
    phone.products()
    waiting.join(timeout=30)
    assert [each["verified"] for each in told] == [True]


@pytest.mark.parametrize(
    ("count", "verified"), [({"exactly": 1}, True), ({"at_least": 2}, False), ({"at_most": 0}, False)]
)
def test_no_longer_than_asked(phone: Phone, count: dict[str, int], verified: bool) -> None:
    phone.products()
    body = {"match": {"operation_id": "getProducts"}, "count": count, "wait": 0.05}
    assert phone.sandbox.send(operations.verify_requests(body))["verified"] is verified


@pytest.mark.parametrize("wait", [-1, 61, "5"])
def test_a_wait_has_bounds(phone: Phone, wait: object) -> None:
    answer = phone.sandbox.call("POST", "/_sandbox/requests/verify", json={"match": {}, "wait": wait})
    assert "wait" in failing(assert_problem(answer, 422, "validation_failed"))
