"""Fast with much to show, and no slower or larger after much has happened.

The console is made to open within a second with this much to show, and to show a code within 200 ms of its order, on a
machine that does nothing else. How long that takes here is as much the machine's doing as the console's, so each is
compared with something that the same browser does beside it.
"""

import socket
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sandbox.testing import Sandbox, operations
from tests.browser.conftest import Console, Open
from tests.browser.proxy import Proxy
from tests.browser.test_live import connected, until, wait_for_code
from tests.functional.processes import Server
from tests.transport import bank_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

MESSAGES, REQUESTS = 5_000, 20_000
A_PAGE = {"phone": 40, "traffic": 60}
"""How many rows a view asks for at first."""
_AT_ONCE = 50
# Notes when the first of what a selector finds is there, and each message when it is added.
_WATCH = """
globalThis.seen = { first: 0, rows: 0, codes: {} };
new MutationObserver(() => {
  if (!seen.first && document.querySelector('.bubble, .traffic-row')) {
    [seen.first, seen.rows] = [performance.now(), document.querySelectorAll('.bubble, .traffic-row').length];
  }
  for (const each of document.querySelectorAll('.bubble')) seen.codes[each.dataset.copies] ??= Date.now();
}).observe(document, { childList: true, subtree: true });
"""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose default sandbox holds 5,000 messages, and 20,000 requests in its journal; and one, `few`, that
    holds as many of each as a page shows."""
    server = Server(tmp_path_factory.mktemp("full"), journal_size=str(REQUESTS), journal_bytes=str(256 << 20)).start()
    server.client.post("/_sandbox/sandboxes", json={"name": "few"}).raise_for_status()
    for name in ("default", "few"):
        bank_of(server.client, name).phone("al-dia").transfer("1.00")
    server.interrupt()
    for name, number in (("default", MESSAGES), ("few", A_PAGE["phone"])):
        with server.database(name) as database:
            columns = "member_id, channel, destination, kind, text, code, challenge_id, sent_at, request_id"
            database.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}) "
                f"INSERT INTO message ({columns}) SELECT {columns} FROM n, (SELECT * FROM message LIMIT 1)"
            )
    server.start_from_nothing()
    _ask(server.url, "default", REQUESTS)
    _ask(server.url, "few", A_PAGE["traffic"])
    yield server
    server.interrupt()


def _ask(address: str, sandbox: str, number: int, between: Callable[[], object] = lambda: None) -> None:
    """That many requests, many at once on one connection."""
    host, _, port = address.partition(":")
    request = f"GET /v1/app HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Sandbox: {sandbox}\r\n\r\n".encode()
    with socket.create_connection((host, int(port))) as line:
        while number > 0:
            line.sendall(request * min(number, _AT_ONCE))
            answers = b""  # as a whole: a piece may end within the words that are counted
            while answers.count(b"HTTP/1.1 200") < min(number, _AT_ONCE):
                piece = line.recv(1 << 20)
                assert piece, "the server hung up"
                answers += piece
            number -= _AT_ONCE
            between()


@pytest.fixture
def page_of_full(chromium: "Browser", full: Server) -> Iterator["Page"]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(_WATCH)
    page = context.new_page()
    yield page
    context.close()


@pytest.mark.parametrize("view", A_PAGE)
def test_with_thousands_of_messages_and_requests_it_opens_as_with_a_page_of_them(
    page_of_full: "Page", full: Server, view: str
) -> None:
    page = page_of_full
    took: dict[str, list[float]] = {"few": [], "default": []}
    assert len(full.client.get("/_sandbox/messages?limit=200&order=newest").json()["items"]) == 200
    for _ in range(6):  # in turn, so that what else the machine does meets both
        for name, times in took.items():
            page.goto(f"http://{full.url}/_sandbox/console/{view}?sandbox={name}")
            page.wait_for_selector(".bubble, .traffic-row")
            times.append(page.evaluate("seen.first"))
            assert page.evaluate("seen.rows") <= A_PAGE[view], "no more rows at first than a page has"
    assert min(took["default"]) <= 2 * min(took["few"]), took


def test_after_a_reload_the_newest_of_thousands_is_on_top(page_of_full: "Page", full: Server) -> None:
    phone = full.bank.phone("premium")
    code = full.bank.inbox.code(phone.transfer("1.00")["challenge"]["id"])
    page = page_of_full
    page.goto(f"http://{full.url}/_sandbox/console/phone")
    page.wait_for_selector(".bubble")
    page.reload()
    page.wait_for_selector(".bubble")
    assert page.locator(".bubble").first.get_attribute("data-copies") == code


def test_a_code_is_shown_though_no_timer_of_the_page_runs(browse: Open, live: Sandbox) -> None:
    """It is pushed: a page that asks for it from time to time never shows it here."""
    console = browse()
    console.context.add_init_script("delete globalThis.SharedWorker;")  # the page holds the connection, too
    console.context.clock.install()
    page = console.open()
    connected(page)
    console.settle(page)
    console.stop_time(page)
    phone = live.phone("al-dia")
    for _ in range(3):
        challenge = phone.transfer("1.00")["challenge"]["id"]
        wait_for_code(page, live.inbox.code(challenge))
        phone.call("DELETE", f"/v1/challenges/{challenge}")


# How long the page takes to ask for the newest messages and to read them.
_ASKED = """async () => {
  const began = performance.now();
  await (await fetch('/_sandbox/messages?order=newest&limit=40')).json();
  return performance.now() - began;
}"""


def test_a_code_is_there_about_as_soon_as_the_page_could_have_asked_for_it(page_of_full: "Page", full: Server) -> None:
    page = page_of_full
    took: list[float] = []
    asked: list[float] = []
    page.goto(f"http://{full.url}/_sandbox/console/phone")
    connected(page)
    phone = full.bank.phone("al-dia")
    for _ in range(12):
        order = phone.order("0.50")
        answer = phone.call("POST", "/v1/transfers", json=order)
        ordered = time.time() * 1000
        challenge = answer.json()["challenge"]["id"]
        code = full.bank.inbox.code(challenge)
        page.wait_for_selector(f".bubble[data-copies='{code}']")
        took.append(page.evaluate(f"seen.codes['{code}']") - ordered)
        asked.append(page.evaluate(_ASKED))
        phone.call("DELETE", f"/v1/challenges/{challenge}")
    # Not the slowest of them: what else the machine does delays some. A wait of the console's own delays nearly all.
    assert sorted(took)[3] <= 10 * sorted(asked)[3], (took, asked)


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
        """Ask, and wait until the page shows the last of it: only then it has made all that it will."""
        _ask(live.connection.client.base_url.netloc.decode(), live.name, number, lambda: page.wait_for_timeout(15))
        newest = live.send(operations.list_traffic(limit=1))["items"][0]["id"]
        until(lambda: page.locator(".traffic-row").first.get_attribute("data-copies") == newest, page)
        console.settle(page)

    load(1500)
    before = measured()
    load(6000)
    after = measured()
    assert page.locator(".traffic-row").count() == 300
    assert after["Nodes"] <= before["Nodes"] * 1.1 + 200
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 3_000_000
