"""What a route takes, compiled once from FastAPI's reading of its handler: bytes in, arguments out, strictly.

A query is text, and pydantic reads text generously (`1_0`, `+5` and ` 1` are ten, five and one). Here each value is
written as JSON would write it, or it is refused; so is a name that is unknown or stands twice.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model

from sandbox.http.answers import field_errors
from sandbox.http.context import RequestContext
from sandbox.http.texts import require_texts
from sandbox.problem import FieldError, Text
from sandbox.problems import MalformedBody, UnsupportedMediaType, ValidationFailed

_REPEATED = Text("Este parámetro está repetido.", "This parameter is repeated.")
_REQUIRED = Text("Este campo es obligatorio.", "This field is required.")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": True, "false": False}
_JSON = re.compile(r"application/(json|[a-z0-9!#$&^_.+-]+\+json)\s*(;.*)?", re.IGNORECASE | re.DOTALL)

Arguments = dict[str, Any]


def _integer(text: str) -> int | str:
    return int(text) if _INTEGER.fullmatch(text) else text


def _number(text: str) -> float | str:
    return float(text) if _NUMBER.fullmatch(text) else text


def _boolean(text: str) -> bool | str:
    return _BOOLEANS.get(text, text)


def _day(text: str) -> date | str:
    if not _DATE.fullmatch(text):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:  # no such day: 2026-02-30
        return text


_READERS: dict[Any, Callable[[str], Any]] = {int: _integer, float: _number, bool: _boolean, date: _day}


class Values:
    """Named texts of one kind (a query, a path, headers), and the arguments they are."""

    def __init__(self, fields: Sequence[Any]) -> None:
        self._readers = {field.alias: _READERS.get(_core(field.field_info.annotation)) for field in fields}
        shapes: dict[str, Any] = {}
        for field in fields:
            info = field.field_info
            default = ... if info.is_required() else info.default
            shapes[field.name] = (annotated(info), Field(default, alias=field.alias))
        model: type[BaseModel] = create_model("Values", __config__=ConfigDict(extra="forbid", strict=True), **shapes)
        self._validator = model.__pydantic_validator__
        required = any(field.field_info.is_required() for field in fields)
        self.defaults: Arguments | None = None if required else dict(vars(model()))

    def read(self, given: Mapping[str, str]) -> Arguments:
        """The arguments. Raises pydantic's ValidationError."""
        readers = self._readers
        values = {}
        for name, text in given.items():
            reader = readers.get(name)
            values[name] = text if reader is None else reader(text)
        arguments: Arguments = vars(self._validator.validate_python(values))
        return arguments


class Parameters:
    """What one route takes. `arguments` is called for each request."""

    def __init__(self, route: APIRoute, *, strict_query: bool, is_deep: bool) -> None:
        dependant = route.dependant
        self._query = Values(dependant.query_params)
        self._strict_query = strict_query
        self._headers = Values(dependant.header_params) if dependant.header_params else None
        self._header_names = [(field.alias, field.alias.encode()) for field in dependant.header_params]
        paths = dependant.path_params
        self._path_names = [field.name for field in paths]
        plain = all(field.field_info.annotation is str and not field.field_info.metadata for field in paths)
        self._path = None if plain else Values(paths)
        self._body_name: str | None = None
        self._is_deep = is_deep
        if route.body_field is not None:
            (body,) = dependant.body_params
            self._body_name = body.name
            self._body_default = ... if body.field_info.is_required() else body.field_info.default
            self._read_body = _body_reader(body.field_info)
        self.is_paged = any(field.name == "cursor" for field in dependant.query_params)

    def arguments(self, call: RequestContext) -> Arguments:
        """The handler's arguments, but for the call itself.

        Raises ValidationFailed with everything that is wrong in path, query, headers and body at once, MalformedBody
        for what is not JSON in UTF-8, UnsupportedMediaType.
        """
        require_texts(call, call.body if self._body_name is not None else None)
        defaults = self._query.defaults
        if not call.query and defaults is not None and self._path is None and self._headers is None:
            arguments = call.path_params | defaults
            if self._body_name is None:
                return arguments
            errors: list[FieldError] = []
        else:
            arguments, errors = self._outside_body(call)
        if self._body_name is not None:
            try:
                arguments[self._body_name] = self._body(call)
            except ValidationError as error:
                errors += field_errors(error, _parsed(call.body))
            except ValidationFailed as error:
                errors += error.errors
        if errors:
            raise ValidationFailed(errors=errors)
        return arguments

    def _outside_body(self, call: RequestContext) -> tuple[Arguments, list[FieldError]]:
        arguments: Arguments = {}
        errors: list[FieldError] = []
        if self._path is None:
            arguments |= call.path_params
        else:
            _read_into(arguments, errors, self._path, call.path_params)
        pairs = _pairs(call.query.decode("latin-1")) if call.query else []
        query = dict(pairs)
        if self._strict_query:
            if len(query) != len(pairs):
                errors += _repeated(name for name, _ in pairs)
            _read_into(arguments, errors, self._query, query)
        if self._headers is not None:
            found = {alias: call.header(name) for alias, name in self._header_names}
            _read_into(arguments, errors, self._headers, {name: text for name, text in found.items() if text})
        return arguments, errors

    def _body(self, call: RequestContext) -> Any:
        raw = call.body
        if not raw:
            if self._body_default is ...:
                raise ValidationFailed(errors=[FieldError("", "required", _REQUIRED)])
            return self._body_default
        content_type = call.header(b"content-type")
        if content_type is not None and content_type != "application/json" and not _JSON.fullmatch(content_type):
            raise UnsupportedMediaType
        try:
            body = self._read_body(raw)
        except ValidationError as error:
            if error.errors(include_url=False, include_context=False, include_input=False)[0]["type"] == "json_invalid":
                raise MalformedBody from None
            _require_one_of_each(raw)
            raise
        # As many colons as distinct names: no name stands twice, and no value has a colon or names of its own.
        if self._is_deep or raw.count(b":") != len(body.model_fields_set):
            _require_one_of_each(raw)
        return body


def annotated(info: Any) -> Any:
    """The type of a parameter with its constraints."""
    constraints = [*info.metadata]
    if info.discriminator is not None:
        constraints.append(Field(discriminator=info.discriminator))
    return Annotated[(info.annotation, *constraints)] if constraints else info.annotation


def _pairs(query: str) -> list[tuple[str, str]]:
    """The names and values of a query; those without escapes, which most are, are taken apart by hand."""
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]


def _body_reader(info: Any) -> Callable[[bytes], Any]:
    annotation = annotated(info)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.__pydantic_validator__.validate_json
    return TypeAdapter(annotation).validator.validate_json


def _read_into(arguments: Arguments, errors: list[FieldError], values: Values, given: Mapping[str, str]) -> None:
    try:
        arguments |= values.read(given)
    except ValidationError as error:
        errors += field_errors(error, None)


def _repeated(names: Iterator[str]) -> list[FieldError]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    return [FieldError(name, "repeated", _REPEATED) for name, times in seen.items() if times > 1]


def _core(annotation: Any) -> Any:
    """The type behind `Annotated` and `| None`."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            kinds = [each for each in get_args(annotation) if each is not NoneType]
            if len(kinds) != 1:
                return annotation
            annotation = kinds[0]
        else:
            return annotation


def _require_one_of_each(raw: bytes) -> None:
    """Raises MalformedBody where a name stands twice in one object (RFC 8259, 4: what it means is left open), or where
    a number is none that JSON has."""
    try:
        json.loads(raw, object_pairs_hook=_distinct, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise MalformedBody from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
