"""The documentation as it is served: the files that were built and nothing else, under a policy that lets only these run."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.settings import Settings
from tests import goldens
from tests.answers import assert_problem
from tests.transport import serving

pytestmark = pytest.mark.sqlite("pages")

SCRIPT = "document.title = location.pathname"
PAGE = f"<!doctype html><title>Home</title><script>{SCRIPT}</script>"
FILES = {
    "index.html": PAGE,
    "404.html": "<!doctype html><title>Not here</title>",
    "reference/settings/index.html": "<!doctype html><title>Settings</title>",
    "assets/site.css": "a{}",
    "assets/bundle.js": "0",
    "assets/icon.svg": "<svg/>",
    "search/search_index.json": "{}",
    "strange.bin": "0",
}
TYPES = {
    "assets/site.css": "text/css; charset=utf-8",
    "assets/bundle.js": "text/javascript; charset=utf-8",
    "assets/icon.svg": "image/svg+xml",
    "search/search_index.json": "application/json",
    "strange.bin": "application/octet-stream",
}


@pytest.fixture(scope="module")
def built(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with a small site, and a file beside it that is not of the site. It has a control token, too."""
    place = tmp_path_factory.mktemp("documentation")
    (place / "secret.html").write_text("secret", encoding="utf-8")
    for name, content in FILES.items():
        path = place / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (place / "site" / "way-out.html").symlink_to(place / "secret.html")
    changed = {"data_dir": place / "data", "docs_dir": place / "site", "control_token": "x" * 20}
    guarded = settings.model_copy(update=changed)
    goldens.place(guarded)
    with TestClient(create_app(guarded), base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(("path", "title"), [("", "Home"), ("reference/settings/", "Settings")])
def test_a_page_is_served_without_the_token(built: httpx.Client, path: str, title: str) -> None:
    page = built.get(f"/_sandbox/docs/{path}")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f"<title>{title}</title>" in page.text


@pytest.mark.parametrize(("path", "media_type"), TYPES.items())
def test_a_file_has_the_type_of_its_name(built: httpx.Client, path: str, media_type: str) -> None:
    file = built.get(f"/_sandbox/docs/{path}")
    assert file.text == FILES[path]
    assert file.headers["content-type"] == media_type
    assert file.headers["x-content-type-options"] == "nosniff"


def test_the_policy_names_the_lines_in_the_page_and_lets_nothing_else_run(built: httpx.Client) -> None:
    policy = built.get("/_sandbox/docs/").headers["content-security-policy"]
    parts = {name: values for name, *values in (part.split() for part in policy.split("; "))}
    named = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert parts == {
        "default-src": ["'none'"],
        "script-src": ["'self'", f"'sha256-{named}'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    assert "sha256" not in built.get("/_sandbox/docs/reference/settings/").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "leads_to"), [("", "docs/"), ("/reference", None), ("/reference/settings", "settings/")]
)
def test_a_page_without_its_slash_leads_to_the_one_with_it(
    built: httpx.Client, path: str, leads_to: str | None
) -> None:
    answer = built.get(f"/_sandbox/docs{path}")
    assert (answer.status_code, answer.headers.get("location")) == (404 if leads_to is None else 307, leads_to)


@pytest.mark.parametrize(
    "path",
    [
        "nowhere", "nowhere/", "assets", "assets/", "..%2fsecret.html", "%2e%2e/secret.html",
        "assets/..%2f..%2fsecret.html", "way-out.html", "%00", "a" * 5000, "index.html/", "..%5csecret.html",
        "%2fetc%2fpasswd",
    ],
)  # fmt: skip
def test_what_is_not_of_the_site_is_a_page_that_says_so(built: httpx.Client, path: str) -> None:
    answer = built.get(f"/_sandbox/docs/{path}")
    assert answer.status_code == 404
    assert "Not here" in answer.text
    assert "secret" not in answer.text


def test_a_page_that_is_known_is_not_sent_again(built: httpx.Client) -> None:
    etag = built.get("/_sandbox/docs/").headers["etag"]
    again = built.get("/_sandbox/docs/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert built.get("/_sandbox/docs/", headers={"If-None-Match": '"other"'}).text == PAGE


def test_the_way_in_leads_to_it(built: httpx.Client) -> None:
    links = built.get("/").json()["links"]
    assert built.get(links["handbook"]).text == PAGE


def test_what_is_not_built_says_how_it_is(settings: Settings, tmp_path: Path) -> None:
    without = settings.model_copy(update={"data_dir": tmp_path / "data", "docs_dir": tmp_path / "nothing"})
    goldens.place(without)
    with serving(create_app(without)) as client:
        for path in ("/_sandbox/docs", "/_sandbox/docs/", "/_sandbox/docs/reference/settings/"):
            problem = assert_problem(client.get(path, headers={"Accept-Language": "en"}), 404, "not_found")
            assert problem["detail"] == "The documentation is not built: run make docs."
        assert "handbook" not in client.get("/").json()["links"]
