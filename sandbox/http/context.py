"""A request on its way from the gate to its handler: one object, which every part reads and adds to."""

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from sandbox.domain.vocabulary import Language
from sandbox.http import negotiation
from sandbox.problem import Problem
from sandbox.problems import BodyTooLarge
from sandbox.sandboxes.registry import DEFAULT
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.surfaces import BANK

if TYPE_CHECKING:
    from sandbox.http.server import Server

_BANK = f"{BANK}/"
_BLANKS = b" \t"
_VISIBLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_LONGEST_ID = 64
# RFC 7240: a preference with an empty value, or without one, is still that preference.
_PREFERRED = re.compile(rb"(?:^|[,;])\s*problem\s*(?:=([^,;]*))?(?:$|[,;])", re.IGNORECASE)


class RequestContext:
    """What a request says of itself, and what has become known of it so far.

    `headers` holds each name once, in lower case; several fields of a name are joined by commas (RFC 9110, 5.3).
    """

    __slots__ = (
        "body", "correlation_id", "fault", "headers", "is_banks", "is_passed_on", "language", "member_id", "method",
        "moment", "operation", "path", "path_params", "prefer", "problem", "query", "receive", "refused", "request_id",
        "sandbox_name", "scope", "selected", "server", "status",
    )  # fmt: skip

    def __init__(self, server: "Server", scope: Scope, receive: Receive, path_params: dict[str, str]) -> None:
        self.server = server
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.is_banks = self.path.startswith(_BANK)
        self.path_params = path_params
        self.query: bytes = scope["query_string"]
        self.body = b""
        self.operation: str | None = None
        self.selected: Sandbox | None = None
        self.problem: Problem | None = None  # why no sandbox is selected
        self.member_id: int | None = None
        self.moment = 0  # on the sandbox's clock, when the answer was ready
        self.fault: str | None = None
        self.is_passed_on = False  # to another process, which takes note of it
        self.refused: Problem | None = None  # what the answer tells, where it is a refusal
        self.status = 0  # of the answer, once it has begun to leave
        raw: list[tuple[bytes, bytes]] = scope["headers"]
        self.headers: dict[bytes, bytes] = dict(raw)
        if len(self.headers) != len(raw):
            self.headers = _joined(raw)
        headers = self.headers
        accepted = headers.get(b"accept-language")
        self.language: Language = "es" if accepted is None else negotiation.language(accepted)
        named = headers.get(b"x-sandbox")
        self.sandbox_name = DEFAULT if named is None else named.strip(_BLANKS).decode("latin-1") or DEFAULT
        brought = headers.get(b"x-request-id")
        self.request_id = "" if brought is None else _chosen_id(brought)
        correlated = headers.get(server.correlation_header)
        self.correlation_id = None if correlated is None else _chosen_id(correlated) or None
        preferred = headers.get(b"prefer")
        self.prefer = None if preferred is None else _preferred(preferred)

    @property
    def has_body(self) -> bool:
        """Whether the request brings a body (RFC 9112, 6.3)."""
        return self.headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in self.headers

    def header(self, name: bytes) -> str | None:
        """A header's value without the blanks around it (RFC 9110, 5.5), or None; `name` in lower case."""
        value = self.headers.get(name)
        return None if value is None else value.strip(_BLANKS).decode("latin-1")

    def preferred(self, *offered: str) -> str:
        """The media type to answer with: the one of `offered` that the client prefers, the first by default."""
        accepted = self.headers.get(b"accept")
        return offered[0] if accepted is None else negotiation.media_type(accepted, offered)

    async def stream(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises ClientDisconnect when the rest will not come."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            if chunk := message.get("body", b""):
                yield chunk
            more = message.get("more_body", False)

    async def read(self, maximum: int) -> bytes:
        """The whole body, kept in `body`. Raises BodyTooLarge, and ClientDisconnect when the rest will not come."""
        message = await self.receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            self.body = message.get("body", b"")
            if len(self.body) > maximum:
                self.body = b""
                raise BodyTooLarge(maximum=maximum)
            return self.body
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks = [message.get("body", b"")]
        size = len(chunks[0])
        async for chunk in self.stream():
            size += len(chunk)
            if size > maximum:
                raise BodyTooLarge(maximum=maximum)
            chunks.append(chunk)
        self.body = b"".join(chunks)
        return self.body


def _joined(raw: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def _chosen_id(brought: bytes) -> str:
    """An id that the client chose, or an empty text where it cannot be taken."""
    text = brought.strip(_BLANKS).decode("latin-1")
    return text if len(text) <= _LONGEST_ID and _VISIBLE.issuperset(text) else ""


def _preferred(value: bytes) -> str | None:
    found = _PREFERRED.search(value)
    return (found[1] or b"").strip(b' \t"').decode("latin-1") if found else None
