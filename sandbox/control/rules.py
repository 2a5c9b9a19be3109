"""The rules in force: to read, to ask, and what they answered."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import PlainTextResponse
from pydantic import Field

from sandbox.bank.life.agenda import PLANNED_BY
from sandbox.bank.wire import Body, CleanText, Listing, Moment, View
from sandbox.control.documents import DocumentRefused, hold_checked, hold_needless
from sandbox.control.life import catch_up
from sandbox.control.route import notes_router
from sandbox.domain import redaction
from sandbox.domain.rules import Decision, FactsError, RuleBook
from sandbox.http.answers import Answer
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.http.paging import Limit
from sandbox.kernel import clock
from sandbox.problem import FieldError, Problem, Sample, Text
from sandbox.problems import BodyTooLarge, NotFound
from sandbox.sandboxes import life, overrides
from sandbox.storage.unit import LoggedDecision

router = notes_router("rules")


class FactsDoNotFit(Problem):
    """The facts are not those that the subject asks for."""

    code = "facts_do_not_fit"
    status = 422
    title = Text("Hechos inválidos", "Facts do not fit")
    says = Text("Los hechos no son los de esa pregunta.", "The facts are not those of that question.")
    sample = Sample(errors=[FieldError("amount", "missing", Text("Falta este hecho.", "This fact is missing."))])


class DocumentSummary(View):
    """A rule document in force; `overridden` when it is this sandbox's own."""

    name: str
    revision: str
    overridden: bool
    rules: list[str]


class ChangedDecision(View):
    """A decision taken before, and what the new document makes of it."""

    request_id: str
    subject: str
    before: list[str]
    after: list[str]
    facts: dict[str, Any]
    trace: list[dict[str, Any]]


class DocumentTaken(View):
    """A document that holds. `would_change`: decisions remembered of this sandbox that it takes otherwise."""

    name: str
    revision: str
    dry_run: bool
    would_change: list[ChangedDecision]


class RulesView(View):
    """All documents in force. `problems` tells what is wrong with an edit that was not taken."""

    revision: str
    documents: list[DocumentSummary]
    problems: list[str]


class Question(Body):
    """What to ask: a subject such as `transfer.interbank`, and its facts. Money in cents."""

    subject: CleanText = Field(examples=["otp.resend"])
    facts: dict[str, Any] = Field(
        examples=[{"seconds_since_last_send": 30, "seconds_to_wait": 90, "sends_last_hour": 1}]
    )


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


class _Yaml(PlainTextResponse):
    """A rule document, as the OpenAPI document names its media type."""

    media_type = "application/yaml"


@router.get("/rules", operation_id="listRules", summary="Rules in force")
async def list_rules(call: Call) -> RulesView:
    """Every document with its revision and rules, and what is wrong with the newest edit when it was not taken."""
    book = call.unit.rules
    return RulesView(
        revision=book.revision,
        documents=[
            DocumentSummary(
                name=name,
                revision=document.revision,
                overridden=name in call.sandbox.own_rules.overrides,
                rules=[rule.id for rule in document.rules],
            )
            for name, document in book.documents.items()
        ],
        problems=[str(problem) for problem in call.sandbox.own_rules.source.problems],
    )


@router.get(
    "/rules/{document}",
    operation_id="getRules",
    summary="One document",
    response_class=_Yaml,
    response_model=None,
    responses=problems(NotFound),
)
async def get_rules(
    document: str,
    call: Call,
    base: Annotated[bool, Query(description="The document that all sandboxes share, not the sandbox's own.")] = False,  # noqa: FBT002  # a query parameter
) -> Answer:
    """The document as it was written (YAML)."""
    book = call.sandbox.own_rules.source.current if base else call.unit.rules
    found = book.documents.get(document)
    if found is None:
        raise NotFound
    return Answer(200, found.text.encode(), "application/yaml; charset=utf-8")


@router.put(
    "/rules/{document}",
    operation_id="putRules",
    summary="Override a document",
    responses=problems(NotFound, DocumentRefused, BodyTooLarge),
    openapi_extra={"requestBody": {"required": True, "content": {"application/yaml": {"schema": {"type": "string"}}}}},
)
async def put_rules(
    document: str,
    call: Call,
    dry_run: Annotated[bool, Query(description="Change nothing: tell what would be decided otherwise.")] = False,  # noqa: FBT002  # a query parameter
) -> DocumentTaken:
    """The body (YAML) takes the document's place in this sandbox alone, once it has been checked with all others.

    The answer tells which of the decisions remembered of this sandbox would have been others, and why.
    """
    try:
        text = call.body.decode()
    except UnicodeDecodeError:
        words = Text("El documento no está en UTF-8.", "The document is not UTF-8.")
        raise DocumentRefused(errors=[FieldError(document, "not_utf8", words)]) from None

    async def prepare() -> None:
        if not dry_run and _is_of_life(call, document):
            await catch_up(call)

    candidate = await hold_checked(call.unit, call.sandbox, {document: text}, prepare)
    changes = list(_differences(call, candidate))
    if not dry_run:
        await _replace(call, document, text)
        call.unit.record("rules.overridden", None, "doc", 0, document=document)
    return DocumentTaken(
        name=document, revision=candidate.documents[document].revision, dry_run=dry_run, would_change=changes
    )


@router.delete(
    "/rules/{document}",
    operation_id="resetRules",
    summary="Remove an override",
    status_code=204,
    responses=problems(NotFound, DocumentRefused),
)
async def reset_rules(document: str, call: Call) -> None:
    """The base document counts again in this sandbox. Refused where other documents of its own hold only beside this
    one: remove those first. Where they do not hold anyway, because the base has changed, each can be removed."""
    if document not in call.unit.rules.documents:
        raise NotFound

    async def prepare() -> None:
        if _is_of_life(call, document):
            await catch_up(call)

    await hold_needless(call.unit, call.sandbox, document, prepare)
    await _replace(call, document, None)
    call.unit.record("rules.reset", None, "doc", 0, document=document)


async def _replace(call: Call, document: str, text: str | None) -> None:
    """Put a document in place of the sandbox's own, or of the base one. Members, who have caught up, have lived by the
    old one up to now, and live by the new one from now on."""
    await overrides.put(call.unit, call.sandbox, document, text)
    if _is_of_life(call, document):
        await life.begin_anew(call.unit)


def _is_of_life(call: Call, document: str) -> bool:
    return document in PLANNED_BY and call.sandbox.life.goes_on


@router.post(
    "/rules/{document}/evaluate",
    operation_id="evaluateRules",
    summary="Evaluate rules",
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


@router.get("/decisions", operation_id="listDecisions", summary="List the decisions")
async def list_decisions(call: Call, limit: Limit = 50, request_id: str | None = None) -> Listing[LoggedDecisionView]:
    """Which rules spoke in which request, on which facts, newest first. Kept in memory. Credentials on trial and whose
    they are read `[redacted]`."""
    found = [
        show(logged)
        for logged in reversed(call.sandbox.notes.decisions)
        if request_id is None or logged.request_id == request_id
    ]
    return Listing[LoggedDecisionView](items=found[:limit])


def show(logged: LoggedDecision) -> LoggedDecisionView:
    """A decision as it is told: of its facts what is known to be harmless."""
    return LoggedDecisionView(request_id=logged.request_id, at=clock.show(logged.moment), **_logged(logged.decision))


def _differences(call: Call, candidate: RuleBook) -> Iterator[ChangedDecision]:
    """The decisions remembered that the candidate would have taken otherwise, oldest first, each with its trace."""
    for logged in call.sandbox.notes.decisions:
        then = logged.decision
        anew = candidate.decide(then.subject, then.facts)
        before, after = _findings(then), _findings(anew)
        if before != after:
            yield ChangedDecision(
                request_id=logged.request_id,
                subject=then.subject,
                before=before,
                after=after,
                facts=redaction.known(then.facts, redaction.DECIDED),
                trace=[step.view() for step in anew.trace],
            )


def _findings(decision: Decision) -> list[str]:
    """What a decision found, as `deny rule`, `warn rule`, `audit rule`."""
    return [f"{each.action} {each.id}" for each in (*decision.refused, *decision.warned, *decision.audited)]


def _logged(decision: Decision) -> dict[str, Any]:
    """A decision of a request: a password on trial is among the facts of some, and is not shown."""
    return {**_shown(decision), "facts": redaction.known(decision.facts, redaction.DECIDED)}


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
