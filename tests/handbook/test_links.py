"""Every link of README, SECURITY and docs leads somewhere, to the heading that it names, and every page is linked."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handbook import pages
from handbook.markdown import anchor
from tests.functional.processes import ROOT

_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z]+:")


def links(text: str) -> Iterator[str]:
    """Where the links of a page lead, those within code left out."""
    for found in _LINK.finditer(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if not _ELSEWHERE.match(found["target"]):
            yield found["target"]


def anchors(text: str) -> list[str]:
    """The anchors of a page's headings."""
    return [anchor(heading) for heading in _HEADING.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))]


def dead(path: str, text: str, site: dict[str, str]) -> Iterator[str]:
    """The links of a page of `docs` that lead nowhere."""
    for target in links(text):
        file, _, name = target.partition("#")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
        if place in site:
            if name and name not in anchors(site[place]):
                yield target
        elif not (ROOT / "docs" / place).resolve().exists() or name:
            yield target


def test_every_link_of_the_documentation_leads_somewhere(site: dict[str, str]) -> None:
    found = {path: list(dead(path, text, site)) for path, text in site.items()}
    assert {path: targets for path, targets in found.items() if targets} == {}
    assert sum(len(list(links(text))) for text in site.values()) > 1000


@pytest.mark.parametrize("name", ["README.md", "SECURITY.md", "CHANGELOG.md"])
def test_every_link_beside_it_leads_to_a_file_that_is_kept(name: str) -> None:
    path = ROOT / name
    for target in links(path.read_text(encoding="utf-8")):
        file, _, heading = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        assert place.exists(), target
        if heading:
            assert heading in anchors(place.read_text(encoding="utf-8")), target


@pytest.mark.parametrize(
    "target", ["nowhere.md", "how-to/nowhere.md", "reference/settings.md#nowhere", "#nowhere", "images/no.png"]
)
def test_a_dead_link_is_noticed(site: dict[str, str], target: str) -> None:
    assert list(dead("README.md", f"# Page\n\nSee [there]({target}).", site)) == [target]


def test_no_page_has_a_heading_twice(site: dict[str, str]) -> None:
    for path, text in site.items():
        found = anchors(text)
        assert sorted(found) == sorted(set(found)), path


def test_every_page_is_in_the_index(site: dict[str, str]) -> None:
    listed = {"README.md"}
    for section in pages.sections():
        for _, path in section.entries:
            listed.update(pages.folder_of(path, section, site))
    assert listed == set(site)


def test_every_image_is_shown(site: dict[str, str]) -> None:
    texts = [*site.values(), (ROOT / "README.md").read_text(encoding="utf-8")]
    kept = re.findall(r"^!docs/images/(.+)$", (ROOT / ".gitignore").read_text(encoding="utf-8"), re.MULTILINE)
    for name in kept:
        assert any(f"images/{name}" in text for text in texts), name
        assert Path(ROOT / "docs" / "images" / name).exists()
