"""The rules in force: to read, to ask, and what they answered."""

from typing import Any

from fastapi.responses import PlainTextResponse
from pydantic import Field

from sandbox.bank.wire import Body, CleanText, Listing, Moment, View
from sandbox.control.route import control_router
from sandbox.domain.rules import Decision, FactsError
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.http.paging import Limit
from sandbox.kernel import clock
from sandbox.problems import FieldError, NotFound, Problem, Text

router = control_router("rules")


class FactsDoNotFit(Problem):
    """See its title."""

    code = "facts_do_not_fit"
    status = 422
    title = Text("Hechos inválidos", "Facts do not fit")
    says = Text("Los hechos no son los de esa pregunta.", "The facts are not those of that question.")


class DocumentSummary(View):
    """A rule document in force."""

    name: str
    revision: str
    rules: list[str]


class RulesView(View):
    """All documents in force. `problems` tells what is wrong with an edit that was not taken."""

    revision: str
    documents: list[DocumentSummary]
    problems: list[str]


class Question(Body):
    """What to ask: a subject such as `transfer.interbank`, and its facts. Money in cents."""

    subject: CleanText = Field(examples=["otp.resend"])
    facts: dict[str, Any] = Field(examples=[{"seconds_since_last_send": 30, "sends_last_hour": 1}])


class DecisionView(View):
    """What the rules answered, and why."""

    subject: str
    revision: str
    allowed: bool
    refused: list[str]
    warned: list[str]
    audited: list[str]
    facts: dict[str, Any]
    trace: list[dict[str, Any]]


class LoggedDecisionView(DecisionView):
    """A decision taken in a request."""

    request_id: str
    at: Moment


@router.get("/rules", operation_id="listRules", summary="Rules in force")
async def list_rules(call: Call) -> RulesView:
    """Every document with its revision and rules, and what is wrong with the newest edit when it was not taken."""
    book = call.unit.rules
    return RulesView(
        revision=book.revision,
        documents=[
            DocumentSummary(name=name, revision=document.revision, rules=[rule.id for rule in document.rules])
            for name, document in book.documents.items()
        ],
        problems=[str(problem) for problem in call.bank.source.problems],
    )


@router.get(
    "/rules/{document}",
    operation_id="getRules",
    summary="One document",
    response_class=PlainTextResponse,
    responses=problems(NotFound),
)
async def get_rules(document: str, call: Call) -> PlainTextResponse:
    """The document as it was written (YAML)."""
    found = call.unit.rules.documents.get(document)
    if found is None:
        raise NotFound
    return PlainTextResponse(found.text, media_type="application/yaml")


@router.post(
    "/rules/{document}/evaluate",
    operation_id="evaluateRules",
    summary="Ask the rules",
    responses=problems(NotFound, FactsDoNotFit, *BODY_PROBLEMS),
)
async def evaluate_rules(document: str, request: Question, call: Call) -> DecisionView:
    """Facts in, decision and trace out; nothing changes and nothing is logged."""
    book = call.unit.rules
    if document not in book.documents:
        raise NotFound
    try:
        decision = book.decide_checked(request.subject, request.facts)
    except FactsError as error:
        raise FactsDoNotFit(
            errors=[FieldError(name, "does_not_fit", Text(message, message)) for name, message in error.fields]
        ) from None
    return DecisionView(**_shown(decision))


@router.get("/decisions", operation_id="listDecisions", summary="What the rules decided")
async def list_decisions(call: Call, limit: Limit = 50, request_id: str | None = None) -> Listing[LoggedDecisionView]:
    """Which rules spoke in which request, on which facts, newest first. Kept in memory."""
    found = [
        LoggedDecisionView(request_id=logged.request_id, at=clock.show(logged.moment), **_shown(logged.decision))
        for logged in reversed(call.bank.decisions)
        if request_id is None or logged.request_id == request_id
    ]
    return Listing[LoggedDecisionView](items=found[:limit])


def _shown(decision: Decision) -> dict[str, Any]:
    return {
        "subject": decision.subject,
        "revision": decision.revision,
        "allowed": not decision.refused,
        "refused": [finding.id for finding in decision.refused],
        "warned": [finding.id for finding in decision.warned],
        "audited": [finding.id for finding in decision.audited],
        "facts": dict(decision.facts),
        "trace": [step.view() for step in decision.trace],
    }
