"""Fast with much to show, and no slower or larger after much has happened."""

import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from sandbox.testing import Sandbox, operations
from tests.browser.conftest import Console
from tests.browser.proxy import Proxy
from tests.browser.test_live import connected, until
from tests.functional.processes import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

MESSAGES, REQUESTS = 5_000, 20_000
_AT_ONCE = 200
# Notes when the first of what a selector finds is there, and each message when it is added.
_WATCH = """
globalThis.seen = { first: 0, codes: {} };
new MutationObserver(() => {
  if (!seen.first && document.querySelector('.bubble, .traffic-row')) seen.first = performance.now();
  for (const each of document.querySelectorAll('.bubble')) seen.codes[each.dataset.copies] ??= Date.now();
}).observe(document, { childList: true, subtree: true });
"""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose default sandbox holds 5,000 messages, and 20,000 requests in its journal."""
    server = Server(tmp_path_factory.mktemp("full"), journal_size=str(REQUESTS), journal_bytes=str(256 << 20)).start()
    phone = server.bank.phone("al-dia")
    phone.transfer("1.00")
    server.interrupt()
    with server.database("default") as database:
        columns = "member_id, channel, destination, kind, text, code, challenge_id, sent_at, request_id"
        database.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MESSAGES}) "
            f"INSERT INTO message ({columns}) SELECT {columns} FROM n, (SELECT * FROM message LIMIT 1)"
        )
    server.start_from_nothing()
    _ask(server, REQUESTS)
    yield server
    server.interrupt()


def _ask(server: Server, number: int) -> None:
    """That many requests, many at once on one connection."""
    host, _, port = server.url.partition(":")
    request = b"GET /v1/app HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection((host, int(port))) as line:
        for _ in range(number // _AT_ONCE):
            line.sendall(request * _AT_ONCE)
            answered = 0
            while answered < _AT_ONCE:
                piece = line.recv(1 << 20)
                assert piece, "the server hung up"
                answered += piece.count(b"HTTP/1.1 200")


@pytest.fixture
def page_of_full(chromium: "Browser", full: Server) -> Iterator["Page"]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(_WATCH)
    page = context.new_page()
    yield page
    context.close()


@pytest.mark.parametrize("view", ["phone", "traffic"])
def test_with_thousands_of_messages_and_requests_it_opens_within_a_second(
    page_of_full: "Page", full: Server, view: str
) -> None:
    page, took = page_of_full, []
    assert len(full.client.get("/_sandbox/messages?limit=200&order=newest").json()["items"]) == 200
    for _ in range(3):
        page.goto(f"http://{full.url}/_sandbox/console/{view}")
        page.wait_for_selector(".bubble, .traffic-row")
        took.append(page.evaluate("seen.first"))
    assert min(took) <= 1000, took


def test_after_a_reload_the_newest_of_thousands_is_on_top(page_of_full: "Page", full: Server) -> None:
    phone = full.bank.phone("premium")
    code = full.bank.inbox.code(phone.transfer("1.00")["challenge"]["id"])
    page = page_of_full
    page.goto(f"http://{full.url}/_sandbox/console/phone")
    page.wait_for_selector(".bubble")
    page.reload()
    page.wait_for_selector(".bubble")
    assert page.locator(".bubble").first.get_attribute("data-copies") == code


def test_a_code_is_there_within_200_ms_of_its_order(page_of_full: "Page", full: Server) -> None:
    page, took = page_of_full, []
    page.goto(f"http://{full.url}/_sandbox/console/phone")
    connected(page)
    phone = full.bank.phone("al-dia")
    for _ in range(5):
        order = phone.order("0.50")
        answer = phone.call("POST", "/v1/transfers", json=order)
        ordered = time.time() * 1000
        challenge = answer.json()["challenge"]["id"]
        code = full.bank.inbox.code(challenge)
        page.wait_for_selector(f".bubble[data-copies='{code}']")
        took.append(page.evaluate(f"seen.codes['{code}']") - ordered)
        phone.call("DELETE", f"/v1/challenges/{challenge}")
    assert sorted(took)[len(took) // 2] <= 200, took


def test_memory_stays_flat_while_thousands_of_requests_go_by(console: Console, live: Sandbox, line: Proxy) -> None:
    """An hour of a developer's day, in seconds: the page holds no more than it shows."""
    page = console.open("traffic")
    connected(page)
    measure = page.context.new_cdp_session(page)
    measure.send("Performance.enable")

    def measured() -> dict[str, float]:
        measure.send("HeapProfiler.collectGarbage")
        return {each["name"]: each["value"] for each in measure.send("Performance.getMetrics")["metrics"]}

    def load(number: int) -> None:
        request = f"GET /v1/app HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Sandbox: {live.name}\r\n\r\n".encode()
        host, _, port = str(live.connection.client.base_url.netloc.decode()).partition(":")
        with socket.create_connection((host, int(port))) as direct:
            for _ in range(number // 50):
                direct.sendall(request * 50)
                answered = 0
                while answered < 50:
                    answered += direct.recv(1 << 20).count(b"HTTP/1.1 200")
                page.wait_for_timeout(15)

    load(1500)
    page.wait_for_timeout(400)
    before = measured()
    load(6000)
    page.wait_for_timeout(400)
    after = measured()
    assert page.locator(".traffic-row").count() <= 300
    assert after["Nodes"] <= before["Nodes"] * 1.1 + 200
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 3_000_000
    newest = live.send(operations.list_traffic(limit=1))["items"][0]["id"]
    until(lambda: page.locator(".traffic-row").first.get_attribute("data-copies") == newest, page)
