"""Clients that send a part of a request and wait: closed after a setting's seconds; and heads larger than another."""

import contextlib
import json
import select
import socket
from collections.abc import Iterator

import pytest

from tests.functional.processes import Server

pytestmark = pytest.mark.slow
HEADER_BYTES = 65_536
HALF_A_HEAD = b"GET /v1/app HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "
HALF_A_BODY = (
    b"POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
)
A_CHUNK = b'POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n'
AFTER_ANOTHER = b"GET /v1/app HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("slow"), request_seconds="1").start()
    yield server
    server.interrupt()
    assert "Traceback" not in server.output


def connect(server: Server) -> socket.socket:
    host, _, port = server.url.partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def everything(connection: socket.socket) -> bytes:
    """What the server sends until it closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def assert_last_problem(answered: bytes, status: int, code: str) -> None:
    """The last answer on the connection is that problem, whole."""
    head, _, body = answered[answered.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), answered
    headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n")[1:])}
    assert headers[b"content-type"] == b"application/problem+json"
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"].encode() == headers[b"x-request-id"]


@pytest.mark.parametrize(
    "part", [HALF_A_HEAD, b"GET /v1/a", HALF_A_BODY, A_CHUNK], ids=["head", "request line", "body", "chunks"]
)
def test_half_a_request_is_answered_408_after_the_settings_seconds(server: Server, part: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(part)
        assert_last_problem(everything(connection), 408, "request_timeout")


@pytest.mark.parametrize("part", [HALF_A_HEAD, HALF_A_BODY, b"\r\n"], ids=["head", "body", "an empty line"])
def test_the_second_request_of_a_connection_has_no_more_time_than_the_first(server: Server, part: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(AFTER_ANOTHER)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(part)
        assert_last_problem(everything(connection), 408, "request_timeout")


def test_a_connection_that_sends_nothing_is_closed(server: Server) -> None:
    with connect(server) as connection:
        assert everything(connection) == b""


def test_a_trickle_within_a_request_does_not_prolong_it(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(HALF_A_HEAD)
        connection.settimeout(0.1)
        answered = b""
        while not answered:
            with contextlib.suppress(TimeoutError):
                answered = connection.recv(65_536)
                break
            with contextlib.suppress(ConnectionError):  # it is over by now: the answer is there to be read
                connection.sendall(b"x")
        assert_last_problem(answered, 408, "request_timeout")


def test_five_hundred_halves_of_each_kind_are_all_closed_and_others_are_served(server: Server) -> None:
    before = len(server.client.get("/_sandbox/requests", params={"limit": 200}).json()["items"])
    with contextlib.ExitStack() as stack:
        halves = []
        for number in range(1000):
            halves.append(stack.enter_context(connect(server)))
            halves[-1].sendall(HALF_A_HEAD if number % 2 else HALF_A_BODY)
        assert server.client.get("/v1/errors").status_code == 200
        for half in halves:
            assert_last_problem(everything(half), 408, "request_timeout")
    kept = server.client.get("/_sandbox/requests", params={"limit": 200}).json()["items"]
    assert len(kept) == before + 1  # the one that came whole
    assert server.client.get("/_sandbox/ledger/audit").json()["balanced"] is True


def test_a_body_that_keeps_coming_may_take_longer(server: Server) -> None:
    """Eight pieces of 16 KiB give it eight seconds more, of which a machine that has much to do may need most."""
    piece = b" " * 16_384
    size = len(piece) * 9 + 2
    with connect(server) as connection:
        head = (
            f"POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {size}"
        )
        connection.sendall(head.encode() + b"\r\nConnection: close\r\n\r\n{}" + piece * 8)
        connection.settimeout(3)  # three times as long as without them
        with pytest.raises(TimeoutError):  # nothing is answered meanwhile
            connection.recv(1)
        connection.sendall(piece)
        connection.settimeout(20)
        assert_last_problem(everything(connection), 422, "validation_failed")


def a_head(size: int) -> bytes:
    """A request whose line and headers are so many bytes, the empty line not counted."""
    start = b"GET /v1/app HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Long: "
    return start + b"x" * (size - len(start) - 2) + b"\r\n\r\n"


def test_a_head_of_64_kib_is_taken_and_a_larger_one_refused(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(a_head(HEADER_BYTES - 2))
        assert everything(connection).startswith(b"HTTP/1.1 200 ")
    with connect(server) as connection:
        connection.sendall(a_head(HEADER_BYTES + 100))
        assert_last_problem(everything(connection), 431, "headers_too_large")


@pytest.mark.parametrize("end", [b"\r\n\r\n", b""], ids=["whole", "no end"])
def test_a_head_of_3_mb_is_refused_while_it_comes(server: Server, end: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(a_head(3_000_000)[:-4] + end)
        assert_last_problem(everything(connection), 431, "headers_too_large")


def test_a_head_that_began_together_with_another_request_has_the_same_bound(server: Server) -> None:
    head = a_head(HEADER_BYTES + 100)
    with connect(server) as connection:
        connection.sendall(AFTER_ANOTHER + head[:30_000])
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(head[30_000:])
        assert_last_problem(everything(connection), 431, "headers_too_large")


def test_the_answer_that_is_under_way_is_finished_before_the_connection_closes(server: Server) -> None:
    waits = b"GET /_sandbox/messages/next?wait=1.5 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(waits + a_head(3_000_000))
        answered = everything(connection)
    assert_last_problem(answered, 404, "no_message")
    assert answered.count(b"HTTP/1.1 ") == 1


def test_what_is_no_http_is_told_as_a_problem(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(b"HELLO\r\n\r\n")
        assert_last_problem(everything(connection), 400, "malformed_request")


def test_a_client_that_does_not_read_its_answer_is_cut_off(server: Server) -> None:
    """An export is some hundred KiB; small buffers on both sides take a part of it, and no more."""
    host, _, port = server.url.partition(":")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect((host, int(port)))
        connection.sendall(b"GET /_sandbox/export HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 20)
        poll = select.poll()
        poll.register(connection, 0)  # nothing but the end
        assert poll.poll(20_000)
