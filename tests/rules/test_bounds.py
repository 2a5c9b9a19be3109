"""No rule document costs more than it may: what is too large, too deep or too slow is refused, and refused at once."""

import itertools
import time
from pathlib import Path

import pytest

from sandbox.domain.rules import FactsError, RuleBook, RulesInvalid
from sandbox.domain.rules.bounds import DEEPEST, MOST_BYTES, MOST_VALUES, mistake

RULES = Path(__file__).parent.parent.parent / "rules"
BOOK = RuleBook.load(RULES)
# How many times as long as reading a real document a refusal may take. It takes 7 times as long at most, and what the
# library would build of the text 140 to 2,000 times.
AT_ONCE = 25
_NUMBERS = itertools.count()

TOO_MUCH = {
    "15,000 anchors": ("\n".join(f"k{n}: &a{n} 1" for n in range(15_000)), f"larger than {MOST_BYTES} bytes"),
    "anchors within the bytes": ("\n".join(f"k{n}: &a{n} 1" for n in range(4_200)), f"more than {MOST_VALUES} values"),
    "60,000 open brackets": ("[" * 60_000, f"nested more than {DEEPEST} deep"),
    "60,000 open braces": ("{" * 60_000, f"nested more than {DEEPEST} deep"),
    "brackets on lines of their own": ("[\n" * 30_000, f"nested more than {DEEPEST} deep"),
    "nested dashes": ("- " * 30_000, f"nested more than {DEEPEST} deep"),
    "nested keys": ("? " * 30_000, f"nested more than {DEEPEST} deep"),
    "a list of 8,000": ("rules:\n" + "  - 1\n" * 8_000, f"more than {MOST_VALUES} values"),
    "a flow list of 8,000": (f"rules: [{'1,' * 8_000}]", f"more than {MOST_VALUES} values"),
    "many documents": ("---\n" * 16_000, f"more than {MOST_VALUES} values"),
    "aliases of an unknown anchor": ("[" + "*a, " * 15_000 + "]", "the alias *a means itself or nothing"),
    "directives": ("%a b\n" * 13_000, "expected '<document start>'"),
}


def seconds_of_a_real_document() -> float:
    """What reading one takes now: the least of three, as what else the machine does only adds to it."""
    real = (RULES / "otp.yaml").read_text(encoding="utf-8")
    taken = []
    for number in itertools.islice(_NUMBERS, 3):  # a text that was read before is not read again
        started = time.process_time()
        BOOK.with_documents({"otp": f"{real}\n# {number}\n"})
        taken.append(time.process_time() - started)
    return min(taken)


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
@pytest.mark.slow  # tens of thousands of lines each
@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_too_much_is_refused_at_once(name: str) -> None:
    text, message = TOO_MUCH[name]
    started = time.process_time()
    with pytest.raises(RulesInvalid) as invalid:
        BOOK.with_documents({"otp": text})
    taken = time.process_time() - started
    assert message in str(invalid.value)
    assert len(invalid.value.errors) == 1
    assert taken <= AT_ONCE * seconds_of_a_real_document()


def flat(values: int) -> str:
    """A list that stands for so many values, itself and its anchor's alias included."""
    return f"[{', '.join(['1'] * (values - 1))}]"


def nested(depth: int) -> str:
    return "[" * depth + "1" + "]" * depth


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (flat(MOST_VALUES - 1), None),
        (flat(MOST_VALUES), None),
        (flat(MOST_VALUES + 1), f"more than {MOST_VALUES} values, aliases written out"),
        (nested(DEEPEST - 1), None),
        (nested(DEEPEST), None),
        (nested(DEEPEST + 1), f"nested more than {DEEPEST} deep"),
        ("x" * (MOST_BYTES - 1), None),
        ("x" * MOST_BYTES, None),
        ("x" * (MOST_BYTES + 1), f"larger than {MOST_BYTES} bytes"),
        ("ñ" * (MOST_BYTES // 2), None),
        ("ñ" * (MOST_BYTES // 2) + "x", f"larger than {MOST_BYTES} bytes"),
    ],
    ids=lambda each: str(each)[:24],
)
def test_the_bounds_hold_just_below_exactly_at_and_just_above(text: str, message: str | None) -> None:
    found = mistake(text)
    assert (found and found.message) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # 1 map, 2 keys, a list of 1,998, and the same once more by its alias: 1 + 2 + 2 * 1,998 = 3,999.
        (f"a: &a {flat(1_998)}\nb: *a", None),
        (f"a: &a {flat(1_999)}\nb: *a", f"more than {MOST_VALUES} values, aliases written out"),
        (f"a: &a {nested(7)}\nb: {'[' * 8}*a{']' * 8}", None),
        (f"a: &a {nested(7)}\nb: {'[' * 9}*a{']' * 9}", f"nested more than {DEEPEST} deep"),
        ("a: &a [*a]", "the alias *a means itself or nothing"),
        ('a: "\\ud800"', "it holds a character that is not text"),
    ],
)
def test_aliases_count_as_what_they_stand_for(text: str, message: str | None) -> None:
    found = mistake(text)
    assert (found and found.message) == message


@pytest.mark.parametrize("value", ["2026-13-45", "9" * 5_000, "!!int x", "!!timestamp x", "{<<: 1}"])
def test_a_value_that_cannot_be_built_is_told_as_a_mistake(value: str) -> None:
    with pytest.raises(RulesInvalid) as invalid:
        BOOK.with_documents({"otp": f"settings: {value}\n"})
    assert [error.file for error in invalid.value.errors] == ["otp.yaml"]


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
def test_of_thousands_of_mistakes_a_hundred_are_told_and_quickly() -> None:
    started = time.process_time()
    with pytest.raises(RulesInvalid) as invalid:
        BOOK.with_documents({"otp": f"rules: [{', '.join(['1'] * 3_900)}]"})
    taken = time.process_time() - started
    assert taken <= 2 * AT_ONCE * seconds_of_a_real_document()  # a hundred are worded, too: 15 times
    assert len(invalid.value.errors) == 100


def with_rules(*requires: str, applies_to: str = "credential.password") -> RuleBook:
    """The base book with a document of such rules and nothing else."""
    rules = "".join(
        f"  - id: x.r{number}\n    applies_to: [{applies_to}]\n    require: {require}\n"
        "    code: password_not_allowed\n    message: {es: a, en: b}\n"
        for number, require in enumerate(requires)
    )
    return BOOK.with_documents({"credentials": f"document: credentials\n{SETTINGS}rules:\n{rules}"})


SETTINGS = BOOK.credentials.text.split("document: credentials\n")[1].split("rules:\n")[0]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\\w{1,50}",
        r"(\\w{9}){9}",
        r"[^a]{200}",
        "a{1001}",
        "(a{40}){40}",
        "a{9999999}",
        "x" * 1_001,
        r"\\p{L}{20}",
        "(?i)a{20}",
    ],
)
def test_a_pattern_that_takes_long_to_compile_is_refused(pattern: str) -> None:
    with pytest.raises(RulesInvalid, match="the pattern is too costly"):
        with_rules(f"""'value.matches("{pattern}")'""")


@pytest.mark.parametrize("pattern", ["^[A-Za-z0-9]{6,20}$", r"\\w{9}", "a{300}", "(a|b)*c", r"^\\p{L}+ \\p{L}+$"])
def test_an_ordinary_pattern_is_taken_and_asked(pattern: str) -> None:
    facts = {"value": "", "length": 0, "username": "", "document_number": ""}
    refused = with_rules(f"""'value.matches("{pattern}")'""").decide("credential.password", facts).refused
    assert [finding.id for finding in refused] == ["x.r0"]


def test_a_document_may_cost_so_much_and_no_more() -> None:
    dear = """'value.matches("a{350}")'"""  # 350 times one character, 6 tokens, 10 for the rule: 366 of 10,000
    with_rules(*[dear] * 27)
    with pytest.raises(RulesInvalid, match="with this rule the document is too costly") as invalid:
        with_rules(*[dear] * 28)
    assert [error.message.split(":")[0] for error in invalid.value.errors] == ["rules.27"]


def test_a_subject_is_named_once() -> None:
    with pytest.raises(RulesInvalid, match="a subject is named twice"):
        with_rules("length > 1", applies_to="credential.password, credential.password")


@pytest.mark.parametrize(("length", "fits"), [(999, True), (1_000, True), (1_001, False)])
def test_facts_from_outside_hold_no_long_text(length: int, fits: bool) -> None:
    facts = {"value": "x" * length, "length": 1, "username": "", "document_number": ""}
    if fits:
        assert BOOK.decide_checked("credential.password", facts).subject == "credential.password"
    else:
        with pytest.raises(FactsError, match="value: longer than 1000 characters"):
            BOOK.decide_checked("credential.password", facts)


NUMBERS = [
    ("otp", "life_seconds: 300", "life_seconds", 1_000_000_000),
    ("otp", "attempts: 3", "attempts", 1_000_000_000),
    ("otp", "resend_cooldown_seconds: 120", "resend_cooldown_seconds", 1_000_000_000),
    ("credentials", "time_cost: 1", "time_cost", 16),
    ("credentials", "memory_kib: 64", "memory_kib", 262_144),
    ("cards", "due_days: 15", "due_days", 366),
    ("requests", "after_hours: 48", "after_hours", 87_600),
]


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
@pytest.mark.parametrize(("document", "old", "name", "maximum"), NUMBERS)
def test_a_number_in_a_setting_has_an_upper_bound(document: str, old: str, name: str, maximum: int) -> None:
    """Seconds and days become moments, and counts columns: beyond these no clock shows them and no column holds them."""
    text = BOOK.documents[document].text
    assert old in text
    for fits in (maximum - 1, maximum):
        assert BOOK.with_documents({document: text.replace(old, f"{name}: {fits}")}).documents[document]
    for too_large in (maximum + 1, 10**30):
        with pytest.raises(RulesInvalid, match=f"{name}: Input should be less than or equal to {maximum}"):
            BOOK.with_documents({document: text.replace(old, f"{name}: {too_large}")})
