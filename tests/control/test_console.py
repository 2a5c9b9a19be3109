"""The console as it is served: whole, safe, in two languages, and calling nothing but what there is."""

import re
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.console import routes
from sandbox.settings import Settings
from tests import goldens
from tests.functional.processes import ROOT
from tests.transport import serving

ASSETS = ROOT / "sandbox" / "console" / "assets"
MODULES = {path.relative_to(ASSETS).as_posix(): path.read_text(encoding="utf-8") for path in ASSETS.rglob("*.js")}
OWN = {name: text for name, text in MODULES.items() if not name.startswith("texts/")}
TEMPLATE = (routes.TEMPLATES / "console.html").read_text(encoding="utf-8")
# Keys that are put together: a call with a template, and what its gaps are filled with.
PUT_TOGETHER = re.compile(r"\bt\(\s*`([a-z_]+\.[^`]*)`")
WORDS = re.compile(r"\bword\(\s*\"([a-z_]+)\"")


def called(text: str) -> set[str]:
    """The keys of texts that stand in calls of `t` as they are."""
    found = set()
    for call in re.finditer(r"\bt\(", text):
        depth, end = 1, call.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        found |= set(re.findall(r'"([a-z_]+(?:\.[A-Za-z0-9_]+)+)"', text[call.end() : end]))
    return found


def test_the_page_and_every_file_it_names_are_served_and_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/_sandbox/console")
    assert page.headers["content-type"].startswith("text/html")
    assert not re.findall(r"https?://", page.text)
    named = re.findall(r'(?:src|href)="(/_sandbox/console/assets/[^"]+)"', page.text)
    assert len(named) > 15
    for address in named:
        answer = client.get(address)
        name = address.removeprefix(f"/_sandbox/console/assets/{routes.version()}/")
        assert answer.content == (ASSETS / name).read_bytes(), address
    assert {address.rpartition(f"{routes.version()}/")[2] for address in named} | {"worker.js"} == set(routes.assets())


def test_every_module_is_imported_from_where_there_is_one() -> None:
    for name, text in MODULES.items():
        for imported in re.findall(r'(?:from|import) "(\.[^"]+)"', text):
            assert (ASSETS / name).parent.joinpath(imported).resolve().is_file(), f"{name}: {imported}"


def test_each_view_has_an_address_and_no_other_word_has(client: httpx.Client) -> None:
    for view in routes.VIEWS:
        assert f'data-view="{view}" aria-current="page"' in client.get(f"/_sandbox/console/{view}").text
        assert client.get(f"/_sandbox/console/{view}?sandbox=other&id=x").status_code == 200
    assert client.get("/_sandbox/console/weather").status_code == 404
    keys = re.search(r"VIEWS = \{([^}]+)\}", MODULES["keys.js"])
    assert keys is not None
    assert tuple(re.findall(r"(\w+):", keys[1])) == routes.VIEWS


def test_the_policy_lets_only_our_own_files_run(client: httpx.Client) -> None:
    page = client.get("/_sandbox/console")
    policy = {part.split()[0]: part.split()[1:] for part in page.headers["content-security-policy"].split("; ") if part}
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|<style", page.text)


def test_files_are_kept_by_version_and_the_page_is_asked_for_again(client: httpx.Client) -> None:
    page = client.get("/_sandbox/console")
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["vary"] == "Accept-Language"
    again = client.get("/_sandbox/console", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    address = f"/_sandbox/console/assets/{routes.version()}/app.js"
    file = client.get(address)
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert file.headers["content-type"].startswith("text/javascript")
    assert client.get(address, headers={"If-None-Match": file.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "assets/0000000000000000/app.js",
        "assets/{version}/../routes.py",
        "assets/{version}/%2e%2e/routes.py",
        "assets/{version}/nothing.js",
        "assets/{version}/",
    ],
)
def test_nothing_else_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(f"/_sandbox/console/{path.format(version=routes.version())}").status_code == 404


def test_the_shell_speaks_the_language_that_is_preferred(client: httpx.Client) -> None:
    for language in ("es", "en"):
        page = client.get("/_sandbox/console/members", headers={"Accept-Language": language}).text
        assert f'<html lang="{language}">' in page
        assert f">{routes.texts(language)['view.members']}</span>" in page


def test_with_a_control_token_the_page_comes_and_the_plane_stays_closed(settings: Settings, tmp_path: Path) -> None:
    closed = settings.model_copy(update={"data_dir": tmp_path, "control_token": "x" * 20})
    goldens.place(closed)
    with serving(create_app(closed)) as client:
        assert client.get("/_sandbox/console").status_code == 200
        assert client.get("/_sandbox/console/traffic?id=req_1").status_code == 200
        assert client.get(f"/_sandbox/console/assets/{routes.version()}/app.js").status_code == 200
        assert client.get("/_sandbox/members").status_code == 401
        assert client.get("/_sandbox/stream").status_code == 401


def test_both_languages_say_the_same_things() -> None:
    spanish, english = routes.texts("es"), routes.texts("en")
    assert list(spanish) == list(english)
    for key, text in spanish.items():
        assert text.strip(), key
        assert english[key].strip(), key
        gaps = set(re.findall(r"\{\w+\}", text))
        assert gaps == set(re.findall(r"\{\w+\}", english[key])), key


def test_every_text_that_is_asked_for_is_there_and_every_text_is_asked_for() -> None:
    known = set(routes.texts("es"))
    asked = {key for text in OWN.values() for key in called(text)}
    asked |= set(re.findall(r"t\[[\"']([a-z_.]+)[\"']\]", TEMPLATE))
    assert asked - known == set()
    shapes = [
        re.compile("^" + re.sub(r"\\\$\\\{.*?\\\}", r"[A-Za-z0-9_.]+", re.escape(shape)) + "$")
        for text in OWN.values()
        for shape in PUT_TOGETHER.findall(text)
    ]
    shapes += [re.compile(f"^{group}\\.") for text in OWN.values() for group in WORDS.findall(text)]
    unused = {
        key
        for key in known - asked
        if not any(shape.match(key) for shape in shapes) and key.removesuffix("_one") not in asked
    }
    assert unused == set()


def test_what_the_reader_sees_is_never_written_into_the_code() -> None:
    """Words in quotes that begin with a capital, in what is neither a key of the keyboard nor a header nor a name."""
    names = {
        "Enter",
        "Escape",
        "Esc",
        "Control",
        "Ctrl",
        "Notification",
        "Authorization",
        "Accept",
        "Content",
        "Last",
        "X",
    }
    for name, text in OWN.items():
        if name == "views/snippets.js":  # code, in whatever language
            continue
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
        for quoted in re.findall(r'"([A-ZÁÉÍÓÚÑ][a-záéíóúñ]+(?:[ .,…!?][^"]*)?)"', code):
            first = re.split(r"[ .,…!?-]", quoted)[0]
            assert first in names or quoted.startswith("Arrow"), f"{name}: {quoted}"


def test_every_element_that_is_named_is_in_the_shell() -> None:
    named = {name for text in OWN.values() for name in re.findall(r'\bat\("([a-z-]+)"\)', text)}
    assert len(named) > 3
    assert named <= set(re.findall(r'\bid="([a-z-]+)"', TEMPLATE))
    symbols = set(re.findall(r'<symbol id="i-([a-z]+)"', (routes.TEMPLATES / "icons.svg").read_text(encoding="utf-8")))
    drawn = {name for text in OWN.values() for name in re.findall(r'\bicon\("([a-z]+)"\)', text)}
    assert drawn <= symbols
    assert set(routes.VIEWS) <= symbols


def test_no_text_is_ever_read_as_html_or_code() -> None:
    for name, text in MODULES.items():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|createContextualFragment",
            text,
        ), name


def test_it_calls_what_there_is(client: httpx.Client) -> None:
    known = client.get("/openapi.json").json()["paths"]
    patterns = {
        (method.upper(), re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", path) + "$"))
        for path, methods in known.items()
        for method in methods
    }
    calls = {
        (method, "/_sandbox" + re.sub(r"\$\{[^}]*\}", "x", path))
        for text in OWN.values()
        for method, path in re.findall(r'\bcontrol\(\s*"([A-Z]+)",\s*["`]([^"`]+)["`]', text)
    }
    assert len(calls) > 8
    missing = {
        call for call in calls if not any(call[0] == method and shape.match(call[1]) for method, shape in patterns)
    }
    assert missing == set()
