"""`Prefer: problem=CODE`: every refusal of every operation, to build its screen on."""

import re

import httpx2 as httpx
import pytest

from sandbox.problem import CATALOGUE
from sandbox.testing import Phone, Sandbox, operations
from tests.contract.test_every_route import every_operation, with_ids
from tests.openapi import codes


@pytest.mark.slow
def test_every_operation_rehearses_every_problem_it_declares(bank: Sandbox, client: httpx.Client) -> None:
    rehearsed = 0
    for method, path, operation in every_operation(client):
        if not path.startswith("/v1/"):
            continue
        for code in sorted(codes(operation)):
            headers = {"Prefer": f"problem={code}", "Accept-Language": "en"}
            answer = bank.call(method.upper(), with_ids(path, {}), headers=headers)
            told = answer.json()
            assert (answer.status_code, told["code"]) == (CATALOGUE[code].status, code), (path, told)
            assert answer.headers["preference-applied"] == f"problem={code}"
            assert "{" not in told["detail"]
            if answer.status_code == 401:
                assert answer.headers["www-authenticate"].startswith('Bearer realm="')
            rehearsed += 1
    assert rehearsed > 500


def test_a_rehearsal_changes_nothing(phone: Phone) -> None:
    before = phone.accounts()
    answer = phone.call("POST", "/v1/transfers", json=phone.order(), headers={"Prefer": "problem=insufficient_funds"})
    assert (answer.status_code, answer.json()["title"]) == (409, "Fondos insuficientes")
    assert phone.accounts() == before
    assert phone.send(operations.list_transfers())["items"] == []


def test_one_that_the_operation_never_answers_is_told_with_those_it_does(phone: Phone) -> None:
    answer = phone.call("GET", "/v1/products", headers={"Prefer": "problem=insufficient_funds"})
    assert (answer.status_code, answer.json()["code"]) == (400, "problem_not_declared")
    assert "session_expired" in answer.json()["possible"]


@pytest.mark.parametrize(
    "value", ["problem=wrong_code", "respond-async, problem=wrong_code", 'problem="wrong_code"; x=1']
)
def test_the_header_may_say_more(phone: Phone, value: str) -> None:
    made = phone.transfer("1.00")["challenge"]["id"]
    answer = phone.call("POST", f"/v1/challenges/{made}/confirm", json={"code": "1"}, headers={"Prefer": value})
    assert (answer.json()["code"], answer.json()["attempts_left"]) == ("wrong_code", 2)


@pytest.mark.parametrize("value", ["", "respond-async", "xproblem=wrong_code"])
def test_other_preferences_are_no_rehearsal(phone: Phone, value: str) -> None:
    assert phone.call("GET", "/v1/me", headers={"Prefer": value}).status_code == 200


def test_the_control_plane_rehearses_nothing(bank: Sandbox) -> None:
    assert bank.call("GET", "/_sandbox/info", headers={"Prefer": "problem=not_found"}).status_code == 200


def test_every_problems_words_have_values_to_be_rehearsed_with() -> None:
    for kind in CATALOGUE.values():
        told = kind.rehearsed().body("es", "req_1", "/v1/x")
        assert not re.search(r"[{}]", told["detail"]), kind.code
