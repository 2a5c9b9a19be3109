"""What each operation has besides what its route declares: parameters and headers that all share, security, links."""

from collections.abc import Iterable
from typing import Any

from sandbox.document import problems
from sandbox.http.route import UnitRoute

Json = dict[str, Any]

_DONE = {200: "The answer.", 201: "Created.", 202: "Accepted.", 204: "Done. The answer has no body."}
_WITHOUT_TOKEN = frozenset({"getHealth", "getReadiness"})

PARAMETERS: dict[str, Json] = {
    "X-Sandbox": {
        "name": "X-Sandbox", "in": "header",
        "description": "The sandbox that the request is for. The path prefix `/s/{sandbox}` says the same. "
        "Without either it is for `default`.",
        "schema": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$"},
    },
    "Accept-Language": {
        "name": "Accept-Language", "in": "header",
        "description": "The language of texts in the answer: Spanish, unless English is preferred (RFC 9110).",
        "schema": {"type": "string", "examples": ["en"]},
    },
    "Prefer": {
        "name": "Prefer", "in": "header",
        "description": "`problem=CODE` rehearses a refusal: the operation answers with that problem and does nothing. "
        "CODE is one that the operation declares.",
        "schema": {"type": "string", "pattern": "^problem=[a-z_]+$"},
    },
    "X-Request-Id": {
        "name": "X-Request-Id", "in": "header",
        "description": "The request's id in the answer, the journal and the log. The server makes one where none is "
        "sent.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key", "in": "header",
        "description": "The same key with the same body gets the first answer again, for 24 hours of sandbox time. "
        "Make a new key for each operation, and send it again with each retry.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    },
}  # fmt: skip

HEADERS: dict[str, Json] = {
    "X-Request-Id": {"description": "The request's id.", "schema": {"type": "string"}},
    "Date": {
        "description": "The moment on the sandbox's clock, in whole seconds (RFC 9110 date).",
        "schema": {"type": "string", "examples": ["Mon, 23 Nov 2026 14:15:00 GMT"]},
    },
    "Vary": {
        "description": "The request headers that the answer depends on.",
        "schema": {"type": "string", "examples": ["Accept-Language"]},
    },
    "Content-Language": {
        "description": "The language of the texts in the answer.",
        "schema": {"type": "string", "enum": ["es", "en"]},
    },
    "Cache-Control": {
        "description": "Answers of the bank are never stored.",
        "schema": {"type": "string", "const": "no-store"},
    },
    "Idempotency-Replayed": {
        "description": "Present where the answer is a stored one, because the key was used before.",
        "schema": {"type": "string", "const": "true"},
    },
    "Content-Disposition": {
        "description": "The file name to save the answer under.",
        "schema": {"type": "string"},
    },
    "Warning": {
        "description": "Names of rules that would have the operation warned about (`299 - \"name\"`).",
        "schema": {"type": "string"},
    },
    "Preference-Applied": {
        "description": "Present where the refusal was rehearsed: the preference that was applied.",
        "schema": {"type": "string", "examples": ["problem=insufficient_funds"]},
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit": {
        "description": "The limit that was reached: requests left (`r`) and seconds until it resets (`t`).",
        "schema": {"type": "string", "examples": ["\"holder-lookups\";r=0;t=30"]},
    },
    "RateLimit-Policy": {
        "description": "The limit's policy: requests (`q`) in a window of seconds (`w`).",
        "schema": {"type": "string", "examples": ["\"holder-lookups\";q=10;w=60"]},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750).",
        "schema": {"type": "string", "examples": ["Bearer realm=\"modelo\", error=\"invalid_token\""]},
    },
}  # fmt: skip

SECURITY_SCHEMES: dict[str, Json] = {
    "member": {
        "type": "http",
        "scheme": "bearer",
        "description": "The `access_token` of a session, from `createSession` or the control plane's `openSession`.",
    },
    "control": {
        "type": "http",
        "scheme": "bearer",
        "description": "The value of `SANDBOX_CONTROL_TOKEN`, where the server has one.",
    },
}


def complete(operation: Json, route: UnitRoute) -> None:
    """Add to a described operation what holds for its whole surface."""
    operation.setdefault("security", _security(route))
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in _parameters(route)]
    operation["parameters"] = [*operation.get("parameters", []), *shared]
    answers: dict[str, Json] = {
        status: _success(answer, route) for status, answer in operation["responses"].items() if int(status) < 400
    }
    for status, refusal in problems.responses(route).items():
        refusal["headers"] = _referred([*_common_headers(route), *_rehearsed(route), *refusal["headers"]])
        answers[status] = refusal
    operation["responses"] = dict(sorted(answers.items()))


def _parameters(route: UnitRoute) -> list[str]:
    names = ["Idempotency-Key"] if route.takes_key and "POST" in (route.methods or ()) else []
    if route.uses_sandbox or route.is_banks:
        names.append("X-Sandbox")
    if route.is_banks:
        names.append("Prefer")
    return [*names, "Accept-Language", "X-Request-Id"]


def _security(route: UnitRoute) -> list[Json]:
    """A token of the control plane is only asked for where the server has one."""
    is_open = route.is_banks or route.operation_id in _WITHOUT_TOKEN
    return [] if is_open else [{"control": []}, {}]


def _success(answer: Json, route: UnitRoute) -> Json:
    names = _common_headers(route)
    if route.takes_key and "POST" in (route.methods or ()):
        names.append("Idempotency-Replayed")
    if route.is_banks:
        names.append("Warning")
    if any(media != "application/json" for media in answer.get("content", {})):
        names.append("Content-Disposition")
    described = answer["description"]
    if described == "Successful Response":
        described = _DONE[route.status_code or 200]
    return {**answer, "description": described, "headers": _referred(names)}


def _common_headers(route: UnitRoute) -> list[str]:
    names = ["X-Request-Id", "Date", "Vary"]
    return [*names, "Content-Language", "Cache-Control"] if route.is_banks else names


def _rehearsed(route: UnitRoute) -> list[str]:
    return ["Preference-Applied"] if route.is_banks else []


def _referred(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
