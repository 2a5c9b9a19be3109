"""An ASGI application in this process: no sockets and no server, so that nothing but the application is counted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.types import ASGIApp, Message

from bench.plans import Shot

Answer = tuple[int, bytes]


@contextlib.asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """Start the application up, and shut it down afterwards. Raises RuntimeError when either fails."""
    asked: asyncio.Queue[Message] = asyncio.Queue()
    told: asyncio.Queue[Message] = asyncio.Queue()
    serving = asyncio.ensure_future(app({"type": "lifespan", "asgi": {"version": "3.0"}}, asked.get, told.put))

    async def step(name: str) -> None:
        await asked.put({"type": f"lifespan.{name}"})
        answer = await told.get()
        if answer["type"] != f"lifespan.{name}.complete":
            raise RuntimeError(f"{name} failed: {answer.get('message')}")

    await step("startup")
    yield
    await step("shutdown")
    await serving


class Client:
    """Sends requests as uvicorn hands them over, and gives each POST an idempotency key of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._sent = 0

    async def together(self, shots: Sequence[Shot]) -> list[Answer]:
        """The status and body of each, sent at the same time. Raises RuntimeError for an answer that is not 2xx."""
        answers = await asyncio.gather(*(self._send(shot) for shot in shots))
        for shot, (status, body) in zip(shots, answers, strict=True):
            if not 200 <= status < 300:
                raise RuntimeError(f"{shot.method} {shot.path} was answered {status}: {body.decode()}")
        return answers

    async def _send(self, shot: Shot) -> Answer:
        status = 0
        chunks: list[bytes] = []

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                chunks.append(message.get("body", b""))

        asked = iter(({"type": "http.request", "body": shot.body.encode(), "more_body": False},))

        async def receive() -> Message:
            return next(asked, {"type": "http.disconnect"})

        self._sent += 1
        await self._app(_scope(shot, self._sent), receive, send)
        return status, b"".join(chunks)


def _scope(shot: Shot, number: int) -> dict[str, Any]:
    path, _, query = shot.path.partition("?")
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"authorization", b"Bearer " + shot.token.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(shot.body)),
    ]
    if shot.method == "POST":
        headers.append((b"idempotency-key", b"counted-%d" % number))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "root_path": "",
        "state": {},
        "method": shot.method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
    }
