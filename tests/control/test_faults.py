"""Faults, as the app meets them."""

import time
from typing import Any

import pytest

from sandbox.control import faulting
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing
from tests.transport import bank_of, registry_of


def order(bank: Sandbox, effect: Json, **match: Any) -> Json:
    return bank.send(operations.create_fault({"effect": effect, "match": match}))


def test_a_problem_comes_instead_of_the_answer_and_the_bank_never_saw_the_call(phone: Phone) -> None:
    order(phone.sandbox, {"problem": "insufficient_funds"}, operation_id="createTransfer", times=1)
    answer = phone.call("POST", "/v1/transfers", json=phone.order())
    assert_problem(answer, 409, "insufficient_funds")
    assert phone.send(operations.list_transfers())["items"] == []
    entry = phone.sandbox.send(operations.get_request(answer.headers["x-request-id"]))
    assert entry["fault"].startswith("flt_")
    assert phone.transfer("1.00")
    [shown] = phone.sandbox.faults.all()
    assert (shown["seen"], shown["hits"]) == (2, 1)


def test_a_status_with_a_body_of_a_proxy(phone: Phone) -> None:
    order(phone.sandbox, {"status": 502, "body": "<h1>Bad gateway</h1>"}, path="/v1/products")
    answer = phone.call("GET", "/v1/products")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert answer.text == "<h1>Bad gateway</h1>"
    assert phone.call("GET", "/v1/me").status_code == 200


def test_at_the_response_the_work_is_done_and_the_retry_gets_the_kept_answer(phone: Phone) -> None:
    order(phone.sandbox, {"status": 504, "at": "response"}, operation_id="createTransfer", times=1)
    headers = {"Idempotency-Key": "once"}
    body = phone.order("10.00")
    assert phone.call("POST", "/v1/transfers", json=body, headers=headers).status_code == 504
    again = phone.call("POST", "/v1/transfers", json=body, headers=headers)
    assert again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert [each["id"] for each in phone.send(operations.list_transfers())["items"]] == [again.json()["id"]]
    phone.sandbox.ledger.assert_balanced()


def test_a_malformed_answer_is_whole_http_and_no_json(phone: Phone) -> None:
    order(phone.sandbox, {"connection": "malformed"}, operation_id="getProducts")
    answer = phone.call("GET", "/v1/products")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"JSON|Unterminated|Expecting"):
        answer.json()


def test_a_delay_and_a_slow_body_take_their_time_and_change_nothing(phone: Phone) -> None:
    whole = phone.products()
    order(phone.sandbox, {"delay": {"ms": 60}}, operation_id="getProducts", times=1)
    order(phone.sandbox, {"slow_body_ms": 60}, operation_id="getProducts")
    for _ in range(2):
        begun = time.monotonic()
        assert phone.products() == whole
        assert time.monotonic() - begun >= 0.05


def test_the_first_in_the_list_wins_and_one_may_be_put_before(phone: Phone) -> None:
    order(phone.sandbox, {"status": 500}, path="/v1/me")
    order(phone.sandbox, {"status": 501}, path="/v1/me")
    assert phone.call("GET", "/v1/me").status_code == 500
    body = {"effect": {"status": 502}, "match": {"path": "/v1/me"}, "first": True}
    before = phone.sandbox.send(operations.create_fault(body))
    assert phone.call("GET", "/v1/me").status_code == 502
    phone.sandbox.send(operations.delete_fault(before["id"]))
    assert phone.call("GET", "/v1/me").status_code == 500
    phone.sandbox.faults.clear()
    assert phone.call("GET", "/v1/me").status_code == 200
    assert_problem(phone.sandbox.call("DELETE", f"/_sandbox/faults/{before['id']}"), 404, "not_found")


def test_members_headers_and_conditions_are_told_apart(phone: Phone, bank: Sandbox) -> None:
    other = bank.phone(bank.members.all()[2])
    order(bank, {"status": 500}, member=phone.member["username"], operation_id="getProfile")
    assert (phone.call("GET", "/v1/me").status_code, other.call("GET", "/v1/me").status_code) == (500, 200)
    order(bank, {"status": 503}, headers={"X-Case": "slow"})
    assert other.call("GET", "/v1/me", headers={"X-Case": "slow"}).status_code == 503
    order(bank, {"status": 507}, condition="operation_id == 'createTransfer' && amount > 10000")
    assert phone.call("POST", "/v1/transfers", json=phone.order("100.01")).status_code == 507
    assert phone.transfer("100.00")
    assert phone.send(operations.list_transfers())["items"][0]["amount"] == "100.00"


def test_draws_repeat_on_the_same_seed(client: Any) -> None:
    runs = []
    for name in ("draws-a", "draws-b"):
        client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}})
        bank = bank_of(client, name)
        order(bank, {"status": 503}, probability=0.4)
        runs.append([bank.call("GET", "/v1/errors").status_code for _ in range(60)])
        client.delete(f"/_sandbox/sandboxes/{name}")
    assert runs[0] == runs[1]
    assert 10 < runs[0].count(503) < 40


def test_faults_are_the_sandboxs_own_and_go_with_its_snapshots(phone: Phone, client: Any) -> None:
    phone.sandbox.snapshot("healthy")
    order(phone.sandbox, {"status": 503})
    phone.sandbox.snapshot("ill")
    assert client.get("/v1/errors").status_code == 200
    phone.sandbox.restore("healthy")
    assert phone.call("GET", "/v1/me").status_code == 200
    phone.sandbox.restore("ill")
    assert phone.call("GET", "/v1/me").status_code == 503


class TestOutages:
    """What the bank depends on."""

    def test_no_sms_leaves_and_a_code_sent_again_afterwards_works(self, phone: Phone, bank: Sandbox) -> None:
        order(bank, {"outage": "sms"}, times=1)
        made = phone.transfer("1.00")["challenge"]["id"]
        lost = bank.call("GET", "/_sandbox/messages/next", params={"challenge_id": made, "wait": 0})
        assert_problem(lost, 404, "no_message")
        bank.clock.advance("PT120S")
        assert phone.call("POST", f"/v1/challenges/{made}/resend").status_code == 200
        phone.confirm(made)
        bank.ledger.assert_balanced()

    def test_no_biller_answers(self, phone: Phone, bank: Sandbox) -> None:
        biller = next(each for each in phone.send(operations.list_billers())["items"] if not each["top_up"])
        body = {"biller_id": biller["id"], "reference": biller["reference_example"]}
        fault = order(bank, {"outage": "biller"})
        assert_problem(phone.call("POST", "/v1/bill-inquiries", json=body), 503, "biller_unavailable")
        bank.send(operations.delete_fault(fault["id"]))
        assert phone.call("POST", "/v1/bill-inquiries", json=body).status_code == 201

    def test_transfers_on_their_way_wait_for_the_next_cycle(self, bank: Sandbox) -> None:
        phone = bank.phone("interbancaria-en-camino")
        fault = order(bank, {"outage": "settlement"})
        jobs = bank.clock.advance("P1D")["jobs"]
        assert {job["kind"] for job in jobs if "transfer" in job["kind"]} == {"transfer.postponement"}
        bank.ledger.assert_balanced()
        assert phone.log_in().send(operations.list_transfers())["items"][0]["status"] == "in_process"
        bank.send(operations.delete_fault(fault["id"]))
        bank.clock.advance("P1D")
        assert phone.log_in().send(operations.list_transfers())["items"][0]["status"] == "settled"
        bank.ledger.assert_balanced()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"effect": "required"}),
        ({"effect": {}}, {"effect": "one_of"}),
        ({"effect": {"status": 503}, "match": {"condition": "amuont > 1"}}, {"match.condition": "bad_condition"}),
        ({"effect": {"problem": "nope"}, "match": {"operation_id": "nope"}}, {"effect.problem": "not_an_option", "match.operation_id": "not_an_option"}),
        ({"effect": {"status": 42}, "match": {"probability": 2, "times": 0}}, {"effect.status": "too_small", "match.probability": "too_large", "match.times": "too_small"}),
    ],
)  # fmt: skip
def test_a_fault_that_makes_no_sense_is_told_whole(bank: Sandbox, body: Json, fields: dict[str, str]) -> None:
    assert failing(assert_problem(bank.call("POST", "/_sandbox/faults", json=body), 422, "validation_failed")) == fields
    assert bank.faults.all() == []


def test_a_condition_that_fails_strikes_no_call_and_is_shown(phone: Phone) -> None:
    made = order(phone.sandbox, {"status": 503}, condition="1000 / amount > 0", operation_id="createTransfer")
    assert (made["errors"], made["last_error"]) == (0, None)
    assert_problem(phone.call("POST", "/v1/transfers", json=phone.order("x")), 422, "validation_failed")
    [shown] = phone.sandbox.faults.all()
    assert (shown["errors"], shown["seen"], shown["hits"]) == (1, 0, 0)
    assert "division by zero" in shown["last_error"]
    assert phone.call("POST", "/v1/transfers", json=phone.order("1.00")).status_code == 503


@pytest.mark.parametrize("condition", ["amount / 0 == 1", "amount % 0 == 1", "local_hour / (3 - 3) > 1"])
def test_a_condition_that_can_only_fail_is_refused(bank: Sandbox, condition: str) -> None:
    answer = bank.call("POST", "/_sandbox/faults", json={"effect": {"status": 503}, "match": {"condition": condition}})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"match.condition": "bad_condition"}


def test_nobody_waits_while_a_fault_waits_for_the_body_of_a_slow_client(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another fault comes first, which has counted the call already."""
    bank = phone.sandbox
    store = registry_of(bank.connection.client).get(bank.name).store
    order = phone.order("17.00")
    bank.faults.delay(1, operation_id="createTransfer", probability=0.000001)
    bank.faults.refuse("service_unavailable", condition="amount == 1700")
    whole, idle = faulting._Body.whole, list[bool]()

    async def watched(body: faulting._Body, maximum: int) -> None:
        idle.append(store.is_idle)
        await whole(body, maximum)

    monkeypatch.setattr(faulting._Body, "whole", watched)
    assert_problem(phone.call("POST", "/v1/transfers", json=order), 503, "service_unavailable")
    assert idle == [True]
    assert [(each["seen"], each["hits"]) for each in bank.faults.all()] == [(1, 0), (1, 1)]
