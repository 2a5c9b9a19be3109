"""What of an exchange may be shown: what the operation that was called declares, and of that what is harmless.

Worked out from the routes when a client asks, once for each operation; requests that pass pay nothing for it.
"""

import json
from collections.abc import Iterable
from functools import cache, cached_property, lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import Field, TypeAdapter, create_model

from sandbox.domain import redaction
from sandbox.domain.redaction import ASKED, HIDDEN, NOTHING, TOLD, Declared
from sandbox.http.describe import problem_schema
from sandbox.http.index import RouteIndex
from sandbox.http.parameters import annotated
from sandbox.http.route import UnitRoute
from sandbox.kernel import clock
from sandbox.problem import CATALOGUE
from sandbox.sandboxes.journal import BODY_KEPT, Exchange

_BODY_SHOWN = 16_384


@cache
def _problem() -> Declared:
    """What any problem tells. Of the catalogue, which is whole once a request was answered."""
    schema = problem_schema()
    extras = {name: shape for kind in CATALOGUE.values() for name, shape in kind.extras.items()}
    return Declared({**schema, "properties": {**schema["properties"], **extras}}, TOLD)


class Declaration:
    """What one operation takes and answers."""

    def __init__(self, route: UnitRoute) -> None:
        self._route = route

    @property
    def template(self) -> str:
        """Its path, parameters in braces."""
        return self._route.path

    @cached_property
    def asked(self) -> Declared:
        """The body it takes."""
        field = self._route.body_field
        return NOTHING if field is None else Declared(_schema(field.field_info.annotation, "validation"), ASKED)

    @cached_property
    def query(self) -> Declared:
        """The parameters of its query, as the properties of an object."""
        fields: dict[str, Any] = {
            f"parameter_{number}": (annotated(field.field_info), Field(alias=field.alias))
            for number, field in enumerate(self._route.dependant.query_params)
        }
        return Declared(_schema(create_model("Query", **fields), "validation"), ASKED)

    @cached_property
    def told(self) -> Declared:
        """The body it answers with when it does not refuse."""
        model = self._route.response_model
        return NOTHING if model is None else Declared(_schema(model, "serialization"), TOLD)


class Declarations:
    """Every operation of the bank, by its name, and the words that stand in their paths."""

    def __init__(self, routes: Iterable[UnitRoute]) -> None:
        found = list(routes)
        self._operations = {route.operation_id: Declaration(route) for route in found}
        self._words = frozenset(part for route in found for part in route.path.split("/") if part and part[0] != "{")

    def path(self, exchange: Exchange) -> str:
        """The path of an exchange as it may be shown."""
        declared = self._of(exchange)
        return redaction.path(exchange.path, declared.template if declared else None, self._words)

    def answer(self, exchange: Exchange) -> Any:
        """The JSON of an answer as it may be shown; `[redacted]` where it is none, or was not kept whole."""
        declared = self._of(exchange)
        told = _problem() if exchange.status >= 400 else declared.told if declared else NOTHING
        shown = _json(exchange.response_body, exchange.response_size, told)
        if exchange.status >= 400 and isinstance(shown, dict) and "instance" in shown:
            shown["instance"] = self.path(exchange)
        return shown

    def view(self, exchange: Exchange) -> dict[str, Any]:
        """An exchange as it may be shown."""
        declared = self._of(exchange)
        asked = _json(exchange.request_body, exchange.request_size, declared.asked if declared else NOTHING)
        return {
            "id": exchange.id,
            "correlation_id": exchange.correlation_id,
            "at": clock.show(exchange.moment),
            "method": exchange.method,
            "path": self.path(exchange),
            "query": _query(exchange.query, declared.query if declared else NOTHING),
            "operation_id": exchange.operation_id,
            "status": exchange.status,
            "fault": exchange.fault,
            "duration_ms": round(exchange.duration_us / 1000, 3),
            "request": _side(exchange.request_headers, asked, exchange.request_size),
            "response": _side(exchange.response_headers, self.answer(exchange), exchange.response_size),
        }

    def _of(self, exchange: Exchange) -> Declaration | None:
        return self._operations.get(exchange.operation_id)


@lru_cache(maxsize=4)
def declarations(index: RouteIndex) -> Declarations:
    """What the operations of the bank declare."""
    return Declarations(index.of_bank)


def _schema(kind: Any, mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    return TypeAdapter(kind).json_schema(mode=mode)


def _side(headers: list[tuple[bytes, bytes]], body: Any, size: int) -> dict[str, Any]:
    is_long = size > _BODY_SHOWN and body != HIDDEN
    return {
        "headers": dict(redaction.header(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers),
        "body": json.dumps(body, ensure_ascii=False)[:_BODY_SHOWN] if is_long else body,
        "body_bytes": size,
        "truncated": size > _BODY_SHOWN,
    }


def _query(query: bytes, declared: Declared) -> str:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(redaction.name_of(name), declared.text(name, value)) for name, value in pairs])


def _json(raw: bytes, size: int, declared: Declared) -> Any:
    """A body as it may be shown. What is no JSON, or was not kept whole, is not."""
    if not raw:
        return None
    if size > BODY_KEPT:
        return HIDDEN
    try:
        return declared.body(json.loads(raw))
    except (ValueError, RecursionError):
        return HIDDEN
