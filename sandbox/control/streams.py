"""Rows of a growing table, as they are committed: server-sent events with resume, and waiting for one row."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, suppress
from typing import Annotated, Any, TypeVar

from fastapi import Query as Parameter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from sandbox.http.call import Call
from sandbox.kernel.ids import PublicIds
from sandbox.problems import NotFound
from sandbox.sandboxes.feeds import Fed, Feed, Follower, Source, Start, Why
from sandbox.storage.queries import Query
from sandbox.storage.schema import LAST_KEY
from sandbox.storage.unit import UnitOfWork

DESCRIBED: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}

T = TypeVar("T")
_LONGEST_WAIT = 60.0
Wait = Annotated[float, Parameter(ge=0, le=_LONGEST_WAIT, description="Seconds to wait, 0 to 60.")]


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


def key_of(ids: PublicIds, prefix: str, name: str | None) -> int | None:
    """The integer behind a public id of the bank that has these; None for None. Raises NotFound."""
    number = None if name is None else ids.number(prefix, name)
    if number is None and name is not None:
        raise NotFound
    return number


class Behind:
    """The key behind which rows are looked for: in a bank that takes the place of the one it is of, behind none."""

    def __init__(self, sandbox: Fed, key: int) -> None:
        self._sandbox = sandbox
        self._generation = sandbox.generation
        self._key = key

    @property
    def key(self) -> int:
        """The key in the bank that is there now, for who holds the turn."""
        if self._generation != self._sandbox.generation:
            self.move(0)
        return self._key

    def move(self, key: int) -> None:
        """Look behind this key of the bank that is there now."""
        self._generation, self._key = self._sandbox.generation, key


async def awaited(
    call: Call,
    source: Source,
    wait: float,
    look: Callable[[UnitOfWork], Awaitable[T | None]],
    note: Callable[[int], None] = lambda _: None,
) -> T | None:
    """What `look` finds, now or once more rows of the table are committed; None when it finds nothing for `wait`
    seconds. It looks with the turn held. `note` is told the key up to which it has found nothing."""
    deadline = time.monotonic() + (0 if call.method == "HEAD" else wait)
    with call.sandbox.news.listening(), ExitStack() as following:
        feed: Feed | None = None
        read_to = 0
        while True:
            unit = call.sandbox.unit(call.request_id)
            try:
                await unit.hold_turn()
                # The last key first: what another unit commits while this one looks has a higher one.
                seen = await present(unit, call.sandbox, source) if unit.shared else None
                found = await look(unit)
                left = deadline - time.monotonic()
                if found is not None or left <= 0 or (feed is not None and feed.ended):
                    return found
                if seen is None:
                    seen = await present(unit, call.sandbox, source)
                note(seen.newest)
                if feed is None:
                    feed = Feed.of(call.sandbox, source, seen)
                    following.enter_context(feed.followed())
            finally:
                unit.rollback()
            if feed.generation == seen.generation and feed.position > max(seen.newest, read_to):
                read_to = feed.position
                continue  # the feed, which others follow, too, has read on meanwhile, and woken who waited
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await feed.wait()


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
