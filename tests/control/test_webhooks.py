"""Events sent on, signed as Standard Webhooks says."""

import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.control import webhooks
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests import goldens, waiting
from tests.answers import Json, assert_problem, failing
from tests.transport import bank_of, serving

_NAMES = itertools.count(1)
PATIENCE = 300.0
"""Seconds that a receiver has for its answer: longer than anything here is waited for."""


class Receiver:
    """A web server on loopback that keeps what comes and answers as told."""

    def __init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 204
                receiver.received.append((dict(self.headers.items()), body, time.monotonic()))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if 300 <= status < 400:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                receiver.bell.release()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.answers: list[int] = []
        self.received: list[tuple[dict[str, str], bytes, float]] = []
        self.bell = threading.Semaphore(0)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def wait(self, number: int, seconds: float = waiting.LONGEST) -> list[tuple[dict[str, str], Json]]:
        for _ in range(number):
            assert self.bell.acquire(timeout=seconds), self.received
        return [(headers, json.loads(body)) for headers, body, _ in self.received]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def client(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server that does not wait long before it tries again, but for as long as a receiver takes."""
    hasty = settings.model_copy(
        update={"data_dir": tmp_path_factory.mktemp("hooks"), "webhook_retry_seconds": "0.05, 0.1"}
    )
    goldens.place(hasty)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhooks, "_TIMEOUT", PATIENCE)
        with serving(create_app(hasty)) as client:
            yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def hook(bank: Sandbox, receiver: Receiver, *kinds: str, **more: str) -> Json:
    return bank.send(operations.create_webhook({"url": receiver.url, "kinds": list(kinds), **more}))


def deliveries(bank: Sandbox, made: Json, *, until: str) -> list[Json]:
    """The deliveries once the newest is in a state; it is noted just after the receiver has answered."""
    found: list[Json] = []

    def is_so() -> bool:
        found[:] = bank.send(operations.list_deliveries(made["id"]))["items"]
        return bool(found) and found[0]["status"] == until

    waiting.until(is_so, lambda: found)
    return found


def test_events_arrive_in_order_and_signed(phone: Phone, receiver: Receiver) -> None:
    made = hook(phone.sandbox, receiver, "transfer")
    transfer = phone.transfer("12.34")
    phone.confirm(transfer["challenge"]["id"])
    (headers, first), (_, second) = receiver.wait(2)
    assert [first["type"], second["type"]] == ["transfer.created", "transfer.completed"]
    assert second["data"]["subject_id"] == transfer["id"]
    logged = phone.sandbox.send(operations.list_events(kind="transfer", member_id=phone.member["id"]))["items"]
    assert first["data"] in logged
    sent = {name.lower(): value for name, value in headers.items()}
    assert sent["webhook-id"] == first["data"]["id"]
    assert abs(int(sent["webhook-timestamp"]) - time.time()) < 60
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    body = receiver.received[0][1]
    signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert sent["webhook-signature"] == f"v1,{expected}"
    told = deliveries(phone.sandbox, made, until="delivered")
    assert [(each["status"], each["attempts"], each["answer"]) for each in told] == [("delivered", 1, 204)] * 2


def test_the_published_vector_of_the_signature() -> None:
    """The example of the specification's reference libraries."""
    from sandbox.control.webhooks import signed

    told = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    )
    assert told["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_not_taken_is_tried_again_and_then_given_up(phone: Phone, receiver: Receiver) -> None:
    receiver.answers = [500, 302, 204, 500, 500, 500]
    made = hook(phone.sandbox, receiver, "transfer.created")
    phone.transfer("1.00")
    receiver.wait(3)
    told = deliveries(phone.sandbox, made, until="delivered")
    assert (told[0]["attempts"], told[0]["answer"]) == (3, 204)
    assert len({headers["webhook-id"] for headers, _, _ in receiver.received}) == 1, "one event, one id"
    phone.transfer("2.00")
    receiver.wait(3)
    told = deliveries(phone.sandbox, made, until="failed")
    assert (told[0]["attempts"], told[0]["answer"]) == (3, 500)
    answer = phone.sandbox.send(operations.retry_delivery(made["id"], told[0]["id"]))
    assert (answer["status"], answer["attempts"]) == ("pending", 0)
    receiver.wait(1)
    assert deliveries(phone.sandbox, made, until="delivered")[0]["attempts"] == 1


def test_who_answers_gone_hears_no_more(phone: Phone, receiver: Receiver) -> None:
    receiver.answers = [410]
    made = hook(phone.sandbox, receiver, "transfer.created")
    phone.transfer("1.00")
    receiver.wait(1)
    assert deliveries(phone.sandbox, made, until="failed")[0]["attempts"] == 1
    assert not phone.sandbox.webhooks.all()[0]["active"]
    phone.transfer("2.00")
    assert not receiver.bell.acquire(timeout=0.5)


def test_not_even_what_waited_when_it_said_so(phone: Phone, receiver: Receiver) -> None:
    """One order makes several events at once."""
    receiver.answers = [410]
    made = hook(phone.sandbox, receiver)
    phone.transfer("1.00")
    receiver.wait(1)
    told = deliveries(phone.sandbox, made, until="failed")
    assert len(told) > 1
    assert {each["status"] for each in told} == {"failed"}
    assert not receiver.bell.acquire(timeout=0.5)


@pytest.mark.parametrize("waits", ["", "1", "0.5, 2,10", " 1 , 2 "])
def test_waits_are_numbers(waits: str) -> None:
    assert Settings(webhook_retry_seconds=waits)


@pytest.mark.parametrize("waits", ["x", "1..2", "1,", ",1", "-1", "1;2", "."])
def test_waits_that_are_none_are_refused_at_the_start(waits: str) -> None:
    with pytest.raises(ValueError, match="webhook_retry_seconds"):
        Settings(webhook_retry_seconds=waits)


def test_nobody_there_is_told(phone: Phone, receiver: Receiver) -> None:
    made = hook(phone.sandbox, receiver, "transfer.created")
    receiver._server.shutdown()
    receiver._server.server_close()
    phone.transfer("1.00")
    told = deliveries(phone.sandbox, made, until="failed")
    assert (told[0]["attempts"], told[0]["answer"], told[0]["error"]) == (3, None, "ConnectError")


def test_a_deleted_one_hears_nothing(phone: Phone, receiver: Receiver) -> None:
    made = hook(phone.sandbox, receiver)
    phone.sandbox.send(operations.delete_webhook(made["id"]))
    phone.transfer("1.00")
    assert not receiver.bell.acquire(timeout=0.5)
    assert phone.sandbox.webhooks.all() == []
    path = f"/_sandbox/webhooks/{made['id']}"
    assert_problem(phone.sandbox.call("DELETE", path), 404, "not_found")
    assert_problem(phone.sandbox.call("GET", f"{path}/deliveries"), 404, "not_found")
    assert_problem(phone.sandbox.call("POST", f"{path}/deliveries/dlv_{'0' * 32}/retry"), 404, "not_found")


def test_a_secret_of_ones_own(bank: Sandbox, receiver: Receiver) -> None:
    secret = "whsec_" + base64.b64encode(b"0" * 24).decode()
    assert hook(bank, receiver, secret=secret)["secret"] == secret
    assert hook(bank, receiver)["secret"] != hook(bank, receiver)["secret"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://192.168.0.7/hook",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1.example.com/hook",
        "http://127.0.0.1@example.com/hook",
        "http://[::ffff:192.168.0.7]/hook",
        "http://2130706433.example/hook",
        "https://[::1/hook",
    ],
)
def test_they_go_to_this_machine_alone(bank: Sandbox, url: str) -> None:
    answer = bank.call("POST", "/_sandbox/webhooks", json={"url": url})
    assert failing(assert_problem(answer, 422, "webhook_address_not_allowed")) == {"url": "not_allowed"}


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "file:///etc/passwd", "127.0.0.1:80", ""])
def test_they_go_by_http_alone(bank: Sandbox, url: str) -> None:
    assert_problem(bank.call("POST", "/_sandbox/webhooks", json={"url": url}), 422, "validation_failed")


def test_a_host_that_was_allowed(settings: Settings, tmp_path: Any) -> None:
    wide = settings.model_copy(update={"data_dir": tmp_path / "d", "webhook_hosts": "hooks.example.com, other"})
    goldens.place(wide)
    with serving(create_app(wide)) as client:
        url = "https://hooks.example.com/x"
        assert client.post("/_sandbox/webhooks", json={"url": url}).status_code == 201


def test_one_that_hangs_holds_up_no_other_bank(
    settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """Each sandbox has its own round."""
    monkeypatch.setattr(webhooks, "_TIMEOUT", PATIENCE)
    own = settings.model_copy(update={"data_dir": tmp_path / "d"})
    goldens.place(own)
    listening = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # takes connections, answers nothing
    with serving(create_app(own)) as client:
        slow, other = bank_of(client, "slow"), bank_of(client, "default")
        client.post("/_sandbox/sandboxes", json={"name": slow.name})
        hanging = slow.send(operations.create_webhook({"url": f"http://127.0.0.1:{listening.server_port}/"}))
        slow.phone("al-dia")
        hook(other, receiver, "session.started")
        other.phone("al-dia")
        receiver.wait(1)
        pending = slow.send(operations.list_deliveries(hanging["id"]))["items"]
        assert {(each["status"], each["attempts"]) for each in pending} == {("pending", 0)}
        listening.server_close()
