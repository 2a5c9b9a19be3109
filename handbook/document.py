"""The OpenAPI document, as the generated pages read it."""

import copy
import functools
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.app import create_app
from sandbox.settings import Settings

Json = dict[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_SHARED = ("responses", "parameters", "headers", "examples")
PROBLEM = "application/problem+json"
# The sections of the reference: where their pages are, and how their tags begin.
CONTROL = "Control: "


class Operation(NamedTuple):
    """An operation of the document."""

    id: str
    method: str
    path: str
    tag: str
    described: Json

    @property
    def page(self) -> str:
        """The page that describes it, below `reference`."""
        return page_of(self.tag)

    def refusals(self) -> dict[str, str]:
        """The codes of its problems, each with its status."""
        return {
            code: status
            for status, response in self.described["responses"].items()
            for code in response.get("content", {}).get(PROBLEM, {}).get("examples", {})
        }


class Document:
    """The document without references, but for those to schemas."""

    def __init__(self, content: Json) -> None:
        self.schemas: Mapping[str, Json] = content["components"]["schemas"]
        self.tags: Mapping[str, str] = {each["name"]: each["description"] for each in content["tags"]}
        self._content = content

    @functools.cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the document's order."""
        return tuple(self._operations())

    def _operations(self) -> Iterator[Operation]:
        components = self._content["components"]
        for path, item in self._content["paths"].items():
            for method in _METHODS:
                if method in item:
                    described = _resolved(item[method], components)
                    yield Operation(described["operationId"], method.upper(), path, described["tags"][0], described)

    def tagged(self, tag: str) -> tuple[Operation, ...]:
        """The operations of a tag."""
        return tuple(each for each in self.operations if each.tag == tag)


def page_of(tag: str) -> str:
    """The page of a tag, below `reference`: `bank/4-transfers.md`, `control/clock.md`."""
    folder, name = ("control", tag.removeprefix(CONTROL)) if tag.startswith(CONTROL) else ("bank", tag)
    return f"{folder}/{name.lower().replace(' ', '-')}.md"


def made() -> Document:
    """The document of the application, made in memory, with its examples. Takes seconds."""
    with tempfile.TemporaryDirectory() as directory:
        content = create_app(Settings(data_dir=Path(directory), members=0, log_level="error")).openapi()
        return Document(json.loads(json.dumps(content)))


def _resolved(value: Any, components: Json) -> Any:
    if isinstance(value, list):
        return [_resolved(each, components) for each in value]
    if not isinstance(value, dict):
        return value
    kind, _, name = str(value.get("$ref", "")).removeprefix("#/components/").partition("/")
    if kind in _SHARED:
        return _resolved(copy.deepcopy(components[kind][name]), components)
    return {name: _resolved(inner, components) for name, inner in value.items()}
