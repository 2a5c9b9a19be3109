"""Mistakes that would show at the first request, or as a stack trace, were they not told at load."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.domain.rules import RuleBook, RulesInvalid

BOOK = RuleBook.load(Path(__file__).parent.parent.parent / "rules")
FIRST = "require: amount <= cap.per_transaction"
FACTS: dict[str, Any] = {
    "kind": "own",
    "stage": "creation",
    "amount": 1_000,
    "fee": 0,
    "tax": 0,
    "total": 1_000,
    "used_today": 0,
    "local_hour": 0,
    "cap": {"per_transaction": 200_000, "per_day": 500_000},
    "own_cap": {"per_transaction": 200_000, "per_day": 500_000},
    "beneficiary": {"maximum": 50_000, "own": True},
    "member": {"segment": "standard", "status": "active"},
    "origin": {"type": "savings", "status": "active", "debitable": True},
}


def requiring(expression: str) -> str:
    """The limits with another requirement in their first rule."""
    assert FIRST in BOOK.limits.text
    return BOOK.limits.text.replace(FIRST, f"require: {expression}", 1)


def said(document: str, text: str) -> str:
    """What is wrong with a document."""
    with pytest.raises(RulesInvalid) as refusal:
        BOOK.with_documents({document: text})
    return str(refusal.value.errors[0])


@pytest.mark.parametrize(
    ("expression", "message", "at"),
    [
        (r'origin.status.matches("\d")', "escape", r'"\d")'),
        ('origin.status.matches("[a")', "not a pattern", '"[a")'),
        ("origin.status.matches(origin.type)", "written out", "origin.type)"),
        ('amount in ["a"]', "int in list of string", 'in ["a"]'),
        ("amount in []", "no type", "]"),
        ("amount <= 99999999999999999999", "too large", "99999999999999999999"),
    ],
)
def test_an_expression_that_could_never_work_is_pointed_at(expression: str, message: str, at: str) -> None:
    head, line, caret = said("limits", requiring(expression)).splitlines()
    assert message in head
    assert line[caret.index("^") :] == at


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("(" * 60 + "true" + ")" * 60, "nested too deeply"),
        ('"' + "!" * 200 + 'true"', "nested too deeply"),
        (" && ".join(["true"] * 500), "too long"),
        (" && ".join(["true"] * 120), "too long"),
    ],
)
def test_an_expression_that_would_exhaust_the_stack_is_refused(expression: str, message: str) -> None:
    assert message in said("limits", requiring(expression))


def test_a_long_and_deep_expression_is_taken() -> None:
    deep = "(" * 30 + "true" + ")" * 30
    text = requiring(" && ".join([deep, *["true"] * 50]))
    assert BOOK.with_documents({"limits": text}).decide("transfer.own", FACTS).refused == ()


@pytest.mark.parametrize(("answer", "refused"), [("deny", ["transfer.per_transaction"]), ("allow", [])])
def test_a_division_by_zero_does_what_the_rule_says_for_errors(answer: str, refused: list[str]) -> None:
    book = BOOK.with_documents({"limits": requiring(f"amount / local_hour >= 0\n    on_error: {answer}")})
    decision = book.decide("transfer.own", FACTS)
    assert [finding.id for finding in decision.refused] == refused
    assert decision.trace[0].error


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_document_is_told(text: str) -> None:
    assert "empty" in said("otp", text)


def test_a_param_too_large_for_cel_is_told() -> None:
    text = requiring("amount <= params.most\n    params: {most: 99999999999999999999}")
    assert "too large" in said("limits", text)


def test_a_param_may_hold_any_text() -> None:
    text = requiring('origin.status != params.odd\n    params: {odd: "a\\r\\t\\"\\\\\\0b"}')
    assert BOOK.with_documents({"limits": text}).decide("transfer.own", FACTS).refused == ()


@pytest.mark.parametrize("placeholder", ["{sends-per-hour}", "{ sends_per_hour }", "{sends_per_hour"])
def test_a_brace_that_is_no_placeholder_is_told(placeholder: str) -> None:
    assert "brace" in said("otp", BOOK.otp.text.replace("{sends_per_hour}", placeholder))


def test_an_id_is_unique_across_documents() -> None:
    text = BOOK.otp.text.replace("id: otp.hourly", "id: device.registered")
    assert "device.registered" in said("otp", text)


def test_memory_that_argon2_would_refuse_at_the_first_login_is_refused() -> None:
    text = BOOK.credentials.text.replace("memory_kib: 64, parallelism: 1", "memory_kib: 8, parallelism: 4")
    assert text != BOOK.credentials.text
    assert "memory_kib" in said("credentials", text)
