"""Idempotency keys: the first answer is kept and given again; nothing is done twice."""

import hashlib
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import delete, update
from sqlmodel import Field, SQLModel, col, select

from sandbox.http.answers import Answer
from sandbox.http.context import RequestContext
from sandbox.kernel.clock import DAY
from sandbox.problems import IdempotencyInProgress, IdempotencyKeyReused, InvalidIdempotencyKey
from sandbox.storage.queries import adding, change, one, param, upsert
from sandbox.storage.unit import UnitOfWork

KEPT = DAY
# An answer that opens a session is not kept: with the database one would have the session.
_ACCESS, _REFRESH = b'"access_token"', b'"refresh_token"'


class KeptResponse(SQLModel, table=True):
    """What a request with a key was answered; `request_print` tells whether it was the same request.

    `holder` is the member's key or, where there is no session, the challenge's with a minus in front. The `status` is 0
    of a place that was taken by a request whose answer is not kept.
    """

    __tablename__ = "kept_response"

    holder: int = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_print: str
    status: int
    media_type: str
    body: str
    kept_at: int = Field(index=True)


_of_place = (col(KeptResponse.holder) == param("of_holder"), col(KeptResponse.key) == param("of_key"))
KEPT_RESPONSE = one(select(KeptResponse).where(*_of_place))
KEEP = adding(KeptResponse)
_place = {"holder": param("holder"), "key": param("key")}
_answer = {name: param(name) for name in ("request_print", "status", "media_type", "body", "kept_at")}
TAKE = change(
    upsert(KeptResponse)
    .values(**_place, request_print="", status=0, media_type="", body="", kept_at=param("now"))
    .on_conflict_do_nothing()
)
FILL = change(update(KeptResponse).where(*_of_place).values(**_answer))
FORGET = change(delete(KeptResponse).where(*_of_place))


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
    kept = await unit.one(KEPT_RESPONSE, of_holder=place.holder, of_key=place.key)
    if kept is not None and kept.status and kept.kept_at + KEPT > unit.now:
        if kept.request_print != place.request_print:
            raise IdempotencyKeyReused
        return Answer(kept.status, kept.body.encode(), kept.media_type, [(b"idempotency-replayed", b"true")])
    if kept is not None:
        await unit.later(FORGET, of_holder=place.holder, of_key=place.key)
    if _is_contended(unit, place) and not await unit.change(TAKE, holder=place.holder, key=place.key, now=unit.now):
        return await recall(unit, place)  # the other one has ended, or this one would still wait
    running = unit.sandbox.running_keys
    if place[:2] in running:
        raise IdempotencyInProgress
    running.add(place[:2])
    return None


def _is_contended(unit: UnitOfWork, place: Slot) -> bool:
    """Whether a request to another process may have the same key at the same time. A member's requests follow each
    other, since each of them has locked the member's row."""
    return unit.shared and place.holder < 0


async def keep(unit: UnitOfWork, place: Slot, answer: Answer) -> None:
    """Keep this answer, in the transaction that did the work; but for one that holds tokens."""
    body = answer.body
    if body.find(_ACCESS) >= 0 or body.find(_REFRESH) >= 0:
        return
    kept = {
        "request_print": place.request_print,
        "status": answer.status,
        "media_type": answer.media_type,
        "body": body.decode(),
        "kept_at": unit.now,
    }
    if _is_contended(unit, place):
        await unit.later(FILL, of_holder=place.holder, of_key=place.key, **kept)
    else:
        await unit.add(KEEP, holder=place.holder, key=place.key, **kept)


def leave(unit: UnitOfWork, place: Slot) -> None:
    """The request is over, well or badly."""
    unit.sandbox.running_keys.discard(place[:2])
