"""What each operation has besides what its route declares: parameters and headers that all share, security, links."""

from collections.abc import Iterable
from typing import Any

from sandbox.document import forms, problems
from sandbox.http.route import UnitRoute

Json = dict[str, Any]

_DONE = {200: "The answer.", 201: "Created.", 202: "Accepted.", 204: "Done. The answer has no body."}
_WITHOUT_TOKEN = frozenset({"getHealth", "getReadiness"})


def _parameter(name: str, description: str, **schema: Any) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string", **schema}}


def _header(description: str, **schema: Any) -> Json:
    return {"description": description, "schema": {"type": "string", **schema}}


_EVERY_PARAMETER = (
    _parameter(
        "X-Sandbox",
        "The sandbox that the request is for. The path prefix `/s/{sandbox}` says the same. Without either it is for "
        "`default`.",
        pattern=forms.NAME["pattern"],
    ),
    _parameter(
        "Accept-Language",
        "The language of texts in the answer: Spanish, unless English is preferred (RFC 9110).",
        examples=["en"],
    ),
    _parameter(
        "Prefer",
        "`problem=CODE` rehearses a refusal: the operation answers with that problem and does nothing. CODE is one "
        "that the operation declares.",
        pattern="^problem=[a-z_]+$",
    ),
    _parameter(
        "X-Request-Id",
        "The request's id in the answer, the journal and the log. The server makes one where none is sent.",
        pattern="^[A-Za-z0-9._-]{1,64}$",
    ),
    _parameter(
        "Idempotency-Key",
        "The same key with the same body gets the first answer again, for 24 hours of sandbox time. Make a new key for "
        "each operation, and send it again with each retry.",
        minLength=1,
        maxLength=255,
        pattern="^[ -~]+$",
    ),
)
PARAMETERS: dict[str, Json] = {each["name"]: each for each in _EVERY_PARAMETER}

HEADERS: dict[str, Json] = {
    "X-Request-Id": _header("The request's id."),
    "Date": _header(
        "The moment on the sandbox's clock, in whole seconds (RFC 9110 date).",
        examples=["Mon, 23 Nov 2026 14:15:00 GMT"],
    ),
    "Vary": _header("The request headers that the answer depends on.", examples=["Accept-Language"]),
    "Content-Language": _header("The language of the texts in the answer.", enum=["es", "en"]),
    "Cache-Control": _header("Answers of the bank are never stored.", const="no-store"),
    "Idempotency-Replayed": _header(
        "Present where the answer is a stored one, because the key was used before.", const="true"
    ),
    "Content-Disposition": _header("The file name to save the answer under."),
    "Warning": _header('The rules that warn about the operation, and let it pass (`299 - "name"`).'),
    "Preference-Applied": _header(
        "Present where the refusal was rehearsed: the preference that was applied.",
        examples=["problem=insufficient_funds"],
    ),
    "Retry-After": _header("Seconds to wait before trying again.") | {"schema": {"type": "integer", "minimum": 0}},
    "RateLimit": _header(
        "The limit that was reached: requests left (`r`) and seconds until it resets (`t`).",
        examples=['"holder-lookups";r=0;t=30'],
    ),
    "RateLimit-Policy": _header(
        "The limit's policy: requests (`q`) in a window of seconds (`w`).", examples=['"holder-lookups";q=10;w=60']
    ),
    "WWW-Authenticate": _header(
        "How to authenticate (RFC 6750).", examples=['Bearer realm="modelo", error="invalid_token"']
    ),
}

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
