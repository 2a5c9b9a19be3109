"""A mistake in a rule document is told at load, with file, line and caret, and never reaches a request."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sandbox.cli.rules import app, schema_text
from sandbox.domain.rules import RuleBook, RulesInvalid, RuleSource, cases
from sandbox.domain.rules.answers import ANSWERS
from sandbox.domain.rules.kinds import KINDS

RULES = Path(__file__).parent.parent.parent / "rules"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    for path in RULES.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def edit(rules: Path, document: str, old: str, new: str) -> int:
    """Replace text in a document; the line the change begins in."""
    path = rules / f"{document}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


OTP = "require: seconds_since_last_send >= settings.resend_cooldown_seconds"


@pytest.mark.parametrize(
    ("new", "message", "at"),
    [
        ("require: seconds_since_last_sent >= 1", "unknown name 'seconds_since_last_sent'", "seconds"),
        ("require: sends_last_hour >= settings.cooldown", "unknown name 'settings.cooldown'", "settings.cooldown"),
        ("require: sends_last_hour >= params.most", "unknown name 'params.most'", "params.most"),
        ('require: sends_last_hour == "five"', "int == string does not go together", "=="),
        ("require: sends_last_hour + 1", "the whole must be bool, not int", "sends"),
        ("require: sends_last_hour >", "the expression ends too early", ""),
        ("require: sends_last_hour > 1 )", "unexpected ')'", ")"),
        ("require: sends_last_hour > 1 || sends_last_hour > true", "int > bool", "> true"),
        ("require: '(sends_last_hour > 1 ? 1 : 2) > 1 && sends_last_hour'", "bool && int", "&&"),
        ("require: sends_last_hour.matches('5')", "must be string, not int", "matches"),
        ("require: sends_last_hour $ 1", "unexpected '$'", "$"),
        ("require: '!sends_last_hour'", "must be bool, not int", "!"),
        ("require: '1 > 0 ? true : 1'", "both branches must be bool", "1'"),
        ("require: sends_last_hour in [1, true]", "an item of the list must be int", "true"),
    ],
)
def test_a_mistake_in_an_expression_is_told_with_line_and_caret(rules: Path, new: str, message: str, at: str) -> None:
    line = edit(rules, "otp", OTP, new)
    with pytest.raises(RulesInvalid) as invalid:
        RuleBook.load(rules)
    error = invalid.value.errors[0]
    assert error.file.endswith("otp.yaml")
    assert error.line == line
    assert message in error.message
    marked = f"{error.source}\n"[error.column - 1 :]
    assert marked.startswith(at)
    assert str(error).splitlines()[2].index("^") == str(error).splitlines()[1].index(error.source) + error.column - 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: otp.hourly", "id: otp.cooldown", "a second rule called otp.cooldown"),
        ("code: resend_too_soon", "code: resend_too_son", "no problem has the code resend_too_son"),
        ("applies_to: [otp.resend]", "applies_to: [otp.resent]", "unknown subject"),
        ("attempts: 3", "attempts: three", "integer"),
        ("attempts: 3", "attempts: 0", "greater than or equal to 1"),
        ("attempts: 3", "atempts: 3", "attempts: Field required"),
        ("attempts: 3", "attempts: 3\n  attempts: 4", "duplicate key"),
        ("attempts: 3", "attempts: [3", "expected"),
        ("{seconds_to_wait} ", "{cooldown} ", "nothing is called {cooldown}"),
        ("{seconds_to_wait:segundo|segundos}", "{cooldown:segundo|segundos}", "nothing is called {cooldown}"),
        ("{seconds_to_wait:segundo|segundos}", "{seconds_to_wait:segundos}", "a brace that is no {placeholder}"),
        ("document: otp", "document: opt", "Input should be 'otp'"),
    ],
)
def test_a_mistake_in_a_documents_form_is_told_with_its_line(rules: Path, old: str, new: str, message: str) -> None:
    line = edit(rules, "otp", old, new)
    with pytest.raises(RulesInvalid) as invalid:
        RuleBook.load(rules, frozenset({"resend_too_soon", "resend_limit_reached", "password_not_allowed",
                                        "username_not_allowed", "device_not_registered", "member_not_active",
                                        "limit_exceeded", "daily_limit_exceeded", "own_limit_exceeded",
                                        "beneficiary_limit_exceeded", "account_not_debitable", "account_not_active"}))  # fmt: skip
    assert any(message in error.message for error in invalid.value.errors), str(invalid.value)
    assert any(abs(error.line - line) <= 8 for error in invalid.value.errors)


def test_all_mistakes_are_told_at_once(rules: Path) -> None:
    edit(rules, "otp", "attempts: 3", "attempts: 0")
    edit(rules, "otp", "digits: 6", "digits: 99")
    edit(rules, "fees", '"15.00"', '"15.005"')
    with pytest.raises(RulesInvalid) as invalid:
        RuleBook.load(rules)
    assert len(invalid.value.errors) == 3


@pytest.mark.parametrize(
    ("document", "old", "new", "message"),
    [
        ("limits", '  - {kind: own, segment: premium', '  - {kind: own, segment: standard', "two caps"),
        ("limits", '{money: "2000.00"}', '{money: "2000"}', "not an amount"),
        ("limits", '{money: "2000.00"}', "2000.00", "write money as"),
        ("fees", "{kind: interbank", "{kind: interplanetary", "no fee for interbank"),
        ("fees", "{kind: cooperative", "{kind: own", "two fees"),
    ],
)  # fmt: skip
def test_a_table_that_does_not_add_up_is_refused(rules: Path, document: str, old: str, new: str, message: str) -> None:
    edit(rules, document, old, new)
    with pytest.raises(RulesInvalid) as invalid:
        RuleBook.load(rules)
    assert message in str(invalid.value)


def test_a_missing_document_is_told(rules: Path) -> None:
    (rules / "fees.yaml").unlink()
    with pytest.raises(RulesInvalid, match=r"fees\.yaml"):
        RuleBook.load(rules)


def test_the_last_good_revision_stays_in_force_after_a_broken_edit(rules: Path) -> None:
    source = RuleSource(rules)
    good = source.current
    edit(rules, "otp", "attempts: 3", "attempts: none")
    assert source.reload()
    assert source.current is good
    assert source.problems
    edit(rules, "otp", "attempts: none", "attempts: 5")
    assert source.reload() == []
    assert source.current.otp.settings.attempts == 5
    assert source.current.revision != good.revision


ALIASES_OF_ALIASES = "a: &a [1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcde", "bcdef", strict=True)
)
"""A few lines that stand for a hundred thousand values."""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("settings: {attempts: 3", "otp.yaml"),
        ("", "the document is empty"),
        (ALIASES_OF_ALIASES, "more than 4000 values, aliases written out"),
        ("settings: {attempts: 3, attempts: 4}", "found duplicate key"),
    ],
)
def test_what_is_no_document_is_told_with_its_file(rules: Path, text: str, message: str) -> None:
    (rules / "otp.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesInvalid) as invalid:
        RuleBook.load(rules)
    assert invalid.value.errors[0].file.endswith("otp.yaml")
    assert message in str(invalid.value)


def test_who_overrides_the_same_gets_the_same_book_until_the_documents_change(rules: Path) -> None:
    source = RuleSource(rules)
    patient = {"otp": (rules / "otp.yaml").read_text(encoding="utf-8").replace("attempts: 3", "attempts: 9")}
    assert source.overridden({}) is source.current
    book = source.overridden(patient)
    assert source.overridden(dict(patient)) is book
    assert book.revision != source.current.revision
    edit(rules, "sessions", "absolute_seconds: 1800", "absolute_seconds: 1700")
    assert source.reload() == []
    assert source.overridden(patient) is not book
    assert source.overridden(patient).revision != book.revision


def test_an_override_that_does_not_hold_or_of_no_document_is_refused(rules: Path) -> None:
    source = RuleSource(rules)
    with pytest.raises(RulesInvalid):
        source.overridden({"otp": "settings: {attempts: none}"})
    with pytest.raises(KeyError):
        source.overridden({"weather": "settings: {}"})


def test_overrides_are_checked_together_whatever_their_order(rules: Path) -> None:
    renamed = (rules / "otp.yaml").read_text(encoding="utf-8").replace("id: otp.hourly\n", "id: otp.each_hour\n")
    taking = (rules / "devices.yaml").read_text(encoding="utf-8").replace("id: device.registered\n", "id: otp.hourly\n")
    book = RuleSource(rules).overridden({"devices": taking, "otp": renamed})
    assert [rule.id for rule in book.devices.rules] == ["otp.hourly"]


def test_mistakes_of_all_overrides_are_told_at_once(rules: Path) -> None:
    broken = {"otp": "settings: {attempts: none}", "fees": "settings: ["}
    with pytest.raises(RulesInvalid) as invalid:
        RuleSource(rules).overridden(broken)
    assert {error.file for error in invalid.value.errors} == {"otp.yaml", "fees.yaml"}


def test_a_second_rule_of_a_name_is_told_with_the_document_of_the_first(rules: Path) -> None:
    edit(rules, "otp", "id: otp.hourly", "id: device.registered")
    with pytest.raises(RulesInvalid) as invalid:
        RuleBook.load(rules)
    (error,) = invalid.value.errors
    assert error.message == "rules.4.id: a second rule called device.registered: there is one in devices.yaml"


def test_one_document_can_be_replaced_in_a_book_of_its_own() -> None:
    book = RuleBook.load(RULES)
    other = book.with_documents({"otp": book.otp.text.replace("attempts: 3", "attempts: 9")})
    assert (book.otp.settings.attempts, other.otp.settings.attempts) == (3, 9)
    assert other.limits.revision == book.limits.revision
    with pytest.raises(KeyError):
        book.with_documents({"nope": ""})


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
def test_every_rule_has_a_case_that_it_refuses_and_every_question_one_that_passes() -> None:
    book = RuleBook.load(RULES)
    outcomes = list(cases.run(book, RULES))
    assert [outcome.problem for outcome in outcomes if outcome.problem] == []
    refused = {rule for outcome in outcomes for rule in outcome.case.expect.refused}
    every = {rule.id for document in book.documents.values() for rule in document.rules}
    assert refused == every
    assert {outcome.case.subject for outcome in outcomes} >= ANSWERS.keys()
    passing = {outcome.case.subject for outcome in outcomes if not outcome.case.expect.refused} - ANSWERS.keys()
    assert passing == {
        subject for document in book.documents.values() for rule in document.rules for subject in rule.applies_to
    }


@pytest.mark.parametrize("document", sorted(KINDS))
def test_the_schema_beside_a_document_is_the_one_the_code_has(document: str) -> None:
    kept = (RULES / "schemas" / f"{document}.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(document), "run: sandbox rules schema --write rules/schemas"


def test_check_ends_with_status_1_and_tells_file_line_and_caret(rules: Path) -> None:
    line = edit(rules, "otp", OTP, "require: seconds_since_last_sent >= 1")
    result = CliRunner().invoke(app, ["check", "--rules-dir", str(rules)])
    assert result.exit_code == 1
    assert f"otp.yaml:{line}:" in result.output
    assert "^" in result.output


def test_test_ends_with_status_1_for_a_case_that_does_not_hold(rules: Path) -> None:
    edit(rules, "otp.cases", "seconds_since_last_send: 119", "seconds_since_last_send: 121")
    result = CliRunner().invoke(app, ["test", "--rules-dir", str(rules)])
    assert result.exit_code == 1
    assert "a second earlier it may not: expected refused otp.cooldown, found nothing" in result.output


@pytest.mark.parametrize(
    ("document", "old", "new", "told"),
    [
        ("identity.cases", 'number: "1712345676"', 'number: "1712345675"', "expected False, found True"),
        ("identity.cases", "type: passport", "type: licence", "facts do not fit"),
        ("calendar.cases", "year: 2023", "year: 1993", "facts do not fit"),
        ("calendar", "tuesday: -1, wednesday: 2", "wednesday: 2", "found ["),
    ],
)
def test_cases_of_answers_fail_too(rules: Path, document: str, old: str, new: str, told: str) -> None:
    edit(rules, document, old, new)
    result = CliRunner().invoke(app, ["test", "--rules-dir", str(rules)])
    assert result.exit_code == 1
    assert told in result.output


def test_explain_shows_what_each_rule_said() -> None:
    facts = '{"seconds_since_last_send": 10, "seconds_to_wait": 110, "sends_last_hour": 1}'
    result = CliRunner().invoke(app, ["explain", "otp.resend", "--facts", facts, "--rules-dir", str(RULES)])
    assert result.exit_code == 0
    assert "otp.cooldown" in result.output
    assert "resend_too_soon" in result.output
    assert result.output.rstrip().endswith("refused")


@pytest.mark.parametrize(
    ("subject", "facts", "told"),
    [
        ("identity.document", '{"type": "cedula", "number": "1712345675"}', True),
        ("identity.document", '{"type": "cedula", "number": "1712345676"}', False),
        ("calendar.rest_days", '{"year": 2023}', "01-02"),
    ],
)
def test_explain_shows_what_documents_answer(subject: str, facts: str, told: object) -> None:
    result = CliRunner().invoke(app, ["explain", subject, "--facts", facts, "--rules-dir", str(RULES)])
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert answer is told or told in answer


@pytest.mark.parametrize("facts", ['{"type": "licence", "number": "1"}', '{"type": "cedula"}', '{"year": 2023}'])
def test_explain_says_which_facts_of_an_answer_do_not_fit(facts: str) -> None:
    result = CliRunner().invoke(app, ["explain", "identity.document", "--facts", facts, "--rules-dir", str(RULES)])
    assert result.exit_code == 2
    assert re.search("^(type|number|year): ", result.output, re.MULTILINE)


@pytest.mark.parametrize("facts", ["{", "[]", "@/no/such/file", '{"sends_last_hour": "1"}'])
def test_explain_says_what_is_wrong_with_the_facts(facts: str) -> None:
    result = CliRunner().invoke(app, ["explain", "otp.resend", "--facts", facts, "--rules-dir", str(RULES)])
    assert result.exit_code == 2
    assert result.output
