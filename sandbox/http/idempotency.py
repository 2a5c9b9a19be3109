"""Idempotency keys: the first answer is kept and given again; nothing is done twice."""

import hashlib
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import delete
from sqlmodel import Field, SQLModel, select

from sandbox.http.answers import Answer
from sandbox.http.context import RequestContext
from sandbox.kernel.clock import DAY
from sandbox.problems import IdempotencyInProgress, IdempotencyKeyReused, InvalidIdempotencyKey
from sandbox.storage.queries import adding, change, one, param
from sandbox.storage.unit import UnitOfWork

KEPT = DAY
# An answer that opens a session is not kept: with the database one would have the session.
_ACCESS, _REFRESH = b'"access_token"', b'"refresh_token"'


class KeptResponse(SQLModel, table=True):
    """What a request with a key was answered; `request_print` tells whether it was the same request.

    `holder` is the member's key or, where there is no session, the challenge's with a minus in front.
    """

    __tablename__ = "kept_response"

    holder: int = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_print: str
    status: int
    media_type: str
    body: str
    kept_at: int = Field(index=True)


KEPT_RESPONSE = one(
    select(KeptResponse).where(KeptResponse.holder == param("holder"), KeptResponse.key == param("key"))
)
KEEP = adding(KeptResponse)
FORGET = change(delete(KeptResponse).where(KeptResponse.holder == param("holder"), KeptResponse.key == param("key")))


class Slot(NamedTuple):
    """The place in which a request's answer will be kept."""

    holder: int
    key: str
    request_print: str


def slot(holder: int, key: str, call: RequestContext) -> Slot:
    """Where the answer to this request belongs. Raises InvalidIdempotencyKey.

    Requests are the same when method, path, query and body are: bodies by value, so that the order of names and the
    blanks between them do not count, while a field left out is not a field that is null.
    """
    if not 0 < len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise InvalidIdempotencyKey
    parts = (call.method.encode(), call.path.encode(), call.query, _canonical(call.body))
    return Slot(holder, key, hashlib.sha256(b"\0".join(parts)).hexdigest())


def _canonical(body: bytes) -> bytes:
    try:
        return repr(_ordered(from_json(body))).encode("utf-8", "surrogatepass")
    except ValueError:
        return body  # not JSON: refused further on, and never kept


def _ordered(value: Any) -> Any:
    """The same value with the names of its objects in order."""
    if isinstance(value, dict):
        return sorted((name, _ordered(inner)) for name, inner in value.items())
    return [_ordered(inner) for inner in value] if isinstance(value, list) else value


async def recall(unit: UnitOfWork, place: Slot) -> Answer | None:
    """The answer kept there, or None when the request is new (and marked as running until `leave`).

    Raises IdempotencyKeyReused for another request's key, IdempotencyInProgress while the first one runs.
    """
    kept = await unit.one(KEPT_RESPONSE, holder=place.holder, key=place.key)
    if kept is not None and kept.kept_at + KEPT > unit.now:
        if kept.request_print != place.request_print:
            raise IdempotencyKeyReused
        return Answer(kept.status, kept.body.encode(), kept.media_type, [(b"idempotency-replayed", b"true")])
    if kept is not None:
        await unit.change(FORGET, holder=place.holder, key=place.key)
    running = unit.sandbox.running_keys
    if place[:2] in running:
        raise IdempotencyInProgress
    running.add(place[:2])
    return None


async def keep(unit: UnitOfWork, place: Slot, answer: Answer) -> None:
    """Keep this answer, in the transaction that did the work; but for one that holds tokens."""
    body = answer.body
    if body.find(_ACCESS) >= 0 or body.find(_REFRESH) >= 0:
        return
    await unit.add(
        KEEP,
        holder=place.holder,
        key=place.key,
        request_print=place.request_print,
        status=answer.status,
        media_type=answer.media_type,
        body=body.decode(),
        kept_at=unit.now,
    )


def leave(unit: UnitOfWork, place: Slot) -> None:
    """The request is over, well or badly."""
    unit.sandbox.running_keys.discard(place[:2])
