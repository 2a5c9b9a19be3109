"""How routes are described in the OpenAPI document: problems, identity, examples."""

from typing import Any

from sandbox.problems import (
    AccessLocked,
    BodyTooLarge,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    InvalidToken,
    MalformedBody,
    MemberNotActive,
    Problem,
    SandboxNotFound,
    SessionExpired,
    UnsupportedMediaType,
    ValidationFailed,
)

MEMBER_PROBLEMS: tuple[type[Problem], ...] = (InvalidToken, SessionExpired, MemberNotActive, AccessLocked)
BODY_PROBLEMS: tuple[type[Problem], ...] = (MalformedBody, BodyTooLarge, UnsupportedMediaType)
KEY_PROBLEMS: tuple[type[Problem], ...] = (InvalidIdempotencyKey, IdempotencyKeyReused, IdempotencyInProgress)


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: each status once, with an example for each code it can carry."""
    by_status: dict[int, dict[str, dict[str, Any]]] = {}
    every: tuple[type[Problem], ...] = (*kinds, SandboxNotFound, ValidationFailed)
    for kind in every:
        by_status.setdefault(kind.status, {}).update(_shown(kind))
    return {status: _response(examples) for status, examples in by_status.items()}


def joined(responses: dict[int | str, dict[str, Any]], kind: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The same `responses`, and one kind of problem beside those that are there."""
    content = responses.get(kind.status, {}).get("content", {}).get("application/problem+json", {})
    return {**responses, kind.status: _response({**content.get("examples", {}), **_shown(kind)})}


def without(responses: dict[int | str, dict[str, Any]], kind: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The same `responses`, but for one kind of problem."""
    kept = dict(responses)
    content = kept.get(kind.status, {}).get("content", {}).get("application/problem+json")
    if content is None or kind.code not in content["examples"]:
        return kept
    examples = {code: example for code, example in content["examples"].items() if code != kind.code}
    if examples:
        kept[kind.status] = _response(examples)
    else:
        del kept[kind.status]
    return kept


def codes(responses: dict[int | str, dict[str, Any]]) -> list[str]:
    """Every problem's code in the `responses` of a route."""
    return [
        code
        for response in responses.values()
        for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {})
    ]


def media_types(responses: dict[int | str, dict[str, Any]]) -> set[str]:
    """The media types that a success may have, as far as the `responses` of a route name them."""
    return {kind for status, told in responses.items() if int(status) < 400 for kind in told.get("content", {})}


def _response(examples: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "description": ", ".join(f"`{code}`" for code in examples),
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
        },
    }


def _shown(kind: type[Problem]) -> dict[str, dict[str, Any]]:
    value = kind.rehearsed().body("es", "req_0001000000a7", "/v1/…")
    return {kind.code: {"summary": kind.title.en, "value": value}}


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem. `code` is stable: switch on it. `errors` lists all failing fields or rules.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "rule": {
            "type": "object",
            "required": ["id", "revision"],
            "properties": {"id": {"type": "string"}, "revision": {"type": "string"}},
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

IDEMPOTENCY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body gets the first answer again; kept 24 hours of sandbox time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "pago-2026-11-23-001",
}
