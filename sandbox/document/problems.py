"""Refusals in the document: a narrow schema for each operation and status, so that a client's switch is exhaustive."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.http.answers import MEDIA_TYPE
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, codes, problem_schema
from sandbox.http.route import UnitRoute
from sandbox.problems import (
    CATALOGUE,
    BodyTooLarge,
    ControlTokenRequired,
    ForbiddenOrigin,
    HeadersTooLarge,
    InternalError,
    InvalidHost,
    MalformedRequest,
    Problem,
    ProblemNotDeclared,
    RequestTimeout,
    SandboxNotFound,
    ValidationFailed,
)
from sandbox.sandboxes.problems import SandboxDamaged, SandboxOfAnotherVersion
from sandbox.storage.problems import StorageFull, StorageMissing, StorageReadOnly

Json = dict[str, Any]

_REQUEST_ID = "req_0001000000a7"
_TRANSPORT: tuple[type[Problem], ...] = (
    MalformedRequest, InvalidHost, RequestTimeout, HeadersTooLarge, InternalError,
    StorageFull, StorageReadOnly, StorageMissing,
)  # fmt: skip
_OF_A_SANDBOX: tuple[type[Problem], ...] = (SandboxDamaged, SandboxOfAnotherVersion)
_UNASKED: tuple[type[Problem], ...] = (*_TRANSPORT, *_OF_A_SANDBOX, ProblemNotDeclared)
ANYWHERE = frozenset(kind.code for kind in _UNASKED)
"""The codes that no operation has anything to do with: what may go wrong before it and beneath it."""


def kinds(route: UnitRoute) -> list[type[Problem]]:
    """Every problem that a call of the route can be answered with, besides those of faults that were ordered."""
    found = [CATALOGUE[code] for code in codes(route.responses)]
    found += _TRANSPORT
    if route.is_banks:
        found.append(ProblemNotDeclared)
    else:
        found += (ControlTokenRequired, ForbiddenOrigin)
    if route.uses_sandbox:
        found += (SandboxNotFound, *_OF_A_SANDBOX)
    if route.reads_body:
        found.append(BodyTooLarge)  # a body is read wherever one is sent
        if route.body_field is not None:
            found += BODY_PROBLEMS
    if route.takes_key and "POST" in (route.methods or ()):
        found += KEY_PROBLEMS
    if route.strict_query:
        found.append(ValidationFailed)  # a parameter that is unknown or stands twice
    return list(dict.fromkeys(found))


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
    names = {name for kind in found for name in kind.sample.headers}
    if any(kind.status == 429 for kind in found):
        names |= {"RateLimit", "RateLimit-Policy"}
    return sorted(names)


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
    code = {"type": "string", "const": kind.code, "description": kind.title.en + "."}
    extras: Mapping[str, Any] = kind.extras
    own = {"type": "object", "required": ["code", *extras], "properties": {"code": code, **extras}}
    return {"description": f"{kind.title.en}.", "allOf": [{"$ref": "#/components/schemas/Problem"}, own]}
