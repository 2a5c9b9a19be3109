"""Striking calls with the faults that were ordered: plain ASGI, inside the gate, so that the journal sees what came of
it.

A fault never corrupts. One that comes at the request leaves the bank untouched; one that comes at the response lets the
bank do its work, commit it, and spoils what goes back.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

from starlette.types import Message, Receive, Send

from sandbox.bank.members import queries as members
from sandbox.bank.members.session import LiveSession
from sandbox.domain.faults import ConditionFailed, Effect, Standing, Strike
from sandbox.http.answers import refusal
from sandbox.http.context import RequestContext
from sandbox.http.gate import Serve
from sandbox.http.route import failure_of
from sandbox.kernel import clock, money
from sandbox.kernel.entropy import fingerprint
from sandbox.problem import CATALOGUE, Problem
from sandbox.sandboxes.faults import COUNT_ERROR
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.sandboxes.strikes import apply_fault
from sandbox.storage.errors import MOST_TRIES, Conflict
from sandbox.storage.failures import FAILURES
from sandbox.storage.unit import UnitOfWork

CONNECTION = "sandbox.connection"
"""The extension by which a server tells its connection (an asyncio transport), so that it can be cut."""
_PIECES = 10
_REASON = 300
_NO_SESSION = ("", "", "")


class FaultInjection:
    """Strikes calls of the bank; the gate leaves it out while no fault is ordered."""

    async def __call__(self, call: RequestContext, serve: Serve, send: Send) -> None:
        """Have the call served, or strike it."""
        assert call.selected is not None
        body = _Body(call.receive)
        try:
            strike = await self._strike_once(call.selected, call, body)
        except Problem as problem:
            await _refuse(call, problem, send)
            return
        call.receive = body.again
        if strike is None:
            await serve(send)
            return
        if strike.delay_ms:
            await asyncio.sleep(strike.delay_ms / 1000)
        effect = strike.effect
        if not effect.after_the_work:
            if not await _spoil(effect, [], call, send):
                await serve(send)
            return
        answered: list[Message] = []

        async def keep(message: Message) -> None:
            answered.append(message)

        await serve(keep)
        await _spoil(effect, answered, call, send)

    async def _strike_once(self, sandbox: Sandbox, call: RequestContext, body: "_Body") -> Strike | None:
        """The first fault in order that strikes this call, counted once. Raises Problem."""
        tries = 0
        while True:
            try:
                return await self._strike(sandbox, call, body)
            except Conflict as conflict:
                tries += 1
                if tries == MOST_TRIES:
                    raise failure_of(conflict, call.request_id, sandbox.home, sandbox) from conflict
            except FAILURES as error:
                raise failure_of(error, call.request_id, sandbox.home, sandbox) from error

    async def _strike(self, sandbox: Sandbox, call: RequestContext, body: "_Body") -> Strike | None:
        """As above, in a unit of work."""
        unit = sandbox.unit(call.request_id)
        facts: dict[str, Any] | None = None
        try:
            for standing in await self._fitting(unit, sandbox, call, body):
                if standing.fault.asks_for_more:
                    if facts is None:
                        facts = await _facts(unit, call, _headers(call), body.known)
                    if not await _fits(unit, standing, facts):
                        continue
                strike = await apply_fault(unit, standing)
                if strike is not None:
                    call.fault = unit.ids.name("flt", standing.key)
                    await unit.commit()
                    return strike
            await unit.commit()
        finally:
            unit.rollback()
        return None

    async def _fitting(self, unit: UnitOfWork, sandbox: Sandbox, call: RequestContext, body: "_Body") -> list[Standing]:
        """The faults in order that a call fits by its head, of the bank whose turn the unit holds then: an import may
        put another one in place before. Where a fault asks for the body, it is read without the turn, which a slow
        client would keep from all others."""
        headers = _headers(call)
        while True:
            faults = sandbox.faults
            fitting = [
                each
                for each in faults.calls
                if each.fault.fits_call(call.method, call.path, call.operation or "", headers)
            ]
            if not fitting:
                return []
            if any(each.fault.asks_for_more for each in fitting):
                await body.whole(call.server.settings.max_body_bytes)
            await unit.hold_turn()
            if sandbox.faults is faults:
                return fitting
            await unit.pause()


async def _fits(unit: UnitOfWork, standing: Standing, facts: Mapping[str, Any]) -> bool:
    """Whether a fault means a call of these facts; not where its condition fails, which is counted and shown."""
    try:
        return standing.fault.fits_facts(facts)
    except ConditionFailed as failure:
        await unit.later(COUNT_ERROR, fault=standing.key, reason=str(failure)[:_REASON])
        return False


def _headers(call: RequestContext) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in call.headers.items()}


class _Body:
    """A request's body, which a fault looks at and the handler then reads again."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []
        self._next = 0

    @property
    def known(self) -> bytes:
        """What was read of it."""
        return b"".join(message.get("body", b"") for message in self._messages)

    async def whole(self, maximum: int) -> None:
        """Read the body, as far as the largest one that is taken."""
        size = sum(len(message.get("body", b"")) for message in self._messages)
        while size <= maximum and (not self._messages or self._messages[-1].get("more_body")):
            message = await self._receive()
            self._messages.append(message)
            size += len(message.get("body", b""))

    async def again(self) -> Message:
        """The messages over again, then what comes after them."""
        if self._next < len(self._messages):
            self._next += 1
            return self._messages[self._next - 1]
        return await self._receive()


async def _facts(unit: UnitOfWork, call: RequestContext, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """What conditions may speak of: see `CallFacts`."""
    token = headers.get("authorization", "").partition(" ")[2]
    session: LiveSession | None = None
    if token:
        session = await unit.one(members.LIVE_SESSION, print=fingerprint(token))
    member, username, segment = _NO_SESSION
    if session is not None:
        member, username = unit.ids.name("mem", session.member_id), session.username or ""
        segment = session.segment
    try:
        fields = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        fields = {}
    fields = fields if isinstance(fields, dict) else {}
    kind = fields.get("kind")
    return {
        "method": call.method,
        "path": call.path,
        "operation_id": call.operation or "",
        "member_id": member,
        "username": username,
        "segment": segment,
        "kind": kind if isinstance(kind, str) else "",
        "amount": _cents(fields.get("amount")),
        "local_hour": clock.hour_of(unit.now),
    }


def _cents(amount: Any) -> int:
    try:
        return money.parse(amount) if isinstance(amount, str) else 0
    except ValueError:
        return 0


async def _spoil(effect: Effect, answered: list[Message], call: RequestContext, send: Send) -> bool:
    """Answer in place of the bank, or spoil its answer; False when the call is to go on as if nothing were."""
    if effect.problem is not None:
        assert call.selected is not None
        await _refuse(call, CATALOGUE[effect.problem].rehearsed(**call.selected.institution.values), send)
    elif effect.status is not None:
        await _send_whole(
            send, effect.status, [_header("content-type", effect.media_type)], (effect.body or "").encode()
        )
    elif effect.connection in ("reset", "empty"):
        await _cut(call, send, rudely=effect.connection == "reset")
    elif effect.connection is not None:
        await _damage(effect.connection, answered, call, send)
    elif effect.slow_body_ms is not None:
        await _dribble(effect.slow_body_ms / 1000, answered, send)
    elif answered:
        for message in answered:
            await send(message)
    else:
        return False
    return True


async def _damage(how: str, answered: list[Message], call: RequestContext, send: Send) -> None:
    """Half of the body: then the end of the connection, or as if it were all."""
    start, body = _taken_apart(answered)
    half = body[: len(body) // 2]
    if how == "malformed":
        await _send_whole(send, start["status"], _without_length(start["headers"]), half or b"{")
        return
    await send(start)
    await send({"type": "http.response.body", "body": half, "more_body": True})
    await _cut(call, send, rudely=False)


async def _dribble(seconds: float, answered: list[Message], send: Send) -> None:
    """The whole body, a tenth at a time."""
    start, body = _taken_apart(answered)
    await send(start)
    size = -(-len(body) // _PIECES) or 1
    for place in range(0, len(body), size):
        await asyncio.sleep(seconds / _PIECES)
        await send({"type": "http.response.body", "body": body[place : place + size], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _cut(call: RequestContext, send: Send, *, rudely: bool) -> None:
    """End the connection: with a reset, or by hanging up."""
    connection = call.scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        # A server that does not show its connection: an empty 502 is the nearest thing.
        await _send_whole(send, 502, [], b"")
        return
    if rudely:
        plug: socket.socket | None = connection.get_extra_info("socket")
        if plug is not None:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.abort()
    else:
        connection.close()
    while (await call.receive())["type"] != "http.disconnect":
        pass


def _taken_apart(answered: list[Message]) -> tuple[Message, bytes]:
    return answered[0], b"".join(message.get("body", b"") for message in answered[1:])


async def _refuse(call: RequestContext, problem: Problem, send: Send) -> None:
    told = refusal(call, problem)
    await _send_whole(send, told.status, [_header("content-type", told.media_type), *told.headers], told.body)


async def _send_whole(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers = [*headers, _header("content-length", str(len(body)))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _without_length(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() != b"content-length"]


def _header(name: str, value: str) -> tuple[bytes, bytes]:
    return name.encode("latin-1"), value.encode("latin-1")
