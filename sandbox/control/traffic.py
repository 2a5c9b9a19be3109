"""Requests at a glance: one line each, newest first, to search and to follow."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Query
from pydantic import BeforeValidator, Field
from sqlmodel import col

from sandbox.bank.members.tables import Member
from sandbox.bank.wire import Moment, Page, View
from sandbox.control import redacted, vocabulary
from sandbox.control.one_bank import of_one_bank
from sandbox.control.redacted import Declarations
from sandbox.control.route import notes_router
from sandbox.domain.faults import Method
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock
from sandbox.kernel.folding import folded
from sandbox.kernel.ids import PublicIds
from sandbox.problem import CATALOGUE
from sandbox.problems import InvalidCursor, NotFound, ValidationFailed
from sandbox.sandboxes.counts import BOUNDS, NONE, Counts, quantile, together
from sandbox.sandboxes.journal import Exchange
from sandbox.storage.queries import is_among, one_of, pick
from sandbox.storage.unit import UnitOfWork

router = notes_router("journal")
_SLICE = 200  # lines that are made in one turn of the event loop
Outcome = Literal["ok", "refused", "failed", "struck"]


class TrafficLine(View):
    """A request in one line. `problem` is the code that it was refused with, `fault` the fault that struck it."""

    id: str
    at: Moment
    method: str
    path: str
    operation_id: str | None
    status: int = Field(description="The HTTP status of the answer; 0 where a fault cut the connection before one.")
    problem: str | None = Field(description="The code of the problem that was answered; null where none was.")
    duration_ms: float
    member_id: str | None = Field(description="The member whose session it was; null without one.")
    member: str | None = Field(description="The member's name.")
    fault: str | None


def _within(part: str) -> Any:
    words = f"Milliseconds within which {part} of the calls were answered, by the histogram; null without calls."
    return Field(description=words)


class Latency(View):
    """How long calls took inside the server."""

    p50_ms: float | None = _within("half")
    p95_ms: float | None = _within("95 %")
    p99_ms: float | None = _within("99 %")


class CallCounts(Latency):
    """How many calls there were, and how they were answered."""

    requests: int = Field(description="How many calls were answered, or cut by a fault.")
    refused: int = Field(description="Those answered with 400 to 499.")
    failed: int = Field(description="Those answered with 500 and above, or cut by a fault.")


class OperationTraffic(CallCounts):
    """The calls of one operation."""

    operation_id: str | None = Field(description="Null for calls of addresses at which there is none.")
    problems: dict[str, int] = Field(description="Answers with a problem, by its code.")
    histogram: list[int] = Field(description="Calls by bucket of `bounds_ms`; the last one is beyond all bounds.")


class TrafficSummary(CallCounts):
    """The calls of the bank in one sandbox since the process first used it, also across resets. The difference of two
    summaries is the traffic between them."""

    seconds: float = Field(description="For how many seconds of real time it has been counting.")
    bounds_ms: list[float] = Field(description="The upper bounds of the buckets of every `histogram`.")
    operations: list[OperationTraffic] = Field(description="Those called, the most called first.")


class Named(NamedTuple):
    """A member by name."""

    id: int
    first_names: str
    last_names: str


NAMES = one_of(Named, pick(Member.id, Member.first_names, Member.last_names).where(is_among(col(Member.id), "members")))


@router.get(
    "/traffic",
    operation_id="listTraffic",
    summary="Requests at a glance",
    responses=problems(InvalidCursor, NotFound),
)
async def list_traffic(
    call: Call,
    q: Annotated[
        str | None,
        Query(max_length=100, description="Part of the id, path, operation, problem or member's name."),
    ] = None,
    method: Annotated[Method | None, BeforeValidator(str.upper), Query()] = None,
    operation_id: Annotated[str | None, Query(max_length=100)] = None,
    outcome: Annotated[
        Outcome | None,
        Query(
            description="`ok` below 400, `refused` 400 to 499, `failed` 500 and above or no answer, "
            "`struck` by a fault."
        ),
    ] = None,
    problem: Annotated[str | None, Query(max_length=100, description="The code that it was refused with.")] = None,
    member_id: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TrafficLine]:
    """The exchanges that the journal keeps, newest first, without headers and bodies: `getRequest` has those."""
    errors = list(vocabulary.require_operation(call.server.index, operation_id, "operation_id"))
    if errors:
        raise ValidationFailed(errors=errors)
    place = paging.unseal(cursor, int)[0] if cursor else None
    before = None if place is None else int(place)

    async def look() -> Page[TrafficLine]:
        member = call.key_of("mem", member_id)
        part = None if q is None else folded(q)
        return await _page(call, _Wanted(part, method, operation_id, outcome, problem, member), before, limit)

    return await of_one_bank(call, look)


class _Wanted(NamedTuple):
    """What is looked for; None may be anything."""

    part: str | None
    method: Method | None
    operation_id: str | None
    outcome: Outcome | None
    problem: str | None
    member: int | None

    @property
    def needs_lines(self) -> bool:
        """Whether only the line of an exchange tells if it is looked for."""
        return self.part is not None or self.problem is not None

    def may_be(self, exchange: Exchange) -> bool:
        """Whether the exchange does not rule it out."""
        return (
            (self.method is None or exchange.method == self.method)
            and (self.operation_id is None or exchange.operation_id == self.operation_id)
            and (self.outcome is None or self.outcome in outcomes(exchange))
            and (self.member is None or exchange.member_id == self.member)
        )

    def is_found_in(self, line: TrafficLine) -> bool:
        """Whether the line does not, either."""
        return (self.problem is None or line.problem == self.problem) and (
            self.part is None or self.part in _text(line)
        )


async def _page(call: Call, wanted: _Wanted, before: int | None, limit: int) -> Page[TrafficLine]:
    """The newest lines of what is wanted, as the journal has it now; others have their turn between two pieces."""
    journal = call.sandbox.notes.journal
    candidates = ((place, each) for place, each in journal.before(before) if wanted.may_be(each))
    declarations = redacted.declarations(call.server.index)
    found: list[tuple[int, TrafficLine]] = []
    for piece in _pieces(candidates, _SLICE if wanted.needs_lines else limit + 1):
        shown = zip(piece, await lines(call.unit, declarations, [each for _, each in piece]), strict=True)
        found += [(place, line) for (place, _), line in shown if wanted.is_found_in(line)]
        if len(found) > limit:
            break
        await call.unit.pause()
    following = paging.seal(found[limit - 1][0]) if len(found) > limit else None
    return Page[TrafficLine](items=[line for _, line in found[:limit]], next_cursor=following)


@router.get("/traffic/summary", operation_id="summarizeTraffic", summary="Throughput, latency and refusals")
async def summarize_traffic(call: Call) -> TrafficSummary:
    """How many calls of the bank this sandbox had, how they were answered and how fast, by operation: what a load does
    to it. `getMetrics` has the same of all sandboxes together, for Prometheus."""
    counts = call.sandbox.notes.counts
    told = sorted((_operation(counts, name) for name in counts.buckets), key=lambda each: -each.requests)
    return TrafficSummary(
        seconds=round(time.monotonic() - counts.since, 3),
        requests=sum(each.requests for each in told),
        refused=sum(each.refused for each in told),
        failed=sum(each.failed for each in told),
        bounds_ms=[bound * 1000 for bound in BOUNDS],
        operations=told,
        **_latency(together([each.histogram for each in told])),
    )


def _operation(counts: Counts, name: str) -> OperationTraffic:
    answers = {status: number for (operation, status), number in counts.answers.items() if operation == name}
    buckets = counts.buckets[name]
    return OperationTraffic(
        operation_id=None if name == NONE else name,
        requests=sum(buckets),
        refused=sum(number for status, number in answers.items() if 400 <= status < 500),
        failed=sum(number for status, number in answers.items() if status >= 500 or not status),
        problems={code: number for (operation, code), number in counts.refusals.items() if operation == name},
        histogram=list(buckets),
        **_latency(buckets),
    )


def _latency(buckets: Sequence[int]) -> dict[str, float | None]:
    parts = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    return {name: _millis(quantile(buckets, part)) for name, part in parts.items()}


def _millis(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


async def lines(unit: UnitOfWork, declarations: Declarations, exchanges: Sequence[Exchange]) -> list[TrafficLine]:
    """One line for each exchange, with the names of members."""
    names = await members_named(unit, (each.member_id for each in exchanges))
    return [_line(unit.ids, declarations, names, exchange) for exchange in exchanges]


async def members_named(unit: UnitOfWork, members: Iterable[int | None]) -> dict[int, str]:
    """The names of members by their keys."""
    keys = sorted({key for key in members if key is not None})
    rows = await unit.all(NAMES, members=json.dumps(keys)) if keys else []
    return {row.id: f"{row.first_names} {row.last_names}" for row in rows}


def outcomes(exchange: Exchange) -> list[Outcome]:
    """What came of an exchange."""
    status = exchange.status
    came: Outcome = "failed" if status >= 500 or not status else "refused" if status >= 400 else "ok"
    return [came] if exchange.fault is None else [came, "struck"]


def problem_of(exchange: Exchange) -> str | None:
    """The code of the problem that was answered, or None."""
    if exchange.status < 400:
        return None
    try:
        told = json.loads(exchange.response_body)
    except (ValueError, RecursionError):
        return None
    code = told.get("code") if isinstance(told, dict) else None
    return code if isinstance(code, str) and code in CATALOGUE else None


def _line(ids: PublicIds, declarations: Declarations, names: dict[int, str], exchange: Exchange) -> TrafficLine:
    member = exchange.member_id
    return TrafficLine(
        id=exchange.id,
        at=clock.show(exchange.moment),
        method=exchange.method,
        path=declarations.path(exchange),
        operation_id=exchange.operation_id,
        status=exchange.status,
        problem=problem_of(exchange),
        duration_ms=round(exchange.duration_us / 1000, 3),
        member_id=None if member is None else ids.name("mem", member),
        member=None if member is None else names.get(member),
        fault=exchange.fault,
    )


def _text(line: TrafficLine) -> str:
    parts = (
        line.id,
        line.method,
        line.path,
        line.operation_id,
        str(line.status),
        line.problem,
        line.member,
        line.fault,
    )
    return folded(" ".join(part for part in parts if part))


def _pieces(candidates: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while piece := [each for _, each in zip(range(size), candidates, strict=False)]:
        yield piece
