"""Everything that can be done with a pointer can be done with keys alone.

What can be pressed is collected in the live page: what is a control, and what listens for a pointer. So a new button is
part of these tests as soon as it is there, and one that no key reaches or moves fails them.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.console.routes import VIEWS, texts, version
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json
from tests.browser.conftest import SLIM, WIDE, Console, Open
from tests.browser.test_access import filled, places
from tests.browser.test_live import connected, until
from tests.browser.test_views import toast

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]
__all__ = ["filled"]

_MOST = 400
_WATCH = Path(__file__).with_name("keyboard.js")


@pytest.fixture
def watched(browse: Open) -> Open:
    """Opens browsers whose pages are watched for what can be pressed."""

    def opening(**options: Any) -> Console:
        console = browse(**{"reduced_motion": "reduce", **options})
        console.context.add_init_script(path=_WATCH)
        return console

    return opening


def walk(page: "Page") -> Json:
    """Go round with Tab, press each thing's own key there, and give what was not reached, or did nothing."""
    page.evaluate("keyboard.begin()")
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        step = page.evaluate("keyboard.step()")
        if step["done"]:
            break
        if step["key"]:
            page.keyboard.press(step["key"])
            page.evaluate("keyboard.check()")
    told: Json = page.evaluate("keyboard.end()")
    return told


def require_all(page: "Page", where: str) -> int:
    told = walk(page)
    assert told["missing"] == [], f"{where}: no key reaches these"
    assert told["idle"] == [], f"{where}: no key does anything there"
    assert told["ringless"] == [], f"{where}: nothing shows that the focus is there"
    return int(told["number"])


def narrowed(live: Sandbox, phone: Phone) -> list[tuple[str, dict[str, str]]]:
    """Every view with something in it, and its details; of long lists a few rows, which are all made in one way."""
    name = phone.member["username"]
    rows = {"members": {"q": name}, "ledger": {"q": name}, "traffic": {"q": "transfers"}}
    return [(view, {**rows.get(view, {}), **params}) for view, params in places(live, phone)]


@pytest.mark.parametrize("viewport", [WIDE, SLIM], ids=["wide", "slim"])
def test_all_that_can_be_pressed_in_any_view_is_reached_and_moved_by_keys(
    watched: Open, live: Sandbox, filled: Phone, viewport: Json
) -> None:
    live.clock.freeze()
    account = filled.savings()[0]["id"]
    live.send(operations.hold_money(account, {"amount": "1.00"}))
    live.send(operations.create_fault({"effect": {"outage": "sms"}}))
    console = watched(viewport=viewport)
    page = console.open()
    reached = {}
    for view, params in narrowed(live, filled):
        arrive(page, console, view, **params)
        reached[f"{view} {params}"] = require_all(page, f"{view} {params}")
        tabs = page.locator("[role=tab]")
        if tabs.count():
            page.locator("[role=tab][tabindex='0']").focus()
            seen = set()
            for _ in range(tabs.count()):
                page.keyboard.press("ArrowRight")
                seen.add(page.evaluate("document.activeElement.id"))
            assert seen == {tab.get_attribute("id") for tab in tabs.all()}
    assert min(reached.values()) > len(VIEWS), reached


def test_what_only_a_pointer_can_press_is_found(watched: Open) -> None:
    """The test of the test: it sees what it is there for."""
    console = watched()
    page = console.open()
    arrive(page, console, "load")
    page.evaluate(
        """() => { const [box, button, mute] = [document.createElement('div'), document.createElement('button'), document.createElement('button')];
            box.textContent = 'box'; box.addEventListener('click', () => {});
            button.textContent = 'skipped'; button.tabIndex = -1;
            mute.textContent = 'mute'; mute.addEventListener('keydown', (event) => event.key === 'Enter' && event.preventDefault());
            document.querySelector('sb-load .page').append(box, button, mute); }"""
    )
    told = walk(page)
    assert ["box" in each or "skipped" in each for each in told["missing"]] == [True, True]
    assert ["mute" in each for each in told["idle"]] == [True]


def names(page: "Page", *, own: bool) -> list[str]:
    """The palette's actions: those of the view, or those that are there in every view."""
    address = f"/_sandbox/console/assets/{version()}/app.js"
    mine: list[str] = page.evaluate(
        "document.querySelector('#view').firstElementChild.actions().map(({ name }) => name)"
    )
    everywhere: list[str] = page.evaluate(
        f"import('{address}').then(({{ actions }}) => actions().map(({{ name }}) => name))"
    )
    assert len(set(everywhere)) == len(everywhere), "no two actions have one name"
    return mine if own else [name for name in everywhere if name not in mine]


_SEEN = """() => JSON.stringify([location.href, document.documentElement.lang, document.documentElement.dataset.theme,
    document.querySelectorAll('dialog[open]').length, document.querySelector('.toast:last-child')?.textContent,
    document.querySelector('.editor textarea')?.value.length])"""


def run(page: "Page", console: Console, name: str) -> None:
    """Run an action of the palette by its name, and see that something came of it; a dialog can be left by keys."""
    page.evaluate("document.querySelector('#toasts').replaceChildren()")
    before, asked, chosen = page.evaluate(_SEEN), len(console.requests), []
    page.once("filechooser", lambda chooser: chosen.append(chooser))  # noqa: PLW0108  # it marks what it is given
    page.keyboard.press("Control+k")
    page.keyboard.insert_text(name)
    option = page.locator("[role=option][aria-selected=true]")
    while option.locator("span").first.inner_text() != name:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(lambda: chosen or len(console.requests) > asked or page.evaluate(_SEEN) != before, page)
    console.settle(page, 50)  # a dialog may come with an answer
    if page.locator("dialog[open]").count():
        require_all(page, f"the dialog of {name}")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")


@pytest.mark.parametrize("views", [VIEWS[:3], VIEWS[3:6], VIEWS[6:]], ids=" ".join)
def test_every_action_of_a_view_is_run_by_keys(
    watched: Open, live: Sandbox, filled: Phone, views: tuple[str, ...]
) -> None:
    live.clock.freeze()
    console = watched()
    console.expected.append("status of 4")  # what the request that is sent again is answered
    page = console.open()
    for view, params in narrowed(live, filled):
        if view not in views:
            continue
        arrive(page, console, view, **params)
        here = page.url
        for name in names(page, own=True):
            run(page, console, name)
            if page.url != here:
                arrive(page, console, view, **params)


def test_every_action_that_is_there_everywhere_is_run_by_keys(watched: Open, live: Sandbox) -> None:
    console = watched()
    page = console.open()
    arrive(page, console, "load")
    here, words = page.url, texts("es")
    leads_here = {words["palette.go"].format(view=words["view.load"]), words["palette.sandbox"].format(name=live.name)}
    until(lambda: leads_here < set(names(page, own=False)), page)  # the stream tells of the sandboxes
    everywhere = names(page, own=False)
    # The language last: the names are others then.
    for name in sorted(set(everywhere) - leads_here, key=lambda name: name == words["palette.language"]):
        run(page, console, name)
        if page.url != here:
            arrive(page, console, "load")


def arrive(page: "Page", console: Console, view: str, **params: str) -> None:
    console.go(page, view, **params)
    connected(page)
    console.settle(page)


def tab_to(page: "Page", name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        here = page.evaluate("(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()")
        if here == name:
            return
    raise AssertionError(f"no Tab leads to {name}")


def test_a_sandbox_is_deleted_and_brought_back_without_a_pointer(console: Console, live: Sandbox) -> None:
    name = f"{live.name}-keys"
    console.context.clock.install()
    live.send(operations.create_sandbox({"name": name, "from": live.name}))
    page = console.open("phone")
    connected(page)
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_selector(f"tr:has-text('{name}')")
    tab_to(page, name)
    tab_to(page, "Eliminar")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    tab_to(page, "Eliminar")
    page.keyboard.press("Enter")
    toast(page, f"Sandbox {name} eliminado")
    assert page.locator(f"tr:has-text('{name}')").count() == 0
    console.stop_time(page)  # it is shown for twelve seconds: on a slow machine Tab takes longer to get there
    tab_to(page, "Deshacer")
    page.keyboard.press("Enter")
    page.clock.resume()
    page.wait_for_selector(f"tr:has-text('{name}')")
    live.other(name).delete(permanent=True)


def test_a_rule_is_edited_and_taken_over_without_a_pointer(console: Console, live: Sandbox) -> None:
    page = console.open("rules", id="otp")
    editor = page.locator(".editor textarea")
    until(lambda: editor.input_value() != "", page)
    tab_to(page, "Texto del documento")
    page.keyboard.press("Control+End")
    page.keyboard.type("# by keys")
    page.wait_for_selector("button.primary:not([disabled])")
    page.keyboard.press("Shift+Tab")
    until(lambda: page.evaluate("document.activeElement.matches('button.primary')"), page)
    page.keyboard.press("Enter")
    toast(page, "rige en este sandbox")
    assert live.rules.read("otp").endswith("# by keys")


def test_a_deposit_is_made_without_a_pointer(console: Console, live: Sandbox) -> None:
    member = live.members.persona("al-dia")
    account = live.send(operations.get_member_overview(member["id"]))["accounts"][0]
    page = console.open("members")
    page.wait_for_selector(".member-row")
    page.keyboard.press("/")
    page.keyboard.type("al-dia")
    page.wait_for_url("**q=al-dia**")
    until(lambda: page.locator(".member-row").count() == 1, page)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".detail h2")
    tab_to(page, "Depositar")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type("12.50")
    page.keyboard.press("Enter")
    toast(page, "Depositado")
    after = live.send(operations.get_member_overview(member["id"]))["accounts"][0]
    assert float(after["book_balance"]) == pytest.approx(float(account["book_balance"]) + 12.50)
