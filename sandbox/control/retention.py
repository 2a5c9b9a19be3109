"""What a sandbox keeps of its past: the newest events and messages, and of older ones what is still needed.

A pass goes over each table from its oldest row, in transactions of a few rows, and gives up the loop in between, so
that no request waits for more than one of them.
"""

import asyncio
from typing import NamedTuple

from sqlalchemy import delete, exists, func, tuple_
from sqlmodel import col, select

from sandbox.bank.access.tables import UnknownLogin
from sandbox.bank.challenges.tables import Challenge, CodeSpent
from sandbox.bank.notifications.tables import Message
from sandbox.http.idempotency import KEPT, KeptResponse
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.sandboxes.webhooks import Delivery, Webhook
from sandbox.storage.events import Event
from sandbox.storage.queries import Command, Query, change, param, scalar
from sandbox.storage.unit import UnitOfWork

BATCH = 100
"""How many events or messages one transaction deletes at most."""


class Bounds(NamedTuple):
    """How many of the newest rows are kept."""

    events: int
    messages: int


class _Table(NamedTuple):
    """How rows of a table are deleted: `drops` in order, for keys behind `after` up to `end`.

    `reached`, where there is one, is the newest row that may be deleted.
    """

    newest: Query[int]
    end_of_batch: Query[int]
    drops: tuple[Command, ...]
    reached: Query[int] | None = None

    @classmethod
    def of(
        cls,
        table: type[Event | Message | CodeSpent | UnknownLogin],
        *drops: Command,
        reached: Query[int] | None = None,
    ) -> "_Table":
        """The table whose key is `id`."""
        rows = (
            select(table.id)
            .where(col(table.id) > param("after"), col(table.id) <= param("limit"))
            .order_by(col(table.id))
            .limit(BATCH)
            .subquery()
        )
        return cls(scalar(select(func.max(table.id))), scalar(select(func.max(rows.c.id))), drops, reached)


EVENTS = _Table.of(
    Event,
    change(
        delete(Delivery).where(
            col(Delivery.event_id) > param("after"),
            col(Delivery.event_id) <= param("end"),
            col(Delivery.status) != "pending",
        )
    ),
    change(
        delete(Event).where(
            col(Event.id) > param("after"),
            col(Event.id) <= param("end"),
            ~exists().where(col(Delivery.event_id) == col(Event.id)),
        )
    ),
    # What an active webhook has not looked at yet is still to be delivered.
    reached=scalar(select(func.min(Webhook.after)).where(col(Webhook.active) == 1)),
)
# Clients read the code of a pending challenge from its message.
MESSAGES = _Table.of(
    Message,
    change(
        delete(Message).where(
            col(Message.id) > param("after"),
            col(Message.id) <= param("end"),
            ~exists().where(col(Challenge.id) == col(Message.challenge_id), col(Challenge.status) == "pending"),
        )
    ),
)
# What strangers make grow: one row for each username or document that they try.
_STRANGERS: tuple[tuple[type[CodeSpent | UnknownLogin], int], ...] = ((CodeSpent, 50_000), (UnknownLogin, 10_000))
STRANGERS = tuple(
    (
        _Table.of(table, change(delete(table).where(col(table.id) > param("after"), col(table.id) <= param("end")))),
        kept,
    )
    for table, kept in _STRANGERS
)
OLDEST_ANSWER = scalar(select(func.min(KeptResponse.kept_at)))
_answer = (col(KeptResponse.holder), col(KeptResponse.key))
DROP_ANSWERS = change(
    delete(KeptResponse).where(
        tuple_(*_answer).in_(
            select(*_answer)
            .where(col(KeptResponse.kept_at) <= param("until"))
            .order_by(col(KeptResponse.kept_at))
            .limit(BATCH)
        )
    )
)


async def prune(sandbox: Sandbox, bounds: Bounds) -> None:
    """Delete what is no longer kept. Raises SandboxNotFound once the sandbox is removed."""
    await _prune_rows(sandbox, EVENTS, bounds.events)
    await _prune_rows(sandbox, MESSAGES, bounds.messages)
    for table, kept in STRANGERS:
        await _prune_rows(sandbox, table, kept)
    await _prune_answers(sandbox)


async def _prune_rows(sandbox: Sandbox, table: _Table, kept: int) -> None:
    after = 0
    while True:
        end = await _prune_some_rows(sandbox, table, kept, after)
        if end is None:
            return
        after = end
        await asyncio.sleep(0)


async def _prune_answers(sandbox: Sandbox) -> None:
    while True:
        if not await _prune_some_answers(sandbox):
            return
        await asyncio.sleep(0)


async def _prune_some_rows(sandbox: Sandbox, table: _Table, kept: int, after: int) -> int | None:
    """The key up to which the rows behind `after` have been looked at; None when none is left to look at."""
    unit = sandbox.unit("retention")
    try:
        end = await unit.one(table.end_of_batch, after=after, limit=await _limit(unit, table, kept))
        if end is None:
            return None
        for drop in table.drops:
            await unit.later(drop, after=after, end=end)
        await unit.commit()
        return end
    finally:
        unit.rollback()


async def _limit(unit: UnitOfWork, table: _Table, kept: int) -> int:
    """The key of the newest row that may be deleted."""
    newest = await unit.one(table.newest)
    limit = (newest or 0) - kept
    if table.reached is None:
        return limit
    reached = await unit.one(table.reached)
    return limit if reached is None else min(limit, reached)


async def _prune_some_answers(sandbox: Sandbox) -> bool:
    """Whether there were answers older than `KEPT`."""
    unit = sandbox.unit("retention")
    try:
        oldest = await unit.one(OLDEST_ANSWER)
        if oldest is None or oldest > unit.now - KEPT:
            return False
        await unit.later(DROP_ANSWERS, until=unit.now - KEPT)
        await unit.commit()
        return True
    finally:
        unit.rollback()
