"""The console: served whole, calling nothing but what there is, and alive in a real browser."""

import re
import shutil
import subprocess
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.settings import Settings
from tests import goldens
from tests.functional.processes import ROOT, Server

ASSETS = ROOT / "sandbox" / "console" / "assets"
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def test_page_and_modules_are_served_and_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/_sandbox/console")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.findall(r"https?://", page.text)
    for asset in re.findall(r'(?:src|href)="(/_sandbox/console/[^"]+)"', page.text):
        assert client.get(asset).text == (ASSETS / Path(asset).name).read_text(encoding="utf-8")
    assert client.get("/_sandbox/console/assets/../routes.py").status_code == 404
    assert client.get("/_sandbox/console/assets/%2e%2e/routes.py").status_code == 404


def test_it_calls_what_there_is(client: httpx.Client) -> None:
    module = (ASSETS / "console.js").read_text(encoding="utf-8")
    paths = {path.split("?")[0] for path in re.findall(r'["`](/[a-z]+(?:/[^"`]*)?)["`,?]', module)}
    paths = {f"/_sandbox{re.sub(r'[$][{][^}]+[}]', '{name}', path)}" for path in paths if not path.startswith("/_")}
    assert len(paths) > 8
    assert paths <= client.get("/openapi.json").json()["paths"].keys() | {"/_sandbox/requests"}


def test_every_element_it_names_is_on_the_page() -> None:
    module = (ASSETS / "console.js").read_text(encoding="utf-8")
    page = (ASSETS / "console.html").read_text(encoding="utf-8")
    named = set(re.findall(r'\b(?:at|show|put)\("([a-z]+)"', module))
    assert named <= set(re.findall(r'id="([a-z]+)"', page))


def test_no_text_of_a_member_is_read_as_html() -> None:
    module = (ASSETS / "console.js").read_text(encoding="utf-8")
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", module)


def test_with_a_control_token_the_page_comes_and_the_plane_stays_closed(settings: Settings, tmp_path: Path) -> None:
    closed = settings.model_copy(update={"data_dir": tmp_path, "control_token": "x" * 20})
    goldens.place(closed)
    with TestClient(create_app(closed), base_url="http://127.0.0.1:8000") as client:
        assert client.get("/_sandbox/console").status_code == 200
        assert client.get("/_sandbox/console/assets/console.js").status_code == 200
        assert client.get("/_sandbox/members").status_code == 401


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no browser: `make browser` installs one")
def test_in_a_browser_it_shows_the_bank_as_it_stands(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    bank = server.bank
    phone = bank.phone(bank.persona("al-dia"))
    challenge = phone.transfer("12.34", reference="<img src=x onerror=alert(1)>")["challenge"]["id"]
    code = bank.code(challenge)
    assert BROWSER is not None
    ended = subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000", "--dump-dom",
            f"http://{server.url}/_sandbox/console",
        ],
        capture_output=True, text=True, timeout=90, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    server.interrupt()
    shown = ended.stdout
    assert phone.member["username"] in shown, ended.stderr[-2000:]
    assert re.search(rf"<td>{code}</td>", shown)
    assert "<td>createTransfer</td>" in shown
    assert "2026-11-23 09:1" in shown
    assert '<option value="default"' in shown
    assert "<img" not in shown
