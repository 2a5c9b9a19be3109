"""What documents without conditions answer: questions that have a value, not a decision. Cases ask them."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, NamedTuple, NotRequired

from pydantic import Field

from sandbox.domain import interest
from sandbox.domain.life.behaviours import Living, Order, Pace, Product
from sandbox.domain.life.plan import Plan
from sandbox.domain.rules.book import RuleBook
from sandbox.domain.rules.documents import Percent
from sandbox.domain.rules.errors import FactsError
from sandbox.domain.rules.facts import Cents, Facts, fitting
from sandbox.domain.vocabulary import DocumentType, Segment
from sandbox.kernel import clock, money
from sandbox.kernel.entropy import Entropy

_Amount = Annotated[Cents, Field(ge=1, le=money.LARGEST)]
_Count = Annotated[int, Field(ge=1, le=36_600)]


Day = Annotated[str, Field(pattern=r"^(199[4-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
Month = Annotated[str, Field(pattern=r"^(199[4-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])$")]


class YearFacts(Facts):
    """A year whose calendar is asked for."""

    year: Annotated[int, Field(ge=clock.EARLIEST.year, le=clock.LATEST.year, description="The year.")]


class DocumentFacts(Facts):
    """An identity document."""

    type: Annotated[DocumentType, Field(description="Its type.")]
    number: Annotated[str, Field(description="Its number.")]


class LifeFacts(Facts):
    """A member, and the month whose orders are asked for."""

    seed: Annotated[str, Field(min_length=1, max_length=200, description="The sandbox's seed.")]
    member: Annotated[int, Field(ge=1, le=2**40, description="The member's number, from 1.")]
    segment: Annotated[Segment, Field(description="The member's segment.")]
    has: Annotated[list[Product], Field(description="The products that the member has.")]
    matures: NotRequired[Annotated[list[Day], Field(description="Days on which term deposits mature.")]]
    month: Annotated[Month, Field(description="The month, such as `2026-12`.")]
    pace: Annotated[Pace, Field(description="How lively the member is.")]


class SavingsFacts(Facts):
    """A savings account whose balance stays the same for so many days."""

    balance: Annotated[_Amount, Field(description="The balance, in cents.")]
    days: Annotated[_Count, Field(description="The days.")]


class InstalmentFacts(Facts):
    """A loan that is to be paid in level instalments."""

    balance: Annotated[_Amount, Field(description="What is owed of it, in cents.")]
    rate: Annotated[Percent, Field(description="Its rate a year, in percent.")]
    months: Annotated[_Count, Field(description="The months in which it is to be paid.")]


class MaturityFacts(Facts):
    """A term deposit."""

    principal: Annotated[_Amount, Field(description="What was deposited, in cents.")]
    rate: Annotated[Percent, Field(description="Its rate a year, in percent.")]
    days: Annotated[_Count, Field(description="The calendar days from its opening to its due date.")]


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


def _savings_interest(book: RuleBook, facts: Mapping[str, Any]) -> str:
    terms = book.products.settings.savings
    return money.show(interest.of_savings(facts["balance"] * facts["days"], terms.rate, terms.day_count))


def _instalment(_: RuleBook, facts: Mapping[str, Any]) -> dict[str, str]:
    """The level instalment of a loan, and what of the first one is interest and principal."""
    level = interest.level_instalment(facts["balance"], facts["rate"], facts["months"])
    first = interest.instalment(facts["balance"], facts["rate"], level, facts["months"])
    parts = {"amount": first.amount, "interest": first.interest, "principal": first.principal}
    return {name: money.show(cents) for name, cents in parts.items()}


def _maturity(book: RuleBook, facts: Mapping[str, Any]) -> dict[str, str]:
    """What a term deposit pays on its due date, and what of it is interest."""
    day_count = book.products.settings.term_deposit.day_count
    earned = interest.of_deposit(facts["principal"], facts["rate"], facts["days"], day_count)
    return {"amount": money.show(facts["principal"] + earned), "interest": money.show(earned)}


def answer(book: RuleBook, subject: str, facts: Mapping[str, Any]) -> Any:
    """What the documents answer to a question of `ANSWERS`. Raises FactsError when the facts do not fit it."""
    question = ANSWERS[subject]
    return question.of(book, fitting(question.facts, facts))


ANSWERS: Mapping[str, Answer] = {
    "calendar.rest_days": Answer(YearFacts, _rest_days),
    "identity.document": Answer(DocumentFacts, _well_formed),
    "life.month": Answer(LifeFacts, _life_of_a_month),
    "products.instalment": Answer(InstalmentFacts, _instalment),
    "products.maturity": Answer(MaturityFacts, _maturity),
    "products.savings_interest": Answer(SavingsFacts, _savings_interest),
}
