"""One stream for all that a page shows of a sandbox: messages, requests, events and its state, with one position.

Each topic has its own position, and an event's id names those of all topics: a client that comes back with it gets what
it missed of each, also from another process.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator

from sandbox.bank.wire import Moment, View, refuse
from sandbox.control import events, messages, redacted, streams, traffic
from sandbox.control.redacted import Declarations
from sandbox.control.route import notes_router
from sandbox.domain.life.behaviours import Level
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.kernel import clock
from sandbox.problems import NotFound
from sandbox.sandboxes.feeds import BREATH, Feed, Follower, Source, Start
from sandbox.sandboxes.journal import Exchange
from sandbox.sandboxes.registry import Registry
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.errors import AWAY, ServerGone
from sandbox.storage.unit import UnitOfWork

log = logging.getLogger("sandbox")
router = notes_router("service")

Topic = Literal["messages", "requests", "events", "state"]
TOPICS: Final[tuple[Topic, ...]] = ("messages", "requests", "events", "state")
# What a sandbox is like changes in many ways: requests, rule files on disk, work in the background, other sandboxes.
# Comparing it costs a few microseconds, so it is looked at this often (seconds) rather than told by each of them.
_GLANCE = 0.2
_PAUSE = 0.05  # seconds between two pieces of requests: under load they go out together
_MOST_REQUESTS = 100  # in a piece: a page shows the newest ones, and a load makes thousands
_MOST_NAMES = 500
_TABLES: Mapping[Topic, tuple[Source, str]] = {
    "messages": (messages.STREAM, messages.PREFIX),
    "events": (events.STREAM, events.PREFIX),
}


class StateView(View):
    """What a sandbox is like: its clock, and what makes it behave otherwise than usual."""

    sandbox: str
    now: Moment
    rate: float
    life: Level
    faults: int
    overrides: list[str]
    recording: bool
    rules_revision: str
    generation: int


class Piece(NamedTuple):
    """Something to send: an event of a topic, and where the topic stands behind it (None: where it stood)."""

    topic: Topic
    position: str | None
    event: str
    data: str


Pieces = AsyncIterator[Sequence[Piece]]


def _known(names: str) -> str:
    unknown = [name for name in names.split(",") if name not in TOPICS]
    if unknown:
        raise refuse(
            "not_an_option",
            f"Los temas son {', '.join(TOPICS)}, separados por comas.",
            f"Topics are {', '.join(TOPICS)}, separated by commas.",
        )
    return names


@router.get(
    "/stream",
    operation_id="streamSandbox",
    summary="Everything that happens in a sandbox",
    response_class=StreamingResponse,
    responses={**streams.DESCRIBED, **problems(NotFound)},
)
async def stream_sandbox(
    call: Call,
    topics: Annotated[
        str,
        Query(max_length=100, description="What to follow, separated by commas."),
        AfterValidator(_known),
    ] = ",".join(TOPICS),
) -> StreamingResponse:
    """Server-sent events of several topics on one connection. `messages`: messages as they leave. `requests`: requests
    in one line each, as `listTraffic` has them. `events`: what happens. `state`: clock, faults, rule documents of the
    sandbox's own and recording, at once and whenever they change; and an event `sandboxes` with the names of all
    sandboxes.

    The id of an event is a position in all topics. With it in `Last-Event-ID`, the stream goes on from there. An event
    `restart` names a topic that begins anew: what is known of it no longer holds, or too much came to send it all.
    """
    wanted = [topic for topic in TOPICS if topic in topics.split(",")]
    brought = _positions(call.header(b"last-event-id"))
    sandbox = call.sandbox
    starts: dict[Topic, Start] = {}
    for topic in wanted:
        if topic in _TABLES:
            starts[topic] = await _table_start(call.unit, sandbox, topic, brought)
        elif topic == "requests":
            starts[topic] = _requests_start(sandbox, brought)
    declarations = redacted.declarations(call.server.index)
    merged = _Merged(call.server.registry, sandbox, declarations, starts, sends_state="state" in wanted)
    return StreamingResponse(merged.sent(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _positions(last: str | None) -> dict[str, str] | None:
    """The position of each topic in an id; None where the client brings none."""
    if last is None:
        return None
    return dict(part.split("=", 1) for part in last.split(";") if "=" in part)


async def _table_start(unit: UnitOfWork, sandbox: Sandbox, topic: Topic, brought: dict[str, str] | None) -> Start:
    source, prefix = _TABLES[topic]
    now = await streams.present(unit, sandbox, source)
    if brought is None or topic not in brought:
        return now
    position = unit.ids.number(prefix, brought[topic])
    if position is None or position > now.newest:
        return now._replace(position=0, restart="unknown")
    return now._replace(position=position)


def _requests_start(sandbox: Sandbox, brought: dict[str, str] | None) -> Start:
    newest = sandbox.notes.journal.newest
    now = Start(sandbox.starts, newest, newest)
    if brought is None or "requests" not in brought:
        return now
    process, _, place = brought["requests"].partition(".")
    if process != str(sandbox.starts) or not place.isdecimal() or int(place) > newest:
        return now._replace(position=0, restart="unknown")
    return now._replace(position=int(place))


@dataclass(slots=True)
class _Merged:
    """The topics of one client, put together."""

    registry: Registry
    sandbox: Sandbox
    declarations: Declarations
    starts: dict[Topic, Start]
    sends_state: bool

    async def sent(self) -> AsyncIterator[bytes]:
        """What the client is sent, until the sandbox is removed or the server stops."""
        positions = {topic: self._position(topic, start.position) for topic, start in self.starts.items()}
        with self.sandbox.news.listening(), self.sandbox.notes.gathering.going_on():
            yield f": listening\nid: {_id(positions)}\n\n".encode()
            async for pieces in _together(self._sources()):
                yield b"".join(_written(piece, positions) for piece in pieces) or b": still here\n\n"

    def _sources(self) -> list[Pieces]:
        tables = [self._rows(topic, start) for topic, start in self.starts.items() if topic in _TABLES]
        requests = [self._requests(self.starts["requests"])] if "requests" in self.starts else []
        return [self._state(), *tables, *requests]

    def _position(self, topic: Topic, place: int) -> str:
        if topic == "requests":
            return f"{self.sandbox.starts}.{place}"
        return self.sandbox.ids.name(_TABLES[topic][1], place)

    async def _rows(self, topic: Topic, start: Start) -> Pieces:
        """The rows of a table, from its feed."""
        source, _ = _TABLES[topic]
        feed = Feed.of(self.sandbox, source, start)
        with feed.followed():
            follower = Follower(feed, start, lambda _: True)
            while text := await follower.take():
                yield [self._piece(topic, block) for block in text.decode().split("\n\n") if block[:1] not in ("", ":")]

    def _piece(self, topic: Topic, block: str) -> Piece:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if fields["event"] == "restart":
            return self._restart(topic, str(json.loads(fields["data"])["reason"]), 0)
        return Piece(topic, fields["id"], topic, fields["data"])

    def _restart(self, topic: Topic, reason: str, place: int) -> Piece:
        data = json.dumps({"topic": topic, "reason": reason})
        return Piece(topic, self._position(topic, place), "restart", data)

    async def _requests(self, start: Start) -> Pieces:
        """Requests, some at a time. Where more came than go out together, the topic begins anew with the newest."""
        sandbox, journal, place = self.sandbox, self.sandbox.notes.journal, start.position
        cleared, why = journal.cleared, start.restart and str(start.restart)
        while True:
            if journal.cleared != cleared:
                cleared, why = journal.cleared, "cleared"
            found = journal.behind(place)
            if len(found) > _MOST_REQUESTS or (found and found[0][0] > max(place, cleared) + 1):
                found, why = found[-_MOST_REQUESTS:], why or "gap"
            pieces = [self._restart("requests", why, place)] if why else []
            why = None
            if found:
                place = found[-1][0]
                pieces += await self._lines_in_time(found)
            if pieces:
                yield pieces
                await asyncio.sleep(_PAUSE)
            else:
                with suppress(TimeoutError):
                    await journal.wait(BREATH)
            if sandbox.whole.removed or sandbox.closing:
                return

    async def _lines_in_time(self, found: list[tuple[int, Exchange]]) -> list[Piece]:
        """Those of `_lines`, once there is a server to ask for names; none where the stream ends before."""
        while not (self.sandbox.whole.removed or self.sandbox.closing):
            with suppress(ServerGone):
                return await self._lines(found)
            await self.sandbox.news.wait(AWAY)
        return []

    async def _lines(self, found: list[tuple[int, Exchange]]) -> list[Piece]:
        unit = self.sandbox.unit("stream")
        try:
            lines = await traffic.lines(unit, self.declarations, [exchange for _, exchange in found])
        finally:
            unit.rollback()
        return [
            Piece("requests", self._position("requests", place), "requests", line.model_dump_json())
            for (place, _), line in zip(found, lines, strict=True)
        ]

    async def _state(self) -> Pieces:
        """The state at once and whenever it changes; ends with the sandbox."""
        sandbox, time = self.sandbox, asyncio.get_running_loop().time
        seen: object = None
        names: list[str] | None = None
        folder_seen = -1
        due = time() + BREATH
        while not (sandbox.whole.removed or sandbox.closing):
            pieces = []
            folder = self.registry.places.sandboxes.stat().st_mtime_ns
            glance = _glance(sandbox)
            if glance != seen and not sandbox.asleep:
                seen = glance
                pieces.append(Piece("state", None, "state", show(sandbox).model_dump_json()))
            if folder != folder_seen:
                folder_seen, before, names = folder, names, self.registry.names()
                if names != before:
                    data = json.dumps({"names": names[:_MOST_NAMES], "total": len(names)})
                    pieces.append(Piece("state", None, "sandboxes", data))
            if (pieces and self.sends_state) or time() >= due:
                due = time() + BREATH
                yield pieces if self.sends_state else []
            await asyncio.sleep(_GLANCE)


def show(sandbox: Sandbox) -> StateView:
    """What a sandbox is like now."""
    return StateView(
        sandbox=sandbox.name,
        now=clock.show(sandbox.clock.now()),
        rate=sandbox.clock.rate_millis / 1000,
        life=sandbox.life.level,
        faults=len(sandbox.faults.calls) + len(sandbox.faults.outages),
        overrides=sorted(sandbox.own_rules.overrides),
        recording=sandbox.notes.recording is not None,
        rules_revision=sandbox.rules.revision,
        generation=sandbox.generation,
    )


def _glance(sandbox: Sandbox) -> object:
    """Something else for every change of what `show` shows, but for the passing of time."""
    ticking = sandbox.clock
    return (
        ticking.anchor, ticking.origin, ticking.rate_millis, sandbox.life.level, sandbox.faults,
        tuple(sandbox.own_rules.overrides.items()), sandbox.own_rules.source.current,
        sandbox.notes.recording is not None, sandbox.generation,
    )  # fmt: skip


async def _together(sources: Sequence[Pieces]) -> Pieces:
    """What several sources give, as it comes; ends with the first that ends. One piece waits at a time, so that a slow
    client holds its sources up and fills no memory."""
    waiting: asyncio.Queue[Sequence[Piece] | None] = asyncio.Queue(1)

    async def pass_on(source: Pieces) -> None:
        try:
            async for pieces in source:
                await waiting.put(pieces)
        except Exception:
            log.exception("a topic of a stream failed")
        await waiting.put(None)

    tasks = [asyncio.create_task(pass_on(source)) for source in sources]
    try:
        while (pieces := await waiting.get()) is not None:
            yield pieces
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for source in sources:
            await source.aclose()  # type: ignore[attr-defined]  # they are generators


def _written(piece: Piece, positions: dict[Topic, str]) -> bytes:
    if piece.position is not None:
        positions[piece.topic] = piece.position
    return f"id: {_id(positions)}\nevent: {piece.event}\ndata: {piece.data}\n\n".encode()


def _id(positions: Mapping[Topic, str]) -> str:
    return ";".join(f"{topic}={position}" for topic, position in positions.items())
