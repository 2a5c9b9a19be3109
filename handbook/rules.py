"""The rules: their documents, the questions that they answer, and the language of their conditions."""

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from handbook.markdown import code, codes, joined, paragraphs, table
from handbook.schemas import rows_of
from sandbox.domain.rules import RuleBook
from sandbox.domain.rules.answers import ANSWERS
from sandbox.domain.rules.book import fact_types
from sandbox.domain.rules.documents import Document
from sandbox.domain.rules.expressions import BINARY, METHODS
from sandbox.domain.rules.facts import QUESTIONS

_RULES = Path(__file__).parents[1] / "rules"

FUNCTIONS: Mapping[str, str] = {
    "contains": "Whether the text has the other one in it.",
    "endsWith": "Whether the text ends so.",
    "matches": "Whether some part of the text fits the pattern (RE2 syntax): anchor it with `^` and `$` for all of it.",
    "startsWith": "Whether the text begins so.",
}
OPERATORS: Mapping[str, str] = {
    "||": "Or.",
    "&&": "And.",
    "==": "Equal; both sides have the same type.",
    "!=": "Not equal.",
    "<": "Less; of integers, or of texts by code point.",
    "<=": "Less or equal.",
    ">": "Greater.",
    ">=": "Greater or equal.",
    "in": "Whether the list on the right has the value on the left.",
    "+": "The sum of integers; two texts as one.",
    "-": "The difference of integers; before one, its negative.",
    "*": "The product of integers.",
    "/": "The quotient of integers, without its fraction.",
    "%": "What is left of that division.",
}


@functools.cache
def _book() -> RuleBook:
    return RuleBook.load(_RULES)


def documents() -> str:
    """Each document with its settings and its rules."""
    return joined(*(_document(name, document) for name, document in sorted(_book().documents.items())))


def _document(name: str, document: Document) -> str:
    rules = [
        (
            code(rule.id),
            codes(rule.applies_to),
            _condition(rule.when, rule.require),
            f"[`{rule.code}`](problems.md#{rule.code})",
        )
        for rule in document.rules
    ]
    return joined(
        f"### {name}.yaml",
        paragraphs(document.description),
        table(("Setting", "Value"), _settings(document)),
        table(("Rule", "Asked for", "Requires", "Refuses with"), rules),
    )


def _condition(when: str | None, require: str) -> str:
    return f"{code(require)}, when {code(when)}" if when else code(require)


def _settings(document: Document) -> Iterator[tuple[str, str]]:
    """The settings as they are written in the document."""
    written = YAML(typ="safe").load(document.text).get("settings", {})
    for name, value in written.items():
        if isinstance(value, dict) and "money" not in value:
            yield from ((code(f"settings.{name}.{inner}"), _shown(held)) for inner, held in value.items())
        else:
            yield code(f"settings.{name}"), _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return code(value["money"]) if "money" in value else code(json.dumps(value, ensure_ascii=False))
    return code(json.dumps(value)) if isinstance(value, bool) else code(value)


def subjects() -> str:
    """Each question that has a decision, with its facts."""
    together: dict[type[Any], list[str]] = {}
    for subject, facts in QUESTIONS.items():
        together.setdefault(facts, []).append(subject)
    return joined(*(_question(asked, facts) for facts, asked in together.items()))


def _question(subjects: Sequence[str], facts: type[Any]) -> str:
    asked = [
        code(rule.id)
        for document in _book().documents.values()
        for rule in document.rules
        if set(subjects) & set(rule.applies_to)
    ]
    return joined(
        f"### {', '.join(subjects)}",
        facts.__doc__ or "",
        facts_table(facts),
        f"Asked of the rules {', '.join(asked)}." if asked else "No rule is asked.",
    )


def facts_table(facts: type[Any]) -> str:
    """The facts that a condition may name."""
    described = {path: words for path, _, words in rows_of(TypeAdapter(facts).json_schema())}
    rows = [
        (code(path), f"{kind}, cents" if is_money else kind, described[path])
        for path, kind, is_money in fact_types(facts)
    ]
    return table(("Fact", "Type", "What it is"), rows)


def answers() -> str:
    """Each question that has a value for an answer, with its facts."""
    return joined(
        *(
            joined(
                f"### {subject}",
                answer.facts.__doc__ or "",
                table(
                    ("Fact", "Type", "What it is"),
                    [
                        (code(path), kind, words)
                        for path, kind, words in rows_of(TypeAdapter(answer.facts).json_schema())
                    ],
                ),
            )
            for subject, answer in ANSWERS.items()
        )
    )


def functions() -> str:
    """The functions and operators of conditions."""
    called = [(code(f"text.{name}(text)"), METHODS[name], FUNCTIONS[name]) for name in sorted(METHODS)]
    between = [(code(name), OPERATORS[name]) for name in BINARY]
    return joined(
        table(("Function", "Type", "What it answers"), called),
        table(
            ("Operator", "What it answers"),
            [*between, ("`!`", "Not."), ("`a ? b : c`", "`b` where `a` holds, else `c`.")],
        ),
    )
