"""Markdown, as the generated pages need it."""

import re
from collections.abc import Iterable, Sequence

_LINE_BREAK = re.compile(r"\s*\n\s*")
_CODE = re.compile(r"(`[^`]+`)")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing when there are no rows."""
    lines = [f"| {' | '.join(_cell(each) for each in row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines]) + "\n"


def code(text: object) -> str:
    """A piece of code within a line."""
    return f"`{text}`" if str(text) else ""


def codes(texts: Iterable[object], between: str = ", ") -> str:
    """Several of them."""
    return between.join(map(code, texts))


def block(text: str, language: str = "") -> str:
    """Code on lines of its own."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def joined(*parts: str) -> str:
    """The parts of a page that are not empty, with an empty line between each two."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def in_one_line(text: str) -> str:
    """A paragraph without its line breaks."""
    return _LINE_BREAK.sub(" ", text.strip())


def paragraphs(text: str) -> str:
    """A docstring as Markdown: each paragraph in one line, lists as they are."""
    return "\n\n".join(
        part if part.lstrip().startswith(("- ", "* ", "|")) else in_one_line(part)
        for part in re.split(r"\n\s*\n", text.strip())
        if part
    )


def anchor(heading: str) -> str:
    """The anchor that a heading gets: what Python-Markdown's table of contents makes of it."""
    words = re.sub(r"[^\w\s-]", "", re.sub(r"`|\[([^]]*)\]\([^)]*\)", r"\1", heading)).strip().lower()
    return re.sub(r"[-\s]+", "-", words)


def _cell(text: str) -> str:
    """A cell: what is code keeps its bars, which Python-Markdown does not take for the end of a cell."""
    pieces = _CODE.split(in_one_line(text))
    return "".join(piece if place % 2 else piece.replace("|", "\\|") for place, piece in enumerate(pieces))
