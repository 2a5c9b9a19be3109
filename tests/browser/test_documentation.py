"""The documentation in a real browser: nothing comes from elsewhere, the policy holds, the search finds."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import SLIM, WIDE
from tests.functional.processes import Server
from tests.handbook.building import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
VISITED = (
    "",
    "tutorial/first-test/",
    "how-to/faults/",
    "reference/problems/",
    "reference/bank/4-transfers/",
    "explanation/architecture/",
    "es/",
)
WATCH = "addEventListener('securitypolicyviolation', (event) => console.error('CSP', event.violatedDirective, event.blockedURI));"


class Reader:
    """A browser on the documentation, and what its pages did that they must not do."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.wrong: list[str] = []

    def watch(self, page: "Page") -> "Page":
        page.add_init_script(WATCH)
        page.on("console", lambda told: self.wrong.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self._look(request.url))
        return page

    def _look(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.wrong.append(url)


@pytest.fixture(scope="module")
def documented(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the built documentation."""
    place = tmp_path_factory.mktemp("documented")
    server = Server(place / "data", docs_dir=str(build(place / "site"))).start()
    yield server
    server.interrupt()


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (SLIM, "light"), (SLIM, "dark")])
def test_pages_load_nothing_from_elsewhere_and_keep_to_their_policy(
    chromium: "Browser", documented: Server, size: dict[str, int], scheme: str
) -> None:
    reader = Reader(f"http://{documented.url}/_sandbox/docs/")
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    page = reader.watch(context.new_page())
    for path in VISITED:
        page.goto(reader.base + path)
        page.locator("h1").first.wait_for()
        assert page.locator("html").get_attribute("lang") == ("es" if path.startswith("es/") else "en")
        assert page.locator("body").get_attribute("data-md-color-scheme") == (
            "slate" if scheme == "dark" else "default"
        )
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{path or 'home'} is {wider} pixels too wide"
    context.close()
    assert reader.wrong == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("move the clock", "how-to/clock/"),
        ("wrong_code", "reference/problems/"),
        ("fondos insuficientes", "es/problemas/"),
    ],
)
def test_what_a_newcomer_searches_is_found(chromium: "Browser", documented: Server, words: str, found: str) -> None:
    reader = Reader(f"http://{documented.url}/_sandbox/docs/")
    context = chromium.new_context(viewport=WIDE)
    page = reader.watch(context.new_page())
    page.goto(reader.base)
    page.get_by_role("textbox").click()
    page.get_by_role("textbox").press_sequentially(words)
    page.locator(f'.md-search-result__link[href*="{found}"]').first.wait_for(timeout=60_000)
    page.locator(f'.md-search-result__link[href*="{found}"]').first.click()
    page.wait_for_url(f"**/{found}**")
    context.close()
    assert reader.wrong == []
