"""Verifying requests: counting those that match, and explaining the near misses."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import parse_qs

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from sandbox.bank.wire import Body, View, refuse
from sandbox.control import redacted, vocabulary
from sandbox.control.redacted import Declarations
from sandbox.control.route import notes_router
from sandbox.domain.faults import Method, PathPattern, path_pattern
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel.forms import form
from sandbox.problems import ValidationFailed
from sandbox.sandboxes.journal import Exchange

router = notes_router("journal")
_MOST_MISSES = 5
_PAUSE = 0.02  # seconds between two looks, so that a load is not compared with request by request


MEMBER_ID = form(
    "^mem_[0-9a-f]{32}$", es="Escribe el id de un socio", en="Write the id of a member",
    example="mem_3b608cc6f15c7c222e24ae9258ac41d7",
)  # fmt: skip


def _finite(body: dict[str, Any]) -> dict[str, Any]:
    """The same: 1e999 is read as infinity, which no answer can show. JSON has no such number."""
    try:
        json.dumps(body, allow_nan=False)
    except ValueError:
        raise refuse("bad_number", "Hay un número fuera de rango.", "A number is out of range.") from None
    return body


class RequestMatch(Body):
    """What a request must be like; an omitted field may be anything. `path` with `{}` or `*` for one segment; `headers`
    and `query` by exact value; `body` as a part of what was sent, `"*"` standing for any value."""

    method: Method | None = None
    path: PathPattern | None = None
    operation_id: Annotated[str, Field(max_length=100)] | None = None
    status: Annotated[int, Field(ge=0, le=599)] | None = None
    member_id: Annotated[str, Field(pattern=MEMBER_ID.pattern, examples=[MEMBER_ID.example])] | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)
    body: Annotated[dict[str, Any], AfterValidator(_finite)] = Field(default_factory=dict)


class Count(Body):
    """How many there must be: exactly, or bounds."""

    exactly: Annotated[int, Field(ge=0)] | None = None
    at_least: Annotated[int, Field(ge=0)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Count":
        if self.exactly is None and self.at_least is None and self.at_most is None:
            raise refuse("one_of", "Da exactly, at_least o at_most.", "Give exactly, at_least or at_most.")
        return self

    def allows(self, number: int) -> bool:
        """Whether so many are as many as there must be."""
        return (
            (self.exactly is None or number == self.exactly)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
        )


class Verification(Body):
    """What to look for, and how often it must be there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "match": {"operation_id": "createTransfer", "status": 201, "body": {"amount": "10.00"}},
                    "count": {"exactly": 1},
                }
            ]
        }
    )

    match: RequestMatch
    count: Count = Count(at_least=1)
    wait: Annotated[
        float,
        Field(ge=0, le=60, allow_inf_nan=False, description="Seconds to wait for requests that are still missing."),
    ] = 0.0


class Difference(View):
    """A part of a request that differs from what was expected."""

    field: str
    expected: Any
    actual: Any


class NearMiss(View):
    """A request that almost matched, and why it does not."""

    request_id: str
    method: str
    path: str
    status: int
    differences: list[Difference]


class Verdict(View):
    """Whether there are as many as there must be; if not, the nearest misses, the nearest first."""

    verified: bool
    count: int
    matched: list[str]
    near_misses: list[NearMiss]


@router.post(
    "/requests/verify",
    operation_id="verifyRequests",
    summary="Verify the requests",
    responses=problems(*BODY_PROBLEMS),
)
async def verify_requests(request: Verification, call: Call) -> Verdict:
    """Counts the remembered requests that match, once there are enough of them or the time to `wait` is up. When they
    are not as many as there must be, the answer tells which came nearest and why each of them missed. Secrets are
    compared as they were sent, and shown redacted."""
    errors = list(vocabulary.require_operation(call.server.index, request.match.operation_id, "match.operation_id"))
    if errors:
        raise ValidationFailed(errors=errors)
    deadline = time.monotonic() + request.wait
    sandbox, notes = call.sandbox, call.sandbox.notes
    with notes.gathering.going_on():
        while True:
            sandbox.whole.require_here()
            found = [(exchange, list(_differences(request.match, exchange, call))) for exchange in notes.journal]
            matched = [exchange.id for exchange, differences in found if not differences]
            verified = request.count.allows(len(matched))
            left = deadline - time.monotonic()
            if verified or left <= 0 or sandbox.closing:
                break
            with suppress(TimeoutError):
                await notes.journal.wait(left)
                await asyncio.sleep(_PAUSE)
    missed = sorted((each for each in found if each[1]), key=lambda each: len(each[1]))
    return Verdict(
        verified=verified,
        count=len(matched),
        matched=matched[-200:],
        near_misses=[] if verified else [_near(*each, call) for each in missed[:_MOST_MISSES]],
    )


def _near(exchange: Exchange, differences: list[Difference], call: Call) -> NearMiss:
    return NearMiss(
        request_id=exchange.id,
        method=exchange.method,
        path=_declarations(call).path(exchange),
        status=exchange.status,
        differences=differences,
    )


def _differences(match: RequestMatch, exchange: Exchange, call: Call) -> Iterator[Difference]:
    plain = {
        "method": (match.method, exchange.method),
        "operation_id": (match.operation_id, exchange.operation_id),
        "status": (match.status, exchange.status),
        "member_id": (
            match.member_id,
            None if exchange.member_id is None else call.sandbox.ids.name("mem", exchange.member_id),
        ),
    }
    for field, (expected, actual) in plain.items():
        if expected is not None and expected != actual:
            yield Difference(field=field, expected=expected, actual=actual)
    if match.path is not None and not path_pattern(match.path).fullmatch(exchange.path):
        yield Difference(field="path", expected=match.path, actual=_declarations(call).path(exchange))
    if match.headers or match.query or match.body:
        yield from _differences_in_content(match, exchange, _declarations(call).view(exchange))


def _declarations(call: Call) -> Declarations:
    return redacted.declarations(call.server.index)


def _differences_in_content(match: RequestMatch, exchange: Exchange, shown: dict[str, Any]) -> Iterator[Difference]:
    """In headers, query and body, of which only `shown` is told."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in exchange.request_headers}
    told_headers = {name.lower(): value for name, value in shown["request"]["headers"].items()}
    for name, expected in match.headers.items():
        if headers.get(name.lower()) != expected:
            yield Difference(field=f"headers.{name}", expected=expected, actual=told_headers.get(name.lower()))
    query = parse_qs(exchange.query.decode("latin-1"), keep_blank_values=True)
    told_query = parse_qs(shown["query"], keep_blank_values=True)
    for name, expected in match.query.items():
        if expected not in query.get(name, []):
            yield Difference(field=f"query.{name}", expected=expected, actual=told_query.get(name))
    if match.body:
        try:
            sent = json.loads(exchange.request_body) if exchange.request_body else None
        except (ValueError, RecursionError):
            sent = None
        yield from _missing("body", match.body, sent, shown["request"]["body"])


def _missing(place: str, expected: Any, actual: Any, shown: Any) -> Iterator[Difference]:
    """What of `expected` is not in `actual`; told with `shown`, in which secrets are redacted."""
    if expected == "*" and actual is not None:
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name, value in expected.items():
            inner = shown.get(name) if isinstance(shown, dict) else None
            yield from _missing(f"{place}.{name}", value, actual.get(name), inner)
    elif expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        yield Difference(field=place, expected=expected, actual=shown)
