"""Everything that happened, in order."""

import json
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import StreamingResponse
from sqlalchemy import and_, func, or_
from sqlmodel import col, select

from sandbox.bank.wire import Moment, Page, View
from sandbox.control import streams
from sandbox.control.route import shared_router
from sandbox.control.vocabulary import EventKind
from sandbox.domain import redaction
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock
from sandbox.kernel.ids import PublicIds
from sandbox.problem import Problem, Text
from sandbox.problems import InvalidCursor, NotFound
from sandbox.storage.events import Event
from sandbox.storage.queries import one, param
from sandbox.storage.unit import UnitOfWork

router = shared_router("events")
PREFIX = "evt"

_kind = param("kind")
EVENTS = one(
    select(Event)
    .where(
        col(Event.id) > param("after"),
        or_(
            _kind.is_(None),
            col(Event.kind) == _kind,
            func.substr(col(Event.kind), 1, func.length(param("noun"))) == param("noun"),
        ),
        or_(param("member").is_(None), col(Event.member_id) == param("member")),
        or_(param("request").is_(None), col(Event.request_id) == param("request")),
        or_(param("correlation").is_(None), col(Event.correlation_id) == param("correlation")),
        or_(
            param("subject").is_(None),
            and_(col(Event.subject) == param("subject"), col(Event.subject_id) == param("subject_id")),
        ),
    )
    .order_by(col(Event.id))
    .limit(param("limit"))
)
EVENTS_BEHIND = one(select(Event).where(col(Event.id) > param("after")).order_by(col(Event.id)).limit(param("limit")))

Kind = Annotated[EventKind | None, Query(description="`transfer` or `transfer.completed`.")]
OfMember = Annotated[str | None, Query(alias="member_id", max_length=64)]
OfSubject = Annotated[str | None, Query(max_length=64, description="The id of what it happened to.")]
OfRequest = Annotated[str | None, Query(alias="request_id", max_length=64)]
OfCorrelation = Annotated[
    str | None, Query(alias="correlation_id", max_length=64, description="The client's own id of the request.")
]
After = Annotated[str | None, Query(max_length=64, description="An event's id: those behind it.")]


class NoEvent(Problem):
    """No event came in time."""

    code = "no_event"
    status = 404
    title = Text("Sin eventos", "No event")
    says = Text("No ocurrió nada así a tiempo.", "No such event happened in time.")


class EventView(View):
    """Something that happened: `kind` is noun.verb; `subject_id` the thing it happened to."""

    id: str
    at: Moment
    kind: str
    member_id: str | None
    subject_id: str | None
    request_id: str
    correlation_id: str | None
    data: dict[str, Any]


@router.get(
    "/events",
    operation_id="listEvents",
    summary="List the events",
    responses=problems(InvalidCursor, NotFound),
)
async def list_events(
    call: Call,
    kind: Kind = None,
    member_id: OfMember = None,
    request_id: OfRequest = None,
    correlation_id: OfCorrelation = None,
    after: After = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EventView]:
    """Everything that was committed, oldest first; each event with the request it came from (`clock`: a job)."""
    start = paging.unseal(cursor, int)[0] if cursor else call.key_of(PREFIX, after) or 0
    filters = _filters(call.unit.ids, kind, member_id, request_id) | {"correlation": correlation_id}
    rows = await call.unit.all(EVENTS, after=start, limit=limit + 1, **filters)
    return paging.page_of(Page[EventView], rows, limit, lambda row: show(call.unit.ids, row), lambda row: row.id)


@router.get(
    "/events/next",
    operation_id="nextEvent",
    summary="Wait for an event",
    responses=problems(NoEvent, NotFound),
)
async def next_event(
    call: Call,
    kind: Kind = None,
    member_id: OfMember = None,
    subject: OfSubject = None,
    after: After = None,
    wait: streams.Wait = 5.0,
) -> EventView:
    """The first event that matches behind `after` (of all that are kept, without it); waits for it when it has not
    happened yet. Answers 404 `no_event` when none came in time."""
    position = streams.Behind(call.sandbox, call.key_of(PREFIX, after) or 0)

    async def look(unit: UnitOfWork) -> EventView | None:
        filters = _filters(unit.ids, kind, member_id, None, subject)
        rows = await unit.all(EVENTS, after=position.key, limit=1, **filters)
        return show(unit.ids, rows[0]) if rows else None

    event = await streams.awaited(call, STREAM, wait, look, position.move)
    if event is None:
        raise NoEvent
    return event


@router.get(
    "/events/stream",
    operation_id="streamEvents",
    summary="Stream of events",
    response_class=StreamingResponse,
    responses={**streams.DESCRIBED, **problems(NotFound)},
)
async def stream_events(
    call: Call,
    kind: Kind = None,
    member_id: OfMember = None,
    request_id: OfRequest = None,
    after: After = None,
) -> StreamingResponse:
    """Server-sent events from now on, or behind the event named by `Last-Event-ID` (or `after`).

    Where that one is unknown or events behind it are no longer kept, the first event is a `restart`, and the oldest
    event kept follows.
    """
    member = call.key_of("mem", member_id)

    def matches(row: Event) -> bool:
        return (
            (kind is None or row.kind == kind or row.kind.startswith(f"{kind}."))
            and (member is None or row.member_id == member)
            and (request_id is None or row.request_id == request_id)
        )

    return await streams.respond(call, STREAM, PREFIX, after, matches)


def show(ids: PublicIds, row: Any) -> EventView:
    """An event as it is told: keys as public ids; of its data what is known to be harmless."""
    return EventView(
        id=ids.name(PREFIX, row.id),
        at=clock.show(row.moment),
        kind=row.kind,
        member_id=None if row.member_id is None else ids.name("mem", row.member_id),
        subject_id=ids.name(row.subject, row.subject_id) if row.subject_id else None,
        request_id=row.request_id,
        correlation_id=row.correlation_id,
        data=redaction.known(json.loads(row.data), redaction.HAPPENED),
    )


STREAM = streams.source("event", PREFIX, EVENTS_BEHIND, show)


def _filters(
    ids: PublicIds, kind: str | None, member: str | None, request: str | None, subject: str | None = None
) -> dict[str, Any]:
    prefix = "" if subject is None else subject.partition("_")[0]
    return {
        "kind": kind,
        "noun": f"{kind}.",
        "member": streams.key_of(ids, "mem", member),
        "request": request,
        "correlation": None,
        "subject": prefix or None,
        "subject_id": streams.key_of(ids, prefix, subject),
    }
