"""The tutorial, walked: its test fails as it says, the console explains it, and the mended page passes."""

import functools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest

from sandbox.testing import Sandbox
from tests.browser.conftest import CHROMIUM, Console
from tests.functional.processes import ROOT, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TUTORIAL = (ROOT / "docs" / "tutorial" / "first-test.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The examples of the tutorial in that language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", TUTORIAL, re.DOTALL)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with the files that the tutorial has its reader write."""
    configuration, test = blocks("python")
    files = {"transfer.html": blocks("html")[0], "conftest.py": configuration, "test_transfer.py": test}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def app(directory: Path) -> Iterator[str]:
    """The address of the page, served as the tutorial has it. A page that the driver itself puts in place would not be
    one of this machine for the browser, and may not call it."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/transfer.html"
        server.shutdown()


def run(directory: Path, server: Server) -> subprocess.CompletedProcess[str]:
    alone = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *alone, "--sandbox-url", f"http://{server.url}"],
        cwd=directory, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "CHROMIUM": CHROMIUM or "", "COLUMNS": "160"},
    )  # fmt: skip


def mend(directory: Path) -> None:
    """Do what the tutorial says under «Mend the page»."""
    (line,) = blocks("js")
    page = directory / "transfer.html"
    text, changes = re.subn(
        r"^ *document\.querySelector\(\"output\"\).*\n", lambda _: line, page.read_text("utf-8"), flags=re.MULTILINE
    )
    assert changes == 1
    page.write_text(text, encoding="utf-8")


def test_the_tutorial_goes_as_it_says(chromium: object, served: Server, directory: Path) -> None:
    failed = run(directory, served).stdout
    assert "1 failed, 1 passed" in failed, failed
    (shown,) = blocks("text")
    for line in shown.splitlines():
        if line.strip("… "):
            assert line.rstrip("…").rstrip() in failed, line
    mend(directory)
    mended = run(directory, served).stdout
    assert "2 passed" in mended, mended


def test_the_console_explains_the_refusal(console: Console, live: Sandbox, app: str) -> None:
    """Step 5: the page by hand, and the console beside it."""
    member = live.members.persona("al-dia")
    console.expected.append("422")
    address = urlencode({
        "bank": f"{console.base}/s/{console.sandbox}", "username": member["username"], "password": member["password"],
        "device": member["device"]["id"],
    })  # fmt: skip
    page = console.context.new_page()
    page.goto(f"{app}?{address}")
    page.wait_for_selector("[data-ready]")
    page.get_by_label("Monto").fill("60000.00")
    page.get_by_role("button").click()
    page.get_by_role("status").filter(has_text="Te enviamos").wait_for()
    traffic = console.open("traffic")
    traffic.get_by_text("limit_exceeded").first.wait_for()
    traffic.keyboard.press("j")
    traffic.keyboard.press("Enter")
    traffic.get_by_text("transfer.per_transaction").first.wait_for()
