"""Cases beside each document: facts in; out the rules that must refuse, warn or audit, or the answer of a document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.domain.rules.answers import ANSWERS, answer
from sandbox.domain.rules.book import RuleBook
from sandbox.domain.rules.documents import Dollars
from sandbox.domain.rules.errors import FactsError, RuleError, RulesInvalid
from sandbox.domain.rules.reading import Source, read
from sandbox.kernel import money


class Expectation(BaseModel):
    """Ids of the rules that must speak, in the order of the document; or the answer to a question that has one."""

    model_config = ConfigDict(extra="forbid")

    refused: list[str] = Field(default_factory=list)
    warned: list[str] = Field(default_factory=list)
    audited: list[str] = Field(default_factory=list)
    answer: Any = None


class Case(BaseModel):
    """One claim about the rules."""

    model_config = ConfigDict(extra="forbid")

    name: str
    subject: str
    facts: dict[str, Any] = Field(default_factory=dict)
    expect: Expectation = Field(default_factory=Expectation)


class CaseFile(BaseModel):
    """The cases of a document. `defaults`: facts by subject that a case only overrides."""

    model_config = ConfigDict(extra="forbid")

    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    cases: list[Case]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case; `problem` is None when it holds."""

    document: str
    case: Case
    problem: str | None


def run(book: RuleBook, directory: Path) -> Iterator[Outcome]:
    """Every case beside the documents of `directory`. Raises RulesInvalid for a file of cases that cannot be read."""
    for name in book.documents:
        yield from of_document(book, name, directory / f"{name}.cases.yaml")


def of_document(book: RuleBook, name: str, path: Path) -> list[Outcome]:
    """The cases of one document; none where the file is missing. Raises RulesInvalid."""
    if not path.exists():
        return []
    cases = load(path)
    return [Outcome(name, case, _judge(book, case, cases.defaults.get(case.subject, {}))) for case in cases.cases]


def load(path: Path) -> CaseFile:
    """The cases of one file. Raises RulesInvalid."""
    source = Source(str(path), path.read_text(encoding="utf-8"))
    errors: list[RuleError] = []
    data = read(source, errors)
    if errors:
        raise RulesInvalid(errors)
    try:
        return CaseFile.model_validate(data)
    except ValidationError as error:
        raise RulesInvalid([source.error(each["loc"], each["msg"]) for each in error.errors()]) from None


def facts_of(case: Case, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The case's facts over the defaults, with money as cents."""
    merged: dict[str, Any] = _cents(_merged(defaults, case.facts))
    return merged


def _judge(book: RuleBook, case: Case, defaults: Mapping[str, Any]) -> str | None:
    try:
        spoke = _spoken(book, case.subject, facts_of(case, defaults))
    except (FactsError, ValidationError) as error:
        return f"facts do not fit: {error}"
    return None if spoke == case.expect else f"expected {_told(case.expect)}, found {_told(spoke)}"


def _spoken(book: RuleBook, subject: str, facts: Mapping[str, Any]) -> Expectation:
    if subject in ANSWERS:
        return Expectation(answer=answer(book, subject, facts))
    decision = book.decide_checked(subject, facts)
    return Expectation(
        refused=[finding.id for finding in decision.refused],
        warned=[finding.id for finding in decision.warned],
        audited=[finding.id for finding in decision.audited],
    )


def _told(expectation: Expectation) -> str:
    if expectation.answer is not None:
        return str(expectation.answer)
    said = [f"{action} {', '.join(ids)}" for action, ids in expectation.model_dump().items() if ids]
    return "; ".join(said) or "nothing"


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for name, value in over.items():
        inner = merged.get(name)
        both = isinstance(value, Mapping) and isinstance(inner, Mapping) and set(value) != {"money"}
        merged[name] = _merged(inner, value) if both and isinstance(inner, Mapping) else value
    return merged


def _cents(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"money"}:
            return int(Dollars(money.parse(value["money"])))
        return {name: _cents(inner) for name, inner in value.items()}
    return value
