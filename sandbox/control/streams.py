"""Server-sent events with resume: rows of a growing table, as they are committed."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from sandbox.http.call import Call
from sandbox.kernel.ids import PublicIds
from sandbox.sandboxes.feeds import Fed, Feed, Follower, Source, Start, Why
from sandbox.storage.queries import Query
from sandbox.storage.schema import LAST_KEY
from sandbox.storage.unit import UnitOfWork

DESCRIBED: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


def source(table: str, prefix: str, behind: Query[Any], show: Callable[[PublicIds, Any], BaseModel]) -> Source:
    """A table as a stream of server-sent events, whose ids are public ids with `prefix`."""

    def render(ids: PublicIds, row: Any) -> bytes:
        data = show(ids, row).model_dump_json()
        return f"id: {ids.name(prefix, row.id)}\nevent: message\ndata: {data}\n\n".encode()

    return Source(table, behind, render, _restart, b": still here\n\n")


async def respond(
    call: Call, source: Source, prefix: str, after: str | None, matches: Callable[[Any], bool]
) -> StreamingResponse:
    """Rows that match, from now on or behind the one named by `Last-Event-ID` or else `after`.

    An EventSource gives up for good on any answer but 200, so a `Last-Event-ID` that is not known is no refusal: the
    stream begins anew, and says so. Raises NotFound for an unknown `after`.
    """
    now = await present(call.unit, call.sandbox, source)
    position: int | None = now.position
    if last := call.header(b"last-event-id"):
        position = call.unit.ids.number(prefix, last)
    elif after is not None:
        position = call.key(prefix, after)
    if position is None or position > now.newest:  # of another sandbox, or of a state that was reset
        start = now._replace(position=0, restart="unknown")
    else:
        start = now._replace(position=position)
    stream = follow(call.sandbox, source, start, matches)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def present(unit: UnitOfWork, sandbox: Fed, source: Source) -> Start:
    """Behind the last row of the table."""
    newest = await unit.one(LAST_KEY, table=source.table) or 0
    return Start(sandbox.generation, newest, newest)


async def follow(sandbox: Fed, source: Source, start: Start, matches: Callable[[Any], bool]) -> AsyncIterator[bytes]:
    """What a client of the stream is sent, until the sandbox is removed or the server stops."""
    with sandbox.news.listening():
        yield b": listening\n\n"
        feed = Feed.of(sandbox, source, start)
        with feed.followed():
            follower = Follower(feed, start, matches)
            while text := await follower.take():
                yield text


def _restart(why: Why) -> bytes:
    return f"event: restart\ndata: {json.dumps({'reason': why})}\n\n".encode()
