"""Server-sent events with resume: rows of a growing table, as they are committed."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from sandbox.http.call import Call
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.statements import Query
from sandbox.storage.unit import UnitOfWork

_BATCH = 100
_BREATH = 15.0  # seconds between signs of life
DESCRIBED: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


class Row(Protocol):
    """Something with a key."""

    @property
    def id(self) -> int: ...


async def respond(
    call: Call,
    prefix: str,
    after: str | None,
    last: Query[int],
    fetch: Callable[[UnitOfWork, int, int], Awaitable[Sequence[Row]]],
    show: Callable[[UnitOfWork, Row], BaseModel],
) -> StreamingResponse:
    """Rows that come from now on, or behind the one named by `Last-Event-ID` or `after`. Raises NotFound."""
    name = call.headers.get("last-event-id") or after
    if name is None:
        newest = await call.unit.one(last)
        start = newest or 0
    else:
        start = call.key(prefix, name)
    stream = _stream(call.sandbox, prefix, start, fetch, show)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _stream(
    sandbox: Sandbox,
    prefix: str,
    start: int,
    fetch: Callable[[UnitOfWork, int, int], Awaitable[Sequence[Row]]],
    show: Callable[[UnitOfWork, Row], BaseModel],
) -> AsyncIterator[str]:
    with sandbox.news.listening():
        yield ": listening\n\n"
        generation = sandbox.generation
        while not (sandbox.removed or sandbox.closing):
            if generation != sandbox.generation:  # another database was put in place: its rows begin anew
                generation, start = sandbox.generation, 0
            unit = UnitOfWork(sandbox, "stream")
            rows = await fetch(unit, start, _BATCH)
            unit.rollback()
            for row in rows:
                start = row.id
                data = json.dumps(show(unit, row).model_dump(mode="json"), ensure_ascii=False)
                yield f"id: {unit.ids.name(prefix, row.id)}\nevent: message\ndata: {data}\n\n"
            if not rows and not await sandbox.news.wait(_BREATH):
                yield ": still here\n\n"
