"""Rules to read and ask; entries to look at."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import assert_problem


def test_rules_are_listed_and_read_as_written(bank: Sandbox) -> None:
    rules = bank.rules.all()
    assert "limits" in [document["name"] for document in rules["documents"]]
    assert rules["problems"] == []
    text = bank.call("GET", "/_sandbox/rules/otp")
    assert "attempts: 3" in text.text
    assert_problem(bank.call("GET", "/_sandbox/rules/nope"), 404, "not_found")


def test_a_question_gets_a_decision_with_its_trace_and_leaves_none(bank: Sandbox) -> None:
    question = {
        "subject": "otp.resend",
        "facts": {"seconds_since_last_send": 1, "seconds_to_wait": 119, "sends_last_hour": 1},
    }
    answer = bank.send(operations.evaluate_rules("otp", question))
    assert (answer["allowed"], answer["refused"]) == (False, ["otp.cooldown"])
    assert [step["passed"] for step in answer["trace"]] == [False, True]
    assert bank.send(operations.list_decisions())["items"] == []


@pytest.mark.parametrize(
    ("document", "body", "status", "code"),
    [
        ("nope", {"subject": "otp.resend", "facts": {}}, 404, "not_found"),
        ("otp", {"subject": "otp.resend", "facts": {}}, 422, "facts_do_not_fit"),
        ("otp", {"subject": "nope", "facts": {}}, 422, "facts_do_not_fit"),
        ("otp", {"facts": []}, 422, "validation_failed"),
    ],
)
def test_a_question_that_is_none_is_told(bank: Sandbox, document: str, body: dict, status: int, code: str) -> None:
    assert_problem(bank.call("POST", f"/_sandbox/rules/{document}/evaluate", json=body), status, code)


def test_entries_are_listed_with_their_postings(phone: Phone) -> None:
    page = phone.sandbox.send(operations.list_entries(limit=5))
    assert len(page["items"]) == 5
    for entry in page["items"]:
        assert sum(round(float(leg["amount"]) * 100) for leg in entry["postings"]) == 0
    following = phone.sandbox.send(operations.list_entries(limit=5, cursor=page["next_cursor"]))
    assert {entry["id"] for entry in page["items"]}.isdisjoint(entry["id"] for entry in following["items"])
