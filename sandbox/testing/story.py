"""What happened in a sandbox, as the report of a failed test tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.testing.refusals import Problem, UnexpectedAnswer

if TYPE_CHECKING:
    from sandbox.testing.blocking.sandbox import Sandbox

_REQUESTS = 12
_EVENTS = 12
_CODES = 6


def story(sandbox: Sandbox) -> str:
    """The last requests with their refusals and the rules behind them, the codes and the events, oldest first."""
    import httpx2

    try:
        return "\n".join(_lines(sandbox))
    except (Problem, UnexpectedAnswer, httpx2.TransportError) as reason:
        return f"the sandbox cannot be asked: {reason}"


def _lines(sandbox: Sandbox) -> Iterator[str]:
    yield f"{sandbox.connection.url}/s/{sandbox.name}, at {sandbox.clock.read()['now']}"
    exchanges = sandbox.journal.requests(limit=_REQUESTS)[::-1]
    yield f"the last {len(exchanges)} requests:"
    for exchange in exchanges:
        yield f"  {exchange['method']:<6} {exchange['path']} → {exchange['status']}{_struck(exchange['fault'])}"
        yield from _refusal(sandbox, exchange["id"], exchange["response"]["body"])
    codes = [message for message in sandbox.inbox.messages() if message["code"]][-_CODES:]
    if codes:
        yield "codes:"
        for message in codes:
            yield f"  {message['code']} to {message['to']} at {message['sent_at']} ({message['challenge_id']})"
    events = sandbox.events.all()[-_EVENTS:]
    if events:
        yield f"the last {len(events)} events:"
        for event in events:
            yield f"  {event['at']} {event['kind']} {event['subject_id'] or ''}"
    for fault in sandbox.faults.all():
        yield f"fault {fault['id']}: {fault['effect']}, struck {fault['hits']} times"


def _refusal(sandbox: Sandbox, request_id: str, body: Any) -> Iterator[str]:
    """The problem that a request was answered with, and each rule that refused it with the facts it saw."""
    if not isinstance(body, dict) or "code" not in body or "title" not in body:
        return
    yield f"         {body['code']}: {body.get('detail', '')}"
    for each in body.get("errors", ()):
        yield f"           {each['field']}: {each['message']}"
    for decision in sandbox.rules.decisions(request_id=request_id):
        if not decision["allowed"]:
            yield f"           refused by {', '.join(decision['refused'])} on {decision['facts']}"


def _struck(fault: str | None) -> str:
    return f", struck by {fault}" if fault else ""
