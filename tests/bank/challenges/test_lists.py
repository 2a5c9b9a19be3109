"""Lists of operations: by status and day, with the challenge each one waits for, in one query a page."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sandbox.bank.challenges import queries
from sandbox.testing import Phone, operations
from tests import everything, stories
from tests.answers import Json, answered, assert_problem, failing
from tests.bank.test_system_accounts import cancel, expire, go_to, owner
from tests.stories import LISTED, Operation

__all__ = ["owner"]
PENDING = {"status": "pending_confirmation"}
EACH = pytest.mark.parametrize("operation", LISTED.values(), ids=LISTED)


def listed(phone: Phone, operation: Operation, **wanted: str) -> list[Json]:
    items: list[Json] = answered(phone.call("GET", f"/v1{operation.path!s}", params=wanted))["items"]
    return items


@EACH
def test_what_waits_for_a_code_is_listed_and_shown_with_its_challenge(owner: Phone, operation: Operation) -> None:
    placed = operation.place(owner)
    challenge = owner.send(operations.get_challenge(placed["challenge"]["id"]))
    assert placed["challenge"] == challenge
    assert [(each["id"], each["challenge"]) for each in listed(owner, operation, **PENDING)] == [
        (placed["id"], challenge)
    ]
    if operation.single:
        assert answered(owner.call("GET", f"/v1{operation.path}/{placed['id']}"))["challenge"] == challenge
    cancel(owner, placed["challenge"]["id"])
    assert listed(owner, operation, **PENDING) == []
    assert [each["id"] for each in listed(owner, operation, status="cancelled")] == [placed["id"]]


@EACH
def test_what_ran_is_listed_by_its_status_without_a_challenge(owner: Phone, operation: Operation) -> None:
    done = everything.confirmed(owner, operation.place(owner))
    (found,) = [each for each in listed(owner, operation, status=done["status"]) if each["id"] == done["id"]]
    assert found["challenge"] is None
    assert done["id"] in [each["id"] for each in listed(owner, operation)]
    if operation.single:
        assert answered(owner.call("GET", f"/v1{operation.path}/{done['id']}"))["challenge"] is None


@EACH
def test_a_list_goes_from_day_to_day_both_included(owner: Phone, operation: Operation) -> None:
    placed = operation.place(owner)["id"]
    found = {}
    for since, until in (("04", "04"), ("05", "05"), ("03", "03")):
        days = {"from": f"2026-12-{since}", "to": f"2026-12-{until}"}
        found[since] = [each["id"] for each in listed(owner, operation, **PENDING, **days)]
    assert found == {"03": [], "04": [placed], "05": []}


@pytest.mark.parametrize(
    "path", ["/service-payments", "/beneficiaries", "/external-cards", "/registered-services", "/scheduled-payments"]
)
def test_a_list_that_leaves_some_out_shows_all_when_asked(owner: Phone, path: str) -> None:
    (operation,) = [each for name, each in LISTED.items() if each.path == path and name != "top-up"]
    cancelled = operation.place(owner)
    cancel(owner, cancelled["challenge"]["id"])
    made = everything.confirmed(owner, operation.place(owner))
    usual = [each["id"] for each in listed(owner, operation)]
    found = [each["id"] for each in listed(owner, operation, status="all")]
    assert made["id"] in usual
    assert cancelled["id"] not in usual
    assert sorted(found) == sorted([*usual, cancelled["id"]])
    assert_problem(owner.call("GET", "/v1/transfers", params={"status": "all"}), 422, "validation_failed")


@pytest.mark.sqlite("counts what its store is asked")
@EACH
def test_a_status_there_is_not_is_refused(owner: Phone, operation: Operation) -> None:
    answer = owner.call("GET", f"/v1{operation.path!s}", params={"status": "pending"})
    assert_problem(answer, 422, "validation_failed")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of each query for challenges."""
    told: list[str] = []
    pending = queries.PENDING_OF

    def noted(params: Mapping[str, Any]) -> tuple[Any, ...]:
        told.append(params["operation_ids"])
        return pending.values(params)

    monkeypatch.setattr(queries, "PENDING_OF", replace(pending, values=noted))
    return told


def test_a_page_asks_for_its_challenges_once(owner: Phone, asked: list[str]) -> None:
    placed = [owner.transfer(f"{number}.00") for number in range(1, 6)]
    everything.confirmed(owner, placed[2])
    page = owner.send(operations.list_transfers(limit=4))
    assert len(asked) == 1
    assert asked[0].count(",") == 2  # three of the four wait
    waiting = [each["challenge"]["id"] for each in page["items"] if each["challenge"]]
    assert waiting == [placed[number]["challenge"]["id"] for number in (4, 3, 1)]
    asked.clear()
    owner.send(operations.list_transfers(status="completed"))
    assert asked == []


def test_the_history_of_payments_has_those_that_were_made(owner: Phone) -> None:
    cancel(owner, everything.paid_bill(owner, "EEQ", everything.BILL)["challenge"]["id"])
    expired = everything.paid_bill(owner, "EEQ", everything.BILL)
    expire(owner, "")
    made = everything.confirmed(owner, everything.paid_bill(owner, "EEQ", everything.BILL))
    pending = everything.paid_bill(owner, "CNEL", "1100223344")
    assert [each["id"] for each in owner.send(operations.list_service_payments())["items"]] == [made["id"]]
    assert [each["id"] for each in owner.send(operations.list_service_payments(**PENDING))["items"]] == [pending["id"]]
    cnel = {"biller_id": everything.billed_by(owner, "CNEL")}
    assert owner.send(operations.list_service_payments(**cnel))["items"] == []
    assert [
        each["id"] for each in answered(owner.call("GET", "/v1/service-payments", params=PENDING | cnel))["items"]
    ] == [pending["id"]]
    shown = owner.send(operations.list_service_payments(status="expired", automatic="false"))["items"]
    assert [each["id"] for each in shown] == [expired["id"]]
    assert owner.send(operations.list_service_payments(automatic="true"))["items"] == []


@pytest.mark.parametrize(("path", "query"), [("/beneficiaries", "Carmen"), ("/external-cards", "")])
def test_a_code_raises_a_maximum_to_what_was_asked_when_it_was_sent(owner: Phone, path: str, query: str) -> None:
    place = (
        f"{path}/{answered(owner.call('GET', f'/v1{path}', params={'q': query} if query else {}))['items'][0]['id']}"
    )
    before = answered(owner.call("GET", f"/v1{place}"))["maximum_amount"]
    first = stories.edited(owner, place, maximum_amount="7000.00")
    second = stories.edited(owner, place, maximum_amount="9000.00")
    assert (second["maximum_amount"], second["pending_maximum_amount"]) == (before, "9000.00")
    confirmed = everything.confirmed(owner, first)
    assert (confirmed["maximum_amount"], confirmed["pending_maximum_amount"]) == ("7000.00", "9000.00")
    for shown in (
        answered(owner.call("GET", f"/v1{place}")),
        answered(owner.call("GET", f"/v1{path}", params={"q": query} if query else {}))["items"][0],
    ):
        assert (shown["maximum_amount"], shown["pending_maximum_amount"]) == ("7000.00", "9000.00")
        assert shown["challenge"]["id"] == second["challenge"]["id"]
    confirmed = everything.confirmed(owner, second)
    assert (confirmed["maximum_amount"], confirmed["pending_maximum_amount"], confirmed["challenge"]) == (
        "9000.00", None, None,
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/beneficiaries", "/external-cards"])
def test_a_maximum_that_was_lowered_meanwhile_is_raised_to_what_was_asked(owner: Phone, path: str) -> None:
    raised = stories.raised(path)(owner)
    place = f"{path}/{raised['id']}"
    lowered = stories.edited(owner, place, maximum_amount="10.00", alias="Otro nombre")
    assert (lowered["maximum_amount"], lowered["pending_maximum_amount"]) == ("10.00", "9000.00")
    shown = everything.confirmed(owner, raised)
    assert (shown["maximum_amount"], shown["alias"]) == ("9000.00", "Otro nombre")


@pytest.mark.parametrize("path", ["/beneficiaries", "/external-cards"])
def test_a_maximum_whose_code_expired_is_pending_no_more(owner: Phone, path: str) -> None:
    raised = stories.raised(path)(owner)
    go_to(owner, "2026-12-04T10:05:00-05:00")
    shown = answered(owner.call("GET", f"/v1{path}/{raised['id']}"))
    assert (shown["pending_maximum_amount"], shown["challenge"]) == (None, None)


@EACH
def test_a_list_comes_in_pages_of_the_limit(owner: Phone, operation: Operation) -> None:
    path, wanted = str(operation.path), {"status": "cancelled", "limit": "200"}
    placed = []
    for _ in range(3):
        order = operation.place(owner)
        cancel(owner, order["challenge"]["id"])
        placed.append(order["id"])
    whole = answered(owner.call("GET", f"/v1{path}", params=wanted))
    ids = [each["id"] for each in whole["items"]]
    assert (sorted(ids), whole["next_cursor"]) == (sorted(placed), None)
    for limit, cuts in ((1, [1, 1, 1]), (2, [2, 1]), (3, [3]), (4, [3])):
        pages = pages_of(owner, path, wanted | {"limit": str(limit)})
        assert [len(page) for page in pages] == cuts
        assert [each["id"] for page in pages for each in page] == ids


def pages_of(phone: Phone, path: str, wanted: dict[str, str]) -> list[list[Json]]:
    """The items of each page, up to the one without a cursor."""
    pages: list[list[Json]] = []
    cursor = {}
    while True:
        page = answered(phone.call("GET", f"/v1{path}", params=wanted | cursor))
        pages.append(page["items"])
        if page["next_cursor"] is None:
            return pages
        cursor = {"cursor": page["next_cursor"]}


@EACH
@pytest.mark.parametrize(("limit", "code"), [("0", "too_small"), ("201", "too_large")])
def test_a_limit_is_from_1_to_200(owner: Phone, operation: Operation, limit: str, code: str) -> None:
    answer = owner.call("GET", f"/v1{operation.path!s}", params={"limit": limit})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"limit": code}


@EACH
def test_a_cursor_that_is_none_is_refused(owner: Phone, operation: Operation) -> None:
    assert_problem(owner.call("GET", f"/v1{operation.path!s}", params={"cursor": "x"}), 422, "invalid_cursor")
