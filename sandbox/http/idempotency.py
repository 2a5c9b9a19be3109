"""Idempotency keys: the first answer is kept and given again; nothing is done twice."""

import hashlib
from typing import NamedTuple

from fastapi import Response
from sqlalchemy import delete
from sqlmodel import Field, SQLModel, select

from sandbox.kernel.clock import DAY
from sandbox.problems import IdempotencyInProgress, IdempotencyKeyReused, InvalidIdempotencyKey
from sandbox.storage.queries import adding, change, one, param
from sandbox.storage.unit import UnitOfWork

KEPT = DAY


class KeptResponse(SQLModel, table=True):
    """What a member's request with a key was answered; `request_print` tells whether it was the same request."""

    __tablename__ = "kept_response"

    member_id: int = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_print: str
    status: int
    media_type: str
    body: str
    kept_at: int = Field(index=True)


KEPT_RESPONSE = one(
    select(KeptResponse).where(KeptResponse.member_id == param("member"), KeptResponse.key == param("key"))
)
KEEP = adding(KeptResponse)
FORGET = change(delete(KeptResponse).where(KeptResponse.member_id == param("member"), KeptResponse.key == param("key")))


class Slot(NamedTuple):
    """The place in which a request's answer will be kept."""

    member_id: int
    key: str
    request_print: str


def slot(member_id: int, key: str, method: str, path: str, body: bytes) -> Slot:
    """Where the answer to this request belongs. Raises InvalidIdempotencyKey."""
    if not 0 < len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise InvalidIdempotencyKey
    print_ = hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()
    return Slot(member_id, key, print_)


async def recall(unit: UnitOfWork, place: Slot) -> Response | None:
    """The answer kept there, or None when the request is new (and marked as running until `leave`).

    Raises IdempotencyKeyReused for another request's key, IdempotencyInProgress while the first one runs.
    """
    kept = await unit.one(KEPT_RESPONSE, member=place.member_id, key=place.key)
    if kept is not None and kept.kept_at + KEPT > unit.now:
        if kept.request_print != place.request_print:
            raise IdempotencyKeyReused
        return Response(kept.body, kept.status, {"Idempotency-Replayed": "true"}, kept.media_type)
    if kept is not None:
        await unit.change(FORGET, member=place.member_id, key=place.key)
    running = unit.sandbox.running_keys
    if place[:2] in running:
        raise IdempotencyInProgress
    running.add(place[:2])
    return None


async def keep(unit: UnitOfWork, place: Slot, response: Response) -> None:
    """Keep this answer, in the transaction that did the work."""
    await unit.insert(
        KEEP,
        member_id=place.member_id,
        key=place.key,
        request_print=place.request_print,
        status=response.status_code,
        media_type=response.headers.get("content-type", ""),
        body=bytes(response.body).decode(),
        kept_at=unit.now,
    )


def leave(unit: UnitOfWork, place: Slot) -> None:
    """The request is over, well or badly."""
    unit.sandbox.running_keys.discard(place[:2])
