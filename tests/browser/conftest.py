"""A real browser before a real server: Debian's Chromium, driven by Playwright."""

import itertools
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.testing import Sandbox
from tests.browser.proxy import Proxy
from tests.functional.processes import Server
from tests.transport import bank_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
WIDE, SLIM = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
_NAMES = itertools.count(1)
_LONGEST_PAUSE_MS = 350
"""Longer than any that a view makes before it asks for something: those are of 300 ms at most."""


@pytest.fixture(scope="session")
def chromium(served: Server) -> "Iterator[Browser]":
    """The browser. Skips where it, or what drives it, is not installed.

    Comes after the first server: Playwright keeps an event loop running in this thread, where nothing can be seeded.
    """
    if CHROMIUM is None:
        pytest.skip("no browser: `make browser` installs one")
    driver = pytest.importorskip("playwright.sync_api", reason="no Playwright: `make browser` installs it")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--js-flags=--expose-gc"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("console")).start()
    yield server
    server.interrupt()


@pytest.fixture
def line(served: Server) -> Iterator[Proxy]:
    """The line to the server."""
    proxy = Proxy(int(served.url.rpartition(":")[2]))
    yield proxy
    proxy.close()


@pytest.fixture
def live(served: Server) -> Iterator[Sandbox]:
    """A bank of the test's own; its clock runs."""
    name = f"console-{next(_NAMES)}"
    served.client.post("/_sandbox/sandboxes", json={"name": name}).raise_for_status()
    yield bank_of(served.client, name)
    served.client.delete(f"/_sandbox/sandboxes/{name}")


class Console:
    """The console of a sandbox in a browser of its own, and what its pages did that they must not do."""

    def __init__(self, context: "BrowserContext", base: str, sandbox: str) -> None:
        self.context = context
        self.base = base
        self.sandbox = sandbox
        self.wrong: list[str] = []
        self.requests: list[str] = []
        self.expected: list[str] = []
        """What the browser may report: it calls every refusal an error, also one that the test is about."""
        self._unanswered: set[Request] = set()

    def open(self, view: str = "phone", **params: str) -> "Page":
        page = self.context.new_page()
        page.on("console", lambda told: self._note(told.type, told.text))
        page.on("pageerror", lambda error: self.wrong.append(f"{error}"))
        page.on("request", self._ask)
        page.on("response", lambda answer: self._answer(answer.request))  # not when it is read: some never are
        page.on("requestfailed", self._answer)
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => console.error('CSP', event.violatedDirective, event.blockedURI));"
        )
        self.go(page, view, **params)
        return page

    def go(self, page: "Page", view: str = "phone", **params: str) -> None:
        query = "&".join(f"{name}={value}" for name, value in {"sandbox": self.sandbox, **params}.items())
        page.goto(f"{self.base}/_sandbox/console/{view}?{query}")
        page.wait_for_selector(f"sb-{view}")

    def go_on(self, page: "Page", view: str) -> None:
        """Go to another view of the page that is open, as the rail does."""
        page.locator(f".rail a[data-view={view}]").click()
        page.wait_for_selector(f"sb-{view}")

    def settle(self, page: "Page", pause: int = _LONGEST_PAUSE_MS, seconds: float = 15) -> None:
        """Let the page go on until it neither asked for anything in a pause nor still waits for an answer.

        The pause is one of the page's own: its timers that are due sooner have run before it ends, on any machine.
        """
        end = time.monotonic() + seconds
        while True:
            asked = len(self.requests)
            page.evaluate("(pause) => new Promise((resolve) => setTimeout(resolve, pause))", pause)
            if len(self.requests) == asked and not self._unanswered:
                return
            assert time.monotonic() < end, f"it went on asking: {self.requests[asked:]}"

    def stop_time(self, page: "Page") -> None:
        """Let no timer of the page run from now on. Its clock has to be Playwright's: `context.clock.install()`."""
        page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 5)  # what is due in five seconds runs at once

    def _ask(self, request: "Request") -> None:
        self.requests.append(request.url)
        if request.resource_type == "fetch":
            self._unanswered.add(request)

    def _answer(self, request: "Request") -> None:
        self._unanswered.discard(request)

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.wrong.append(text)

    def require_clean(self) -> None:
        """No console error but the `expected` ones, no report of the content policy, no request to elsewhere."""
        assert [each for each in self.wrong if not any(re.search(words, each) for words in self.expected)] == []
        assert [url for url in self.requests if not url.startswith((self.base, "data:", "blob:"))] == []


Open = Callable[..., Console]


@pytest.fixture
def browse(chromium: "Browser", line: Proxy, live: Sandbox) -> Iterator[Open]:
    """Opens browsers on the test's sandbox; at the end, none of their pages may have done wrong."""
    opened: list[Console] = []

    def begin(**options: Any) -> Console:
        context = chromium.new_context(**{"viewport": WIDE, "locale": "es-EC", **options})
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=line.url)
        context.set_default_timeout(15_000)
        console = Console(context, line.url, live.name)
        opened.append(console)
        return console

    yield begin
    for console in opened:
        console.context.close()
        console.require_clean()


@pytest.fixture
def console(browse: Open) -> Console:
    """A wide browser that speaks Spanish."""
    return browse()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker, as a script."""
    checker = pytest.importorskip("axe_playwright_python", reason="no axe: `make browser` installs it")
    return (Path(os.fspath(checker.__path__[0])) / "axe.min.js").read_text(encoding="utf-8")
