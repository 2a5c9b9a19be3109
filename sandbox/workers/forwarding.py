"""Calls of the control plane that arrive at another worker: passed on to the keeper as they came, and answered as it
answers, streams as well."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2 as httpx
from starlette.requests import ClientDisconnect
from starlette.types import Send

from sandbox.http.answers import Headers
from sandbox.http.context import RequestContext
from sandbox.http.gate import AS_SENT
from sandbox.http.route import UnitRoute
from sandbox.problems import MalformedRequest
from sandbox.surfaces import CONTROL
from sandbox.workers.ties import WorkersTie, unreachable

_KEEPERS = f"{CONTROL}/"
_LOCAL = tuple(f"{CONTROL}/{area}" for area in ("console", "docs", "health"))
"""What every process has alike: files, and whether it is alive."""
# RFC 9110, 7.6.1: they describe a connection, not the message. `Expect` is answered by the server that reads the body.
_HOP_BY_HOP = frozenset(
    {b"connection", b"expect", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
_IDLE = 2.0
"""Seconds for which a connection is kept: the keeper keeps them longer."""


class Forwarding:
    """Passes calls on to the keeper over a socket of the file system."""

    def __init__(self, tie: WorkersTie, path: Path) -> None:
        self._tie = tie
        self._path = path
        self._transport: httpx.AsyncHTTPTransport | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connections to the keeper, for as long as the block lasts."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=16, keepalive_expiry=_IDLE)
        unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the default would load the certificates of the machine
        async with httpx.AsyncHTTPTransport(verify=unused, uds=str(self._path), limits=limits) as self._transport:
            yield

    def takes(self, call: RequestContext, route: UnitRoute | None) -> bool:
        """Whether a call that is not the bank's belongs to the keeper."""
        if route is not None and route.anywhere:
            return False
        path = call.path
        return path == "/metrics" or (path.startswith(_KEEPERS) and not path.startswith(_LOCAL))

    async def __call__(self, call: RequestContext, send: Send) -> None:
        """Answer a call as the keeper does. One that changes nothing is sent again where the keeper ends before it
        answers. Raises KeeperUnreachable while no answer has begun, MalformedRequest, and ClientDisconnect."""
        is_repeatable = call.method in _REPEATABLE and not call.has_body
        while True:
            await self._tie.wait()
            answer = _Answer(send)
            try:
                await self._answered(call, answer)
            except httpx.LocalProtocolError:
                raise MalformedRequest from None  # what this server's parser takes, and the client's does not send
            except httpx.TransportError:
                if answer.has_begun:
                    raise ClientDisconnect from None  # cut off, as the keeper's own connections are
                if not is_repeatable:
                    raise unreachable() from None
            else:
                return

    async def _answered(self, call: RequestContext, answer: "_Answer") -> None:
        """Answer a call, unless its client leaves first, or there is no keeper for too long."""
        body = _Body(call)
        passing = asyncio.ensure_future(self._pass(call, body, answer))
        gone = asyncio.ensure_future(body.client_gone())
        missed = asyncio.ensure_future(self._tie.missed())
        tasks: set[asyncio.Future[None]] = {passing, gone, missed}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not passing.done():
                raise ClientDisconnect if gone.done() or answer.has_begun else unreachable()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await passing

    async def _pass(self, call: RequestContext, body: "_Body", answer: "_Answer") -> None:
        assert self._transport is not None
        request = httpx.Request(
            call.method,
            "http://keeper/",
            headers=_host(call) + _end_to_end(call.scope["headers"], is_chunked=b"transfer-encoding" in call.headers),
            stream=body,
            extensions={"target": _target(call)},
        )
        response = await self._transport.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        try:
            await answer.begin(response.status_code, _end_to_end(response.headers.raw, is_chunked=False))
            async for chunk in response.stream:
                await answer.go_on(chunk)
        finally:
            await response.stream.aclose()
        await answer.end()


class _Body(httpx.AsyncByteStream):
    """The body of a call, as it arrives."""

    def __init__(self, call: RequestContext) -> None:
        self._call = call
        self._is_read = asyncio.Event()
        if not call.has_body:
            self._is_read.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not self._is_read.is_set():
            try:
                async for chunk in self._call.stream():
                    yield chunk
            finally:
                self._is_read.set()

    async def client_gone(self) -> None:
        """Returns when the client leaves, once the body is read."""
        await self._is_read.wait()
        while (await self._call.receive())["type"] != "http.disconnect":
            pass  # the end of the body


class _Answer:
    """The answer to a client, on its way."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def begin(self, status: int, headers: Headers) -> None:
        self.has_begun = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def go_on(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def _end_to_end(headers: Headers, *, is_chunked: bool) -> Headers:
    """The headers that go on to the other side; a body of unknown length is framed anew."""
    passed = [(name, value.strip(b" \t")) for name, value in headers if name.lower() not in _HOP_BY_HOP]
    return [*passed, (b"transfer-encoding", b"chunked")] if is_chunked else passed


def _host(call: RequestContext) -> Headers:
    """What a call over HTTP/1.0 need not have, and the call to the keeper must: a name that it answers under."""
    return [] if b"host" in call.headers else [(b"host", b"localhost")]


def _target(call: RequestContext) -> bytes:
    """The path and the query, as the client wrote them."""
    path: bytes = call.scope.get(AS_SENT) or call.scope["raw_path"]
    return path + b"?" + call.query if call.query else path
