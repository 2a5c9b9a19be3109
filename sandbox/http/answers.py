"""How problems are answered: one shape for every refusal, whoever raised it (RFC 9457)."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request

from sandbox.domain import redaction
from sandbox.problems import (
    FieldError,
    InternalError,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    Problem,
    Text,
    UnsupportedMediaType,
    ValidationFailed,
)

MEDIA_TYPE = "application/problem+json"

# Pydantic's error types, as the stable codes and words of ours.
_CHECKS: dict[str, tuple[str, Text]] = {
    "missing": ("required", Text("Este campo es obligatorio.", "This field is required.")),
    "extra_forbidden": ("unknown_field", Text("Este campo no existe.", "There is no such field.")),
    "string_type": ("not_text", Text("Debe ser texto.", "It must be text.")),
    "int_type": ("not_integer", Text("Debe ser un número entero.", "It must be an integer.")),
    "int_parsing": ("not_integer", Text("Debe ser un número entero.", "It must be an integer.")),
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
        Text("Lleva al menos {min_length} caracteres.", "It takes at least {min_length} characters."),
    ),
    "string_too_long": (
        "too_long",
        Text("Lleva como máximo {max_length} caracteres.", "It takes at most {max_length} characters."),
    ),
    "string_pattern_mismatch": ("bad_format", Text("El formato no es válido.", "The format is not valid.")),
    "too_short": ("too_few", Text("Lleva al menos {min_length}.", "It takes at least {min_length}.")),
    "too_long": ("too_many", Text("Lleva como máximo {max_length}.", "It takes at most {max_length}.")),
    "greater_than_equal": ("too_small", Text("El mínimo es {ge}.", "The minimum is {ge}.")),
    "less_than_equal": ("too_large", Text("El máximo es {le}.", "The maximum is {le}.")),
    "date_from_datetime_parsing": ("bad_date", Text("Escribe la fecha AAAA-MM-DD.", "Write the date YYYY-MM-DD.")),
    "date_parsing": ("bad_date", Text("Escribe la fecha AAAA-MM-DD.", "Write the date YYYY-MM-DD.")),
    "date_type": ("bad_date", Text("Escribe la fecha AAAA-MM-DD.", "Write the date YYYY-MM-DD.")),
    "date_from_datetime_inexact": ("bad_date", Text("Escribe la fecha AAAA-MM-DD.", "Write the date YYYY-MM-DD.")),
}
_PLAIN_PATH = re.compile(r"(?!//)[A-Za-z0-9/_-]*")
_OTHERWISE = ("invalid", Text("El valor no es válido.", "The value is not valid."))


def answer(request: Request, problem: Problem) -> JSONResponse:
    """The response that tells `problem`, in the caller's language."""
    scope = request.scope
    instance = _reference(scope["path"])
    body = problem.body(scope.get("sandbox.language", "es"), scope.get("sandbox.request_id", ""), instance)
    return JSONResponse(body, problem.status, problem.headers, MEDIA_TYPE)


def _reference(path: str) -> str:
    """The URI reference that means a path (RFC 3986, 4.2): what begins with two slashes would name a host."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    quoted = quote(path, safe="/:@!$&'()*+,;=-._~", errors="replace")
    return f"/.{quoted}" if quoted.startswith("//") else quoted


def problem_of(error: RequestValidationError) -> Problem:
    """What was wrong with the request's form: unreadable, of the wrong media type, or fields that fail."""
    errors: Sequence[Any] = error.errors()
    if any(each["type"] == "json_invalid" for each in errors):
        return MalformedBody()
    if any(each["loc"] == ("body",) and isinstance(each.get("input"), bytes) for each in errors):
        return UnsupportedMediaType()
    return ValidationFailed(errors=[_field_error(each, error.body) for each in errors])


def _field_error(error: dict[str, Any], body: Any) -> FieldError:
    place = _place(error["loc"][1:], body)
    context = error.get("ctx", {})
    if isinstance(context.get("words"), Text):  # a check of ours brings its own words
        return FieldError(_field_name(place, error), error["type"], context["words"])
    if {"es", "en"} <= context.keys():
        return FieldError(_field_name(place, error), error["type"], Text(context["es"], context["en"]))
    kind = error["type"]
    if kind in ("too_short", "too_long") and isinstance(error["input"], str):
        kind = f"string_{kind}"
    code, words = _CHECKS.get(kind, _OTHERWISE)
    return FieldError(_field_name(place, error), code, Text(words.es.format_map(context), words.en.format_map(context)))


def _place(loc: Sequence[str | int], body: Any) -> list[str]:
    """The path of a field as the client wrote it: without the tags of unions, which are in no body."""
    place = []
    for depth, part in enumerate(loc):
        if isinstance(body, dict) and part not in body and depth < len(loc) - 1:
            continue
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
    """Make every refusal of `app` a problem document."""

    async def on_problem(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return answer(request, error)

    async def on_validation(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return answer(request, problem_of(error))

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return answer(request, MethodNotAllowed(headers=error.headers))
        if error.status_code == 404:
            return answer(request, NotFound())
        return answer(request, MalformedBody())

    async def on_anything(request: Request, _: Exception) -> JSONResponse:
        return answer(request, InternalError())

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_anything)
