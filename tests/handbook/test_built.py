"""The site as it is built: it loads nothing from elsewhere, its links lead somewhere, and it speaks two languages."""

import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

from sandbox.document.site import Site
from tests.handbook.building import build

PLACE = "/_sandbox/docs/"
_LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
}
_FETCHED = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "modulepreload", "manifest", "prefetch"}
_ADDRESS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")

pytestmark = [pytest.mark.slow, pytest.mark.docs]


class Page(NamedTuple):
    """What a page loads, where it links to, which anchors it has, and its language."""

    loads: list[str]
    links: list[str]
    ids: set[str]
    language: str
    styles: int


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page([], [], set(), "", 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        page = self.page
        if "id" in given:
            page.ids.add(given["id"])
        if tag == "html":
            self.page = page._replace(language=given["lang"])
        if "style" in given or tag == "style":
            self.page = self.page._replace(styles=self.page.styles + 1)
        if tag in _LOADS and _LOADS[tag] in given and (tag != "link" or set(given["rel"].split()) & _FETCHED):
            page.loads.append(given[_LOADS[tag]])
        if tag == "a" and "href" in given:
            page.links.append(given["href"])


def read(text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    return reader.page


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[str, Page]:
    """Every page by its path, the one for what is not there left out."""
    found = {
        path.relative_to(built).as_posix(): read(path.read_text(encoding="utf-8")) for path in built.rglob("*.html")
    }
    found.pop("404.html")
    return found


def led_to(path: str, target: str) -> tuple[str, str]:
    """The file that a link of a page means, and the anchor."""
    parts = urlsplit(target)
    place = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path))) if parts.path else path
    if parts.path.endswith("/") or parts.path in (".", "..") or place == ".":
        place = posixpath.normpath(f"{place}/index.html")
    return place, unquote(parts.fragment)


def test_no_page_loads_anything_from_elsewhere(built: Path, pages: dict[str, Page]) -> None:
    assert len(pages) > 80
    for path, page in pages.items():
        assert page.loads
        for target in page.loads:
            assert not urlsplit(target).netloc, f"{path}: {target}"
            assert (built / led_to(path, target)[0]).is_file(), f"{path}: {target}"


def test_no_style_loads_anything_from_elsewhere(built: Path) -> None:
    for path in built.rglob("*.css"):
        for found in _ADDRESS.finditer(path.read_text(encoding="utf-8")):
            assert (found[1] or found[2]).startswith(("data:", "#")), f"{path.name}: {found[0][:80]}"


def test_no_page_has_styles_that_its_policy_would_refuse(pages: dict[str, Page]) -> None:
    assert {path: page.styles for path, page in pages.items() if page.styles} == {}


def test_every_link_leads_to_a_page_and_an_anchor_that_are_there(built: Path, pages: dict[str, Page]) -> None:
    assert list(_dead(built, pages)) == []


def _dead(built: Path, pages: dict[str, Page]) -> Iterator[str]:
    for path, page in pages.items():
        for target in page.links:
            if urlsplit(target).scheme or target.startswith(PLACE):
                continue
            place, anchor = led_to(path, target)
            if place in pages:
                if anchor and anchor not in pages[place].ids:
                    yield f"{path}: {target}"
            elif not (built / place).is_file():
                yield f"{path}: {target}"


def test_a_page_in_spanish_says_so(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        assert page.language == ("es" if path.startswith("es/") else "en"), path


def test_every_page_can_be_served_and_none_names_a_path_of_this_machine(built: Path, pages: dict[str, Page]) -> None:
    site = Site(built)
    for path in pages:
        found = site.find(path.removesuffix("index.html"))
        assert found is not None
        assert found.media_type == "text/html"
        assert found.policy.count("sha256-") == 3, path
    for file in (*built.rglob("*.html"), *built.rglob("*.json")):
        assert str(built.parent) not in file.read_text(encoding="utf-8")
    assert {path.suffix for path in built.rglob("*") if path.is_file()} <= {
        ".css", ".gz", ".html", ".js", ".json", ".map", ".png", ".svg", ".xml",
    }  # fmt: skip
