"""The reference leaves nothing out: what the code has is on its page, and has words of its own."""

import json
import re
from typing import get_args

import httpx2 as httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from handbook import commands, events, fixtures, metrics, pages, problems, rules, settings
from handbook.document import Document
from sandbox.domain.events import EVENTS
from sandbox.domain.faults import Effect, Match
from sandbox.domain.rules import RuleBook
from sandbox.domain.rules.answers import ANSWERS
from sandbox.domain.rules.book import fact_types
from sandbox.domain.rules.expressions import BINARY, METHODS
from sandbox.domain.rules.facts import QUESTIONS
from sandbox.domain.rules.kinds import KINDS
from sandbox.problem import CATALOGUE
from sandbox.seeding.personas import load
from sandbox.settings import Settings
from sandbox.testing import Phone
from tests import goldens
from tests.functional.processes import ROOT

RULES = ROOT / "rules"
_TABLE = re.compile(r"^\|(.*)\|$", re.MULTILINE)
_CELL = re.compile(r"((?:`[^`]*`|\\\||[^|`])+)\|")
_RULE = re.compile(r"\|( --- \|)+")


def rows(text: str) -> list[list[str]]:
    """The rows of all tables of a page, heads left out."""
    found, lines = [], text.splitlines()
    for number, line in enumerate(lines):
        is_head = number + 1 < len(lines) and _RULE.fullmatch(lines[number + 1])
        if _TABLE.fullmatch(line) and not _RULE.fullmatch(line) and not is_head:
            found.append([cell.strip() for cell in _CELL.findall(line)])
    return found


def headings(text: str) -> list[str]:
    """The headings of a page, code left out."""
    return re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)


def test_every_setting_is_told_with_its_type_and_default(site: dict[str, str]) -> None:
    told = {row[0]: row for row in rows(site["reference/settings.md"])}
    assert told.keys() == {f"`{settings.variable(name)}`" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        _, kind, default, words = told[f"`{settings.variable(name)}`"]
        assert kind
        assert words.endswith((".", ")")), name
        if not field.default_factory and field.default not in (None, ""):
            assert default.strip("`").lower() == str(field.default).lower()


@pytest.mark.parametrize(("page", "language"), [("reference/problems.md", "en"), ("es/problemas.md", "es")])
def test_every_problem_has_its_words_a_cause_and_a_cure(site: dict[str, str], page: str, language: str) -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", site[page], re.MULTILINE | re.DOTALL))
    assert list(sections) == sorted(CATALOGUE)
    for code, text in sections.items():
        remedy = problems.remedies()[code]
        assert f"**{CATALOGUE[code].status} {CATALOGUE[code].title.in_(language)}.**" in text
        for words in (remedy.cause.in_(language), remedy.cure.in_(language)):
            assert words in text
            assert words.endswith(".")
            assert len(words) > 5


def test_remedies_are_in_order_and_in_two_languages() -> None:
    remedies = problems.remedies()
    assert list(remedies) == sorted(CATALOGUE)
    for code, remedy in remedies.items():
        assert remedy.cause.en != remedy.cause.es, code
        assert remedy.cure.en != remedy.cure.es, code


def test_what_remedies_name_is_there_and_in_both_languages_the_same(document: Document) -> None:
    operations = {each.id for each in document.operations}
    personas = {each.id for each in load(ROOT / "seed" / "personas", goldens.known())}
    variables = {settings.variable(name) for name in Settings.model_fields}
    texts = [json.dumps(document.schemas), *(path.read_text(encoding="utf-8") for path in RULES.glob("*.yaml"))]
    known = {word for text in texts for word in re.findall(r"\w+", text)}
    for code, remedy in problems.remedies().items():
        for told in remedy:
            named = set(re.findall(r"`([^`]+)`", told.en))
            assert named == set(re.findall(r"`([^`]+)`", told.es)), code
            for name in named:
                if re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", name):
                    assert name in operations, f"{code}: {name}"
                elif name.startswith("SANDBOX_"):
                    assert name.partition("=")[0] in variables, f"{code}: {name}"
                elif name.startswith("rules/") and name != "rules/":
                    assert (ROOT / name).is_file(), f"{code}: {name}"
                elif re.fullmatch(r"[a-z]+(-[a-z]+)+", name):
                    assert name in personas, f"{code}: {name}"
                elif re.fullmatch(r"[a-z]+(_[a-z]+)+", name):
                    assert name in known, f"{code}: {name}"


def test_every_question_is_told_with_all_of_its_facts(site: dict[str, str]) -> None:
    text = site["reference/rules.md"]
    asked = {subject for heading in headings(text) for subject in heading.split(", ")}
    assert QUESTIONS.keys() | ANSWERS.keys() <= asked
    for facts in QUESTIONS.values():
        told = {row[0]: row[2] for row in rows(rules.facts_table(facts))}
        assert told.keys() == {f"`{path}`" for path, _, _ in fact_types(facts)}
        assert all(told.values()), facts
        assert rules.facts_table(facts).strip() in text


def test_every_function_and_operator_of_conditions_is_told() -> None:
    assert rules.FUNCTIONS.keys() == METHODS.keys()
    assert rules.OPERATORS.keys() == BINARY.keys()


def test_every_document_is_told_with_its_rules(site: dict[str, str]) -> None:
    text = site["reference/rules.md"]
    assert {f"{kind}.yaml" for kind in KINDS} <= set(headings(text))
    told = {row[0] for row in rows(text)}
    for document in RuleBook.load(RULES).documents.values():
        assert {f"`{rule.id}`" for rule in document.rules} <= told


def test_every_part_of_a_fault_is_told(site: dict[str, str]) -> None:
    told = {row[0] for row in rows(site["reference/faults.md"])}
    assert {f"`{name}`" for model in (Match, Effect) for name in model.model_fields} <= told
    assert {f"`{profile}`" for profile in ("4g", "3g", "edge", "flaky")} <= told


def test_every_operation_is_told_on_the_page_of_its_area(site: dict[str, str], document: Document) -> None:
    assert len(document.operations) > 160
    for operation in document.operations:
        text = site[f"reference/{operation.page}"]
        section = text.split(f"\n## {operation.id}\n")
        assert len(section) == 2, operation.id
        told = section[1].partition("\n## ")[0]
        assert f"`{operation.method} {operation.path}`" in told
        for each in operation.described.get("parameters", []):
            if each["in"] != "header":
                assert f"| `{each['name']}` |" in told, f"{operation.id}: {each['name']}"


def test_every_refusal_of_an_operation_is_told_with_it_or_with_what_it_shares(
    site: dict[str, str], document: Document
) -> None:
    for operation in document.operations:
        surface = operation.page.partition("/")[0]
        own = site[f"reference/{operation.page}"].split(f"\n## {operation.id}\n")[1].partition("\n## ")[0]
        told = set(re.findall(r"problems\.md#(\w+)", own + site[f"reference/{surface}/README.md"]))
        assert operation.refusals().keys() <= told, operation.id


def test_every_object_and_property_is_told(site: dict[str, str], document: Document) -> None:
    text = "\n".join(site[page] for page in site if page.startswith(("reference/bank/", "reference/control/")))
    for name, schema in document.schemas.items():
        if name != "Problem" and not name.endswith("Problem"):
            section = text.split(f"\n### {name} object\n")
            assert len(section) == 2, name
            told = section[1].partition("\n### ")[0].partition("\n# ")[0]
            assert all(f"| `{field}` |" in told for field in schema.get("properties", {})), name


def test_every_command_says_what_it_does_and_what_its_options_do(site: dict[str, str]) -> None:
    text = site["reference/command-line.md"]
    names = [name for name, _ in commands.commands()]
    assert {"sandbox serve", "sandbox deploy", "sandbox rules explain"} <= set(names)
    assert [heading for heading in headings(text) if heading.startswith("sandbox ")] == names
    for name, command in commands.commands():
        told = text.split(f"\n## {name}\n")[1].partition("\n## ")[0]
        assert command.help, name
        for parameter in command.params:
            assert parameter.help, f"{name}: {parameter.name}"
            if parameter.param_type_name == "option":
                assert f"`{parameter.opts[0]}`" in told


def test_every_fixture_and_argument_of_the_marker_is_told(site: dict[str, str]) -> None:
    text = site["reference/pytest.md"]
    names = {name for name, _, words in fixtures.found() if words}
    assert {"sandbox", "phone", "inbox", "clock", "faults", "rules", "member"} <= names
    assert len(names) == len(list(fixtures.found()))
    told = {row[0] for row in rows(text)}
    assert {f"`{name}`" for name in names | fixtures.MARKER.keys()} <= told
    assert fixtures.MARKER.keys() == fixtures.marker_defaults().keys()
    assert {"`--sandbox-url`", "`--sandbox-members`"} <= told


def test_every_kind_of_event_is_told(site: dict[str, str]) -> None:
    assert events.ABOUT.keys() == EVENTS.keys()
    told = "\n".join(row[2] for row in rows(site["reference/events.md"]))
    for noun, verbs in EVENTS.items():
        assert all(f"`{noun}.{verb}`" in told for verb in verbs)


def test_every_metric_is_told_with_its_labels(site: dict[str, str], phone: Phone, client: httpx.Client) -> None:
    phone.call("POST", "/v1/transfers", json={})
    told = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[2])) for row in rows(site["reference/metrics.md"])}
    served: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        if family.name.startswith("sandbox_"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            served[name] = {label for sample in family.samples for label in sample.labels} - {"le"}
    assert told == served


def test_nothing_that_is_told_lacks_words(site: dict[str, str]) -> None:
    for path, text in site.items():
        if path.startswith("reference/") and path not in ("reference/screens.md", "reference/manual-coverage.md"):
            for row in rows(text):
                assert row[-1], f"{path}: {row}"


def test_every_written_part_is_on_one_page() -> None:
    used = [name for text in pages.committed().values() for name in re.findall(r"<!-- make docs: (\S+) -->", text)]
    assert sorted(used) == sorted(pages.PARTS)


def test_a_part_that_is_not_known_is_noticed(document: Document) -> None:
    with pytest.raises(KeyError):
        pages.filled("# Page\n\n<!-- make docs: weather -->\n", document)


def test_choices_of_settings_are_told(site: dict[str, str]) -> None:
    told = {row[0]: row[1] for row in rows(site["reference/settings.md"])}
    for name in ("log_format", "access_log"):
        for choice in get_args(Settings.model_fields[name].annotation):
            assert f"`{choice}`" in told[f"`{settings.variable(name)}`"]
    assert {name for name in metrics.text().split("`") if name.startswith("sandbox_")} > {"sandbox_awake"}
