"""What happens in the bank is seen at once, once, and also after the server was away."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.console.routes import VIEWS
from sandbox.testing import Sandbox
from tests.browser.conftest import Console, Open
from tests.browser.proxy import Proxy
from tests.functional.processes import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def until(condition: Callable[[], object], page: "Page", seconds: float = 15) -> None:
    """Let the page go on until it is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that in time"
        page.wait_for_timeout(20)


def first_code(page: "Page") -> str:
    return page.locator(".bubble .code strong").first.inner_text().replace(" ", "")


def wait_for_code(page: "Page", code: str) -> None:
    page.wait_for_selector(f".bubble[data-copies='{code}']")


def connected(page: "Page") -> None:
    page.wait_for_selector("sb-connection[data-state=live]", state="attached")


def test_a_code_appears_without_a_reload_and_is_told_when_it_was_used(console: Console, live: Sandbox) -> None:
    page = console.open()
    connected(page)
    phone = live.phone("al-dia")
    challenge = phone.transfer("1.00")["challenge"]["id"]
    code = live.inbox.code(challenge)
    wait_for_code(page, code)
    assert first_code(page) == code
    assert "vigente" in page.locator(".bubble .state").first.inner_text()
    phone.confirm(challenge)
    page.wait_for_selector("[data-state=used]")
    assert page.locator(".bubble .state").first.inner_text() == "usado"


def test_a_code_that_a_later_one_replaced_is_dead_and_one_that_ran_out_has_expired(
    console: Console, live: Sandbox
) -> None:
    page = console.open()
    connected(page)
    phone = live.phone("al-dia")
    challenge = phone.transfer("1.00")["challenge"]["id"]
    wait_for_code(page, live.inbox.code(challenge))
    live.clock.advance("PT2M")
    phone.call("POST", f"/v1/challenges/{challenge}/resend")
    page.wait_for_selector("[data-state=dead]")
    until(lambda: page.locator("[data-state=usable]").count() == 1, page)
    live.clock.advance("PT6M")
    until(lambda: page.locator("[data-state=usable]").count() == 0, page)
    assert page.locator("[data-state=expired], [data-state=dead]").count() == 2


def test_a_click_and_the_key_c_copy_the_code(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    code = live.inbox.code(phone.transfer("1.00")["challenge"]["id"])
    page = console.open()
    wait_for_code(page, code)
    page.locator(".bubble .code").first.click()
    until(lambda: page.evaluate("navigator.clipboard.readText()") == code, page)
    page.evaluate("navigator.clipboard.writeText('')")
    page.locator("main").focus()
    page.keyboard.press("c")
    until(lambda: page.evaluate("navigator.clipboard.readText()") == code, page)


def test_six_pages_share_one_connection_and_all_of_them_load(console: Console, live: Sandbox, line: Proxy) -> None:
    pages = [console.open() for _ in range(6)]
    for page in pages:
        connected(page)
    assert line.streams == 1
    code = live.inbox.code(live.phone("al-dia").transfer("1.00")["challenge"]["id"])
    for page in pages:
        wait_for_code(page, code)
    for page in pages[:-1]:
        page.close()
    assert line.streams == 1
    other = live.inbox.code(live.phone("premium").transfer("1.00")["challenge"]["id"])
    wait_for_code(pages[-1], other)


def test_the_connection_ends_with_the_last_page(console: Console, line: Proxy) -> None:
    first, second = console.open(), console.open()
    connected(second)
    first.close()
    second.goto("about:blank")
    until(lambda: line.streams == 0, second)


def test_without_a_shared_worker_one_page_holds_the_connection_for_all(
    browse: Open, live: Sandbox, line: Proxy
) -> None:
    console = browse()
    console.context.add_init_script("delete globalThis.SharedWorker;")
    pages = [console.open() for _ in range(3)]
    for page in pages:
        connected(page)
    assert line.streams == 1
    phone = live.phone("al-dia")
    code = live.inbox.code(phone.transfer("1.00")["challenge"]["id"])
    for page in pages:
        wait_for_code(page, code)
    pages[0].close()  # it held the connection: another page takes it over
    later = live.inbox.code(phone.transfer("2.00")["challenge"]["id"])
    for page in pages[1:]:
        wait_for_code(page, later)
    until(lambda: line.streams == 1, pages[1])  # that of the page that went may end after the next one begins


def is_quiet(page: "Page", line: Proxy) -> bool:
    """Whether nothing is asked for in one period."""
    line.asked.clear()
    page.wait_for_timeout(800)
    return not line.asked


def test_an_idle_page_asks_for_nothing(console: Console, line: Proxy) -> None:
    for view in VIEWS:
        page = console.open(view)
        connected(page)
        until(partial(is_quiet, page, line), page)  # a view that polls never is
        page.close()


def test_over_a_slow_line_codes_still_arrive(console: Console, live: Sandbox, line: Proxy) -> None:
    """3G: 300 ms each way, 50 kB/s."""
    line.latency, line.bytes_per_second = 0.15, 50_000
    page = console.open()
    page.wait_for_selector("sb-connection[data-state=live]", state="attached", timeout=40_000)
    code = live.inbox.code(live.phone("al-dia").transfer("1.00")["challenge"]["id"])
    wait_for_code(page, code)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, to stop and to start."""
    server = Server(tmp_path / "data").start()
    yield server
    server.close()


def test_messages_missed_while_the_server_was_away_appear_and_the_error_goes(
    chromium: "Browser", mortal: Server
) -> None:
    server = mortal
    line = Proxy(int(server.url.rpartition(":")[2]))
    context = chromium.new_context(locale="es-EC")
    console = Console(context, line.url, "default")
    page = console.open()
    connected(page)
    phone = server.bank.phone("al-dia")
    first = server.bank.inbox.code(phone.transfer("1.00")["challenge"]["id"])
    wait_for_code(page, first)
    server.interrupt()
    page.wait_for_selector("sb-connection:not([data-state=live])")
    shown = page.locator("sb-connection").inner_text()
    assert "Reconectando" in shown or "no responde" in shown
    server.start_from_nothing()
    phone.sandbox = server.bank
    second = server.bank.inbox.code(phone.transfer("2.00")["challenge"]["id"])
    line.port_of_server = int(server.url.rpartition(":")[2])
    wait_for_code(page, second)
    connected(page)
    assert page.locator(".toast.wrong").count() == 0
    assert page.locator(f".bubble[data-copies='{first}']").count() == 1
    context.close()
    line.close()
    console.expected += ["ERR_", "Failed to load resource"]
    console.require_clean()
