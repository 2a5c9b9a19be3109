"""JSON Schemas of pydantic models as rows of a table."""

from collections.abc import Iterator, Mapping
from typing import Any

from handbook.document import Json
from handbook.markdown import code, codes

_REF = "#/$defs/"
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def rows_of(schema: Json, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """The values of an object by their dotted paths, each with its type and what it is."""
    yield from _rows(schema, schema.get("$defs", {}), prefix)


def _rows(schema: Json, shared: Mapping[str, Json], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, shape in schema["properties"].items():
        inner = shared.get(str(shape.get("$ref", "")).removeprefix(_REF))
        if inner is not None and "properties" in inner:
            yield from _rows(inner, shared, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", type_of(shape), shape.get("description", "")


def type_of(shape: Json) -> str:
    """The type of a value in words; a reference by its name."""
    if "anyOf" in shape:
        return " or ".join(type_of(each) for each in shape["anyOf"] if each.get("type") != "null")
    if "$ref" in shape:
        return code(shape["$ref"].removeprefix(_REF))
    if "enum" in shape:
        return codes(shape["enum"])
    if shape.get("type") == "array":
        return f"list of {type_of(shape['items'])}"
    bounds = [f"{sign} {shape[name]:,}" for name, sign in _BOUNDS.items() if name in shape]
    kind: Any = shape.get("type", "any value")
    return ", ".join([kind, *bounds])
