"""The problems: each code with its words, its cause and its cure, which are in `remedies.yaml`."""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from handbook.document import Document, Operation
from handbook.markdown import code, codes, joined, table
from sandbox.problem import CATALOGUE, Problem, Text

_MANY = 24


class Remedy(NamedTuple):
    """Why a problem is the answer, and what the developer of a client does then."""

    cause: Text
    cure: Text


class _Page(NamedTuple):
    """The words of a page, and where it is from the pages of operations."""

    cause: str
    cure: str
    headers: str
    answered_by: str
    all_of_them: str
    member: tuple[str, str]
    reference: str


_PAGES = {
    "en": _Page(
        "Cause", "What to do", "Headers", "Answered by", "{} operations",
        ("Member", "What it is"), "",
    ),
    "es": _Page(
        "Causa", "Qué hacer", "Encabezados", "La responden", "{} operaciones",
        ("Campo", "Qué es"), "../reference/",
    ),
}  # fmt: skip


@functools.cache
def remedies() -> Mapping[str, Remedy]:
    """Cause and cure of every code. Raises ValidationError for one that is not whole."""
    path = Path(__file__).parent / "remedies.yaml"
    return TypeAdapter(dict[str, Remedy]).validate_python(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def text(document: Document, language: str) -> str:
    """Every problem, by code, in `en` or `es`."""
    answering: dict[str, list[Operation]] = {}
    for operation in document.operations:
        for name in operation.refusals():
            answering.setdefault(name, []).append(operation)
    return joined(*(_problem(CATALOGUE[name], answering.get(name, []), language) for name in sorted(CATALOGUE)))


def _problem(kind: type[Problem], operations: Iterable[Operation], language: str) -> str:
    if kind.code not in remedies():
        raise LookupError(f"say in handbook/remedies.yaml why {kind.code} is the answer, and what to do")
    page, remedy = _PAGES[language], remedies()[kind.code]
    title, says = kind.title.in_(language), words_of(kind, language)
    members = [(code(name), str(shape.get("description", ""))) for name, shape in kind.extras.items()]
    return joined(
        f"## {kind.code}",
        f"**{kind.status} {title}.** {says}",
        f"**{page.cause}.** {remedy.cause.in_(language)}",
        f"**{page.cure}.** {remedy.cure.in_(language)}",
        f"**{page.headers}.** {codes(kind.sample.headers)}." if kind.sample.headers else "",
        table(page.member, members),
        _operations(list(operations), page),
    )


def words_of(kind: type[Problem], language: str) -> str:
    """What the problem says, with made-up values in its placeholders."""
    told: Text = kind.rehearsed().detail
    return told.in_(language)


def _operations(found: list[Operation], page: _Page) -> str:
    if not found:
        return ""
    if len(found) > _MANY:
        return f"**{page.answered_by}** {page.all_of_them.format(len(found))}."
    links = (f"[`{each.id}`]({page.reference}{each.page}#{each.id.lower()})" for each in found)
    return f"**{page.answered_by}** {', '.join(links)}."
