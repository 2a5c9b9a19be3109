"""Everything that happened, in order."""

import itertools
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, answered, assert_problem
from tests.functional.processes import Server
from tests.transport import bank_of

_NAMES = itertools.count(1)


def events(bank: Sandbox, **params: Any) -> list[Json]:
    return answered(bank.call("GET", "/_sandbox/events", params={"limit": 200, **params}))["items"]


def test_a_transfer_leaves_its_trail(phone: Phone) -> None:
    last = events(phone.sandbox)[-1]["id"]
    transfer = phone.transfer("12.34")
    answer = phone.call(phone.confirmation(transfer["challenge"]["id"]))
    trail = events(phone.sandbox, after=last)
    kinds = [each["kind"] for each in trail]
    assert kinds.index("transfer.created") < kinds.index("transfer.completed")
    assert [each["at"] for each in trail] == sorted(each["at"] for each in trail)
    completed = next(each for each in trail if each["kind"] == "transfer.completed")
    assert completed["subject_id"] == transfer["id"]
    assert completed["member_id"] == phone.member["id"]
    assert completed["request_id"] == answer.headers["x-request-id"]
    assert completed["data"]["amount"] == "12.34"
    of_request = events(phone.sandbox, request_id=answer.headers["x-request-id"])
    assert {each["request_id"] for each in of_request} == {answer.headers["x-request-id"]}


def test_money_is_told_as_money_by_every_kind(bank: Sandbox) -> None:
    """No bare cents: what is left as a number counts something."""
    bank.clock.advance("P1M")
    told = events(bank, kind="card.statement")
    assert told
    assert all(each["data"]["owed"].count(".") == 1 for each in told)
    counts = {name for each in events(bank) for name, value in each["data"].items() if isinstance(value, int)}
    assert counts <= {"number", "failures"}


def test_they_are_filtered_by_noun_kind_and_member(phone: Phone) -> None:
    phone.confirm(phone.transfer("1.00"))
    everything = events(phone.sandbox)
    assert {each["kind"].split(".")[0] for each in events(phone.sandbox, kind="transfer")} == {"transfer"}
    assert {each["kind"] for each in events(phone.sandbox, kind="transfer.completed")} == {"transfer.completed"}
    assert {each["kind"].split(".")[0] for each in events(phone.sandbox, kind="card")} <= {"card"}, "not card_payment"
    mine = events(phone.sandbox, member_id=phone.member["id"])
    assert mine == [each for each in everything if each["member_id"] == phone.member["id"]]
    assert_problem(phone.sandbox.call("GET", "/_sandbox/events", params={"after": "evt_0"}), 404, "not_found")


def test_pages_follow_one_another(phone: Phone) -> None:
    phone.confirm(phone.transfer("1.00"))
    whole = events(phone.sandbox)
    found: list[Json] = []
    cursor = None
    while True:
        page = phone.sandbox.send(operations.list_events(limit=3, cursor=cursor))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole
    assert_problem(phone.sandbox.call("GET", "/_sandbox/events", params={"cursor": "%%"}), 422, "invalid_cursor")


def test_what_was_rolled_back_did_not_happen(phone: Phone) -> None:
    before = events(phone.sandbox)
    phone.call("POST", "/v1/transfers", json=phone.order("999999.00"))
    assert events(phone.sandbox, kind="transfer") == [each for each in before if each["kind"].startswith("transfer.")]


@pytest.fixture
def live(shared_server: Server) -> Iterator[Sandbox]:
    """A sandbox of its own on a real server: streams do not end within a test client."""
    made = bank_of(shared_server.client, f"live{next(_NAMES)}")
    shared_server.bank.send(operations.create_sandbox({"name": made.name}))
    yield made
    shared_server.bank.send(operations.delete_sandbox(made.name))


class Listener:
    """A client of a stream: what it was told, and a bell for each."""

    def __init__(self, bank: Sandbox, path: str, **headers: str) -> None:
        self.told: list[Json] = []
        self.restarts: list[Json] = []
        self.ids: list[str] = []
        self.bell = threading.Semaphore(0)
        self.listening = threading.Event()
        self._client = httpx.Client(base_url=bank.connection.client.base_url, timeout=20)
        self._path, self._headers = path, {"X-Sandbox": bank.name, **headers}
        self._enough = False
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        assert self.listening.wait(20)

    def wait(self, number: int) -> list[Json]:
        for _ in range(number):
            assert self.bell.acquire(timeout=20), self.told
        return self.told

    def _listen(self) -> None:
        with self._client.stream("GET", self._path, headers=self._headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            event = ""
            for line in answer.iter_lines():
                self.listening.set()
                if line.startswith("id: "):
                    self.ids.append(line.removeprefix("id: "))
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                if line.startswith("data: "):
                    (self.restarts if event == "restart" else self.told).append(json.loads(line.removeprefix("data: ")))
                    self.bell.release()
                if self._enough:
                    return

    def hang_up(self, phone: Phone) -> None:
        self._enough = True
        phone.transfer("4.00")  # something happens, so that a line comes
        self.wait_for_the_end()

    def wait_for_the_end(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._client.close()


@pytest.mark.slow
def test_a_stream_tells_what_happens_and_goes_on_where_it_was_left(live: Sandbox) -> None:
    phone = live.phone("al-dia")
    listener = Listener(live, "/_sandbox/events/stream?kind=transfer.created")
    first = phone.transfer("1.00")["id"]
    assert [each["subject_id"] for each in listener.wait(1)] == [first]
    assert listener.ids == [each["id"] for each in listener.told]
    second, third = phone.transfer("2.00")["id"], phone.transfer("3.00")["id"]
    later = Listener(live, "/_sandbox/events/stream?kind=transfer.created", **{"Last-Event-ID": listener.ids[0]})
    assert [each["subject_id"] for each in later.wait(2)] == [second, third]
    listener.hang_up(phone)
    later.hang_up(phone)
    unknown = live.call("GET", "/_sandbox/events/stream", params={"after": "evt_nope"})
    assert_problem(unknown, 404, "not_found")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["events", "messages"])
def test_an_unknown_last_event_id_gives_everything_that_is_kept(live: Sandbox, name: str) -> None:
    """An EventSource comes back with its last id by itself, and gives up for good where the answer is not 200."""
    phone = live.phone("al-dia")
    phone.confirm(phone.transfer("1.00"))
    kept = answered(live.call("GET", f"/_sandbox/{name}", params={"limit": 200}))["items"]
    listener = Listener(live, f"/_sandbox/{name}/stream", **{"Last-Event-ID": "evt_nope"})
    assert listener.wait(1 + len(kept)) == kept
    assert listener.restarts == [{"reason": "unknown"}]
    listener.hang_up(phone)


@pytest.mark.slow
def test_a_stream_of_messages_outlives_a_reset(live: Sandbox) -> None:
    listener = Listener(live, "/_sandbox/messages/stream")
    phone = live.phone("al-dia")
    challenge = phone.transfer("1.00")["challenge"]["id"]
    listener.wait(1)
    live.reset()
    again = live.phone("al-dia").transfer("1.00")["challenge"]["id"]
    assert again == challenge, "the same requests give the same bytes"
    while [each["challenge_id"] for each in listener.told].count(again) < 2:
        listener.wait(1)
    assert listener.restarts == [{"reason": "replaced"}]
    listener.hang_up(phone.log_in())


@pytest.mark.slow
def test_a_server_that_stops_ends_every_stream_before_itself(tmp_path: Path) -> None:
    """A stream that the server's grace period cuts off would raise in its listener, for want of a last chunk."""
    server = Server(tmp_path / "data").start()
    listeners = [Listener(server.bank, f"/_sandbox/{name}/stream") for name in ("events", "messages")]
    server.interrupt()
    for listener in listeners:
        listener.wait_for_the_end()
    assert "graceful" not in server.output
