"""What routes declare of their refusals: each status once, with every code that it can carry."""

from typing import Any

from sandbox.problem import CATALOGUE, Problem
from sandbox.problems import (
    AccessLocked,
    BodyTooLarge,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    InvalidToken,
    MalformedBody,
    MemberNotActive,
    SandboxNotFound,
    SessionExpired,
    UnsupportedMediaType,
    ValidationFailed,
)

MEMBER_PROBLEMS: tuple[type[Problem], ...] = (InvalidToken, SessionExpired, MemberNotActive, AccessLocked)
BODY_PROBLEMS: tuple[type[Problem], ...] = (MalformedBody, BodyTooLarge, UnsupportedMediaType)
KEY_PROBLEMS: tuple[type[Problem], ...] = (InvalidIdempotencyKey, IdempotencyKeyReused, IdempotencyInProgress)


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: each status once, with every code it can carry."""
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
        "content": {"application/problem+json": {"examples": examples}},
    }


def _shown(kind: type[Problem]) -> dict[str, dict[str, Any]]:
    # A place for the example: to make those of a hundred routes takes longer than a start may, and few starts are
    # followed by a look at the document.
    return {kind.code: {}}


_TEXT: dict[str, Any] = {"type": "string"}


def problem_schema() -> dict[str, Any]:
    """The JSON Schema of every problem; those with `extras` have more members."""
    return {
        "type": "object",
        "description": "RFC 9457 problem. `code` is stable: switch on it. `errors` lists all failing fields or rules.",
        "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
        "properties": {
            "type": {
                **_TEXT, "format": "uri-reference", "examples": ["/v1/errors#insufficient_funds"],
                "description": "Where the problem is explained; ends with `code`.",
            },
            "title": {**_TEXT, "description": "What kind of problem it is, in the language asked for."},
            "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
            "detail": {**_TEXT, "description": "The sentence to show to the member, in the language asked for."},
            "instance": {**_TEXT, "format": "uri-reference", "description": "The path that was called."},
            "code": {**_TEXT, "enum": sorted(CATALOGUE), "description": "What went wrong, as a stable word."},
            "request_id": {**_TEXT, "description": "The request's id, as in `X-Request-Id`."},
            "retry_after": {
                "type": "integer", "minimum": 0,
                "description": "Seconds to wait before trying again, as in `Retry-After`.",
            },
            "rule": {
                "type": "object",
                "description": "The declarative rule that refused.",
                "required": ["id", "revision"],
                "properties": {
                    "id": {**_TEXT, "description": "The rule's id in its document."},
                    "revision": {**_TEXT, "description": "The revision of the rule's document."},
                },
            },
            "errors": {
                "type": "array",
                "description": "Every failing field or rule, never only the first.",
                "items": {
                    "type": "object",
                    "required": ["field", "code", "message"],
                    "properties": {
                        "field": {
                            **_TEXT, "examples": ["device.id"],
                            "description": "Where: names and positions joined by dots; empty for the whole body.",
                        },
                        "code": {**_TEXT, "description": "Which check failed, or the id of the rule."},
                        "message": {**_TEXT, "description": "The sentence to show beside the field."},
                    },
                },
            },
        },
    }  # fmt: skip
