"""What the rules can be asked, and the cases that say what they answer."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter

from sandbox.bank.wire import Listing, View
from sandbox.control.route import control_router
from sandbox.domain.rules import RuleBook, RulesInvalid, cases
from sandbox.domain.rules.book import fact_types
from sandbox.domain.rules.facts import QUESTIONS
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.problems import NotFound
from sandbox.storage.threads import in_thread

router = control_router("rules")


class FactView(View):
    """A fact by its dotted path. An integer that is `money` is in cents."""

    path: str
    type: Literal["bool", "int", "string", "list of string"]
    money: bool = Field(description="Whether it is an amount, in cents.")


class QuestionView(View):
    """A question that rules of the document answer, with the JSON Schema of its facts."""

    subject: str
    rules: list[str] = Field(description="The rules of the document that are asked.")
    facts: list[FactView]
    json_schema: dict[str, Any] = Field(description="The JSON Schema of the facts.")


class CaseView(View):
    """A case of a document: what is asked, and whether the rules in force answer as it says."""

    name: str
    subject: str
    facts: dict[str, Any]
    expected: dict[str, Any]
    passed: bool
    problem: str | None = Field(description="What was found in place of it; null where the case holds.")


@router.get(
    "/rules/{document}/questions",
    operation_id="listQuestions",
    summary="What a document can be asked",
    responses=problems(NotFound),
)
async def list_questions(document: str, call: Call) -> Listing[QuestionView]:
    """The questions that its rules answer; none for a document without rules."""
    found = call.unit.rules.documents.get(document)
    if found is None:
        raise NotFound
    asked = {subject: [rule.id for rule in found.rules if subject in rule.applies_to] for subject in QUESTIONS}
    return Listing[QuestionView](
        items=[_question(subject, rules) for subject, rules in asked.items() if rules],
    )


@router.get(
    "/rules/{document}/cases",
    operation_id="listCases",
    summary="The cases of a document",
    responses=problems(NotFound),
)
async def list_cases(document: str, call: Call) -> Listing[CaseView]:
    """The cases beside the base document, asked of the rules in force in this sandbox: a document of its own may answer
    otherwise."""
    book = call.unit.rules
    if document not in book.documents:
        raise NotFound
    path = call.server.settings.rules_dir / f"{document}.cases.yaml"
    return Listing[CaseView](items=await in_thread(_cases, book, document, path))


def _cases(book: RuleBook, document: str, path: Path) -> list[CaseView]:
    try:
        outcomes = cases.of_document(book, document, path)
    except RulesInvalid as invalid:  # edited by hand, and not finished
        return [
            CaseView(name=document, subject="", facts={}, expected={}, passed=False, problem=str(each))
            for each in invalid.errors
        ]
    return [
        CaseView(
            name=outcome.case.name,
            subject=outcome.case.subject,
            facts=outcome.case.facts,
            expected=outcome.case.expect.model_dump(exclude_defaults=True),
            passed=outcome.problem is None,
            problem=outcome.problem,
        )
        for outcome in outcomes
    ]


def _question(subject: str, rules: list[str]) -> QuestionView:
    kind = QUESTIONS[subject]
    return QuestionView(
        subject=subject,
        rules=rules,
        facts=[
            FactView.model_validate({"path": path, "type": name, "money": money})
            for path, name, money in fact_types(kind)
        ],
        json_schema=TypeAdapter(kind).json_schema(),
    )
