"""The gate every request passes: it finds the route and the sandbox, and sees to what all answers have in common."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.http.answers import Answer, Headers, refusal
from sandbox.http.context import RequestContext
from sandbox.http.cors import Cors, is_preflight
from sandbox.http.guard import Guard
from sandbox.http.route import UnitRoute, failure_of
from sandbox.http.sending import Sending, Watched, send_at_once, send_response, send_whole
from sandbox.http.server import Server
from sandbox.kernel import clock
from sandbox.problem import Problem
from sandbox.problems import InternalError, InvalidHost, MethodNotAllowed, NotFound
from sandbox.sandboxes.counts import NONE
from sandbox.sandboxes.journal import BODY_KEPT, Exchange, Recording
from sandbox.sandboxes.registry import DEFAULT
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage.failures import FAILURES
from sandbox.surfaces import CONTROL

log = logging.getLogger("sandbox")

_CONTROLS = f"{CONTROL}/"
# Served whether or not the selected sandbox can be opened: these work on sandboxes by name, or on none.
_UNSELECTED = tuple(f"{CONTROL}/{area}" for area in ("sandboxes", "health", "ready", "console", "docs"))
_NOT_STEERING = tuple(f"{CONTROL}/{area}" for area in ("recording", "sandboxes", "requests", "import"))
_LANGUAGES = {"es": (b"content-language", b"es"), "en": (b"content-language", b"en")}
_NOT_STORED = (b"cache-control", b"no-store")
_VARIES = b"Accept-Language"
CONTEXT = "sandbox.context"
"""Where an ASGI scope carries the `RequestContext`, for pages."""
AS_SENT = "sandbox.as_sent"
"""Where an ASGI scope carries the raw path as the client sent it, if `/s/NAME` was taken off it."""

Watch = Callable[[RequestContext, int], None]
"""Told of each request when its answer has left: the request, and the `time.perf_counter_ns` at which it began."""
Serve = Callable[[Send], Awaitable[None]]


class Faults(Protocol):
    """Strikes calls of the bank with the faults that were ordered."""

    async def __call__(self, call: RequestContext, serve: Serve, send: Send) -> None:
        """Answer, or have `serve` answer, or spoil its answer."""


class Elsewhere(Protocol):
    """Another process, to which some calls belong."""

    def takes(self, call: RequestContext, route: UnitRoute | None) -> bool:
        """Whether a call that is not the bank's belongs there."""

    async def __call__(self, call: RequestContext, send: Send) -> None:
        """Have it answered there. Raises Problem while no answer has begun, and ClientDisconnect."""


class Gate:
    """Plain ASGI, because it is on the path of every request and must cost next to nothing."""

    def __init__(
        self, server: Server, pages: ASGIApp, guard: Guard, faults: Faults, bank: Cors, control: Cors,
        watches: Iterable[Watch] = (), elsewhere: Elsewhere | None = None,
    ) -> None:  # fmt: skip
        self._server = server
        self._pages = pages
        self._guard = guard
        self._faults = faults
        self._cors = {True: bank, False: control}
        self._watches = tuple(watches)
        self._elsewhere = elsewhere
        self._journals = server.settings.journal_size > 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        started = time.perf_counter_ns()
        named = _strip_prefix(scope) if scope["path"].startswith("/s/") else None
        found = self._server.index.find(scope["method"], scope["path"])
        if found is None:
            call, route = RequestContext(self._server, scope, receive, {}), None
        else:
            route = found.route
            call = route.call_class(self._server, scope, receive, found.params)
            call.operation = route.operation_id
        if named is not None:
            call.sandbox_name = named or DEFAULT
        try:
            await self._serve(call, route, send, started)
        except ClientDisconnect:
            pass  # the client is gone
        finally:
            if not call.is_passed_on:
                for watch in self._watches:
                    watch(call, started)

    async def _serve(self, call: RequestContext, route: UnitRoute | None, send: Send, started: int) -> None:
        is_banks = call.is_banks
        answer = self._early(call)
        if answer is not None:
            await self._send(call, route, answer, send)
            return
        if self._elsewhere is not None and not is_banks and self._elsewhere.takes(call, route):
            await self._pass_on(call, self._elsewhere, send)
            return
        # Nothing else has to do with a sandbox, and selecting an unknown one may make it.
        if is_banks or (call.path.startswith(_CONTROLS) and not call.path.startswith(_UNSELECTED)):
            await self._select(call)
        sandbox = call.selected
        if sandbox is None:
            self._give_id(call)
            if is_banks:
                await self._send(call, route, refusal(call, call.problem or NotFound()), send)
                return
        elif is_banks or (sandbox.notes.recording is not None and _steers(call)):
            await self._serve_noted(call, route, send, started, sandbox)
            return
        if route is None:
            await self._serve_page(call, send)
            return
        await self._send(call, route, await self._answer(call, route), send)

    def _early(self, call: RequestContext) -> Answer | None:
        """The answer to what needs no sandbox: refused at the door, or asking what may be sent."""
        host = call.headers.get(b"host")
        if (host is None and call.scope["http_version"] == "1.1") or (host is not None and host.find(b",") >= 0):
            return self._refused(call, InvalidHost())  # RFC 9112, 3.2: exactly one
        if not call.is_banks:
            problem = self._guard.refusal(call)
            if problem is not None:
                return self._refused(call, problem)
        if call.method != "OPTIONS":
            return None
        if is_preflight(call):
            self._give_id(call)
            return self._cors[call.is_banks].preflight(call)
        allowed = self._server.index.allowed(call.path)
        if not allowed:
            return None
        self._give_id(call)
        return Answer(204, headers=[(b"allow", ", ".join(allowed).encode())])

    def _refused(self, call: RequestContext, problem: Problem) -> Answer:
        self._give_id(call)
        return refusal(call, problem)

    async def _pass_on(self, call: RequestContext, elsewhere: Elsewhere, send: Send) -> None:
        """Have a call answered elsewhere, where note is taken of it; here only of the failure to do so."""
        call.is_passed_on = True
        try:
            await elsewhere(call, send)
        except Problem as problem:
            call.is_passed_on = False
            await self._send(call, None, self._refused(call, problem), send)

    async def _select(self, call: RequestContext) -> None:
        """Find the sandbox a request is for, open; or the reason, for the route that needs it."""
        registry = self._server.registry
        try:
            sandbox = await registry.find(call.sandbox_name)
        except Problem as problem:
            call.problem = problem
        except FAILURES as error:
            call.problem = failure_of(error, call.request_id, registry.places.data_dir, None)
        else:
            call.selected = sandbox
            if not call.request_id:
                call.request_id = sandbox.next_request_id()

    def _give_id(self, call: RequestContext) -> None:
        if not call.request_id:
            call.request_id = self._server.registry.next_request_id()

    async def _answer(self, call: RequestContext, route: UnitRoute | None) -> Answer | Response:
        if route is None:
            return refusal(call, self._nowhere(call))
        try:
            return await route.serve(call)
        except Problem as problem:
            return refusal(call, problem)
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("request %s failed", call.request_id)
            return refusal(call, InternalError())

    def _nowhere(self, call: RequestContext) -> Problem:
        allowed = self._server.index.allowed(call.path)
        return MethodNotAllowed(headers={"Allow": ", ".join(allowed)}) if allowed else NotFound()

    async def _serve_page(self, call: RequestContext, send: Send) -> None:
        """What is served by no compiled route: documents, the console, the site; or nothing is there."""
        if self._server.index.allowed(call.path):
            await self._send(call, None, refusal(call, self._nowhere(call)), send)
            return
        call.scope[CONTEXT] = call
        await self._pages(
            call.scope, call.receive, Sending(call, send, lambda: self._common(call, None), lambda _: None)
        )

    async def _send(self, call: RequestContext, route: UnitRoute | None, answer: Answer | Response, send: Send) -> None:
        """Send an answer that is neither journalled nor recorded."""
        if isinstance(answer, Answer):
            await send_at_once(call, answer, [*answer.framed(), *self._common(call, route)], send)
        else:
            await send_response(call, answer, Sending(call, send, lambda: self._common(call, route), lambda _: None))

    async def _serve_noted(
        self, call: RequestContext, route: UnitRoute | None, send: Send, started: int, sandbox: Sandbox
    ) -> None:
        """Serve a call that the journal, the recording and the counts take note of."""
        is_banks = call.is_banks
        recording = sandbox.notes.recording  # the one under way now: what was asked before it began is not part of it
        if not is_banks or recording is not None or sandbox.faults.calls:
            await self._serve_watched(call, route, send, started, recording)
            return
        answer = await self._answer(call, route)
        if isinstance(answer, Answer):
            headers = [*answer.framed(), *self._common(call, route)]
            ended = time.perf_counter_ns()  # before it leaves: what the client asks for next ends later in any process
            await send_at_once(call, answer, headers, send)
            body = b"" if call.method == "HEAD" else answer.body
            self._note(call, started, ended, answer.status, headers, body[:BODY_KEPT], len(body), None, None)
        else:
            watched = Watched(hashed=False)
            await send_response(call, answer, Sending(call, send, lambda: self._common(call, route), watched.take))
            self._note_watched(call, started, watched, None)

    async def _serve_watched(
        self, call: RequestContext, route: UnitRoute | None, send: Send, started: int, recording: Recording | None
    ) -> None:
        """The same where the answer has to be looked at as it leaves: it may be spoiled, or must be kept whole."""
        watched = Watched(hashed=recording is not None)
        sending = Sending(call, send, lambda: self._common(call, route), watched.take)

        async def serve(to: Send) -> None:
            answer = await self._answer(call, route)
            if isinstance(answer, Answer):
                await send_whole(call, answer, answer.framed(), to)
            else:
                await send_response(call, answer, to)

        arrived = True
        try:
            if call.is_banks:
                await self._faults(call, serve, sending)
            else:
                await serve(sending)
        except ClientDisconnect:
            arrived = False  # it never arrived: there is no request to remember
            raise
        finally:
            if arrived:
                self._note_watched(call, started, watched, recording)

    def _note_watched(self, call: RequestContext, started: int, watched: Watched, recording: Recording | None) -> None:
        body = watched.body
        self._note(
            call, started, watched.ended, watched.status, watched.headers, body.head, body.size, body.digest, recording
        )  # fmt: skip

    def _note(
        self, call: RequestContext, started: int, ended: int, status: int, headers: Headers, head: bytes, size: int,
        digest: str | None, recording: Recording | None,
    ) -> None:  # fmt: skip
        is_banks = call.is_banks
        micros = (ended - started) // 1000
        sandbox = call.selected
        if sandbox is None:
            return
        if is_banks:
            refused = call.refused
            sandbox.notes.counts.add(call.operation or NONE, status, micros, None if refused is None else refused.code)
        keeps = is_banks and self._journals
        if not (keeps or recording is not None):
            return
        exchange = Exchange(
            call.request_id, call.moment, call.method, call.path, call.query, call.scope["headers"],
            call.body[:BODY_KEPT], len(call.body), status, headers, head, size, digest, micros,
            call.operation, call.member_id, call.fault, call.correlation_id, ended,
        )  # fmt: skip
        if keeps:
            sandbox.notes.noted.add(exchange)
        if recording is not None:
            recording.add(exchange, call.body)

    def _common(self, call: RequestContext, route: UnitRoute | None) -> Headers:
        """The headers that every answer has: its id, the sandbox's time, and what the answer depends on."""
        is_banks = call.is_banks
        call.moment = self._now(call)
        headers = [
            (b"x-request-id", call.request_id.encode("latin-1")),
            (b"date", clock.http_date(call.moment // clock.SECOND)),
        ]
        if call.correlation_id is not None:
            headers.append((self._server.correlation_header, call.correlation_id.encode("latin-1")))
        origin = call.headers.get(b"origin")
        varies = _VARIES if route is None else route.vary
        if origin is not None:
            varies += b", Origin"
            headers += self._cors[is_banks].headers(origin)
        if is_banks:
            headers += (_LANGUAGES[call.language], _NOT_STORED)
        if is_banks or route is not None:
            headers.append((b"vary", varies))
        return headers

    def _now(self, call: RequestContext) -> int:
        """The moment on the clock of the selected sandbox, else of the default one, else of the machine."""
        sandbox = call.selected or self._server.registry.peek(DEFAULT)
        return clock.wall() if sandbox is None else sandbox.clock.now()


def _steers(call: RequestContext) -> bool:
    """Whether a call of the control plane changes the selected sandbox by what can be sent again."""
    return call.method not in ("GET", "HEAD") and not call.path.startswith(_NOT_STEERING)


def _strip_prefix(scope: Scope) -> str:
    """Take `/s/NAME` off the path; gives NAME."""
    _, _, name, *rest = scope["path"].split("/", 3)
    scope[AS_SENT] = scope.get("raw_path")
    scope["path"] = "/" + (rest[0] if rest else "")
    scope["raw_path"] = scope["path"].encode()
    return str(name)
