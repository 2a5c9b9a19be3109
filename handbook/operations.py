"""The pages about operations: those of the bank by chapter of the manual, those of the control plane by area."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from handbook.document import CONTROL, Document, Json, Operation, page_of
from handbook.markdown import block, code, joined, paragraphs, table
from handbook.objects import Objects, answers, bodies

_PROBLEMS = "../problems.md"
SURFACES = ("bank", "control")


def pages(document: Document) -> dict[str, str]:
    """The pages by their paths below `reference`: one for each tag."""
    objects = Objects(document)
    return {
        page_of(tag): _page(tag, document, shared, objects)
        for surface in SURFACES
        for shared in [Shared(document, surface)]
        for tag in shared.tags
    }


def index(document: Document, surface: str) -> str:
    """The areas of a surface, and what its operations share."""
    shared = Shared(document, surface)
    rows = [
        (f"[{_title(tag)}]({page_of(tag).partition('/')[2]})", document.tags[tag], str(len(document.tagged(tag))))
        for tag in shared.tags
    ]
    headers = [(code(name), each.get("description", "")) for name, each in shared.headers.items()]
    return joined(
        table(("Area", "What it is about", "Operations"), rows),
        "## What operations share",
        table(("Header", "What it does"), headers),
        shared.told(),
    )


class _Group(NamedTuple):
    """Operations that share refusals, and how they are introduced."""

    words: str
    has: Callable[[Operation], bool]


_GROUPS = (
    _Group("Every operation may be refused with", lambda _: True),
    _Group("Operations on a sandbox (`X-Sandbox`) also with", lambda each: "X-Sandbox" in _headers(each)),
    _Group(
        "Operations in a session (`Authorization: Bearer`) also with", lambda each: bool(each.described.get("security"))
    ),
    _Group("Operations with a JSON body also with", lambda each: "application/json" in _content(each)),
    _Group("Operations that take an `Idempotency-Key` also with", lambda each: "Idempotency-Key" in _headers(each)),
)


class Shared:
    """What operations of a surface have in common, so that it is told once."""

    def __init__(self, document: Document, surface: str) -> None:
        self.tags = [tag for tag in document.tags if page_of(tag).startswith(f"{surface}/")]
        operations = [each for tag in self.tags for each in document.tagged(tag)]
        self.headers = {name: header for each in operations for name, header in _headers(each).items()}
        self._groups: list[tuple[_Group, dict[str, str]]] = []
        for group in _GROUPS:
            members = [each for each in operations if group.has(each)]
            if members:
                self._groups.append((group, self._common(members)))

    def _common(self, members: Sequence[Operation]) -> dict[str, str]:
        names = set.intersection(*(set(each.refusals()) for each in members))
        told = {name for _, found in self._groups for name in found}
        return {name: status for name, status in members[0].refusals().items() if name in names - told}

    def told(self) -> str:
        """The refusals of each group, as sentences."""
        return joined(*(f"{group.words} {_refusals(found)}." for group, found in self._groups if found))

    def own_refusals(self, operation: Operation) -> dict[str, str]:
        """Those of an operation that no group of it has."""
        shared = {name for group, found in self._groups if group.has(operation) for name in found}
        return {name: status for name, status in operation.refusals().items() if name not in shared}


def _headers(operation: Operation) -> dict[str, Json]:
    return {each["name"]: each for each in operation.described.get("parameters", []) if each["in"] == "header"}


def _content(operation: Operation) -> Mapping[str, Json]:
    content: Mapping[str, Json] = operation.described.get("requestBody", {}).get("content", {})
    return content


def _page(tag: str, document: Document, shared: Shared, objects: Objects) -> str:
    page = page_of(tag)
    operations = document.tagged(tag)
    return joined(
        f"# {_title(tag)}",
        document.tags[tag],
        "Headers and refusals that operations share are told [once](README.md#what-operations-share).",
        *(_operation(each, page, shared, objects) for each in operations),
        objects.of_page(page),
    )


def _title(tag: str) -> str:
    return tag.removeprefix(CONTROL).capitalize() if tag.startswith(CONTROL) else tag


def _operation(operation: Operation, page: str, shared: Shared, objects: Objects) -> str:
    described = operation.described
    refused = shared.own_refusals(operation)
    needs = (
        "" if page.startswith("control/") else "In a session." if described.get("security") else "Without a session."
    )
    if "Idempotency-Key" in _headers(operation):
        needs = needs.replace(".", ", takes an `Idempotency-Key`.")
    return joined(
        f"## {operation.id}",
        f"**{described['summary']}.** {code(f'{operation.method} {operation.path}')} {needs}".strip(),
        paragraphs(described.get("description", "")),
        _parameters(operation, page, objects),
        _takes(operation, page, objects),
        _answers(operation, page, objects),
        f"Refused with {_refusals(refused)}." if refused else "",
    )


def _parameters(operation: Operation, page: str, objects: Objects) -> str:
    rows = [
        (
            code(each["name"]),
            each["in"],
            objects.type_of(each["schema"], page) + ("" if each.get("required") else "; optional"),
            each.get("description", ""),
        )
        for each in operation.described.get("parameters", [])
        if each["in"] != "header"
    ]
    return table(("Parameter", "In", "Type", "What it is"), rows)


def _takes(operation: Operation, page: str, objects: Objects) -> str:
    content = _content(operation)
    if not content:
        return ""
    example = next((each["example"] for each in content.values() if "example" in each), None)
    kinds = " or ".join(objects.type_of(each, page) for each in bodies(operation))
    shown = block(json.dumps(example, ensure_ascii=False, indent=2), "json") if isinstance(example, dict) else ""
    return joined(f"Takes {kinds}.", shown)


def _answers(operation: Operation, page: str, objects: Objects) -> str:
    with_body = [
        f"{status} {objects.type_of(schema, page) if media_type == 'application/json' else code(media_type)}"
        for (status, media_type), schema in answers(operation).items()
    ]
    told = {each.partition(" ")[0] for each in with_body}
    without = [status for status in operation.described["responses"] if status[0] in "23" and status not in told]
    return f"Answers {', '.join([*with_body, *without])}."


def _refusals(found: Mapping[str, str]) -> str:
    return ", ".join(f"{status} [`{name}`]({_PROBLEMS}#{name})" for name, status in sorted(found.items()))
