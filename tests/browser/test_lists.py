"""Lists that grow while they are read, and stay where the reader is."""

from typing import TYPE_CHECKING

import pytest

from sandbox.testing import Phone, Sandbox
from tests.browser.conftest import Console
from tests.browser.test_live import connected, until, wait_for_code

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def order(bank: Sandbox, phone: Phone, number: int) -> str:
    """That many orders; gives the code of the last one."""
    code = ""
    for _ in range(number):
        challenge = phone.transfer("0.01")["challenge"]["id"]
        code = bank.inbox.code(challenge)
        assert phone.call("DELETE", f"/v1/challenges/{challenge}").status_code == 204
        bank.clock.advance("PT20M")  # codes are limited by the hour, and a session does not last so long
        phone.log_in()
    return code


def test_focus_scroll_and_selection_survive_updates(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    code = order(live, phone, 8)
    page = console.open()
    wait_for_code(page, code)
    row = page.locator(f".bubble[data-copies='{code}']")
    row.focus()
    row.locator("p").evaluate("(text) => getSelection().selectAllChildren(text)")
    selected = page.evaluate("String(getSelection())")
    handle = row.element_handle()
    assert handle is not None
    latest = order(live, phone, 6)
    wait_for_code(page, latest)
    assert page.evaluate("document.activeElement.dataset.copies") == code
    assert page.evaluate("String(getSelection())") == selected
    assert handle.evaluate("(element) => element.isConnected"), "the row is the same element"


def test_new_rows_wait_while_the_reader_is_further_down(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    code = order(live, phone, 12)
    page = console.open()
    wait_for_code(page, code)
    scroller = page.locator("sb-phone .scroller")
    scroller.evaluate("(element) => element.scrollTo({ top: 400 })")
    assert scroller.evaluate("(element) => element.scrollTop") == 400
    seen = page.locator(".bubble").nth(3).element_handle()
    assert seen is not None
    place = seen.evaluate("(row) => row.getBoundingClientRect().top")
    latest = order(live, phone, 2)
    pill = page.locator(".pill")
    until(lambda: pill.is_visible() and "2 nuevos" in pill.inner_text(), page)
    assert seen.evaluate("(row) => row.getBoundingClientRect().top") == pytest.approx(place, abs=1)
    assert page.locator(f".bubble[data-copies='{latest}']").count() == 0
    pill.click()
    wait_for_code(page, latest)
    assert scroller.evaluate("(element) => element.scrollTop") == 0


def test_a_paused_list_waits_for_the_reader(console: Console, live: Sandbox) -> None:
    page = console.open("traffic")
    connected(page)
    console.settle(page)  # what is loaded after that is shown, paused or not
    page.get_by_role("button", name="Pausar").click()
    live.phone("al-dia")
    page.wait_for_selector(".pill:not([hidden])")
    assert page.locator(".traffic-row").count() == 0
    page.get_by_role("button", name="Continuar").click()
    page.wait_for_selector(".traffic-row")


def read_on(page: "Page") -> int:
    """Go to the end of the traffic that is shown; gives how many rows that is."""
    page.locator("sb-traffic .scroller").evaluate("(element) => element.scrollTo({ top: element.scrollHeight })")
    return page.locator(".traffic-row").count()


def test_older_rows_come_when_the_reader_gets_to_the_end(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    for _ in range(150):
        phone.call("GET", "/v1/app")
    page = console.open("traffic")
    page.wait_for_selector(".traffic-row")
    assert page.locator(".traffic-row").count() < 120
    until(lambda: read_on(page) == 151, page)
    assert page.locator(".traffic-row .op").last.inner_text() == "createSession"
