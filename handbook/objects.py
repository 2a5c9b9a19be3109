"""JSON Schemas as tables: what crosses the wire."""

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from handbook.document import PROBLEM, Document, Json, Operation
from handbook.markdown import anchor, code, codes, joined, paragraphs, table

_REF = "#/components/schemas/"
_MOST_CHOICES = 24
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_NULL = "null"


class Objects:
    """The schemas of a document, each with the page that describes it: that of the first operation that has it."""

    def __init__(self, document: Document) -> None:
        self._schemas = document.schemas
        self._homes: dict[str, str] = {}
        for operation in document.operations:
            for root in (*bodies(operation), *answers(operation).values()):
                for name in self._within(root, set()):
                    self._homes.setdefault(name, operation.page)

    def of_page(self, page: str) -> str:
        """The tables of the schemas that a page describes."""
        names = [name for name, home in self._homes.items() if home == page]
        return joined("## Objects", *(self._section(name, page) for name in names)) if names else ""

    def type_of(self, schema: Json, page: str) -> str:
        """The type of a value in words, with links from that page."""
        if "$ref" in schema:
            return self._link(schema["$ref"].removeprefix(_REF), page)
        for word, between in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " with ")):
            if word in schema:
                return between.join(dict.fromkeys(self.type_of(each, page) for each in schema[word]))
        kind = schema.get("type")
        if kind == "array":
            return f"list of {self.type_of(schema.get('items', {}), page)}"
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return f"object of {self.type_of(schema['additionalProperties'], page)}"
        return _plain(schema)

    def _link(self, name: str, page: str) -> str:
        home = self._homes[name]
        there = "" if home == page else posixpath.relpath(home, posixpath.dirname(page))
        return f"[{name}]({there}#{anchor(_heading(name))})"

    def _section(self, name: str, page: str) -> str:
        schema = self._schemas[name]
        described = paragraphs(schema.get("description", ""))
        if "properties" not in schema:
            return joined(f"### {_heading(name)}", described, f"{self.type_of(schema, page)}.".capitalize())
        required = schema.get("required", [])
        rows = [
            (code(field), self._told(shape, page, is_required=field in required), shape.get("description", ""))
            for field, shape in schema["properties"].items()
        ]
        return joined(f"### {_heading(name)}", described, table(("Property", "Type", "What it is"), rows))

    def _told(self, shape: Json, page: str, *, is_required: bool) -> str:
        told = self.type_of(shape, page)
        if is_required:
            return told
        default = shape.get("default")
        return f"{told}; optional" + (f", else {code(json.dumps(default))}" if default is not None else "")

    def _within(self, value: Any, seen: set[str]) -> Iterator[str]:
        """The names of the schemas in a value, each once, in order."""
        if isinstance(value, list):
            for each in value:
                yield from self._within(each, seen)
        elif isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix(_REF)
            if name and name not in seen:
                seen.add(name)
                yield name
                yield from self._within(self._schemas[name], seen)
            for inner in value.values():
                yield from self._within(inner, seen)


def _heading(name: str) -> str:
    """Not the name alone, which is that of an area, too."""
    return f"{name} object"


def bodies(operation: Operation) -> Sequence[Json]:
    """The schemas of what an operation takes, one for each media type."""
    content: Mapping[str, Json] = operation.described.get("requestBody", {}).get("content", {})
    return [each["schema"] for each in content.values() if "schema" in each]


def answers(operation: Operation) -> Mapping[tuple[str, str], Json]:
    """The schemas of what it answers when it does not refuse, by status and media type."""
    return {
        (status, media_type): each.get("schema", {})
        for status, response in operation.described["responses"].items()
        for media_type, each in response.get("content", {}).items()
        if media_type != PROBLEM
    }


def _choices(values: Sequence[Any]) -> str:
    if len(values) > _MOST_CHOICES:
        return f"one of {len(values)} words, such as {codes(values[:3])}"
    return codes(_NULL if value is None else value for value in values)


def _plain(schema: Json) -> str:
    if "const" in schema:
        return code(json.dumps(schema["const"], ensure_ascii=False))
    if "enum" in schema:
        return _choices(schema["enum"])
    if "type" not in schema:
        return "any value"
    kind = str(schema["type"])
    bounds = [f"{sign} {schema[name]:,}" for name, sign in _BOUNDS.items() if name in schema]
    if "examples" in schema and kind == "string":
        bounds.append(f"such as {code(schema['examples'][0])}")
    elif "format" in schema:
        bounds.append(schema["format"])
    return ", ".join([kind, *bounds])
