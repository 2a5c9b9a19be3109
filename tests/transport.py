"""A transport that costs one change of threads a request, where Starlette's own costs eight.

Thousands of requests go through it in a run. What never ends by itself (streams) goes through Starlette's.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import httpx2 as httpx
from anyio.from_thread import BlockingPortal
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from sandbox.sandboxes.registry import Registry
from sandbox.testing import Connection, Sandbox

BASE_URL = "http://127.0.0.1:8000"
T = TypeVar("T")
_NO_ANSWER = (500, [(b"content-type", b"text/plain; charset=utf-8")], b"")


@contextmanager
def serving(app: ASGIApp) -> Iterator[TestClient]:
    """A client of an application that runs as long as the context."""
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as client:
        assert client.portal is not None
        client._transport = WholeAnswers(client.app, client.portal, client._transport)
        yield client


def bank_of(client: httpx.Client, name: str = "default") -> Sandbox:
    """A sandbox of the server that the client reaches."""
    return Sandbox(name, connection=Connection(client=client))


def registry_of(client: httpx.Client) -> Registry:
    """The registry of the application behind a test client."""
    registry: Registry = cast(Any, client).app.registry
    return registry


def _on(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives, done on a loop that runs in another thread.

    `BlockingPortal.call` takes 0.1 ms more, a sixth of a small request: for its future and its scope, which serve those
    who cancel.
    """
    done = threading.Lock()
    tasks: list[asyncio.Task[T]] = []

    def begin() -> None:
        tasks.append(loop.create_task(work))
        tasks[0].add_done_callback(lambda _: done.release())

    done.acquire()
    loop.call_soon_threadsafe(begin)
    done.acquire()
    return tasks[0].result()


class WholeAnswers(httpx.BaseTransport):
    """Sends requests to an application on the loop of `portal`, and hands answers over when they are whole."""

    def __init__(self, app: ASGIApp, portal: BlockingPortal, streams: httpx.BaseTransport) -> None:
        self._app = app
        self._loop = portal.call(asyncio.get_running_loop)
        self._streams = streams

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/stream"):
            return self._streams.handle_request(request)
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "path": unquote(request.url.path),
            "raw_path": request.url.raw_path.split(b"?", 1)[0],
            "root_path": "",
            "scheme": request.url.scheme,
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("testclient", 50000),
            "server": (request.url.host, request.url.port or 80),
            "extensions": {},
            "state": {},
        }
        status, headers, body = _on(self._loop, self._serve(scope, request.read()))
        content = b"" if request.method == "HEAD" else body
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content), request=request)

    async def _serve(self, scope: dict[str, Any], body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        asked = False
        complete = asyncio.Event()
        started: dict[str, Any] | None = None
        chunks: list[bytes] = []

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": body, "more_body": False}
            await complete.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))
                if not message.get("more_body", False):
                    complete.set()

        try:
            await self._app(scope, receive, send)
        except Exception:  # noqa: BLE001  # as a server does: what the application raises ends its answer
            if started is None:
                return _NO_ANSWER
        if started is None:
            return _NO_ANSWER
        return started["status"], list(started["headers"]), b"".join(chunks)

    def close(self) -> None:
        self._streams.close()
