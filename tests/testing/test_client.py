"""The Python client: what it asks, what it answers, what it raises."""

import pickle
from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest

from sandbox.testing import Connection, Phone, Sandbox, UnexpectedAnswer, operations, problems, rehearsing
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


def test_a_fork_ends_with_its_context_and_its_origin_does_not(server: Sandbox) -> None:
    with server.create(rate=0, members=40) as origin:
        with origin.fork() as twin:
            phone = twin.phone("al-dia")
            phone.transfer("5.00")
            phone.confirm()
            assert origin.phone("al-dia").accounts() != phone.accounts()
        with pytest.raises(problems.SandboxNotFound):
            twin.info()
        assert origin.info()["name"] == origin.name
    with pytest.raises(problems.SandboxNotFound):
        origin.info()
    assert server.info()["name"] == "default"


def test_a_state_is_kept_and_brought_back(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    before = phone.accounts()
    sandbox.snapshot("before")
    assert [kept["name"] for kept in sandbox.snapshots()] == ["before"]
    phone.transfer("5.00")
    phone.confirm()
    with sandbox.fork(snapshot="before") as twin:
        assert twin.phone("al-dia").accounts() == before
    sandbox.restore("before")
    assert sandbox.phone("al-dia").accounts() == before
    sandbox.delete_snapshot("before")
    assert sandbox.snapshots() == []


def test_a_deleted_sandbox_is_brought_back_and_one_of_a_context_leaves_nothing(server: Sandbox) -> None:
    with server.create("brought-back", rate=0) as sandbox:
        accounts = sandbox.phone("al-dia").accounts()
        sandbox.delete()
        assert "brought-back" in [each["name"] for each in server.deleted()]
        assert sandbox.undelete()["state"] == "ready"
        assert sandbox.phone("al-dia").accounts() == accounts
    assert "brought-back" not in [each["name"] for each in server.deleted()]


def test_a_sandbox_travels_as_a_file(sandbox: Sandbox, server: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    phone.transfer("5.00")
    phone.confirm()
    with server.create(rate=0) as other:
        other.import_(sandbox.export())
        assert other.phone("al-dia").accounts() == phone.accounts()
    moved = phone.accounts()
    sandbox.reset()
    assert sandbox.phone("al-dia").accounts() != moved


def test_the_clock_moves_by_lengths_and_to_moments(sandbox: Sandbox) -> None:
    start = sandbox.clock.now()
    assert start.utcoffset() == timedelta(hours=-5)
    sandbox.clock.advance("PT1H")
    sandbox.clock.advance(timedelta(minutes=30, milliseconds=250))
    assert sandbox.clock.now() - start == timedelta(minutes=90, milliseconds=250)
    later = (start + timedelta(days=1)).astimezone(UTC)
    assert sandbox.clock.advance_to(later)["jobs"]
    assert sandbox.clock.now() == later
    with pytest.raises(problems.ClockGoesForward):
        sandbox.clock.advance_to(start)
    with pytest.raises(ValueError, match="names no moment"):
        sandbox.clock.advance_to(datetime(2026, 12, 1, 8, 0))  # noqa: DTZ001  # what is refused here
    assert sandbox.clock.set(rate=1)["rate"] == 1
    assert sandbox.clock.freeze()["rate"] == 0


def test_a_session_is_renewed_and_ended(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    sandbox.clock.advance("PT10M")
    with pytest.raises(problems.SessionExpired):
        phone.products()
    phone.log_in()
    token = phone.token
    assert phone.refresh().token != token
    phone.log_out()
    with pytest.raises(problems.InvalidToken):
        phone.products()


def test_members_are_made_changed_and_given_money(sandbox: Sandbox) -> None:
    member = sandbox.members.make(accounts=[{"balance": "50.00"}, {"balance": "0.00"}], segment="premium")
    account = member["accounts"][0]["id"]
    assert sandbox.members.deposit(account, "25.00")["available_balance"] == "75.00"
    hold = sandbox.members.hold(account, amount="20.00", reason="judicial")
    assert hold["available_balance"] == "55.00"
    sandbox.members.release_hold(hold["id"])
    assert sandbox.phone(member).available(account) == "75.00"
    assert sandbox.members.change(member["id"], status="inactive")["status"] == "inactive"
    with pytest.raises(problems.Problem):
        sandbox.phone(member)
    assert member["id"] in {each["id"] for each in sandbox.members.all()}
    with pytest.raises(LookupError, match="no persona"):
        sandbox.members.persona("nadie")


def test_a_token_needs_no_login(sandbox: Sandbox) -> None:
    member = sandbox.members.persona("al-dia")
    phone = Phone(sandbox, member, sandbox.members.session(member["id"])["access_token"])
    assert phone.savings()


def test_a_member_is_leased_to_one_client_at_a_time(sandbox: Sandbox) -> None:
    leased = sandbox.members.lease(persona="al-dia", seconds=60)
    with pytest.raises(problems.NoMemberFree):
        sandbox.members.lease(persona="al-dia")
    sandbox.members.release(leased["id"])
    assert sandbox.members.lease(persona="al-dia")["id"] == leased["id"]


def test_cards_buy(sandbox: Sandbox) -> None:
    member = next(each for each in sandbox.members.all() if each["cards"])
    assert sandbox.members.buy(member["cards"][0]["id"], amount="8.00", merchant="Almacén")["amount"] == "8.00"


def test_messages_are_read_and_waited_for(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    challenge = phone.transfer("5.00")["challenge"]
    message = sandbox.inbox.next(to=phone.member["phone"], wait=0)
    assert (message["challenge_id"], message["code"]) == (challenge["id"], sandbox.inbox.code(challenge["id"]))
    assert [each["id"] for each in sandbox.inbox.messages(channel="sms")] == [message["id"]]
    sandbox.inbox.clear()
    with pytest.raises(problems.NoMessage):
        sandbox.inbox.next(wait=0)


def test_faults_strike_what_they_match(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    sandbox.faults.refuse("service_unavailable", operation_id="getProducts", times=1)
    outage = sandbox.faults.outage("sms")
    with pytest.raises(problems.ServiceUnavailable):
        phone.products()
    assert phone.products()
    assert [fault["hits"] for fault in sandbox.faults.all()] == [1, 0]
    sandbox.faults.remove(outage["id"])
    assert sandbox.faults.add({"connection": "reset"}, first=True, path="/v1/me")["match"]["path"] == "/v1/me"
    assert [fault["effect"].get("connection") for fault in sandbox.faults.all()] == ["reset", None]
    sandbox.faults.clear()
    assert sandbox.faults.all() == []


def test_rules_are_overridden_asked_and_put_back(sandbox: Sandbox) -> None:
    sandbox.rules.replace("otp", "attempts: 3", "attempts: 1")
    assert "attempts: 1" in sandbox.rules.read("otp")
    phone = sandbox.phone("al-dia")
    phone.transfer("5.00")
    with pytest.raises(problems.ChallengeLocked):
        phone.confirm(code=phone.wrong_code())
    with pytest.raises(ValueError, match="0 times"):
        sandbox.rules.replace("otp", "attempts: 3", "attempts: 1")
    with pytest.raises(problems.RulesInvalid):
        sandbox.rules.override("otp", "settings: {")
    sandbox.rules.reset("otp")
    assert "attempts: 3" in sandbox.rules.read("otp")
    facts = {"seconds_since_last_send": 30, "seconds_to_wait": 90, "sends_last_hour": 1}
    assert sandbox.rules.evaluate("otp", "otp.resend", facts)["refused"] == ["otp.cooldown"]
    assert sandbox.rules.decisions(limit=1)


def test_calls_are_verified_with_their_near_misses(sandbox: Sandbox) -> None:
    sandbox.phone("al-dia").transfer("5.00")
    sandbox.journal.assert_called(operation_id="createTransfer", body={"amount": "5.00"}, exactly=1)
    with pytest.raises(AssertionError, match=r"body\.amount was '5\.00'"):
        sandbox.journal.assert_called(operation_id="createTransfer", body={"amount": "6.00"})
    [order] = sandbox.journal.requests(operation_id="createTransfer")
    assert sandbox.journal.request(order["id"])["response"]["body"]["amount"] == "5.00"
    sandbox.journal.clear()
    assert sandbox.journal.requests() == []


def test_events_and_entries_are_read_over_all_pages(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    for _ in range(3):
        phone.transfer("1.00")
        phone.confirm()
    events = sandbox.events.all()
    assert [event["kind"] for event in events].count("transfer.completed") == 3
    assert sandbox.events.all(after=events[-1]["id"]) == []
    entries = sandbox.ledger.entries()
    assert len(entries) == sandbox.ledger.audit()["entries"]


def test_jobs_wait_for_their_time(sandbox: Sandbox) -> None:
    assert sandbox.jobs.run() == []
    assert sandbox.jobs.waiting()


def test_webhooks_come_and_go(sandbox: Sandbox) -> None:
    hook = sandbox.webhooks.add("http://127.0.0.1:9/", kinds=["transfer.completed"])
    assert [each["id"] for each in sandbox.webhooks.all()] == [hook["id"]]
    assert sandbox.webhooks.deliveries(hook["id"]) == []
    sandbox.webhooks.remove(hook["id"])
    assert sandbox.webhooks.all() == []


def test_an_exchange_is_recorded(sandbox: Sandbox) -> None:
    sandbox.record()
    sandbox.phone("al-dia")
    assert len(sandbox.recording().splitlines()) == 2
    sandbox.stop_recording()
    with pytest.raises(problems.NotRecording):
        sandbox.recording()


def test_members_live_where_they_are_let(sandbox: Sandbox, server: Sandbox) -> None:
    assert sandbox.life.read()["level"] == "off"
    assert sandbox.life.set("busy")["level"] == "busy"
    sandbox.clock.advance("P9D")
    assert sum(sandbox.life.read()["counts"].values()) > 0
    with server.create(rate=0, members=40, life="quiet") as quiet:
        assert quiet.life.read()["level"] == "quiet"


def test_an_event_is_waited_for(sandbox: Sandbox) -> None:
    phone = sandbox.phone("al-dia")
    transfer = phone.transfer("5.00")
    phone.confirm()
    done = sandbox.events.next(kind="transfer.completed", subject=transfer["id"], wait=0)
    assert done["subject_id"] == transfer["id"]
    with pytest.raises(problems.NoEvent):
        sandbox.events.next(kind="transfer.completed", after=done["id"], wait=0)


def test_paths_are_quoted_and_absent_parameters_are_not_sent() -> None:
    request = operations.get_account("a/b c")
    assert request.path == "/v1/accounts/a%2Fb%20c"
    query = operations.list_service_payments(automatic=False, limit=5).parameters()
    assert query == {"automatic": "false", "limit": "5"}
