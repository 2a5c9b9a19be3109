"""One connection of the server, over a transport that keeps what is written to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from sandbox.cli.connections import Bounds, Connection
from sandbox.http.gate import AT_ONCE

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


async def served(application: Application, *requests: bytes) -> Wire:
    """What is left on the wire after all `requests`, which come in one piece each, have been answered."""
    config = uvicorn.Config(application, http="httptools", lifespan="off", log_config=None, timeout_keep_alive=75)
    state = ServerState()
    connection = Connection(Bounds(10, 65_536), lambda: "req_1", config=config, server_state=state, app_state={})
    wire = Wire()
    connection.connection_made(wire)
    for request in requests:
        connection.data_received(request)
    while state.tasks:
        await asyncio.wait(tuple(state.tasks))
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
