"""What mkdocs calls while it builds the site (see mkdocs.yml): the written pages, the navigation, the language."""

import functools
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from handbook import document, pages

# What a reader who searches wants first.
_BOOSTS = {"decisions": 0.2, "how-to": 2, "tutorial": 2}


@functools.cache
def _document() -> document.Document:
    return document.made()


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation is the index."""
    found = pages.committed() | pages.written(_document())
    config.nav = [{"Home": "README.md"}, *({each.title: _entries(each, found)} for each in pages.sections())]
    return config


def _entries(section: pages.Section, found: dict[str, str]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for title, path in section.entries:
        inside = pages.folder_of(path, section, found)
        if inside == [path]:
            entries.append({title: path})
        else:
            entries.append({title: [{_short(found[each]): each} for each in inside]})
    return entries


def _short(text: str) -> str:
    return pages.title_of(text).replace("`", "")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written as a whole."""
    for path, text in pages.written(_document()).items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Fill in the written parts, leave out links to files that are not part of the site, and weigh the page."""
    folder = page.file.src_uri.partition("/")[0]
    page.meta.setdefault("search", {"boost": _BOOSTS.get(folder, 1)})
    return pages.within_site(pages.filled(markdown, _document()), page.file.src_uri)
