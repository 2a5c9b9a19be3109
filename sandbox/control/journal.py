"""The journal: the requests of the app, and their answers."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator

from sandbox.bank.wire import Listing, Moment, View
from sandbox.control import redacted, vocabulary
from sandbox.control.route import control_router
from sandbox.domain.faults import Method
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Limit
from sandbox.problems import NotFound, ValidationFailed
from sandbox.sandboxes.journal import Exchange

router = control_router("journal")


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


@router.get("/requests", operation_id="listRequests", summary="List the requests", responses=problems(NotFound))
async def list_requests(
    call: Call,
    method: Annotated[Method | None, BeforeValidator(str.upper), Query()] = None,
    path: Annotated[str | None, Query(max_length=300, description="Part of the path.")] = None,
    operation_id: Annotated[str | None, Query(max_length=100)] = None,
    status: Annotated[int | None, Query(ge=100, le=599)] = None,
    member_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
) -> Listing[ExchangeView]:
    """The last exchanges with the bank, newest first: failed ones, too. Kept in memory, up to
    `SANDBOX_JOURNAL_SIZE` exchanges and `SANDBOX_JOURNAL_BYTES` bytes."""
    errors = list(vocabulary.require_operation(call.server.index, operation_id, "operation_id"))
    if errors:
        raise ValidationFailed(errors=errors)
    member = call.key_of("mem", member_id)
    wanted = {"method": method, "operation_id": operation_id, "status": status, "member_id": member}
    declarations = redacted.declarations(call.server.index)
    found = (
        exchange
        for exchange in reversed(call.sandbox.journal)
        if (path is None or path in exchange.path)
        and all(value is None or getattr(exchange, name) == value for name, value in wanted.items())
    )
    return Listing[ExchangeView](
        items=[ExchangeView(**declarations.view(exchange)) for exchange in _first(found, limit)]
    )


@router.get("/requests/{request_id}", operation_id="getRequest", summary="Get a request", responses=problems(NotFound))
async def get_request(request_id: str, call: Call) -> ExchangeView:
    """The exchange with that request id."""
    declarations = redacted.declarations(call.server.index)
    for exchange in reversed(call.sandbox.journal):
        if exchange.id == request_id:
            return ExchangeView(**declarations.view(exchange))
    raise NotFound


@router.delete("/requests", operation_id="clearRequests", summary="Clear the journal", status_code=204)
async def clear_requests(call: Call) -> None:
    """Deletes every exchange."""
    call.sandbox.journal.clear()


def _first(exchanges: Iterable[Exchange], limit: int) -> Iterable[Exchange]:
    for _, exchange in zip(range(limit), exchanges, strict=False):
        yield exchange
