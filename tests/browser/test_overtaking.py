"""Answers that come late: what is shown in the end is what was asked for last, and nothing is done in the wrong name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sandbox.testing import Sandbox, operations
from tests.browser.conftest import Console
from tests.browser.test_lists import read_on
from tests.browser.test_live import connected, until
from tests.browser.test_views import toast

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Page, Route

pytestmark = [pytest.mark.slow, pytest.mark.browser]


class Held:
    """The first answer to an address, as it was when it was asked for, until it is let go."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page = page
        self.address = address
        self._held: list[tuple[Route, APIResponse]] = []
        page.route(address, self._take)

    def _take(self, route: "Route") -> None:
        if self._held or route.request.method != "GET":
            route.continue_()
        else:
            self._held.append((route, route.fetch()))

    def wait(self) -> None:
        until(lambda: self._held, self.page)

    def let_go(self) -> None:
        for route, answer in self._held:
            route.fulfill(response=answer)
        self.page.unroute(self.address, self._take)


@contextmanager
def held(page: "Page", address: str) -> Iterator[Held]:
    """Within, the first answer to an address is under way; from the end on it is there."""
    answer = Held(page, address)
    yield answer
    answer.wait()
    answer.let_go()


def test_an_older_list_of_faults_does_not_take_the_place_of_a_newer_one(console: Console, live: Sandbox) -> None:
    page = console.open("faults")
    connected(page)
    console.settle(page)
    with held(page, "**/_sandbox/faults") as older:
        live.send(operations.create_fault({"match": {"operation_id": "listFaqs"}, "effect": {"profile": "3g"}}))
        older.wait()
        live.send(operations.create_fault({"match": {"operation_id": "getProducts"}, "effect": {"profile": "3g"}}))
        page.wait_for_selector("sb-badges :text('2 ')")
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 500))")  # it would have asked again by now
    console.settle(page)
    assert page.locator("li.fault").count() == 2


def test_a_list_from_before_a_deletion_does_not_bring_the_sandbox_back(console: Console, live: Sandbox) -> None:
    name, other = f"{live.name}-gone", f"{live.name}-other"
    live.send(operations.create_sandbox({"name": name}))
    page = console.open("sandboxes")
    row = page.locator(f"tr:has-text('{name}')")
    row.wait_for()
    console.settle(page)
    with held(page, "**/_sandbox/sandboxes") as older:
        live.send(operations.create_sandbox({"name": other}))
        older.wait()
        row.get_by_role("button", name="Eliminar").click()
        page.locator("dialog button.danger").click()
        toast(page, f"Sandbox {name} eliminado")
        assert row.count() == 0, "it is gone when it is said to be"
    console.settle(page)
    assert row.count() == 0
    page.locator(f"tr:has-text('{other}')").wait_for()
    for each in (name, other):
        live.connection.client.delete(f"/_sandbox/sandboxes/{each}?permanent=true")


def test_a_request_that_is_gone_does_not_take_the_place_of_the_one_that_was_chosen_after_it(
    console: Console, live: Sandbox
) -> None:
    console.expected.append("status of 404")
    phone = live.phone("al-dia")
    there = phone.call("GET", "/v1/app").headers["X-Request-Id"]
    page = console.open("traffic")
    page.wait_for_selector(".traffic-row")
    with held(page, "**/_sandbox/requests/req_gone"):
        page.evaluate("history.replaceState(null, '', `${location.pathname}${location.search}&id=req_gone`)")
        page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
        page.locator(f".traffic-row[data-copies='{there}']").click()
        page.wait_for_selector(".detail h2:has-text('getAppInfo')")
    console.settle(page)
    assert page.locator(".detail h2").inner_text() == "getAppInfo"


def test_older_rows_of_one_filter_do_not_come_into_the_list_of_another(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    for path in ("/v1/app", "/v1/faqs"):
        for _ in range(100):
            phone.call("GET", path)
    page = console.open("traffic", operation="getAppInfo")
    page.wait_for_selector(".traffic-row")
    console.settle(page)
    shown = page.locator(".traffic-row")
    assert shown.count() < 100, "not all of them"
    with held(page, "**/_sandbox/traffic?*cursor=*") as older:
        read_on(page)
        older.wait()
        page.locator(".chips button[title]").click()
        page.wait_for_selector(".traffic-row .op:text('listFaqs')")
    console.settle(page)
    until(lambda: read_on(page) == 201, page)
    assert shown.evaluate_all("(rows) => rows.map((row) => row.dataset.copies)") == everything(live)


def everything(live: Sandbox) -> list[str]:
    """The ids of all lines of the traffic, newest first."""
    lines: list[str] = []
    query = {"limit": "200"}
    while True:
        answer = live.connection.client.get("/_sandbox/traffic", params=query, headers={"X-Sandbox": live.name}).json()
        lines += [each["id"] for each in answer["items"]]
        if not answer["next_cursor"]:
            return lines
        query["cursor"] = answer["next_cursor"]


def test_a_list_that_was_shortened_is_read_on_without_a_gap(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    for _ in range(400):
        phone.call("GET", "/v1/app")
    page = console.open("traffic")
    page.wait_for_selector(".traffic-row")
    connected(page)
    shown = page.locator(".traffic-row")
    until(lambda: read_on(page) > 340, page)
    page.locator("sb-traffic .scroller").evaluate("(element) => element.scrollTo({ top: 0 })")
    phone.call("GET", "/v1/faqs")
    until(lambda: shown.count() == 300, page)
    until(lambda: read_on(page) == 402, page)
    assert shown.evaluate_all("(rows) => rows.map((row) => row.dataset.copies)") == everything(live)


def test_nothing_is_done_with_a_document_in_the_name_of_another_that_is_on_its_way(
    console: Console, live: Sandbox
) -> None:
    page = console.open("rules", id="otp")
    editor = page.locator(".editor textarea")
    until(lambda: editor.input_value() != "", page)
    limits, draft = live.rules.read("limits"), editor.input_value() + "# mine\n"
    editor.fill(draft)
    save = page.locator("button.primary:not([disabled])")
    save.wait_for()
    with held(page, "**/_sandbox/rules/limits") as late:
        page.locator(".documents a:has-text('limits')").click()
        late.wait()
        editor.press_sequentially("x")
        assert editor.input_value() == draft, "it cannot be typed into"
        assert save.count() == 0
    until(lambda: editor.input_value() == limits, page)
    page.locator(".documents a:has-text('otp')").click()
    until(lambda: editor.input_value() == draft, page)
    assert live.rules.read("limits") == limits
    page.get_by_role("button", name="Descartar el borrador").click()


def test_what_is_typed_while_a_document_is_taken_over_stays_a_draft(console: Console, live: Sandbox) -> None:
    page = console.open("rules", id="otp")
    editor = page.locator(".editor textarea")
    until(lambda: editor.input_value() != "", page)
    text = editor.input_value()
    editor.fill(text + "# mine\n")
    page.locator("button.primary:not([disabled])").wait_for()
    waiting: list[Route] = []
    page.route("**/_sandbox/rules/otp", lambda route: waiting.append(route) if is_put(route) else route.continue_())
    page.locator("button.primary:not([disabled])").click()
    until(lambda: waiting, page)
    editor.fill(text + "# mine\n# more\n")
    page.locator(".documents a:has-text('limits')").click()
    until(lambda: editor.input_value() == live.rules.read("limits"), page)
    waiting[0].continue_()
    toast(page, "rige en este sandbox")
    console.settle(page)
    assert live.rules.read("otp") == text + "# mine\n"
    assert editor.input_value() == live.rules.read("limits"), "where the reader is by now"
    assert page.locator("button.primary[disabled]").count() == 1
    page.locator(".documents a:has-text('otp')").click()
    until(lambda: editor.input_value() == text + "# mine\n# more\n", page)
    page.get_by_role("button", name="Descartar el borrador").click()
    until(lambda: editor.input_value() == text + "# mine\n", page)


def is_put(route: "Route") -> bool:
    return route.request.method == "PUT" and "dry_run" not in route.request.url
