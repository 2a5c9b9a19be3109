"""Names that clients use and the server knows: kinds of events, operations, methods, paths.

These vocabularies are closed, so that a typo is told: a filter, a fault or a webhook that means nothing would wait for
ever.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from sandbox.bank.wire import refuse
from sandbox.domain.events import EVENTS, FILTERS
from sandbox.http.index import RouteIndex
from sandbox.kernel.words import either
from sandbox.problem import FieldError, Text

_ANY = re.compile(r"\*|\{[A-Za-z0-9_]*\}")
_KNOWN = frozenset(FILTERS)


def _known(kind: str) -> str:
    if kind in _KNOWN:
        return kind
    noun = kind.partition(".")[0]
    options = [f"{noun}.{verb}" for verb in EVENTS[noun]] if noun in EVENTS else list(EVENTS)
    es, en = (either(options, language) for language in ("es", "en"))
    raise refuse("not_an_option", f"Debe ser una de: {es}.", f"It must be one of: {en}.")


SCHEMA: dict[str, Any] = {"type": "string", "enum": list(FILTERS)}
EventKind = Annotated[str, AfterValidator(_known), WithJsonSchema(SCHEMA)]
"""`transfer`, or `transfer.completed`."""


def require_operation(index: RouteIndex, name: str | None, field: str) -> Iterator[FieldError]:
    """The error of a name that no operation of the bank has, if it has none."""
    if name is not None and all(route.operation_id != name for route in index.of_bank):
        yield FieldError(field, "not_an_option", Text("No existe esa operación.", "There is no such operation."))


def require_path(index: RouteIndex, path: str | None, field: str) -> Iterator[FieldError]:
    """The error of a path, with `{}` or `*` for a segment, that no operation of the bank answers under."""
    if path is not None and not any(_meet(path, route.path) for route in index.of_bank):
        yield FieldError(field, "not_an_option", Text("No existe esa ruta en /v1.", "There is no such path in /v1."))


def _meet(pattern: str, path: str) -> bool:
    """Whether there is a request that both mean."""
    ours, theirs = pattern.split("/"), path.split("/")
    return len(ours) == len(theirs) and all(
        one == other or _ANY.fullmatch(one) is not None or _ANY.fullmatch(other) is not None
        for one, other in zip(ours, theirs, strict=True)
    )
