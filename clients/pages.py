"""The files that pages of the documentation show, so that what is written there is what is run."""

import re
from pathlib import Path

from clients.toolbox import ROOT

HOW_TO = ROOT / "docs" / "how-to"
_FILE = re.compile(r"^`(?P<name>[\w./-]+)`:\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def files(page: str) -> dict[str, str]:
    """The files that a how-to page shows, by name: a line with the name and a colon, and the block below it."""
    return {found["name"]: found["text"] for found in _FILE.finditer(_text(page))}


def blocks(page: str, language: str) -> list[str]:
    """The blocks of a language that a how-to page shows, in order."""
    return [found["text"] for found in _BLOCK.finditer(_text(page)) if found["language"] == language]


def write(page: str, place: Path) -> dict[str, str]:
    """Write the files of a page below a folder; gives them."""
    shown = files(page)
    for name, text in shown.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return shown


def _text(page: str) -> str:
    return (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
