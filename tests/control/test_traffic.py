"""Requests at a glance, and everything that one of them did."""

from collections.abc import Iterator

import httpx2 as httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing
from tests.transport import bank_of


def told(bank: Sandbox, **wanted: object) -> list[Json]:
    return bank.send(operations.list_traffic(**wanted))["items"]


def operation_ids(bank: Sandbox, **wanted: object) -> list[str]:
    return [each["operation_id"] for each in told(bank, **wanted)]


@pytest.fixture
def refused(bank: Sandbox, phone: Phone) -> Phone:
    """A phone that logged in, ordered a transfer, and was refused another one."""
    phone.transfer("1.00")
    answer = phone.call("POST", "/v1/transfers", json=phone.order("40000.00"))
    assert_problem(answer, 409, "insufficient_funds")
    return phone


def test_lines_are_newest_first_with_member_and_problem(bank: Sandbox, refused: Phone) -> None:
    first, *_, last = told(bank)
    assert (first["status"], first["problem"], first["member"]) == (409, "insufficient_funds", refused.member["name"])
    assert first["member_id"] == refused.member["id"]
    assert (last["operation_id"], last["problem"], last["fault"]) == ("createSession", None, None)


def test_they_can_be_narrowed_and_searched(bank: Sandbox, refused: Phone) -> None:
    name = refused.member["name"].split()[0]
    assert operation_ids(bank, outcome="refused") == ["createTransfer"]
    assert operation_ids(bank, outcome="failed") == []
    assert operation_ids(bank, problem="insufficient_funds") == ["createTransfer"]
    assert operation_ids(bank, q="INSUFFICIENT") == ["createTransfer"]
    assert operation_ids(bank, q="sessions") == ["createSession"]
    assert operation_ids(bank, method="post", operation_id="createTransfer") == ["createTransfer"] * 2
    assert operation_ids(bank, q=name.lower(), operation_id="createTransfer") == ["createTransfer"] * 2
    assert operation_ids(bank, q="no such thing") == []
    other = next(each for each in bank.members.all() if each["id"] != refused.member["id"])
    assert operation_ids(bank, member_id=other["id"]) == []
    assert operation_ids(bank, member_id=refused.member["id"]) == operation_ids(bank)[:-1], "all but the login itself"


def test_what_a_fault_struck_can_be_found(bank: Sandbox, phone: Phone) -> None:
    fault = bank.send(operations.create_fault({"effect": {"problem": "service_unavailable"}}))["id"]
    assert_problem(phone.call("GET", "/v1/products"), 503, "service_unavailable")
    [line] = told(bank, outcome="struck")
    assert (line["fault"], line["status"], line["problem"]) == (fault, 503, "service_unavailable")
    assert told(bank, outcome="failed") == [line]


def test_pages_go_on_where_the_one_before_ended_while_more_requests_come(bank: Sandbox, phone: Phone) -> None:
    for _ in range(5):
        phone.call("GET", "/v1/app")
    before = told(bank)
    seen: list[Json] = []
    cursor: str | None = None
    while True:
        page = bank.send(operations.list_traffic(limit=2, cursor=cursor))
        seen += page["items"]
        phone.call("GET", "/v1/app")
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == before


def test_words_that_mean_nothing_are_refused(bank: Sandbox) -> None:
    answer = bank.call("GET", "/_sandbox/traffic", params={"operation_id": "nothing"})
    assert set(failing(assert_problem(answer, 422, "validation_failed"))) == {"operation_id"}
    answer = bank.call("GET", "/_sandbox/traffic", params={"cursor": "x"})
    assert_problem(answer, 422, "invalid_cursor")
    assert_problem(bank.call("GET", "/_sandbox/traffic", params={"member_id": "mem_x"}), 404, "not_found")


def test_what_is_searched_is_what_is_shown(bank: Sandbox, phone: Phone) -> None:
    """A search must not tell what the journal hides."""
    assert told(bank, q=phone.member["password"]) == []
    assert told(bank, q=phone.token) == []


def test_one_request_tells_why_it_was_answered_so_and_what_it_did(bank: Sandbox, phone: Phone) -> None:
    challenge = phone.transfer("5.00")["challenge"]["id"]
    answer = phone.call(phone.confirmation(challenge))
    ordered, confirmed = (
        bank.send(operations.get_request(told(bank, operation_id=name)[0]["id"]))
        for name in ("createTransfer", "confirmChallenge")
    )
    assert [each["challenge_id"] for each in ordered["messages"]] == [challenge]
    assert ordered["member"] == phone.member["name"]
    assert "transfer.own" in [each["subject"] for each in ordered["decisions"]]
    assert "transfer.created" in [each["kind"] for each in ordered["events"]]
    assert ordered["entries"] == []
    assert "transfer.completed" in [each["kind"] for each in confirmed["events"]]
    [entry] = confirmed["entries"]
    assert [each["amount"] for each in entry["postings"]] == ["-5.00", "5.00"]
    assert {each["request_id"] for each in [entry, *confirmed["events"]]} == {answer.headers["x-request-id"]}
    assert (confirmed["problem"], confirmed["status"]) == (None, 200)


def test_a_refusal_tells_the_rule_that_refused(bank: Sandbox, phone: Phone) -> None:
    answer = phone.call("POST", "/v1/transfers", json=phone.order("60000.00"))
    shown = bank.send(operations.get_request(answer.headers["x-request-id"]))
    assert shown["problem"] == answer.json()["code"]
    refusing = [rule for each in shown["decisions"] for rule in each["refused"]]
    assert refusing[0] == answer.json()["rule"]["id"]


def test_an_unknown_request_is_not_found(bank: Sandbox) -> None:
    assert_problem(bank.call("GET", "/_sandbox/requests/req_nope"), 404, "not_found")


@pytest.fixture
def fresh(client: httpx.Client) -> Iterator[Sandbox]:
    """A sandbox that has not been called: counts outlive a reset."""
    bank = bank_of(client, "counted")
    bank.send(operations.create_sandbox({"name": bank.name, "clock": {"rate": 0}}))
    yield bank
    bank.other(bank.name).delete(permanent=True)


def summary(bank: Sandbox) -> Json:
    return bank.send(operations.summarize_traffic())


def test_a_summary_counts_the_calls_of_one_sandbox_by_operation(fresh: Sandbox, bank: Sandbox) -> None:
    phone = fresh.phone("al-dia")
    order = phone.order("40000.00")
    before = summary(fresh)
    bank.call("GET", "/v1/app")
    phone.call("GET", "/v1/faqs")
    phone.call("GET", "/v1/faqs")
    assert_problem(phone.call("POST", "/v1/transfers", json=order), 409, "insufficient_funds")
    phone.call("GET", "/v1/nowhere")
    after = summary(fresh)
    assert (after["requests"] - before["requests"], after["refused"] - before["refused"]) == (4, 2)
    told = {each["operation_id"]: each for each in after["operations"]}
    assert told["listFaqs"]["requests"] == 2
    assert (told["createTransfer"]["requests"], told["createTransfer"]["refused"]) == (1, 1)
    assert told["createTransfer"]["problems"] == {"insufficient_funds": 1}
    assert told[None]["problems"] == {"not_found": 1}
    assert "getAppInfo" not in told
    numbers = [each["requests"] for each in after["operations"]]
    assert numbers == sorted(numbers, reverse=True)
    assert after["seconds"] >= before["seconds"]


def test_a_call_that_was_cut_or_failed_has_failed(fresh: Sandbox) -> None:
    fault = {"match": {"operation_id": "getAppInfo"}, "effect": {"problem": "service_unavailable"}}
    fresh.send(operations.create_fault(fault))
    fresh.call("GET", "/v1/app")
    (app,) = summary(fresh)["operations"]
    assert (app["requests"], app["failed"], app["refused"]) == (1, 1, 0)
    assert summary(fresh)["failed"] == 1


def test_histograms_hold_every_call_and_bound_the_quantiles(fresh: Sandbox) -> None:
    fresh.phone("al-dia").transfer("1.00")
    told = summary(fresh)
    for each in told["operations"]:
        assert len(each["histogram"]) == len(told["bounds_ms"]) + 1
        assert sum(each["histogram"]) == each["requests"]
        assert 0 < each["p50_ms"] <= each["p95_ms"] <= each["p99_ms"] <= told["bounds_ms"][-1]
    assert told["requests"] == sum(each["requests"] for each in told["operations"])


def test_a_sandbox_without_calls_has_no_latency_and_a_reset_forgets_none(fresh: Sandbox) -> None:
    told = summary(fresh)
    assert (told["requests"], told["p50_ms"], told["operations"]) == (0, None, [])
    fresh.call("GET", "/v1/app")
    fresh.reset()
    assert summary(fresh)["requests"] == 1


def test_metrics_still_count_the_calls_of_a_sandbox_that_is_gone(client: httpx.Client) -> None:
    def served() -> float:
        families = text_string_to_metric_families(client.get("/metrics").text)
        answers = next(family for family in families if family.name == "sandbox_requests")
        return sum(each.value for each in answers.samples if each.labels["operation"] == "getAppInfo")

    passing = bank_of(client, "passing")
    passing.send(operations.create_sandbox({"name": passing.name}))
    before = served()
    passing.call("GET", "/v1/app")
    assert served() == before + 1
    passing.other(passing.name).delete()
    assert served() == before + 1
