"""Schemas for generated clients: short and unique names, a description of every property, defaults as they are sent."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.document import forms
from sandbox.document.glossary import meaning
from sandbox.kernel import money

Json = dict[str, Any]

_PAGE = re.compile(r"(Page|Listing)_(\w+?)(?:View)?_")
_ENDS = {"Page": "Page", "Listing": "List"}
_AMOUNT = re.compile(r"\\\.\[0-9\]\{2\}\$$")
_REFERENCE = "#/components/schemas/"


def tidy(document: Json) -> None:
    """Give every schema of a document its name, and every property and parameter its description."""
    schemas = document["components"]["schemas"]
    names = _names(schemas)
    _rename(document, {f"{_REFERENCE}{name}": f"{_REFERENCE}{short}" for name, short in names.items()})
    document["components"]["schemas"] = {names[name]: schema for name, schema in schemas.items()}
    for node in nodes(document):
        _tidy_node(node)
    for name, schema in document["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            _describe(shape, field, name)
            forms.close(shape, field, name, document)
        forms.close_documents(schema)
    for item in document["paths"].values():
        for operation in item.values():
            for each in operation["parameters"]:
                if "schema" in each:
                    forms.close_parameter(each, operation["operationId"], document)


def parameter(declared: Json) -> Json:
    """A parameter as text, which is never null."""
    shape = declared["schema"]
    options = [each for each in shape.pop("anyOf", ()) if each.get("type") != "null"]
    if len(options) == 1:
        shape = {**options[0], **shape}
    elif options:
        shape["anyOf"] = options
    described = shape.pop("description", None) or meaning(declared["name"])
    shape.pop("title", None)
    if shape.get("default", 0) is None:
        del shape["default"]
    named = {**declared, "schema": shape}
    if declared["in"] == "header":
        named["name"] = declared["name"].title()
    if described is not None:
        named["description"] = described
    return named


def nodes(value: Any) -> Iterator[Json]:
    """Every object in a tree, outermost first; examples are not looked into."""
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name not in ("example", "examples", "default", "const", "enum"):
                yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def _names(schemas: Json) -> dict[str, str]:
    """A short name for each schema. `Page_TransferView_` becomes TransferPage; `View` is left out where no other
    schema has that name."""
    wanted = {}
    for name in schemas:
        page = _PAGE.fullmatch(name)
        wanted[name] = f"{page[2]}{_ENDS[page[1]]}" if page else name.removesuffix("View")
    uses = Counter([*wanted.values(), *schemas])
    return {name: short if uses[short] == 1 or short == name else name for name, short in wanted.items()}


def _rename(document: Json, names: dict[str, str]) -> None:
    for node in nodes(document):
        if "$ref" in node:
            node["$ref"] = names.get(node["$ref"], node["$ref"])
        mapping = node.get("mapping")
        if "propertyName" in node and isinstance(mapping, dict):
            node["mapping"] = {value: names.get(target, target) for value, target in mapping.items()}


def _tidy_node(node: Json) -> None:
    if isinstance(node.get("title"), str) and ("type" in node or "anyOf" in node or "oneOf" in node or "$ref" in node):
        del node["title"]
    examples = node.get("examples")
    if isinstance(examples, list) and forms.ID.search(
        repr(examples)
    ):  # an id of no bank: examples of operations have real ones
        if node.get("type") == "string" and "maxLength" not in node:
            node.update(forms.of_example(examples[0]))
        del node["examples"]
    for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(node.get(bound), float) and node[bound].is_integer():
            node[bound] = int(node[bound])
    default = node.get("default")
    if isinstance(default, int) and node.get("type") == "string" and _AMOUNT.search(node.get("pattern", "")):
        node["default"] = money.show(default)


def _describe(shape: Json, field: str, schema: str) -> None:
    if "description" not in shape:
        described = meaning(field, schema)
        if described is not None:
            shape["description"] = described
