"""Telling a member: a notice in the app, an SMS, an e-mail."""

import json
from typing import Final, NamedTuple

from pydantic_core import to_json

from sandbox.bank.members.queries import MEMBER
from sandbox.bank.notifications import queries, texts
from sandbox.bank.notifications.schemas import NotificationView
from sandbox.bank.notifications.tables import Notification
from sandbox.bank.wire import Page
from sandbox.domain.rules.wording import name_of
from sandbox.domain.vocabulary import Channel, Language
from sandbox.http import paging
from sandbox.kernel import clock
from sandbox.sandboxes import strikes
from sandbox.storage.unit import UnitOfWork

LANGUAGE: Final[Language] = "es"
"""What people are written to in who are no members."""
_NEWEST = 2**63 - 1


def written(unit: UnitOfWork, told: NamedTuple, language: Language) -> str:
    """The text of a message or a notice, by the rules in force."""
    return unit.rules.wording.text(told, language, unit.sandbox.institution.names)


async def notice(unit: UnitOfWork, member: int, kind: str, told: NamedTuple) -> None:
    """Leave a notice in the member's app. A parameter that has words of its own is a `Phrase`."""
    await unit.add(
        queries.ADD_NOTIFICATION,
        member_id=member,
        kind=kind,
        told=name_of(type(told)),
        params=to_json(told).decode(),
        created_at=unit.now,
    )


async def notice_access(unit: UnitOfWork, member: int, device: str) -> None:
    """The notice of each access."""
    here = clock.local(unit.now)
    await notice(unit, member, "access", texts.Accessed(device, f"{here:%d/%m/%Y}", f"{here:%H:%M}"))


async def send(
    unit: UnitOfWork,
    member: int | None,
    channel: Channel,
    destination: str,
    kind: str,
    told: NamedTuple,
    code: str | None = None,
    challenge: int | None = None,
    *,
    language: Language,
) -> None:
    """Send an SMS or an e-mail, written in `language`; it is lost while the channel is out. A code message names its
    code and challenge."""
    if unit.sandbox.faults.outages and await strikes.is_out(unit, channel):
        unit.record("message.lost", member, "chl", challenge or 0, channel=channel, kind=kind)
        return
    message = {
        "member_id": member,
        "channel": channel,
        "destination": destination,
        "kind": kind,
        "text": written(unit, told, language),
        "code": code,
        "challenge_id": challenge,
        "sent_at": unit.now,
        "request_id": unit.request_id,
    }
    await unit.append(queries.ADD_MESSAGE, message, "message.sent", member, "msg", channel=channel, kind=kind)


async def language_of(unit: UnitOfWork, member: int) -> Language:
    """The language of what is written on behalf of a member: the member's own."""
    sender = await unit.one(MEMBER, member=member)
    assert sender is not None
    return sender.language


async def page(
    unit: UnitOfWork, member: int, language: Language, limit: int, cursor: str | None
) -> Page[NotificationView]:
    """The member's notices in `language`, newest first. Raises InvalidCursor."""
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(queries.NOTIFICATIONS_BEFORE, member=member, before=before, limit=limit + 1)
    items = [_view(unit, row, language) for row in rows[:limit]]
    more = len(rows) > limit
    return Page[NotificationView](items=items, next_cursor=paging.seal(rows[limit - 1].id) if more else None)


def _view(unit: UnitOfWork, row: Notification, language: Language) -> NotificationView:
    told = unit.rules.wording.notice(row.told, json.loads(row.params), language)
    return NotificationView(
        id=unit.ids.name("ntf", row.id),
        kind=row.kind,
        title=unit.rules.wording.title(told, language, unit.sandbox.institution.names),
        text=written(unit, told, language),
        created_at=clock.show(row.created_at),
    )
