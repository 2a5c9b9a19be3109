"""A loop that stood still finds its timers due before it reads what clients have sent meanwhile, in time."""

import asyncio
import functools
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from sandbox.cli.connections import Bounds, Connection, cut_slow
from sandbox.cli.server import _Server
from tests.cli.test_connections import BODY, HEAD, answering, request

pytestmark = pytest.mark.sqlite("connections, before a database is asked")
ANSWER = HEAD + b"\r\n" + BODY
OVER = -1
"""Seconds within which a request would have to arrive, and another one to follow: any look finds them over."""


def impatient() -> tuple[_Server, Callable[[], Connection]]:
    """A server for which all clients are too slow, and what makes its connections."""
    registry: Any = SimpleNamespace(next_request_id=lambda: "req_1", known=tuple)
    config = uvicorn.Config(answering, http="httptools", lifespan="off", log_config=None, timeout_keep_alive=OVER)
    server = _Server(config, registry, cut_slow)
    made = functools.partial(
        Connection, Bounds(OVER, 65_536), registry.next_request_id,
        config=config, server_state=server.server_state, app_state={},
    )  # fmt: skip
    return server, made


@pytest.mark.parametrize("factory", ["asyncio", "uvloop"])
@pytest.mark.parametrize("before", [b"", request()[:20], request()], ids=["nothing", "a part of it", "another one"])
def test_a_request_that_came_while_the_loop_stood_still_is_answered(factory: str, before: bytes) -> None:
    loops = pytest.importorskip(factory, reason=f"{factory} is not installed")

    async def stall() -> None:
        loop = asyncio.get_running_loop()
        server, made = impatient()
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        with theirs:
            _, connection = await loop.connect_accepted_socket(made, ours)
            if before:
                theirs.sendall(before)
            while len(before) > connection._received and connection._idle_since is None:
                await asyncio.sleep(0)
            if before == request():
                assert await loop.sock_recv(theirs, 65_536) == ANSWER
            theirs.sendall(request().removeprefix(before) or request())
            await server.on_tick(0)
            assert await asyncio.wait_for(loop.sock_recv(theirs, 65_536), 20) == ANSWER
            connection.transport.close()

    with asyncio.Runner(loop_factory=loops.new_event_loop) as runner:
        runner.run(stall())
