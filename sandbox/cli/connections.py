"""Connections that do not wait for ever: uvicorn's protocol with a bound on the time and the size of a request.

Uvicorn closes a connection that is idle between two requests, and bounds nothing within one: a client that sends half a
header or half a body keeps its connection, and a header may have any size. Here the server looks at all connections
once a second, so that a request costs no timer.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from sandbox.control.faulting import CONNECTION
from sandbox.http.answers import Headers
from sandbox.http.sending import AT_ONCE
from sandbox.problem import Problem
from sandbox.problems import HeadersTooLarge, MalformedRequest, RequestTimeout

# A body may take a second more for each 16 KiB of it that came, so that a large import over a slow line arrives.
_SLOWEST = 16 * 1024
# After a refusal: how long what still comes is read and dropped. Closing at once would reset the connection, and the
# client would lose the answer.
_LINGER = 2.0


class Bounds(NamedTuple):
    """How long a request may take to arrive, in seconds, and how large its head may be: request line and headers."""

    seconds: float
    header_bytes: int


class Connection(HttpToolsProtocol):
    """One client's connection. It shows itself to the application, so that faults can cut it."""

    def __init__(self, bounds: Bounds, next_request_id: Callable[[], str], **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._bounds = bounds
        self._next_request_id = next_request_id
        self._since: float | None = None  # when the request that is arriving began; None: none is
        self._idle_since: float | None = None  # when the last answer was complete; None: a request arrived since
        self._received = 0  # its bytes so far, with those of the body's framing
        self._in_head = True
        self._is_piped = False  # it began in the middle of what came at once: `_received` misses its first bytes
        self._refusal: Problem | None = None
        self._over_at: float | None = None  # when it was refused
        self._answering: RequestResponseCycle | None = None
        self._extensions: dict[str, object] = {}
        self._unread = (0, 0.0)  # bytes that the client does not take, and since when

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        super().connection_made(transport)
        self._extensions = {CONNECTION: transport, AT_ONCE: self.answer}
        self._since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._over_at is not None:
            return
        if self._since is None:
            self._since = self.loop.time()
            self._idle_since = None
        self._received += len(data)
        super().data_received(data)
        if self._in_head and self._received > self._bounds.header_bytes and self._over_at is None:
            self._refuse(HeadersTooLarge(maximum=self._bounds.header_bytes))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_piped = not self._received
        scope: dict[str, object] = self.scope  # type: ignore[assignment]  # extensions are for servers to make up
        scope["extensions"] = self._extensions

    def on_headers_complete(self) -> None:
        # Only where more came at once than a head may have, or a head came behind another request, is it measured.
        maximum = self._bounds.header_bytes
        if (self._is_piped or self._received > maximum) and self._head_size() > maximum:
            self._refusal = HeadersTooLarge(maximum=maximum)
            raise self._refusal  # ends the parsing; `send_400_response` follows
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if not self.cycle.response_complete:
            self._idle_since = None
        self._since = None
        self._received = 0
        self._in_head = True

    def on_response_complete(self) -> None:
        """As uvicorn's, which sets a timer for the end of each idle connection, and cancels it at the next request."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls when the parser ends with an error."""
        self._refuse(self._refusal or MalformedRequest())

    def cut_if_slow(self, now: float) -> None:
        """Refuse a request that takes too long to arrive; close a connection whose client no longer reads, or asks."""
        if self._over_at is not None:
            if now - self._over_at > _LINGER:
                self.transport.abort()
        elif self._since is not None:
            if self.flow.read_paused:  # the server is the slow one
                self._since = now
            patience = self._bounds.seconds + (0 if self._in_head else self._received / _SLOWEST)
            if now - self._since > patience:
                self._refuse(RequestTimeout())
        elif self._idle_since is not None and now - self._idle_since > self.timeout_keep_alive:
            self.transport.close()
        if self.flow.write_paused:
            self._cut_if_unread(now)

    def _cut_if_unread(self, now: float) -> None:
        size = self.transport.get_write_buffer_size()
        if size != self._unread[0]:
            self._unread = (size, now)
        elif now - self._unread[1] > self._bounds.seconds:
            self._leave()
            plug: socket.socket | None = self.transport.get_extra_info("socket")
            if plug is not None:  # a reset: what is not sent yet would otherwise wait in the kernel for the client
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    async def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Send the whole answer to the request that is being answered, in one write: uvicorn takes a message for the
        head and one for the body, looks at each header, and writes twice. Raises RuntimeError for headers that would
        end the head."""
        cycle = self._answering
        assert cycle is not None
        if self.flow.write_paused and not cycle.disconnected:
            await self.flow.drain()
        if cycle.disconnected:
            return
        lines = [b"%s: %s\r\n" % field for field in headers]
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
            raise RuntimeError("a header holds the end of a line")
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        self.transport.write(b"%s%s\r\n%s" % (STATUS_LINE[status], head, body))
        cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def _leave(self) -> None:
        """Stop writing: a closed transport takes no data. Uvicorn tells the newest request alone, which
        of several on one connection is not the one that is being answered."""
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
        self.pipeline.clear()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse(self, problem: Problem) -> None:
        """Answer the request that is arriving with a problem, as far as it can still be answered, and take no other."""
        self._over_at = self.loop.time()
        cycle = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if is_answering and self._in_head:  # the request before this one is still being answered: finish that
            cycle.keep_alive = False
        elif is_answering and not cycle.response_started:
            self._answer(problem)
            cycle.disconnected = True
            cycle.message_event.set()
        elif is_answering or not self._in_head or not self._received:
            self.transport.close()
        else:
            self._answer(problem)

    def _answer(self, problem: Problem) -> None:
        request_id = self._next_request_id()
        body = json.dumps(problem.body("es", request_id, "/"), ensure_ascii=False).encode()
        head = (
            f"content-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[problem.status] + head.encode() + body)
        self.transport.write_eof()


def cut_slow(connections: Iterable[object], now: float) -> None:
    """Look at every connection once; call it about once a second."""
    for connection in tuple(connections):
        if isinstance(connection, Connection):
            connection.cut_if_slow(now)
