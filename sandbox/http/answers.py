"""Answers: what a route gives back, and how every refusal is told (RFC 9457)."""

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sandbox.domain import redaction
from sandbox.http.context import RequestContext
from sandbox.kernel import forms
from sandbox.kernel.words import either, number
from sandbox.problem import FieldError, Problem, Text
from sandbox.problems import InternalError, MalformedBody, MethodNotAllowed, NotFound

JSON = "application/json"
MEDIA_TYPE = "application/problem+json"

# Pydantic's error types, as the stable codes and words of ours.
_CHECKS: dict[str, tuple[str, Text]] = {
    "missing": ("required", Text("Este campo es obligatorio.", "This field is required.")),
    "extra_forbidden": ("unknown_field", Text("Este campo no existe.", "There is no such field.")),
    "string_type": ("not_text", Text("Debe ser texto.", "It must be text.")),
    "int_type": ("not_integer", Text("Debe ser un número entero.", "It must be an integer.")),
    "int_parsing": ("not_integer", Text("Debe ser un número entero.", "It must be an integer.")),
    "float_type": ("not_number", Text("Debe ser un número.", "It must be a number.")),
    "bool_type": ("not_boolean", Text("Debe ser verdadero o falso.", "It must be true or false.")),
    "bool_parsing": ("not_boolean", Text("Debe ser verdadero o falso.", "It must be true or false.")),
    "list_type": ("not_list", Text("Debe ser una lista.", "It must be a list.")),
    "model_type": ("not_object", Text("Debe ser un objeto.", "It must be an object.")),
    "model_attributes_type": ("not_object", Text("Debe ser un objeto.", "It must be an object.")),
    "dict_type": ("not_object", Text("Debe ser un objeto.", "It must be an object.")),
    "literal_error": ("not_an_option", Text("Debe ser una de: {expected}.", "It must be one of: {expected}.")),
    "enum": ("not_an_option", Text("Debe ser una de: {expected}.", "It must be one of: {expected}.")),
    "union_tag_not_found": ("required", Text("Este campo es obligatorio.", "This field is required.")),
    "union_tag_invalid": (
        "not_an_option",
        Text("Debe ser una de: {expected_tags}.", "It must be one of: {expected_tags}."),
    ),
    "string_too_short": (
        "too_short",
        Text(
            "Lleva al menos {min_length} {min_length:carácter|caracteres}.",
            "It takes at least {min_length} {min_length:character|characters}.",
        ),
    ),
    "string_too_long": (
        "too_long",
        Text(
            "Lleva como máximo {max_length} {max_length:carácter|caracteres}.",
            "It takes at most {max_length} {max_length:character|characters}.",
        ),
    ),
    "string_pattern_mismatch": ("bad_format", Text("El formato no es válido.", "The format is not valid.")),
    "too_short": (
        "too_few",
        Text(
            "Lleva al menos {min_length} {min_length:elemento|elementos}.",
            "It takes at least {min_length} {min_length:item|items}.",
        ),
    ),
    "too_long": (
        "too_many",
        Text(
            "Lleva como máximo {max_length} {max_length:elemento|elementos}.",
            "It takes at most {max_length} {max_length:item|items}.",
        ),
    ),
    "greater_than_equal": ("too_small", Text("El mínimo es {ge}.", "The minimum is {ge}.")),
    "greater_than": ("too_small", Text("Debe ser mayor que {gt}.", "It must be greater than {gt}.")),
    "less_than_equal": ("too_large", Text("El máximo es {le}.", "The maximum is {le}.")),
    "date_from_datetime_parsing": ("bad_date", Text("Escribe la fecha AAAA-MM-DD.", "Write the date YYYY-MM-DD.")),
    "date_parsing": ("bad_date", Text("Escribe la fecha AAAA-MM-DD.", "Write the date YYYY-MM-DD.")),
    "date_type": ("bad_date", Text("Escribe la fecha AAAA-MM-DD.", "Write the date YYYY-MM-DD.")),
    "date_from_datetime_inexact": ("bad_date", Text("Escribe la fecha AAAA-MM-DD.", "Write the date YYYY-MM-DD.")),
}
_QUOTED = re.compile("'([^']*)'")
_PLAIN_PATH = re.compile(r"(?!//)[A-Za-z0-9/_-]*")
_ONLY = Text("Debe ser {expected}.", "It must be {expected}.")
_OTHERWISE = ("invalid", Text("El valor no es válido.", "The value is not valid."))
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Headers = list[tuple[bytes, bytes]]


class Answer:
    """A whole answer: its body as bytes, and the headers of its own. The gate adds those that all answers have."""

    __slots__ = ("body", "headers", "media_type", "status")

    def __init__(self, status: int, body: bytes = b"", media_type: str = JSON, headers: Headers | None = None) -> None:
        self.status = status
        self.body = body
        self.media_type = media_type
        self.headers: Headers = [] if headers is None else headers

    def framed(self) -> Headers:
        """Its headers with those that describe the body."""
        if self.status == 204:
            return list(self.headers)
        return [
            (b"content-type", self.media_type.encode("latin-1")),
            (b"content-length", str(len(self.body)).encode()),
            *self.headers,
        ]


def document(body: bytes, media_type: str, disposition: str) -> Answer:
    """A file as an answer, to be shown (`inline; filename="…"`) or kept (`attachment; …`)."""
    return Answer(200, body, media_type, [(b"content-disposition", disposition.encode("latin-1"))])


def refusal(call: RequestContext, problem: Problem) -> Answer:
    """The answer that tells `problem`, in the caller's language."""
    call.refused = problem
    body = problem.body(call.language, call.request_id, reference(call.path))
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in problem.headers.items()]
    return Answer(problem.status, _written(body).encode(), MEDIA_TYPE, headers)


def reference(path: str) -> str:
    """The URI reference that means a path (RFC 3986, 4.2): what begins with two slashes would name a host."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    quoted = quote(path, safe="/:@!$&'()*+,;=-._~", errors="replace")
    return f"/.{quoted}" if quoted.startswith("//") else quoted


def field_errors(error: ValidationError, body: Any) -> list[FieldError]:
    """Every failing field of a query or a body with our codes and words; `body` is the JSON as it was sent."""
    return [_field_error(each, body) for each in error.errors(include_url=False)]


def _field_error(error: Any, body: Any) -> FieldError:
    place = _place(error["loc"], body)
    context = error.get("ctx", {})
    if isinstance(context.get("words"), Text):  # a check of ours brings its own words
        return FieldError(_field_name(place, error), error["type"], context["words"])
    if {"es", "en"} <= context.keys():
        return FieldError(_field_name(place, error), error["type"], Text(context["es"], context["en"]))
    kind = error["type"]
    if kind in ("too_short", "too_long") and isinstance(error["input"], str):
        kind = f"string_{kind}"
    code, words = _CHECKS.get(kind, _OTHERWISE)
    known = forms.of_pattern(context.get("pattern", ""))
    if known is not None:
        words = Text(known.es, known.en)
    return FieldError(_field_name(place, error), code, _filled(words, context))


def _filled(words: Text, context: dict[str, Any]) -> Text:
    """The words of a check with pydantic's values, which it gives in English: `'cedula' or 'passport'`, `0.0`."""
    values = {name: number(value) for name, value in context.items()}
    options = next((str(values[name]) for name in ("expected", "expected_tags") if name in values), None)
    if options is None:
        return words.filled(values)
    listed = _QUOTED.findall(options) or re.split(r", | or ", options)
    if len(listed) == 1:
        words = _ONLY
    return words.filled(dict.fromkeys(("expected", "expected_tags"), Text(either(listed, "es"), either(listed, "en"))))


def _place(loc: Sequence[str | int], body: Any) -> list[str]:
    """The path of a field as the client wrote it: without the tags of unions, which are in no body."""
    place = []
    is_known = body is not None
    for depth, part in enumerate(loc):
        if isinstance(body, dict) and part not in body and depth < len(loc) - 1:
            continue
        if is_known and not isinstance(body, dict | list):
            break
        place.append(str(part))
        if isinstance(body, dict):
            body = body.get(part)
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
    return place


def _field_name(place: list[str], error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":  # a name of the client's, which may be anything
        place = [*place[:-1], redaction.name_of(place[-1])]
    discriminator = error.get("ctx", {}).get("discriminator")
    if discriminator:
        place = [*place, str(discriminator).strip("'")]
    return ".".join(place)


def install(app: FastAPI) -> None:
    """Make every refusal of the pages of `app` a problem document."""

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return _response(request, MethodNotAllowed(headers=error.headers))
        return _response(request, NotFound() if error.status_code == 404 else MalformedBody())

    async def on_problem(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        return _response(request, problem)

    async def on_anything(request: Request, _: Exception) -> Response:
        return _response(request, InternalError())

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(Exception, on_anything)


def _response(request: Request, problem: Problem) -> Response:
    told = refusal(request.scope["sandbox.context"], problem)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in told.headers}
    return Response(told.body, told.status, headers, told.media_type)
