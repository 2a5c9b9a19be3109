"""One connection of the server, over a transport that keeps what is written to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from sandbox.cli.connections import Bounds, Connection
from sandbox.http.sending import AT_ONCE

pytestmark = pytest.mark.sqlite("connections, before a database is asked")

BODY = b'{"a":1}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"7")]
HEAD = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 7\r\n"
Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Wire(asyncio.Transport):
    """Keeps each write, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def resume_reading(self) -> None:
        """Nothing is held back."""

    pause_reading = resume_reading


def connected(application: Application) -> tuple[Connection, Wire]:
    """A connection of a server that keeps idle ones for 75 seconds."""
    config = uvicorn.Config(application, http="httptools", lifespan="off", log_config=None, timeout_keep_alive=75)
    state = ServerState()
    connection = Connection(Bounds(10, 65_536), lambda: "req_1", config=config, server_state=state, app_state={})
    wire = Wire()
    connection.connection_made(wire)
    return connection, wire


async def answered(connection: Connection) -> None:
    """Wait until no request is under way."""
    while connection.tasks:
        await asyncio.wait(tuple(connection.tasks))


async def served(application: Application, *requests: bytes) -> Wire:
    """What is left on the wire after all `requests`, which come in one piece each, have been answered."""
    connection, wire = connected(application)
    for request in requests:
        connection.data_received(request)
    await answered(connection)
    connection.connection_lost(None)
    return wire


def request(method: str = "GET", version: str = "1.1") -> bytes:
    return f"{method} /v1/app HTTP/{version}\r\nhost: bank\r\n\r\n".encode()


async def answering(scope: dict[str, Any], _receive: Any, _send: Any) -> None:
    await scope["extensions"][AT_ONCE](201, HEADERS, b"" if scope["method"] == "HEAD" else BODY)


async def test_a_whole_answer_leaves_in_one_write() -> None:
    wire = await served(answering, request())
    assert wire.writes == [HEAD + b"\r\n" + BODY]


async def test_the_answer_to_head_keeps_the_length_and_has_no_body() -> None:
    wire = await served(answering, request("HEAD"))
    assert wire.writes == [HEAD + b"\r\n"]


async def test_requests_that_came_together_are_answered_one_after_the_other() -> None:
    wire = await served(answering, request() + request())
    assert wire.writes == [HEAD + b"\r\n" + BODY] * 2


async def test_a_connection_that_is_not_kept_is_closed_after_its_answer_and_says_so() -> None:
    wire = await served(answering, request(version="1.0"))
    assert wire.writes == [HEAD + b"connection: close\r\n\r\n" + BODY]
    assert wire.closed


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb"])
async def test_a_header_that_holds_the_end_of_a_line_is_never_written(value: bytes) -> None:
    async def smuggling(scope: dict[str, Any], _receive: Any, _send: Any) -> None:
        await scope["extensions"][AT_ONCE](201, [*HEADERS, (b"x-name", value)], BODY)

    wire = await served(smuggling, request())
    assert wire.writes[0].startswith(b"HTTP/1.1 500 ")
    assert not any(value in written for written in wire.writes)
    assert wire.closed


async def test_an_idle_connection_is_kept_for_as_long_as_the_server_says() -> None:
    connection, wire = connected(answering)
    connection.data_received(request())
    await answered(connection)
    done = connection.loop.time()
    connection.cut_if_slow(done + 74)
    assert not wire.closed
    connection.cut_if_slow(done + 76)
    assert wire.closed


async def test_a_request_that_is_being_answered_is_not_idle() -> None:
    """Also where its first bytes came before the answer to the one before it was complete."""
    release = asyncio.Event()

    async def waiting(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await release.wait()
        await answering(scope, receive, send)

    connection, wire = connected(waiting)
    connection.data_received(request())
    connection.data_received(request()[:20])
    release.set()
    await answered(connection)
    release.clear()
    connection.data_received(request()[20:])
    await asyncio.sleep(0)
    connection.cut_if_slow(connection.loop.time() + 1000)
    assert not wire.closed
    release.set()
    await answered(connection)
    assert len(wire.writes) == 2
