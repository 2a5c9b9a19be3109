"""The gate every request passes: it gets its id, its language and its sandbox, and leaves its trace in the journal."""

import re
import sqlite3
import time
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.http.answers import answer
from sandbox.http.call import failure_of
from sandbox.http.guard import Guard
from sandbox.http.metrics import Metrics
from sandbox.problems import InvalidHost, Problem
from sandbox.sandboxes.journal import BODY_KEPT, Exchange, Passing
from sandbox.sandboxes.registry import DEFAULT, Registry
from sandbox.sandboxes.sandbox import Sandbox

_VISIBLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
# RFC 7240: a preference with an empty value, or without one, is still that preference.
_PREFERRED = re.compile(rb"(?:^|[,;])\s*problem\s*(?:=([^,;]*))?(?:$|[,;])", re.IGNORECASE)

# Served whether or not the selected sandbox can be opened: these work on sandboxes by name, or on none.
_UNSELECTED = ("/_sandbox/sandboxes", "/_sandbox/health", "/_sandbox/ready", "/_sandbox/console")
_NOT_STEERING = ("/_sandbox/recording", "/_sandbox/sandboxes", "/_sandbox/requests", "/_sandbox/import")


class Gate:
    """Plain ASGI middleware, because it is on the path of every request and must cost next to nothing."""

    def __init__(
        self, app: ASGIApp, registry: Registry, guard: Guard, max_body_bytes: int, metrics: Metrics, *, journal: bool
    ) -> None:
        self._app = app
        self._registry = registry
        self._guard = guard
        self._max_body = max_body_bytes
        self._metrics = metrics
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, send)
        except ClientDisconnect:
            return  # the client is gone

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter_ns()
        name, language, asked_id, prefer, hosts = _read_headers(scope["headers"])
        if scope["path"].startswith("/s/"):
            name = _strip_prefix(scope)
        scope["sandbox.selected"] = None
        scope["sandbox.language"] = language
        scope["sandbox.prefer"] = prefer
        scope["sandbox.max_body"] = self._max_body
        scope["sandbox.request_id"] = asked_id or ""
        scope["sandbox.name"] = name = name or DEFAULT
        if hosts != 1 and (hosts > 1 or scope["http_version"] == "1.1"):  # RFC 9112, 3.2
            await self._refuse(scope, receive, send, InvalidHost())
            return
        if scope["path"].startswith("/v1/"):
            sandbox = await self._select(scope, name)
            if sandbox is None:
                await self._refuse(scope, receive, send, scope["sandbox.problem"])
                return
            await self._pass_noted(scope, receive, send, started, sandbox)
            return
        refusal = self._guard.refusal(scope)
        if refusal is not None:
            await self._refuse(scope, receive, send, refusal)
            return
        # Nothing else has to do with a sandbox, and selecting an unknown one may make it.
        selects = scope["path"].startswith("/_sandbox/") and not scope["path"].startswith(_UNSELECTED)
        sandbox = await self._select(scope, name) if selects else None
        if sandbox is not None and sandbox.recording is not None and _steers(scope):
            await self._pass_noted(scope, receive, send, started, sandbox)
            return
        self._give_id(scope)
        await self._app(scope, receive, _with_id(send, scope["sandbox.request_id"]))

    async def _select(self, scope: Scope, name: str) -> Sandbox | None:
        """The sandbox a request is for, open; or None, with the reason in the scope for the route that needs it."""
        try:
            sandbox = await self._registry.find(name)
        except Problem as problem:
            scope["sandbox.problem"] = problem
            return None
        except (OSError, sqlite3.Error) as error:
            scope["sandbox.problem"] = failure_of(
                error, scope["sandbox.request_id"], self._registry.places.data_dir, None
            )
            return None
        if not scope["sandbox.request_id"]:
            scope["sandbox.request_id"] = sandbox.next_request_id()
        scope["sandbox.selected"] = sandbox
        return sandbox

    def _give_id(self, scope: Scope) -> None:
        if not scope["sandbox.request_id"]:
            scope["sandbox.request_id"] = self._registry.next_request_id()

    async def _pass_noted(self, scope: Scope, receive: Receive, send: Send, started: int, sandbox: Sandbox) -> None:
        is_banks = scope["path"].startswith("/v1/")
        request_id: str = scope["sandbox.request_id"]
        recording = sandbox.recording  # the one under way now: what was asked before it began is not part of it
        journal = sandbox.journal if self._journal and is_banks else None
        is_kept = journal is not None or recording is not None
        header = (b"x-request-id", request_id.encode("latin-1"))
        status = 0
        headers: list[tuple[bytes, bytes]] = []
        body = Passing(hashed=recording is not None)

        async def noting(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"]
                headers.append(header)
            elif is_kept:
                body.take(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            is_kept = is_banks = False  # it never arrived: there is no request to remember
            raise
        finally:
            route: Any = scope.get("route")
            operation: str | None = getattr(route, "operation_id", None) or scope.get("sandbox.operation")
            micros = (time.perf_counter_ns() - started) // 1000
            if is_banks:
                self._metrics.count(operation or "none", status, micros)
            if is_kept:
                asked: bytes = scope.get("sandbox.body", b"")
                exchange = Exchange(
                    request_id, sandbox.clock.now(), scope["method"], scope["path"], scope["query_string"],
                    scope["headers"], asked[:BODY_KEPT], len(asked),
                    status, headers, body.head, body.size, body.digest, micros, operation,
                    scope.get("sandbox.member"), scope.get("sandbox.fault"),
                )  # fmt: skip
                if journal is not None:
                    journal.add(exchange)
                if recording is not None:
                    recording.add(exchange, asked)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, problem: Problem) -> None:
        self._give_id(scope)
        await answer(Request(scope), problem)(scope, receive, _with_id(send, scope["sandbox.request_id"]))


def _read_headers(headers: list[tuple[bytes, bytes]]) -> tuple[str | None, str, str | None, str | None, int]:
    """The sandbox named, the language wanted, the request id brought along, the problem preferred; and how often a
    host is named."""
    sandbox = request_id = prefer = None
    language = "es"
    hosts = 0
    for name, value in headers:
        if name == b"accept-language":
            language = _language(value.decode("latin-1"))
        elif name == b"host":
            hosts += 1
        elif name == b"x-sandbox":
            sandbox = value.decode("latin-1")
        elif name == b"x-request-id":
            text = value.decode("latin-1")
            if 0 < len(text) <= 64 and _VISIBLE.issuperset(text):
                request_id = text
        elif name == b"prefer":
            found = _PREFERRED.search(value)
            prefer = (found[1] or b"").strip(b' \t"').decode("latin-1") if found else prefer
    return sandbox, language, request_id, prefer, hosts


def _steers(scope: Scope) -> bool:
    """Whether a call of the control plane changes the selected sandbox by what can be sent again."""
    return scope["method"] != "GET" and not scope["path"].startswith(_NOT_STEERING)


def _language(accepted: str) -> str:
    """The one of `es` and `en` with the higher weight; Spanish when neither is asked for."""
    weights = {"es": 0.0, "en": 0.0}
    for position, choice in enumerate(accepted.split(",")):
        tag, _, weight = choice.strip().partition(";q=")
        primary = tag.split("-")[0].lower()
        if primary in weights:
            try:
                weights[primary] = max(weights[primary], float(weight or 1) - position / 1000)
            except ValueError:
                continue
    return "en" if weights["en"] > weights["es"] else "es"


def _strip_prefix(scope: Scope) -> str:
    """Take `/s/NAME` off the path; gives NAME."""
    _, _, name, *rest = scope["path"].split("/", 3)
    scope["path"] = "/" + (rest[0] if rest else "")
    scope["raw_path"] = scope["path"].encode()
    return str(name)


def _with_id(send: Send, request_id: str) -> Send:
    header = (b"x-request-id", request_id.encode("latin-1"))

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"].append(header)
        await send(message)

    return sending
