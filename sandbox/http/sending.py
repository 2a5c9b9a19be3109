"""How answers leave: in one step where the server has one, with the common headers, watched where note is taken."""

import time
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Message, Send

from sandbox.http.answers import Answer, Headers
from sandbox.http.context import RequestContext
from sandbox.sandboxes.journal import Passing

AT_ONCE = "sandbox.at_once"
"""The ASGI extension of a server that takes a whole answer at once: a function of its status, headers and body."""


class Sending:
    """Passes messages on to the client: adds the common headers, and shows each message to `take`."""

    __slots__ = ("_call", "_common", "_send", "_take")

    def __init__(
        self, call: RequestContext, send: Send, common: Callable[[], Headers], take: Callable[[Message], None]
    ) -> None:
        self._call = call
        self._send = send
        self._common = common
        self._take = take

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._call.status = message["status"]
            own = list(message["headers"])
            names = {name for name, _ in own} - {b"vary"}
            common = [field for field in self._common() if field[0] not in names]
            message = {**message, "headers": own + common}
        self._take(message)
        await self._send(message)


class Watched:
    """What was sent: the status, the headers, the body's head, size and digest, and when the last of it was about to
    leave."""

    def __init__(self, *, hashed: bool) -> None:
        self.ended = time.perf_counter_ns()
        self.status = 0
        self.headers: Headers = []
        self.body = Passing(hashed=hashed)

    def take(self, message: Message) -> None:
        self.ended = time.perf_counter_ns()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = message["headers"]
        else:
            self.body.take(message.get("body", b""))


async def send_at_once(call: RequestContext, answer: Answer, headers: Headers, send: Send) -> None:
    """Send an answer that nothing has to look at on its way, in one step where the server has one."""
    call.status = answer.status
    extensions = call.scope.get("extensions")
    at_once = None if extensions is None else extensions.get(AT_ONCE)
    if at_once is None:
        await send_whole(call, answer, headers, send)
    else:
        await at_once(answer.status, headers, b"" if call.method == "HEAD" else answer.body)


async def send_whole(call: RequestContext, answer: Answer, headers: Headers, send: Send) -> None:
    """Send an answer message by message."""
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else answer.body})


async def send_response(call: RequestContext, response: Response, send: Send) -> None:
    """Send one of Starlette's responses; to HEAD its headers alone, so that a stream answers at once."""
    if call.method == "HEAD":
        await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
        await send({"type": "http.response.body", "body": b""})
    else:
        await response(call.scope, call.receive, send)
