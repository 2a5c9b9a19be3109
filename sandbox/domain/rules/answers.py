"""What documents without conditions answer: questions that have a value, not a decision. Cases ask them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from sandbox.domain.rules.book import RuleBook
from sandbox.domain.rules.facts import Facts, fitting
from sandbox.domain.vocabulary import DocumentType
from sandbox.kernel import clock


class YearFacts(Facts):
    """A year whose calendar is asked for."""

    year: Annotated[int, Field(ge=clock.EARLIEST.year, le=clock.LATEST.year)]


class DocumentFacts(Facts):
    """An identity document."""

    type: DocumentType
    number: str


class Answer(NamedTuple):
    """The typed facts of a question, and what a rule book answers."""

    facts: type[Any]
    of: Callable[[RuleBook, Mapping[str, Any]], Any]


def _rest_days(book: RuleBook, facts: Mapping[str, Any]) -> list[str]:
    """The days of rest between Monday and Friday, as month and day."""
    days = sorted(book.business_days.rest_days(facts["year"]))
    return [day.isoformat()[5:] for day in days if day.weekday() < 5]  # 5 is Saturday


def _well_formed(book: RuleBook, facts: Mapping[str, Any]) -> bool:
    return book.identity.are_of(facts["type"], facts["number"])


def answer(book: RuleBook, subject: str, facts: Mapping[str, Any]) -> Any:
    """What the documents answer to a question of `ANSWERS`. Raises FactsError when the facts do not fit it."""
    question = ANSWERS[subject]
    return question.of(book, fitting(question.facts, facts))


ANSWERS: Mapping[str, Answer] = {
    "calendar.rest_days": Answer(YearFacts, _rest_days),
    "identity.document": Answer(DocumentFacts, _well_formed),
}
