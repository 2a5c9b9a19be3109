"""Refusals in the document: a narrow schema for each operation and status, so that a client's switch is exhaustive."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.http.answers import MEDIA_TYPE
from sandbox.http.describe import problem_schema
from sandbox.http.refusals import kinds
from sandbox.http.route import UnitRoute
from sandbox.problem import CATALOGUE, Problem

Json = dict[str, Any]

_REQUEST_ID = "req_0001000000a7"


def responses(route: UnitRoute) -> dict[str, Json]:
    """The refusals of a route by status."""
    by_status: dict[int, list[type[Problem]]] = {}
    for kind in kinds(route):
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _response(found) for status, found in by_status.items()}


def components() -> dict[str, dict[str, Json]]:
    """What the refusals refer to: the schemas and an example of each problem."""
    schemas = {"Problem": problem_schema()}
    schemas |= {_name(kind): _rich_schema(kind) for kind in CATALOGUE.values() if kind.extras}
    examples = {
        code: {"summary": kind.title.en, "value": kind.rehearsed().body("es", _REQUEST_ID, "/v1/transfers")}
        for code, kind in sorted(CATALOGUE.items())
    }
    return {"schemas": schemas, "examples": examples}


def _header_names(found: Iterable[type[Problem]]) -> list[str]:
    """The headers that these problems bring."""
    return sorted({name for kind in found for name in kind.sample.headers})


def _response(found: list[type[Problem]]) -> Json:
    described = "\n".join(f"- `{kind.code}`: {kind.title.en}" for kind in found)
    examples = {kind.code: {"$ref": f"#/components/examples/{kind.code}"} for kind in found}
    return {
        "description": described,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in _header_names(found)},
        "content": {MEDIA_TYPE: {"schema": _narrow(found), "examples": examples}},
    }


def _narrow(found: list[type[Problem]]) -> Json:
    plain = sorted(kind.code for kind in found if not kind.extras)
    parts: list[Json] = [{"$ref": f"#/components/schemas/{_name(kind)}"} for kind in found if kind.extras]
    if plain:
        code = {"type": "string", "enum": plain, "description": "What went wrong: one of the codes of this status."}
        narrowed = {"type": "object", "required": ["code"], "properties": {"code": code}}
        parts.insert(0, {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]})
    return parts[0] if len(parts) == 1 else {"oneOf": parts}


def _name(kind: type[Problem]) -> str:
    return "".join(word.title() for word in kind.code.split("_")) + "Problem"


def _rich_schema(kind: type[Problem]) -> Json:
    code = {"type": "string", "enum": [kind.code], "description": kind.title.en + "."}
    extras: Mapping[str, Any] = kind.extras
    own = {"type": "object", "required": ["code", *extras], "properties": {"code": code, **extras}}
    return {"description": f"{kind.title.en}.", "allOf": [{"$ref": "#/components/schemas/Problem"}, own]}
