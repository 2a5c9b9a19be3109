"""Everything that happened, in order."""

import json
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import StreamingResponse
from sqlalchemy import func, or_
from sqlmodel import col, select

from sandbox.bank.wire import Moment, Page, View
from sandbox.control import streams
from sandbox.control.route import control_router
from sandbox.control.vocabulary import EventKind
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock
from sandbox.problems import InvalidCursor, NotFound
from sandbox.storage.events import Event
from sandbox.storage.statements import one, param, scalar
from sandbox.storage.unit import UnitOfWork

router = control_router("events")
PREFIX = "evt"

_kind = param("kind")
EVENTS = one(
    select(Event)
    .where(
        col(Event.id) > param("after"),
        or_(
            _kind.is_(None), col(Event.kind) == _kind, func.substr(col(Event.kind), 1, param("width")) == param("noun")
        ),
        or_(param("member").is_(None), col(Event.member_id) == param("member")),
        or_(param("request").is_(None), col(Event.request_id) == param("request")),
    )
    .order_by(col(Event.id))
    .limit(param("limit"))
)
LAST_EVENT = scalar(select(Event.id).order_by(col(Event.id).desc()).limit(1))

Kind = Annotated[EventKind | None, Query(description="`transfer` or `transfer.completed`.")]
OfMember = Annotated[str | None, Query(alias="member_id", max_length=64)]
OfRequest = Annotated[str | None, Query(alias="request_id", max_length=64)]
After = Annotated[str | None, Query(max_length=64, description="An event's id: those behind it.")]


class EventView(View):
    """Something that happened: `kind` is noun.verb; `subject_id` the thing it happened to."""

    id: str
    at: Moment
    kind: str
    member_id: str | None
    subject_id: str | None
    request_id: str
    data: dict[str, Any]


@router.get(
    "/events",
    operation_id="listEvents",
    summary="What happened",
    responses=problems(InvalidCursor, NotFound),
)
async def list_events(
    call: Call,
    kind: Kind = None,
    member_id: OfMember = None,
    request_id: OfRequest = None,
    after: After = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EventView]:
    """Everything that was committed, oldest first; each event with the request it came from (`clock`: a job)."""
    start = paging.unseal(cursor, int)[0] if cursor else call.key_of(PREFIX, after) or 0
    rows = await call.unit.all(EVENTS, after=start, limit=limit + 1, **_filters(call, kind, member_id, request_id))
    return paging.page_of(Page[EventView], rows, limit, lambda row: show(call.unit, row), lambda row: row.id)


@router.get(
    "/events/stream",
    operation_id="streamEvents",
    summary="What happens",
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
    """Server-sent events from now on, or behind the event named by `Last-Event-ID` (or `after`)."""
    wanted = _filters(call, kind, member_id, request_id)

    async def fetch(unit: UnitOfWork, start: int, limit: int) -> list[Event]:
        return await unit.all(EVENTS, after=start, limit=limit, **wanted)

    return await streams.respond(call, PREFIX, after, LAST_EVENT, fetch, show)


def show(unit: UnitOfWork, row: Any) -> EventView:
    """An event as it is told: keys as public ids; its data as it was recorded."""
    return EventView(
        id=unit.ids.name(PREFIX, row.id),
        at=clock.show(row.moment),
        kind=row.kind,
        member_id=None if row.member_id is None else unit.ids.name("mem", row.member_id),
        subject_id=unit.ids.name(row.subject, row.subject_id) if row.subject_id else None,
        request_id=row.request_id,
        data=json.loads(row.data),
    )


def _filters(call: Call, kind: str | None, member: str | None, request: str | None) -> dict[str, Any]:
    noun = f"{kind}."
    return {
        "kind": kind,
        "noun": noun,
        "width": len(noun),
        "member": call.key_of("mem", member),
        "request": request,
    }
