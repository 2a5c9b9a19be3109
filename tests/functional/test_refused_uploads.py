"""An upload that is refused before it has come: the connection stays usable."""

import socket

import pytest

from tests.functional.processes import Server

pytestmark = pytest.mark.slow
_SIZE = 4_000_000


def answer(connection: socket.socket) -> tuple[bytes, bytes]:
    """The next answer: its status line, and its body."""
    with connection.makefile("rb") as incoming:
        status, length = incoming.readline(), 0
        while line := incoming.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, incoming.read(length)


def test_a_file_for_a_sandbox_there_is_not_is_refused_before_it_comes(shared_server: Server) -> None:
    host, _, port = shared_server.url.partition(":")
    head = (
        f"POST /_sandbox/import HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Sandbox: ../../evil\r\n"
        f"Content-Type: application/vnd.sqlite3\r\nContent-Length: {_SIZE}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode() + b"SQLite")
        status, body = answer(connection)
        assert status.startswith(b"HTTP/1.1 404 ")
        assert b"sandbox_not_found" in body
        connection.sendall(b"x" * (_SIZE - len(b"SQLite")))
        connection.sendall(b"GET /v1/app HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert answer(connection)[0].startswith(b"HTTP/1.1 200 ")
