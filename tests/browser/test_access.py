"""For every reader: with a keyboard alone, with a screen reader, in both languages, on a phone; and safe for all."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.console.routes import VIEWS, texts
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json
from tests.browser.conftest import SLIM, WIDE, Console, Open
from tests.browser.test_live import connected, until, wait_for_code

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


# Parts that scroll sideways though they are not made for it, and numbers of which the end is not shown.
_CUT = """() => {
  const isWider = (each) => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1;
  const pages = [...document.querySelectorAll('.page, .detail, .scroller, .view, .documents + *, .asking')].filter(isWider);
  const numbers = [...document.querySelectorAll('.amount, .number, .figure, time')].filter((each) => isWider(each) && getComputedStyle(each).overflow !== 'visible');
  return [...pages, ...numbers].map((each) => each.outerHTML.slice(0, 120));
}"""


@pytest.fixture
def filled(live: Sandbox) -> Phone:
    """A bank in which something has happened of everything that views show."""
    phone = live.phone("al-dia")
    phone.confirm(phone.transfer("5.00"))
    phone.transfer("6.00")
    phone.call("POST", "/v1/transfers", json=phone.order("60000.00"))
    live.send(operations.create_fault({"match": {"operation_id": "listFaqs"}, "effect": {"profile": "3g"}}))
    live.rules.override("otp", live.rules.read("otp") + "# own\n")
    live.snapshot("antes")
    return phone


def places(live: Sandbox, phone: Phone) -> list[tuple[str, dict[str, str]]]:
    """Every view, and those with a detail with one open."""
    refused = live.send(operations.list_traffic(problem="limit_exceeded"))["items"][0]["id"]
    done = live.send(operations.list_traffic(operation_id="confirmChallenge"))["items"][0]["id"]
    return [
        *((view, {}) for view in VIEWS),
        ("traffic", {"id": refused, "tab": "why"}),
        ("traffic", {"id": done, "tab": "effects"}),
        ("traffic", {"id": done, "tab": "request"}),
        ("members", {"id": phone.member["id"]}),
        ("ledger", {"account": phone.savings()[0]["id"]}),
        ("rules", {"id": "otp"}),
    ]


def violations(page: "Page", axe: str, *rules: str) -> list[str]:
    """What the checker finds by all of its rules for WCAG 2.2 AA and good practice, or by some of them."""
    page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found: Json = page.evaluate(f"axe.run(document, {json.dumps({'runOnly': list(rules) or tags})})")
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize(
    ("viewport", "scheme", "locale", "rules"),
    [
        (WIDE, "light", "es-EC", ()),
        (WIDE, "dark", "en-US", ("color-contrast",)),  # the same elements in other colours
        (SLIM, "light", "en-US", ()),
        (SLIM, "dark", "es-EC", ("color-contrast",)),
    ],
    ids=["wide light", "wide dark", "slim light", "slim dark"],
)
def test_no_view_breaks_a_rule_of_accessibility(
    browse: Open, live: Sandbox, filled: Phone, axe: str, viewport: Json, scheme: str, locale: str, rules: tuple[str]
) -> None:
    console = browse(viewport=viewport, color_scheme=scheme, locale=locale, bypass_csp=True, reduced_motion="reduce")
    found: dict[str, Any] = {}
    page = console.open()
    for view, params in places(live, filled):
        console.go(page, view, **params)
        connected(page)
        console.settle(page)
        if broken := violations(page, axe, *rules):
            found[f"{view} {params}"] = broken
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"], f"{view} is wider than the screen"
        assert page.evaluate(_CUT) == [], f"{view} {params} does not fit"
    assert found == {}


def test_dialogs_and_the_palette_break_none_either(browse: Open, axe: str) -> None:
    console = browse(bypass_csp=True, reduced_motion="reduce")
    page = console.open("members")
    connected(page)
    for key in ("?", "Control+k"):
        page.keyboard.press(key)
        page.wait_for_selector("dialog[open]")
        assert violations(page, axe) == []
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
    page.get_by_role("button", name="Nuevo socio").click()
    assert violations(page, axe) == []


def test_keys_lead_everywhere(console: Console, live: Sandbox, filled: Phone) -> None:
    page = console.open()
    connected(page)
    for view, key in zip(VIEWS, "ptmcfrlso", strict=True):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"**/console/{view}?**")
        page.wait_for_selector(f"sb-{view}")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_selector(".traffic-row")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement === document.querySelector('.traffic-row')")
    chosen = page.evaluate("document.activeElement.dataset.copies")
    page.keyboard.press("c")
    until(lambda: page.evaluate("navigator.clipboard.readText()") == chosen, page)
    page.keyboard.press("Enter")
    page.wait_for_selector(".detail h2")
    assert chosen in page.url
    page.keyboard.press("Escape")
    page.wait_for_selector(".split.closed")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("g t ?")
    assert page.locator("input[type=search]").input_value() == "g t ?"
    assert page.locator("dialog").count() == 0


def test_every_action_is_in_the_palette_and_runs(console: Console, live: Sandbox) -> None:
    page = console.open()
    connected(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("detener reloj")
    page.keyboard.press("Enter")
    until(lambda: live.clock.read()["rate"] == 0, page)
    page.keyboard.press("Control+k")
    page.keyboard.type("ir a fallas")
    page.keyboard.press("Enter")
    page.wait_for_selector("sb-faults .tile")
    page.keyboard.press("Control+k")
    page.keyboard.type("sin sms")
    page.keyboard.press("Enter")
    page.wait_for_selector("li.fault")
    page.keyboard.press("Control+k")
    page.keyboard.type("quitar todas")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_selector("li.fault", state="detached")


def test_language_and_theme_are_switched_and_remembered(console: Console, filled: Phone) -> None:
    page = console.open()
    connected(page)
    assert page.locator(".rail a").first.inner_text() == "Teléfono"
    page.locator("#language").click()
    assert page.locator(".rail a").first.inner_text() == "Phone"
    assert page.locator("sb-connection").inner_text() == "Live"
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    after = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert after != before
    page.reload()
    connected(page)
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == after


@pytest.mark.parametrize(("locale", "other"), [("es-EC", "en"), ("en-US", "es")])
def test_no_view_holds_a_word_of_the_other_language(
    browse: Open, live: Sandbox, filled: Phone, locale: str, other: str
) -> None:
    mine, theirs = texts("en" if other == "es" else "es"), texts(other)
    shared = set(mine.values())
    foreign = {text for text in theirs.values() if text not in shared and len(text) > 4 and "{" not in text}
    foreign -= {each["persona"] for each in live.members.all()}
    console = browse(locale=locale)
    page = console.open()
    for view, params in places(live, filled):
        console.go(page, view, **params)
        connected(page)
        console.settle(page)
        said = page.evaluate(
            """() => { const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                const found = []; while (walker.nextNode()) found.push(walker.currentNode.data.trim());
                for (const each of document.querySelectorAll('[aria-label], [title], [placeholder]'))
                    found.push(each.getAttribute('aria-label'), each.title, each.placeholder);
                return found.filter(Boolean); }"""
        )
        assert set(said) & foreign == set(), view


def test_a_name_that_is_html_is_only_a_name(console: Console, live: Sandbox) -> None:
    name = "<img src=x onerror=alert(1)>"
    phone = live.phone("al-dia")
    transfer = phone.transfer("1.00", reference=name)
    phone.confirm(transfer["challenge"]["id"])
    member = phone.member["id"]
    with_name = live.call("PATCH", f"/_sandbox/members/{member}", json={"email": "img@example.com"})
    assert with_name.status_code == 200
    rename(live, member, name)
    page = console.open("members", id=member)
    page.on("dialog", lambda _: pytest.fail("a script of a member's ran"))
    page.wait_for_selector(f".detail h2:has-text('{name}')")
    for view in VIEWS:
        console.go(page, view)
        connected(page)
        console.settle(page)
        assert page.locator("img").count() == 0, view
    console.go(page, "traffic", id=live.send(operations.list_traffic())["items"][0]["id"], tab="request")
    page.wait_for_selector(f".detail a:has-text('{name}')")
    assert page.locator("img").count() == 0


def rename(live: Sandbox, member: str, name: str) -> None:
    """No request gives a member such a name: it is written into the sandbox's export, which is imported again."""
    import sqlite3
    import tempfile
    from contextlib import closing
    from pathlib import Path

    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "bank.sqlite"
        file.write_bytes(live.call("GET", "/_sandbox/export").content)
        first = live.members.get(member)["document_number"]
        with closing(sqlite3.connect(file)) as database, database:
            database.execute(
                "UPDATE member SET first_names = ?, last_names = '' WHERE document_number = ?", (name, first)
            )
        live.call("POST", "/_sandbox/import", content=file.read_bytes())
    phone = live.phone(live.members.get(member))
    phone.transfer("1.00")


def test_a_control_token_is_asked_for_once_and_kept_for_the_tab(chromium: Any, tmp_path: Any) -> None:
    from tests.browser.proxy import Proxy
    from tests.functional.processes import Server

    server = Server(tmp_path / "data", control_token="a-token-of-the-test")
    server.start()
    line = Proxy(int(server.url.rpartition(":")[2]))
    context = chromium.new_context(locale="es-EC")
    try:
        page = context.new_page()
        page.goto(f"{line.url}/_sandbox/console/members")
        page.wait_for_selector("dialog [name=token]")
        page.locator("dialog [name=token]").fill("a-token-of-the-test")
        page.keyboard.press("Enter")
        page.wait_for_selector(".member-row")
        connected(page)
        page.reload()
        page.wait_for_selector(".member-row")
        assert page.locator("dialog").count() == 0
        assert "a-token-of-the-test" not in page.url
    finally:
        context.close()
        line.close()
        server.interrupt()


def test_a_message_is_found_and_read_on_a_phone(browse: Open, live: Sandbox) -> None:
    console = browse(viewport=SLIM, has_touch=True, is_mobile=True)
    code = live.inbox.code(live.phone("al-dia").transfer("1.00")["challenge"]["id"])
    page = console.open()
    wait_for_code(page, code)
    page.locator(".rail a[data-view=members]").tap()
    page.locator(".member-row").first.tap()
    page.wait_for_selector(".detail h2")
    assert page.locator(".scroller").is_hidden()
    page.locator(".detail-title button").first.tap()
    page.wait_for_selector(".member-row >> visible=true")
