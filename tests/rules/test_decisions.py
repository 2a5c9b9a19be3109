"""What the rules answer."""

import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain.rules import FactsError, RuleBook

BOOK = RuleBook.load(Path(__file__).parent.parent.parent / "rules")
SPECIALS = "@#%&-!_+$*~"
TYPED = st.text(alphabet=st.sampled_from("aZ09" + SPECIALS + "= ,ñ\n\t'\"\\"), max_size=20) | st.text(max_size=20)


def failing(kind: str, value: str) -> set[str]:
    facts = {"value": value, "length": len(value), "username": "", "document_number": "1712345675"}
    return {finding.short_id for finding in BOOK.checklist(f"credential.{kind}", facts) if not finding.passed}


@given(TYPED)
def test_a_password_is_read_as_an_independent_reader_reads_it(value: str) -> None:
    expected = {
        "length": 8 <= len(value) <= 17,
        "upper": any("A" <= letter <= "Z" for letter in value),
        "lower": any("a" <= letter <= "z" for letter in value),
        "digit": any("0" <= letter <= "9" for letter in value),
        "special": any(letter in SPECIALS for letter in value),
        "repeat": "--" not in value and "==" not in value,
        "charset": all(re.fullmatch(r"[A-Za-z0-9]", letter) or letter in SPECIALS + "=" for letter in value),
    }
    assert failing("password", value) == {rule for rule, passed in expected.items() if not passed}


@given(TYPED)
def test_a_username_is_read_as_an_independent_reader_reads_it(value: str) -> None:
    space = bool(re.search(r"[ \t\n\r\f\v]", value))
    expected = {
        "length": 8 <= len(value) <= 17,
        "letter": any(letter.isascii() and letter.isalpha() for letter in value),
        "digit": any(letter in "0123456789" for letter in value),
        "space": not space,
        "charset": space or all(" " <= letter <= "~" for letter in value),
        "document": value != "1712345675",
    }
    assert failing("username", value) == {rule for rule, passed in expected.items() if not passed}


CENTS = st.integers(0, 10**9)


@st.composite
def transfers(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "stage": "creation", "kind": "interbank", "amount": draw(CENTS), "fee": 36, "tax": 5, "total": draw(CENTS),
        "used_today": draw(CENTS), "local_hour": draw(st.integers(0, 23)),
        "cap": {"per_transaction": draw(CENTS), "per_day": draw(CENTS)},
        "own_cap": {"per_transaction": draw(CENTS), "per_day": draw(CENTS)},
        "beneficiary": {"maximum": draw(CENTS), "own": draw(st.booleans())},
        "member": {"segment": "standard", "status": "active"},
        "origin": {"type": "savings", "status": draw(st.sampled_from(["active", "inactive"])), "debitable": draw(st.booleans())},
    }  # fmt: skip


@given(transfers(), st.sampled_from(["own", "cooperative", "interbank"]))
def test_one_program_answers_as_each_rule_on_its_own(facts: dict[str, Any], kind: str) -> None:
    decision = BOOK.decide(f"transfer.{kind}", facts)
    alone = [step.rule for step in decision.trace if step.passed is False]
    assert [finding.id for finding in decision.refused] == alone


@given(transfers())
def test_an_interbank_transfer_is_refused_for_what_exceeds_and_nothing_else(facts: dict[str, Any]) -> None:
    amount, day = facts["amount"], facts["used_today"] + facts["amount"]
    expected = {
        "per_transaction": amount > facts["cap"]["per_transaction"],
        "per_day": day > facts["cap"]["per_day"],
        "own_per_transaction": amount > facts["own_cap"]["per_transaction"],
        "own_per_day": day > facts["own_cap"]["per_day"],
        "beneficiary_maximum": not facts["beneficiary"]["own"] and amount > facts["beneficiary"]["maximum"],
        "origin_debitable": not facts["origin"]["debitable"],
        "origin_active": facts["origin"]["status"] != "active",
    }
    refused = {finding.short_id for finding in BOOK.decide("transfer.interbank", facts).refused}
    assert refused == {rule for rule, over in expected.items() if over}


def with_rule(**changes: str) -> RuleBook:
    lines = {"action": "deny", "on_error": "deny", "require": "sends_last_hour < 3", **changes}
    text = (
        BOOK.otp.text
        + f"""
  - id: otp.extra
    applies_to: [otp.resend]
    require: {lines["require"]}
    code: rule_refused
    action: {lines["action"]}
    on_error: {lines["on_error"]}
    message: {{es: "Van {{sends_last_hour}}.", en: "{{sends_last_hour}} so far."}}
"""
    )
    return BOOK.with_documents({"otp": text})


FACTS = {"seconds_since_last_send": 500, "seconds_to_wait": 0, "sends_last_hour": 4}


@pytest.mark.parametrize(("action", "where"), [("deny", "refused"), ("warn", "warned"), ("audit", "audited")])
def test_a_rules_action_says_where_its_finding_goes(action: str, where: str) -> None:
    decision = with_rule(action=action).decide("otp.resend", FACTS)
    found = {name: [finding.id for finding in getattr(decision, name)] for name in ("refused", "warned", "audited")}
    assert found == {name: ["otp.extra"] if name == where else [] for name in found}


def test_a_message_has_its_numbers_in_it_in_both_languages() -> None:
    finding = with_rule().decide("otp.resend", FACTS).refused[0]
    assert finding.message("es") == "Van 4."
    assert finding.message("en") == "4 so far."
    assert finding.revision != BOOK.otp.revision


def test_money_in_a_message_is_shown_as_money() -> None:
    facts = {
        "stage": "creation", "kind": "own", "amount": 99_999_99, "fee": 0, "tax": 0, "total": 0, "used_today": 0,
        "local_hour": 1, "cap": {"per_transaction": 2000_00, "per_day": 99_999_999}, "own_cap": {"per_transaction": 10**9, "per_day": 10**9},
        "beneficiary": {"maximum": 0, "own": True}, "member": {"segment": "standard", "status": "active"},
        "origin": {"type": "savings", "status": "active", "debitable": True},
    }  # fmt: skip
    assert "2000.00" in BOOK.decide("transfer.own", facts).refused[0].message("es")


@pytest.mark.parametrize(("on_error", "refused"), [("deny", ["otp.extra"]), ("allow", [])])
def test_what_cannot_be_evaluated_does_what_the_rule_says(on_error: str, refused: list[str]) -> None:
    book = with_rule(require="100 / (sends_last_hour - 4) > 0", on_error=on_error)
    decision = book.decide("otp.resend", FACTS)
    assert [finding.id for finding in decision.refused] == refused
    assert decision.trace[-1].error


def test_an_error_in_one_rule_hides_no_other_ones_refusal() -> None:
    book = with_rule(require="100 / (sends_last_hour - 9) > 0", on_error="allow")
    decision = book.decide("otp.resend", {"seconds_since_last_send": 1, "seconds_to_wait": 119, "sends_last_hour": 9})
    assert [finding.id for finding in decision.refused] == ["otp.cooldown", "otp.hourly"]


@pytest.mark.parametrize(
    ("subject", "facts", "field"),
    [
        ("otp.nope", {}, "subject"), ("otp.resend", {}, "seconds_since_last_send"),
        ("otp.resend", {**FACTS, "sends_last_hour": "4"}, "sends_last_hour"), ("otp.resend", {**FACTS, "more": 1}, "more"),
        ("session.create", {"enrolled": True, "member": {"segment": 1, "status": "active"}}, "member.segment"),
    ],
)  # fmt: skip
def test_facts_from_outside_must_fit_the_question(subject: str, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(FactsError) as error:
        BOOK.decide_checked(subject, facts)
    assert field in [name for name, _ in error.value.fields]


def test_fees_are_worked_out_in_cents() -> None:
    assert (BOOK.fees.for_kind("interbank").fee, BOOK.fees.for_kind("interbank").tax) == (36, 5)
    assert (BOOK.fees.for_kind("own").fee, BOOK.fees.for_kind("own").tax) == (0, 0)


def test_a_decision_that_goes_to_another_process_says_the_same_there() -> None:
    facts = {"value": "short", "length": 5, "username": "", "document_number": "1712345675"}
    taken = BOOK.decide("credential.password", facts)
    arrived = pickle.loads(pickle.dumps(taken))
    assert taken.refused
    assert [(each.id, each.action, each.message("es")) for each in arrived.refused] == [
        (each.id, each.action, each.message("es")) for each in taken.refused
    ]
    assert (arrived.subject, arrived.revision, arrived.facts) == (taken.subject, taken.revision, taken.facts)
    assert (arrived.warned, arrived.audited, arrived.trace) == (taken.warned, taken.audited, taken.trace)
