"""Keyset paging: a cursor is the sort key of the last row seen, so page 10,000 costs what page 1 costs."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import Query
from pydantic import BaseModel

from sandbox.problems import InvalidCursor

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R")

Limit = Annotated[int, Query(ge=1, le=200, description="Items a page, 1 to 200.")]
From = Annotated[
    date | None, Query(alias="from", ge=date(1995, 1, 1), le=date(2199, 12, 30), description="Not before this day.")
]
To = Annotated[
    date | None, Query(alias="to", ge=date(1995, 1, 1), le=date(2199, 12, 30), description="Not after this day.")
]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before.")]


class Rows(NamedTuple):
    """A page of rows as they are written to JSON. Each row has the fields of the model that its operation declares, in
    their order; making the models would cost more than reading the rows."""

    items: Sequence[Mapping[str, str]]
    next_cursor: str | None


def seal(*key: int | str) -> str:
    """A cursor that stands for a sort key."""
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def unseal(cursor: str, *kinds: type) -> list[int | str]:
    """The sort key of a cursor, whose parts must be of `kinds`. Raises InvalidCursor."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise InvalidCursor from None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        raise InvalidCursor
    if any(isinstance(part, int) and not -(2**63) <= part < 2**63 for part in key):
        raise InvalidCursor
    return key


def fingerprint(operation: str, arguments: Mapping[str, Any]) -> str:
    """Eight characters that stand for a query: the operation and everything asked, but for `limit` and `cursor`. The
    order of `arguments` counts: it is that of the declaration."""
    asked = {**arguments, "limit": None, "cursor": None}
    digest = hashlib.blake2s(f"{operation}{asked}".encode(), digest_size=6).digest()
    return base64.urlsafe_b64encode(digest).decode()


def bound(cursor: str, query: str) -> str:
    """A cursor that only the query that made it takes."""
    return query + cursor


def unbound(cursor: str, query: str) -> str:
    """The cursor as it was before it was bound to `query`. Raises InvalidCursor for one of another query."""
    if not cursor.startswith(query):
        raise InvalidCursor
    return cursor[len(query) :]


def page_of(page: type[P], rows: Sequence[R], limit: int, show: Callable[[R], Any], key: Callable[[R], int | str]) -> P:
    """The page of at most `limit` of `rows`, which were asked for with one more, so as to know whether there is
    more."""
    more = len(rows) > limit
    return page(items=[show(row) for row in rows[:limit]], next_cursor=seal(key(rows[limit - 1])) if more else None)
