"""Clients that go before they are done: no answer can be sent, and nothing went wrong."""

import socket
from pathlib import Path

import pytest

from tests.functional.processes import Server

HALF = b"POST /v1/transfers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"


@pytest.mark.slow
def test_a_client_that_leaves_in_the_middle_of_its_request_is_no_error_of_the_server(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    host, _, port = server.url.partition(":")
    for _ in range(3):
        with socket.create_connection((host, int(port))) as gone:
            gone.sendall(HALF)
            assert server.client.get("/_sandbox/health").status_code == 200  # the half was read meanwhile
    assert server.client.get("/_sandbox/ledger/audit").json()["balanced"] is True
    server.interrupt()
    assert "Traceback" not in server.output
