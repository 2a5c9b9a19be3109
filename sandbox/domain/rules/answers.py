"""What documents without conditions answer: questions that have a value, not a decision. Cases ask them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, NamedTuple, NotRequired

from pydantic import Field

from sandbox.domain.life.behaviours import Living, Order, Pace, Product
from sandbox.domain.life.plan import Plan
from sandbox.domain.rules.book import RuleBook
from sandbox.domain.rules.errors import FactsError
from sandbox.domain.rules.facts import Facts, fitting
from sandbox.domain.vocabulary import DocumentType, Segment
from sandbox.kernel import clock, money
from sandbox.kernel.entropy import Entropy


class YearFacts(Facts):
    """A year whose calendar is asked for."""

    year: Annotated[int, Field(ge=clock.EARLIEST.year, le=clock.LATEST.year)]


class DocumentFacts(Facts):
    """An identity document."""

    type: DocumentType
    number: str


Day = Annotated[str, Field(pattern=r"^(199[4-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Month = Annotated[str, Field(pattern=r"^(199[4-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])$")]


class LifeFacts(Facts):
    """A member, and the month whose orders are asked for; `matures`: days on which term deposits mature."""

    seed: Annotated[str, Field(min_length=1, max_length=200)]
    member: Annotated[int, Field(ge=1, le=2**40)]
    segment: Segment
    has: list[Product]
    matures: NotRequired[list[Day]]
    month: Month
    pace: Pace


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


def _life_of_a_month(book: RuleBook, facts: Mapping[str, Any]) -> list[str]:
    """What the member does, one line for each order: moment, behaviour, what, amount, label."""
    plan = Plan(book.life.as_planned, book.business_days, Entropy.from_seed(facts["seed"]))
    try:
        matures = tuple((date.fromisoformat(day) - date(1970, 1, 1)).days for day in facts.get("matures", ()))
    except ValueError as error:
        raise FactsError([("matures", str(error))]) from None
    living = Living(facts["member"], facts["segment"], frozenset(facts["has"]), matures)
    year, month = map(int, facts["month"].split("-"))
    return [_line(order) for order in plan.month(living, facts["pace"], year * 12 + month - 1)]


def _line(order: Order) -> str:
    parts = [f"{clock.local(order.moment):%Y-%m-%d %H:%M:%S}", order.behaviour.id, order.behaviour.what]
    if order.amount is not None:
        parts.append(money.show(order.amount))
    if order.label:
        parts.append(order.label)
    if order.is_forgotten:
        parts.append("(forgotten)")
    return " ".join(parts)


def answer(book: RuleBook, subject: str, facts: Mapping[str, Any]) -> Any:
    """What the documents answer to a question of `ANSWERS`. Raises FactsError when the facts do not fit it."""
    question = ANSWERS[subject]
    return question.of(book, fitting(question.facts, facts))


ANSWERS: Mapping[str, Answer] = {
    "calendar.rest_days": Answer(YearFacts, _rest_days),
    "identity.document": Answer(DocumentFacts, _well_formed),
    "life.month": Answer(LifeFacts, _life_of_a_month),
}
