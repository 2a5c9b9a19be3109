"""The journal: the requests of the app, and their answers."""

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BeforeValidator, Field
from sqlalchemy import func
from sqlmodel import col, select

from sandbox.bank.ledger.tables import Entry
from sandbox.bank.notifications.tables import Message
from sandbox.bank.wire import Listing, Moment, View
from sandbox.control import events as happened
from sandbox.control import ledger, redacted, rules, traffic, vocabulary
from sandbox.control import messages as inbox
from sandbox.control.route import notes_router
from sandbox.domain.faults import Method
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Limit
from sandbox.problems import NotFound, ValidationFailed
from sandbox.sandboxes.journal import Exchange
from sandbox.storage import queries
from sandbox.storage.events import Event
from sandbox.storage.queries import one, one_of, param, scalar
from sandbox.storage.unit import UnitOfWork

router = notes_router("journal")


class HttpMessage(View):
    """Headers and body of one side; what is not known to be harmless reads `[redacted]`. `body` is JSON.

    `body_bytes` is the size of the whole body; of a `truncated` one, `body` is the head, as text.
    """

    headers: dict[str, str]
    body: Any
    body_bytes: int
    truncated: bool


class ExchangeView(View):
    """One request of the bank's surface and its answer; status 0 when a fault cut the connection before one."""

    id: str
    correlation_id: str | None
    at: Moment
    method: str
    path: str
    query: str
    operation_id: str | None
    status: int
    fault: str | None
    duration_ms: float
    request: HttpMessage
    response: HttpMessage


class RequestView(ExchangeView):
    """A request with everything that the sandbox knows of it: who it was, why it was answered so, what it did."""

    member_id: str | None = Field(description="The member whose session it was; null without one.")
    member: str | None = Field(description="The member's name.")
    problem: str | None = Field(description="The code of the problem that was answered; null where none was.")
    decisions: list[rules.LoggedDecisionView] = Field(description="What the rules decided in it, in order.")
    events: list[happened.EventView] = Field(description="What happened in it.")
    messages: list[inbox.MessageView] = Field(description="The messages that it sent.")
    entries: list[ledger.EntryView] = Field(description="The ledger entries that it posted.")


_SEARCHED = 20_000  # of the newest rows of a table: the journal keeps fewer requests than have caused them
_MOST = 200
T = TypeVar("T")
NEWEST = {
    "event": scalar(select(func.max(Event.id))),
    "message": scalar(select(func.max(Message.id))),
    "entry": scalar(select(func.max(Entry.id))),
}
EVENTS_OF = one(
    select(Event)
    .where(col(Event.id) > param("after"), col(Event.request_id) == param("request"))
    .order_by(col(Event.id))
    .limit(param("limit"))
)
MESSAGES_OF = one_of(
    inbox.Sent,
    inbox.SENT.where(col(Message.id) > param("after"), col(Message.request_id) == param("request"))
    .order_by(col(Message.id))
    .limit(param("limit")),
)
ENTRIES_OF = one(
    select(Entry)
    .where(col(Entry.id) > param("after"), col(Entry.request_id) == param("request"))
    .order_by(col(Entry.id))
    .limit(param("limit"))
)


@router.get("/requests", operation_id="listRequests", summary="List the requests", responses=problems(NotFound))
async def list_requests(
    call: Call,
    method: Annotated[Method | None, BeforeValidator(str.upper), Query()] = None,
    path: Annotated[str | None, Query(max_length=300, description="Part of the path.")] = None,
    operation_id: Annotated[str | None, Query(max_length=100)] = None,
    status: Annotated[int | None, Query(ge=100, le=599)] = None,
    member_id: Annotated[str | None, Query(max_length=64)] = None,
    correlation_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
) -> Listing[ExchangeView]:
    """The last exchanges with the bank, newest first: failed ones, too. Kept in memory, up to
    `SANDBOX_JOURNAL_SIZE` exchanges and `SANDBOX_JOURNAL_BYTES` bytes."""
    errors = list(vocabulary.require_operation(call.server.index, operation_id, "operation_id"))
    if errors:
        raise ValidationFailed(errors=errors)
    member = call.key_of("mem", member_id)
    wanted = {
        "method": method, "operation_id": operation_id, "status": status, "member_id": member,
        "correlation_id": correlation_id,
    }  # fmt: skip
    declarations = redacted.declarations(call.server.index)
    found = (
        exchange
        for exchange in reversed(call.sandbox.notes.journal)
        if (path is None or path in exchange.path)
        and all(value is None or getattr(exchange, name) == value for name, value in wanted.items())
    )
    return Listing[ExchangeView](
        items=[ExchangeView(**declarations.view(exchange)) for exchange in _first(found, limit)]
    )


@router.get("/requests/{request_id}", operation_id="getRequest", summary="Get a request", responses=problems(NotFound))
async def get_request(request_id: str, call: Call) -> RequestView:
    """The exchange with that request id: what the rules decided in it, and the events, messages and ledger entries that
    it caused, at most 200 of each."""
    unit = call.unit
    await unit.hold_turn()  # or another bank could take the place of the one whose exchange was found
    exchange = next((each for each in reversed(call.sandbox.notes.journal) if each.id == request_id), None)
    if exchange is None:
        raise NotFound
    member = exchange.member_id
    names = await traffic.members_named(unit, [member])
    return RequestView(
        **redacted.declarations(call.server.index).view(exchange),
        member_id=None if member is None else unit.ids.name("mem", member),
        member=None if member is None else names.get(member),
        problem=traffic.problem_of(exchange),
        decisions=[rules.show(each) for each in call.sandbox.notes.decisions if each.request_id == request_id][:_MOST],
        events=[happened.show(unit.ids, row) for row in await _caused(unit, EVENTS_OF, "event", request_id)],
        messages=[inbox.show(unit.ids, row) for row in await _caused(unit, MESSAGES_OF, "message", request_id)],
        entries=[await ledger.show(unit, row) for row in await _caused(unit, ENTRIES_OF, "entry", request_id)],
    )


async def _caused(unit: UnitOfWork, query: queries.Query[T], table: str, request: str) -> list[T]:
    """The rows of a table that a request added, among the newest."""
    newest = await unit.one(NEWEST[table]) or 0
    return await unit.all(query, after=newest - _SEARCHED, request=request, limit=_MOST)


@router.delete("/requests", operation_id="clearRequests", summary="Clear the journal", status_code=204)
async def clear_requests(call: Call) -> None:
    """Deletes every exchange."""
    call.sandbox.notes.journal.clear()


def _first(exchanges: Iterable[Exchange], limit: int) -> Iterable[Exchange]:
    for _, exchange in zip(range(limit), exchanges, strict=False):
        yield exchange
