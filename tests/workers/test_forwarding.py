"""Calls that are passed on, against a keeper that answers as each test wants it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from sandbox.http.context import RequestContext
from sandbox.http.gate import AS_SENT
from sandbox.problems import KeeperUnreachable, MalformedRequest
from sandbox.workers import ties
from sandbox.workers.forwarding import Forwarding
from tests.workers.hands import Keeper, Machine, Worker, machine

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Client:
    """A client's end of a call: what it sends, and what reaches it."""

    def __init__(self, method: str = "GET", path: str = "/_sandbox/info", *headers: tuple[bytes, bytes]) -> None:
        self.scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": [(b"host", b"127.0.0.1"), *headers],
        }  # fmt: skip
        self.sending: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.received: list[Any] = []

    def send(self, chunk: bytes, *, last: bool = False) -> None:
        self.sending.put_nowait({"type": "http.request", "body": chunk, "more_body": not last})

    def leave(self) -> None:
        self.sending.put_nowait({"type": "http.disconnect"})

    async def take(self, message: Any) -> None:
        self.received.append(message)
        self.messages.put_nowait(message)

    @property
    def call(self) -> RequestContext:
        server: Any = SimpleNamespace(correlation_header=b"")
        return RequestContext(server, self.scope, self.sending.get, {})

    @property
    def status(self) -> int:
        return int(self.received[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.received)


class There:
    """A worker that passes calls on to the keeper at the other end of a socket."""

    def __init__(self, here: Machine, directory: Path) -> None:
        self._here = here
        self._path = directory / "control"
        self._running = AsyncExitStack()
        self.heads: list[bytes] = []

    async def start(self, answer: Answer) -> "There":
        async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            await answer(reader, writer)
            writer.close()

        server = await asyncio.start_unix_server(answered, str(self._path))
        self._running.callback(server.close)
        self.keeper: Keeper = await self._here.keeper()
        self.worker: Worker = await self._here.worker(2)
        self.forwarding = Forwarding(self.worker.tie, self._path)
        await self._running.enter_async_context(self.forwarding.running())
        return self

    async def passed(self, client: Client) -> Client:
        async with asyncio.timeout(10):
            await self.forwarding(client.call, client.take)
        return client

    async def close(self) -> None:
        await self._running.aclose()


@pytest.fixture
async def there() -> AsyncIterator[There]:
    async with machine() as here:
        made = There(here, here.path.parent)
        yield made
        await made.close()


def always(answer: bytes) -> Answer:
    async def answered(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return answered


def lines(head: bytes) -> list[str]:
    return head.decode("latin-1").strip().split("\r\n")


async def test_a_call_is_passed_on_as_it_came_and_answered_as_the_keeper_answers(there: There) -> None:
    await there.start(
        always(
            b"HTTP/1.1 404 No\r\nx-request-id: req_7\r\nset-cookie: a\r\nset-cookie: b\r\ncontent-length: 4\r\n\r\ngone"
        )
    )
    client = Client(
        "DELETE", "/_sandbox/sandboxes/%C3%B1", (b"authorization", b"Bearer k"), (b"x-a", b"1"), (b"x-a", b" 2 ")
    )
    client.scope["query_string"] = b"permanent=true&x=%20"
    await there.passed(client)
    first, *headers = lines(there.heads[0])
    assert first == "DELETE /_sandbox/sandboxes/%C3%B1?permanent=true&x=%20 HTTP/1.1"
    assert headers == ["host: 127.0.0.1", "authorization: Bearer k", "x-a: 1", "x-a: 2"]
    assert (client.status, client.body) == (404, b"gone")
    names = [(b"x-request-id", b"req_7"), (b"set-cookie", b"a"), (b"set-cookie", b"b"), (b"content-length", b"4")]
    assert client.received[0]["headers"] == names


async def test_the_sandbox_in_front_of_a_path_is_passed_on(there: There) -> None:
    await there.start(always(OK))
    client = Client(path="/_sandbox/info")
    client.scope[AS_SENT] = b"/s/mine/_sandbox/info"
    await there.passed(client)
    assert lines(there.heads[0])[0] == "GET /s/mine/_sandbox/info HTTP/1.1"


async def test_what_is_between_two_ends_of_a_connection_stays_there(there: There) -> None:
    await there.start(
        always(
            b"HTTP/1.1 200 OK\r\nconnection: close\r\nkeep-alive: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
        )
    )
    client = await there.passed(
        Client("GET", "/metrics", (b"connection", b"close"), (b"te", b"trailers"), (b"expect", b"100-continue"))
    )
    assert lines(there.heads[0])[1:] == ["host: 127.0.0.1"]
    assert (client.received[0]["headers"], client.body) == ([], b"ok")


async def test_a_call_without_a_host_is_passed_on_with_one(there: There) -> None:
    """As monitors send them over HTTP/1.0."""
    await there.start(always(OK))
    client = Client(path="/_sandbox/ready")
    client.scope["headers"] = []
    await there.passed(client)
    assert lines(there.heads[0]) == ["GET /_sandbox/ready HTTP/1.1", "host: localhost"]


@pytest.mark.parametrize("framing", [(b"content-length", b"10"), (b"transfer-encoding", b"chunked")])
async def test_a_body_is_passed_on_while_it_arrives(there: There, framing: tuple[bytes, bytes]) -> None:
    first = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await reader.readuntil(b"12345")
        first.set()
        body += await reader.readuntil(b"67890")
        if framing[1] == b"chunked":
            body += await reader.readuntil(b"0\r\n\r\n")
        bodies.append(body)
        writer.write(OK)

    bodies: list[bytes] = []
    await there.start(answer)
    client = Client("POST", "/_sandbox/import", framing)
    client.send(b"12345")
    passing = asyncio.create_task(there.passed(client))
    await asyncio.wait_for(first.wait(), 10)
    client.send(b"67890", last=True)
    await passing
    chunked = framing[1] == b"chunked"
    assert bodies == [b"5\r\n12345\r\n5\r\n67890\r\n0\r\n\r\n" if chunked else b"1234567890"]
    assert client.body == b"ok"


async def test_an_answer_is_passed_on_while_it_arrives_and_ends_when_the_client_leaves(there: There) -> None:
    closed = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nid: 1\n\n")
        assert await reader.read() == b""
        closed.set()

    await there.start(answer)
    client = Client(path="/_sandbox/stream")
    passing = asyncio.create_task(there.passed(client))
    assert (await client.messages.get())["status"] == 200
    assert (await client.messages.get())["body"] == b"id: 1\n\n"
    client.leave()
    with pytest.raises(ClientDisconnect):
        await passing
    await asyncio.wait_for(closed.wait(), 10)


async def test_a_client_that_leaves_within_its_body_ends_the_call(there: There) -> None:
    seen: list[bytes] = []
    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read())
        ended.set()

    await there.start(answer)
    client = Client("POST", "/_sandbox/import", (b"content-length", b"10"))
    client.send(b"12345")
    client.leave()
    with pytest.raises(ClientDisconnect):
        await there.passed(client)
    await asyncio.wait_for(ended.wait(), 10)
    assert seen == [b"12345"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_call_that_changes_nothing_is_asked_again_where_the_keeper_ends_before_it_answers(
    there: There, method: str
) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(there.heads) == 3:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    await there.start(answer)
    client = await there.passed(Client(method))
    assert (len(there.heads), client.status) == (3, 200)


async def test_a_call_that_may_have_changed_something_is_refused_where_the_keeper_ends(there: There) -> None:
    await there.start(always(b""))
    with pytest.raises(KeeperUnreachable) as refused:
        await there.passed(Client("POST"))
    assert (len(there.heads), refused.value.headers) == (1, {"Retry-After": "1"})


async def test_an_answer_that_the_keeper_does_not_end_is_cut_off(there: There) -> None:
    await there.start(always(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome"))
    client = Client()
    with pytest.raises(ClientDisconnect):
        await there.passed(client)
    assert (client.status, client.body) == (200, b"some")


async def test_a_call_waits_for_a_keeper_and_is_refused_where_none_comes(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that was sent already, and waits with the socket of the supervisor for a keeper to take it."""
    waiting = asyncio.Event()

    async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        waiting.set()
        await reader.read()

    await there.start(never)
    passing = asyncio.create_task(there.passed(Client("POST")))
    await asyncio.wait_for(waiting.wait(), 10)
    monkeypatch.setattr(ties, "PATIENCE", 0.01)
    await there.keeper.stop()
    with pytest.raises(KeeperUnreachable):
        await passing
    with pytest.raises(KeeperUnreachable):
        await there.passed(Client())


async def test_an_answer_goes_on_while_the_connection_to_its_keeper_does(there: There) -> None:
    """The keeper decides when it ends: it may be lost for the ties, and about to finish what it has begun."""
    over = asyncio.Event()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:-1])
        await over.wait()
        writer.write(OK[-1:])

    await there.start(answer)
    client = Client()
    passing = asyncio.create_task(there.passed(client))
    await client.messages.get()
    await there.keeper.stop()
    over.set()
    await passing
    assert client.body == b"ok"


async def test_a_path_that_no_client_may_send_is_refused(there: There) -> None:
    await there.start(always(OK))
    client = Client()
    client.scope["raw_path"] = b"/_sandbox/\xff"  # the server's parser takes it
    with pytest.raises(MalformedRequest):
        await there.passed(client)
    assert there.heads == []


@pytest.mark.parametrize(
    ("path", "is_taken"),
    [
        ("/_sandbox/info", True),
        ("/_sandbox/ready", True),
        ("/_sandbox/nothing", True),
        ("/metrics", True),
        ("/_sandbox", False),
        ("/_sandbox/health", False),
        ("/_sandbox/console", False),
        ("/_sandbox/console/assets/app.js", False),
        ("/_sandbox/docs/", False),
        ("/openapi.json", False),
        ("/", False),
    ],
)
async def test_what_every_worker_has_alike_is_not_passed_on(path: str, is_taken: bool) -> None:
    forwarding = Forwarding(Worker(2, Path("ties")).tie, Path("control"))
    assert forwarding.takes(Client(path=path).call, None) is is_taken
    anywhere: Any = SimpleNamespace(anywhere=True)
    assert not forwarding.takes(Client(path=path).call, anywhere)
