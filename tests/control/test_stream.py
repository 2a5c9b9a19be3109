"""One stream for a whole page: what happens in each topic, from a position that outlives connections and processes."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.testing import Sandbox, operations
from tests.answers import Json, assert_problem, failing
from tests.functional.processes import Server
from tests.transport import bank_of

pytestmark = pytest.mark.slow


class Page:
    """A page that follows the stream of a sandbox: everything it was sent, and the id it would come back with."""

    def __init__(self, bank: Sandbox, last: str | None = None, topics: str | None = None) -> None:
        self.told: list[tuple[str, Json]] = []
        self.last = last or ""
        self._news = threading.Condition()
        self._client = httpx.Client(base_url=bank.connection.client.base_url, timeout=20)
        self._answer = self._client.stream(
            "GET",
            "/_sandbox/stream",
            params={} if topics is None else {"topics": topics},
            headers={"X-Sandbox": bank.name} | ({} if last is None else {"Last-Event-ID": last}),
        )
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._listening.wait(20)

    def _listen(self) -> None:
        try:
            with self._answer as answer:
                event = ""
                for line in answer.iter_lines():
                    with self._news:
                        if line.startswith("id: "):
                            self.last = line.removeprefix("id: ")
                            self._listening.set()
                        if line.startswith("event: "):
                            event = line.removeprefix("event: ")
                        if line.startswith("data: "):
                            self.told.append((event, json.loads(line.removeprefix("data: "))))
                        self._news.notify_all()
        except (httpx.TransportError, RuntimeError, OSError):
            pass  # it was left, or the server has gone

    def of(self, topic: str) -> list[Json]:
        return [data for event, data in self.told if event == topic]

    def until(self, what: Callable[["Page"], object]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: what(self), 20), self.told

    def leave(self) -> str:
        """Go; gives the position that was reached."""
        with self._news:
            last = self.last
        self._client.close()
        return last


@pytest.fixture
def live(shared_server: Server) -> Iterator[Sandbox]:
    client = shared_server.client
    client.post("/_sandbox/sandboxes", json={"name": "paged", "clock": {"rate": 0}}).raise_for_status()
    yield bank_of(client, "paged")
    client.delete("/_sandbox/sandboxes/paged")


def amounts(page: Page) -> list[Json]:
    return [each for each in page.of("requests") if each["operation_id"] == "createTransfer"]


def test_it_tells_messages_requests_and_events_of_an_order(live: Sandbox) -> None:
    page = Page(live)
    phone = live.phone("al-dia")
    challenge = phone.transfer("3.00")["challenge"]["id"]
    page.until(lambda page: page.of("messages") and amounts(page))
    [message] = page.of("messages")
    assert (message["challenge_id"], message["code"]) == (challenge, live.inbox.code(challenge))
    [request] = amounts(page)
    assert message["request_id"] == request["id"]
    assert (request["status"], request["member"]) == (201, phone.member["name"])
    assert "transfer.created" in [each["kind"] for each in page.of("events")]
    page.leave()


def test_it_begins_with_the_state_and_tells_its_changes(live: Sandbox) -> None:
    page = Page(live, topics="state")
    page.until(lambda page: page.of("state") and page.of("sandboxes"))
    first = page.of("state")[0]
    assert (first["rate"], first["faults"], first["overrides"], first["recording"]) == (0, 0, [], False)
    assert first["now"] == live.clock.read()["now"]
    live.send(operations.create_fault({"effect": {"profile": "3g"}}))
    page.until(lambda page: page.of("state")[-1]["faults"] == 1)
    live.rules.override("otp", live.rules.read("otp"))
    page.until(lambda page: page.of("state")[-1]["overrides"] == ["otp"])
    live.life.set("quiet")
    page.until(lambda page: page.of("state")[-1]["life"] == "quiet")
    live.life.set("off")
    moved = live.clock.advance("P1D")["now"]
    page.until(lambda page: page.of("state")[-1]["now"] == moved)
    live.connection.client.post(
        "/_sandbox/sandboxes", json={"name": "another", "clock": {"rate": 0}}
    ).raise_for_status()
    page.until(lambda page: "another" in page.of("sandboxes")[-1]["names"])
    live.connection.client.delete("/_sandbox/sandboxes/another")
    page.until(lambda page: "another" not in page.of("sandboxes")[-1]["names"])
    assert {event for event, _ in page.told} == {"state", "sandboxes"}
    page.leave()


def test_a_client_that_comes_back_gets_what_it_missed_and_nothing_twice(live: Sandbox) -> None:
    page = Page(live)
    phone = live.phone("al-dia")
    phone.transfer("1.00")
    page.until(lambda page: page.of("messages") and amounts(page))
    last = page.leave()
    seen = {each["id"] for each in page.of("requests")}
    phone.transfer("2.00")
    phone.transfer("3.00")
    again = Page(live, last)
    again.until(lambda page: len(page.of("messages")) == 2 and len(amounts(page)) == 2)
    assert not seen & {each["id"] for each in again.of("requests")}
    assert again.of("restart") == []
    again.leave()


def test_emptying_the_journal_begins_the_requests_anew(live: Sandbox) -> None:
    phone = live.phone("al-dia")
    page = Page(live, topics="requests")
    live.journal.clear()
    page.until(lambda page: page.of("restart"))
    assert page.of("restart") == [{"topic": "requests", "reason": "cleared"}]
    phone.transfer("1.00")
    page.until(amounts)
    page.leave()


def test_another_database_begins_every_topic_anew(live: Sandbox) -> None:
    live.phone("al-dia").transfer("1.00")
    page = Page(live)
    live.reset()
    live.phone("al-dia").transfer("1.00")
    page.until(lambda page: len(page.of("restart")) == 3 and amounts(page) and page.of("messages"))
    assert {each["topic"]: each["reason"] for each in page.of("restart")} == {
        "messages": "replaced",
        "events": "replaced",
        "requests": "cleared",
    }
    page.leave()


def test_more_requests_than_a_page_shows_begin_anew_with_the_newest(live: Sandbox) -> None:
    phone = live.phone("al-dia")
    page = Page(live, topics="requests")
    last = page.leave()
    for _ in range(130):
        phone.call("GET", "/v1/app")
    again = Page(live, last, topics="requests")
    again.until(lambda page: len(page.of("requests")) >= 100)
    assert again.of("restart") == [{"topic": "requests", "reason": "gap"}]
    newest = live.send(operations.list_traffic(limit=100))["items"]
    assert again.of("requests") == newest[::-1]
    again.leave()


@pytest.mark.parametrize("last", ["", "messages=msg_nope;requests=x.1;events=", "nothing at all", "requests=999.7"])
def test_an_id_that_means_nothing_is_no_refusal(live: Sandbox, last: str) -> None:
    page = Page(live, last)
    page.until(lambda page: page.of("state"))
    page.leave()


def test_unknown_topics_are_refused(live: Sandbox) -> None:
    answer = live.call("GET", "/_sandbox/stream", params={"topics": "messages,weather"})
    assert failing(assert_problem(answer, 422, "validation_failed")) == {"topics": "not_an_option"}


def test_after_a_restart_of_the_server_nothing_is_missing(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    page = Page(server.bank)
    phone = server.bank.phone("al-dia")
    phone.transfer("1.00")
    page.until(lambda page: page.of("messages"))
    last = page.leave()
    server.interrupt()
    server.start_from_nothing()
    phone.sandbox = server.bank
    phone.transfer("2.00")
    again = Page(server.bank, last)
    again.until(lambda page: page.of("messages") and amounts(page))
    assert len(again.of("messages")) == 1, "the one that was sent meanwhile"
    assert again.of("restart") == [{"topic": "requests", "reason": "unknown"}]
    again.leave()
    server.interrupt()
