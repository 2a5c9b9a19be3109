"""The Python client: what it asks, what it answers, what it raises."""

import pickle

import httpx2 as httpx
import pytest

from sandbox.testing import Connection, Sandbox, UnexpectedAnswer, operations, problems, rehearsing
from sandbox.testing.refusals import Problem


def answering(status: int, content: bytes, media_type: str = "application/json") -> Sandbox:
    """A sandbox on a server that gives one answer to everything."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers={"content-type": media_type})

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1:9")
    return Sandbox(connection=Connection(client=client))


def sent(token: str | None = None, language: str | None = None) -> tuple[Sandbox, list[httpx.Request]]:
    """A sandbox on a server that answers nothing, and the requests that reached it."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(204)

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1:9")
    return Sandbox("mine", connection=Connection(client=client, token=token, language=language)), requests


def test_a_transfer_is_ordered_and_confirmed_with_the_code_of_the_inbox(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    origin, destination = phone.savings()[:2]
    transfer = phone.transfer("5.00")
    assert (transfer["status"], transfer["origin_account_id"]) == ("pending_confirmation", origin["id"])
    assert phone.pending == transfer["challenge"]["id"]
    confirmed = phone.confirm()
    assert (confirmed["kind"], confirmed["resource"]["status"]) == ("transfer", "completed")
    assert phone.pending is None
    moved = [movement["amount"] for movement in phone.movements(destination["id"])]
    assert moved[0] == "5.00"
    sandbox.ledger.assert_balanced()


def test_a_transfer_goes_to_a_beneficiary(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    beneficiary = phone.beneficiaries()[0]
    transfer = phone.transfer("7.00", beneficiary=beneficiary)
    assert (transfer["kind"], transfer["beneficiary_id"]) == (beneficiary["kind"], beneficiary["id"])


def test_an_order_is_cancelled_and_its_hold_given_back(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    account = phone.savings()[0]["id"]
    before = phone.available(account)
    phone.transfer("5.00", origin=account)
    assert phone.available(account) != before
    phone.cancel()
    assert (phone.available(account), phone.pending) == (before, None)
    with pytest.raises(LookupError, match="no order waits"):
        phone.confirm()


def test_of_two_orders_the_one_that_is_named_is_confirmed(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    first, second = phone.transfer("5.00"), phone.transfer("6.00")
    assert phone.code(first) == sandbox.inbox.code(first["challenge"]["id"])
    assert phone.confirm(first)["resource"]["id"] == first["id"]
    assert phone.pending == second["challenge"]["id"]
    phone.cancel(second)
    assert phone.send(operations.get_transfer(second["id"]))["status"] == "cancelled"
    done = phone.send(operations.get_transfer(first["id"]))
    with pytest.raises(LookupError, match="no order waits"):
        phone.confirm(done)


def test_a_bill_is_paid(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    biller = next(each for each in phone.send(operations.list_billers())["items"] if each["id"])
    payment = phone.pay_bill(biller["id"], biller["reference_example"])
    assert payment["biller_id"] == biller["id"]
    assert phone.confirm()["kind"] == "service_payment"


def test_the_same_key_gives_the_same_transfer(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    first = phone.transfer("5.00", idempotency_key="once")
    assert phone.transfer("5.00", idempotency_key="once")["id"] == first["id"]


def test_a_refusal_is_an_exception_of_its_code(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    phone.transfer("5.00")
    with pytest.raises(problems.WrongCode) as refused:
        phone.confirm(code=phone.wrong_code())
    assert (refused.value.code, refused.value.status) == ("wrong_code", 422)
    assert refused.value.document["attempts_left"] == 2
    assert refused.value.request_id == refused.value.reply.headers["x-request-id"]


def test_a_refusal_of_a_rule_names_the_rule_and_the_fields(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    with pytest.raises(problems.LimitExceeded) as refused:
        phone.transfer("999999.00")
    assert refused.value.rule == "transfer.per_transaction"
    assert refused.value.errors["amount"] == "per_day"
    assert "transfer.per_transaction" in str(refused.value)


def test_a_refusal_survives_the_way_between_processes(sandbox: Sandbox) -> None:
    with pytest.raises(problems.NotFound) as refused:
        sandbox.members.get("mem_" + "0" * 32)
    again = pickle.loads(pickle.dumps(refused.value))
    assert (type(again), str(again)) == (problems.NotFound, str(refused.value))


def test_any_refusal_can_be_rehearsed(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    with pytest.raises(problems.ServiceUnavailable) as refused:
        phone.send(rehearsing(operations.get_products(), "service_unavailable"))
    assert refused.value.retry_after is not None


def test_the_whole_answer_to_an_operation_has_its_status_and_headers(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    ordered = phone.call(operations.create_transfer(phone.order("5.00")), headers={"X-App-Version": "9.9.9"})
    assert (ordered.status_code, "x-request-id" in ordered.headers) == (201, True)
    assert ordered.request.headers["x-app-version"] == "9.9.9"
    refused = phone.call(phone.confirmation(ordered.json(), "000000"))
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert sandbox.call(operations.get_clock()).json() == sandbox.clock.read()
    assert phone.pending is None, "whole answers are for the test to read"


def test_a_refusal_that_is_expected_is_the_answer(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    refused = phone.refused(operations.create_transfer(phone.order("999999.00")), problems.LimitExceeded)
    assert (refused.status, refused.rule) == (422, "transfer.per_transaction")
    phone.transfer("5.00")
    assert phone.refused(phone.confirmation(code=phone.wrong_code())).code == "wrong_code"
    assert sandbox.refused(operations.restore_snapshot("none"), problems.SnapshotNotFound).status == 404


def test_a_call_that_is_not_refused_as_expected_fails_and_says_what_came(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    with pytest.raises(AssertionError, match=r"POST /v1/transfers was accepted: \{.*'amount': '5\.00'"):
        phone.refused(operations.create_transfer(phone.order("5.00")), problems.LimitExceeded)
    with pytest.raises(problems.LimitExceeded):
        phone.refused(operations.create_transfer(phone.order("999999.00")), problems.InsufficientFunds)


def test_an_order_can_be_changed_before_it_is_sent(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    order = phone.order("5.00", reference="arriendo")
    assert (order["amount"], order["reference"], order["kind"]) == ("5.00", "arriendo", "own")
    same = {**order, "destination_account_id": order["origin_account_id"]}
    assert phone.refused(operations.create_transfer(same)).code == "same_account"


def test_what_a_login_was_answered_is_kept_as_long_as_it_holds(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    assert phone.session is not None
    assert phone.session["access_token"] == phone.token
    phone.refresh()
    assert phone.session["access_token"] == phone.token
    phone.log_out()
    assert phone.session is None


def test_a_connection_over_a_client_of_ones_own_is_at_its_address() -> None:
    with httpx.Client(base_url="http://127.0.0.1:9") as client:
        assert Connection(client=client).url == "http://127.0.0.1:9"


def test_an_unknown_code_is_a_problem_all_the_same() -> None:
    document = b'{"code": "of_tomorrow", "title": "?", "detail": "?", "request_id": "r"}'
    with pytest.raises(Problem) as refused:
        answering(409, document, "application/problem+json").clock.read()
    assert (type(refused.value), refused.value.code) == (Problem, "of_tomorrow")


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"code": "not_found"}'])
def test_an_error_that_is_no_problem_document_is_told_as_such(content: bytes) -> None:
    for media_type in ("application/problem+json", "text/html"):
        with pytest.raises(UnexpectedAnswer, match="GET /_sandbox/clock: 502"):
            answering(502, content, media_type).clock.read()


def test_no_answer_at_all_is_the_http_librarys_own_error() -> None:
    with Sandbox(url="http://127.0.0.1:9") as nowhere, pytest.raises(httpx.ConnectError):
        nowhere.clock.read()


def test_the_control_token_is_shown_to_the_control_plane_alone() -> None:
    sandbox, requests = sent(token="a-token-of-the-control-plane")
    for path in ("/_sandbox/clock", "/metrics", "/v1/app", "/_sandboxes"):
        sandbox.call("GET", path)
    sandbox.send(operations.clear_faults())
    shown = [request.headers.get("authorization") is not None for request in requests]
    assert shown == [True, True, False, False, True]
    assert {request.headers["x-sandbox"] for request in requests} == {"mine"}


def test_the_token_and_the_address_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_URL", "http://127.0.0.1:7")
    monkeypatch.setenv("SANDBOX_CONTROL_TOKEN", "a-token-of-the-control-plane")
    with Sandbox() as sandbox:
        assert sandbox.connection.url == "http://127.0.0.1:7"
        assert "Authorization" in sandbox.connection.addressed("x", is_control=True)


def test_a_language_is_asked_for_where_one_is_named(sandbox: Sandbox) -> None:
    assert "accept-language" not in sandbox.call("GET", "/v1/app").request.headers
    english, requests = sent(language="en")
    english.call("GET", "/v1/app")
    english.send(operations.clear_faults())
    assert [request.headers["accept-language"] for request in requests] == ["en", "en"]


def test_paths_are_quoted_and_absent_parameters_are_not_sent() -> None:
    request = operations.get_account("a/b c")
    assert request.path == "/v1/accounts/a%2Fb%20c"
    query = operations.list_service_payments(automatic=False, limit=5).parameters()
    assert query == {"automatic": "false", "limit": "5"}
