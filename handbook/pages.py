"""The pages of the site: those of `docs/`, with the parts that are written from the code, and whole pages of these."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from handbook import commands, events, faults, fixtures, imports, metrics, operations, problems, rules, settings
from handbook.document import Document

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = "reference"
_PART = re.compile(r"^<!-- make docs: ([\w-]+) -->$", re.MULTILINE)
_ENTRY = re.compile(r"^- \[(.+?)\]\(([\w/.-]+)\)", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^]]+)\]\((?![a-z]+:)([^)\s#]+(?:#[^)\s]*)?)\)")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)

PARTS: Mapping[str, Callable[[Document], str]] = {
    "bank": lambda document: operations.index(document, "bank"),
    "chapters": lambda _: imports.chapters(),
    "commands": lambda _: commands.text(),
    "control": lambda document: operations.index(document, "control"),
    "decisions": lambda _: _decisions(),
    "events": lambda _: events.text(),
    "faults": lambda _: faults.form(),
    "fixtures": lambda _: fixtures.text(),
    "layers": lambda _: imports.layers(),
    "marker": lambda _: fixtures.marker(),
    "metrics": lambda _: metrics.text(),
    "options": lambda _: fixtures.options(),
    "problemas": lambda document: problems.text(document, "es"),
    "problems": lambda document: problems.text(document, "en"),
    "rule-answers": lambda _: rules.answers(),
    "rule-documents": lambda _: rules.documents(),
    "rule-functions": lambda _: rules.functions(),
    "rule-subjects": lambda _: rules.subjects(),
    "settings": lambda _: settings.text(),
}
"""What is written in place of `<!-- make docs: NAME -->`."""


class Section(NamedTuple):
    """A section of the index, and its entries: a page, or the pages of a folder."""

    title: str
    entries: list[tuple[str, str]]


def _decisions() -> str:
    found = {path: text for path, text in committed().items() if re.fullmatch(r"decisions/\d{4}-.*", path)}
    return "\n".join(f"- [{title_of(text)}]({path.partition('/')[2]})" for path, text in found.items())


def filled(text: str, document: Document) -> str:
    """A page with its written parts. Raises KeyError for a part that there is not."""
    return _PART.sub(lambda found: PARTS[found[1]](document).strip(), text)


def written(document: Document) -> dict[str, str]:
    """The pages that are written as a whole, by their paths below `docs`."""
    return {f"{REFERENCE}/{path}": text for path, text in operations.pages(document).items()}


def committed() -> dict[str, str]:
    """The pages of `docs/`, by their paths below it, as they are kept."""
    return {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}


def whole(document: Document) -> dict[str, str]:
    """Every page as the site has it."""
    return {path: filled(text, document) for path, text in committed().items()} | written(document)


def sections() -> Iterator[Section]:
    """The sections of the index, docs/README.md, which are the site's navigation."""
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    for part in text.split("\n## ")[1:]:
        entries = [(title, path) for title, path in _ENTRY.findall(part)]
        if entries:
            yield Section(part.partition("\n")[0].strip(), entries)


def title_of(text: str) -> str:
    """The title of a page."""
    found = _TITLE.search(text)
    assert found, "a page begins with its title"
    return found[1]


def folder_of(path: str, section: Section, pages: Mapping[str, str]) -> list[str]:
    """The pages that come with an entry: with the index of a folder also those of it that have no entry."""
    folder, _, name = path.rpartition("/")
    if name != "README.md":
        return [path]
    listed = {each for _, each in section.entries}
    return [path, *(each for each in pages if each.startswith(f"{folder}/") and each not in listed)]


def within_site(text: str, path: str) -> str:
    """A page whose links to files outside `docs/` are only their words: the site does not have these files."""

    def replaced(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), found[2].partition("#")[0]))
        return found[1] if target.startswith("..") else found[0]

    return _LINK.sub(replaced, text)
