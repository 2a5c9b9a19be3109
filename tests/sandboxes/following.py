"""Those who follow a stream, without a server around the application."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from sandbox.app import Application
from sandbox.sandboxes.sandbox import Sandbox
from tests.answers import Json
from tests.databases import database

Follow = Callable[..., Any]


class Subscriber:
    """A client of a stream, as the server's protocol has it: `reading` unset is a client that reads nothing."""

    def __init__(self, application: Application, path: str, last: str | None, filters: dict[str, str]) -> None:
        self.status = 0
        self.sent = b""
        self.chunks = 0
        self.reading = asyncio.Event()
        self.reading.set()
        headers = [(b"x-sandbox", b"fed"), (b"host", b"127.0.0.1:8000")]
        if last is not None:
            headers.append((b"last-event-id", last.encode()))
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": urlencode(filters).encode(),
            "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
            "state": {},
        }  # fmt: skip
        self._gone = asyncio.Event()
        self._asked = False
        self.task = asyncio.create_task(application(scope, self._receive, self._send))

    async def _receive(self) -> Json:
        if self._asked:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.chunks += 1
        self.sent += message["body"]
        await self.reading.wait()

    @property
    def blocks(self) -> list[dict[str, str]]:
        """What was sent, block by block, each as its fields; comments are left out."""
        found = [block for block in self.sent.decode().split("\n\n") if block and not block.startswith(":")]
        return [dict(line.split(": ", 1) for line in block.split("\n")) for block in found]

    @property
    def told(self) -> list[str]:
        """The ids of the rows sent, and `restart: WHY` where the stream began anew."""
        return [
            block["id"] if block["event"] == "message" else f"restart: {json.loads(block['data'])['reason']}"
            for block in self.blocks
        ]

    async def leave(self) -> None:
        self._gone.set()
        await self.task


async def settled() -> None:
    """Let everything that can happen now happen."""
    for _ in range(100):
        await asyncio.sleep(0)


async def happen(sandbox: Sandbox, number: int = 1, kind: str = "transfer.created", member: int | None = None) -> None:
    """Commit some events."""
    unit = sandbox.unit("req_test")
    for each in range(number):
        unit.record(kind, member, "trf", each + 1, amount="1.00")
    await unit.commit()


def ids(sandbox: Sandbox, where: str = "id > 0") -> list[str]:
    """The public ids of the events that are kept."""
    rows = database(sandbox).execute(f"SELECT id FROM event WHERE {where} ORDER BY id")  # a test's own
    return [sandbox.ids.name("evt", key) for (key,) in rows]
