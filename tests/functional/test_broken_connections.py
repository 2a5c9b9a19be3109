"""Connections that break, over real sockets."""

import http.client
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.testing import Phone, operations
from tests.functional.processes import Server
from tests.transport import bank_of

pytestmark = pytest.mark.slow
_NAMES = itertools.count(1)


@pytest.fixture
def server(shared_server: Server) -> Server:
    return shared_server


@pytest.fixture
def phone(server: Server) -> Iterator[Phone]:
    name = f"broken{next(_NAMES)}"
    server.bank.send(operations.create_sandbox({"name": name, "clock": {"rate": 0}}))
    bank = bank_of(server.client, name)
    yield bank.phone("al-dia")
    server.bank.send(operations.delete_sandbox(name))


def raw(server: Server, phone: Phone, method: str, path: str, body: dict | None = None, **headers: str) -> bytes:
    """The body of an answer, over a connection of its own."""
    host, port = server.url.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        sent = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/json", **headers}
        sent["X-Sandbox"] = phone.sandbox.name
        connection.request(method, f"/v1{path}", json.dumps(body) if body else None, sent)
        return connection.getresponse().read()
    finally:
        connection.close()


def order(phone: Phone, effect: dict, **match: object) -> None:
    phone.sandbox.send(operations.create_fault({"effect": effect, "match": match}))


def test_the_transfer_is_made_the_connection_drops_and_the_retry_gets_the_same_answer(
    server: Server, phone: Phone
) -> None:
    order(phone, {"connection": "reset"}, operation_id="createTransfer", times=1)
    body = phone.order("7.00")
    before = len(phone.send(operations.list_transfers())["items"])
    with pytest.raises(ConnectionResetError):
        raw(server, phone, "POST", "/transfers", body, **{"Idempotency-Key": "retry-me"})
    headers = {"Idempotency-Key": "retry-me", "Content-Type": "application/json"}
    again = phone.call("POST", "/v1/transfers", content=json.dumps(body), headers=headers)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert len(phone.send(operations.list_transfers())["items"]) == before + 1
    phone.confirm(again.json())
    phone.sandbox.ledger.assert_balanced()


def test_a_connection_that_ends_without_a_byte(server: Server, phone: Phone) -> None:
    order(phone, {"connection": "empty", "at": "request"}, times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        raw(server, phone, "GET", "/products")
    assert json.loads(raw(server, phone, "GET", "/products"))["groups"]


def test_a_body_that_ends_halfway(server: Server, phone: Phone) -> None:
    order(phone, {"connection": "truncated"}, operation_id="getProducts", times=1)
    with pytest.raises(http.client.IncompleteRead) as cut:
        raw(server, phone, "GET", "/products")
    assert cut.value.partial.startswith(b'{"greeting"')


def test_the_journal_knows_what_the_app_never_heard(server: Server, phone: Phone) -> None:
    phone.sandbox.journal.clear()
    order(phone, {"connection": "reset", "at": "request"}, times=1)
    with pytest.raises(ConnectionResetError):
        raw(server, phone, "GET", "/products")
    [entry] = phone.sandbox.send(operations.list_requests())["items"]
    assert (entry["status"], entry["fault"][:4]) == (0, "flt_")


def test_the_server_says_nothing_of_errors(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    server.bank.clock.freeze()
    phone = server.bank.phone("al-dia")
    for effect in ({"connection": "reset"}, {"connection": "empty"}, {"connection": "truncated"}):
        order(phone, effect, times=1)
        with pytest.raises((OSError, http.client.HTTPException)):
            raw(server, phone, "GET", "/products")
    server.interrupt()
    assert "ASGI" not in server.output
    assert "Traceback" not in server.output
