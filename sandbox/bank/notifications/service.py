"""Telling a member: a notice in the app, an SMS, an e-mail."""

from typing import Final, NamedTuple

from sandbox.bank.notifications import queries, texts
from sandbox.bank.notifications.schemas import NotificationView
from sandbox.bank.wire import Page
from sandbox.domain.rules.wording import Language
from sandbox.domain.vocabulary import Channel
from sandbox.http import paging
from sandbox.kernel import clock
from sandbox.sandboxes import strikes
from sandbox.storage.unit import UnitOfWork

LANGUAGE: Final[Language] = "es"
"""What members are written to in."""
_NEWEST = 2**63 - 1


def written(unit: UnitOfWork, told: NamedTuple) -> str:
    """The text of a message or a notice, by the rules in force."""
    return unit.rules.wording.text(told, LANGUAGE, unit.sandbox.institution.names)


async def notice(unit: UnitOfWork, member: int, kind: str, told: NamedTuple) -> None:
    """Leave a notice in the member's app."""
    title = unit.rules.wording.title(told, LANGUAGE, unit.sandbox.institution.names)
    await unit.insert(
        queries.ADD_NOTIFICATION,
        member_id=member,
        kind=kind,
        title=title,
        text=written(unit, told),
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
) -> int | None:
    """Send an SMS or an e-mail; gives the message's key, or None when it is lost because the channel is out.

    A code message names its code and challenge.
    """
    if unit.sandbox.faults.outages and await strikes.is_out(unit, channel):
        unit.record("message.lost", member, "chl", challenge or 0, channel=channel, kind=kind)
        return None
    message = await unit.insert(
        queries.ADD_MESSAGE,
        member_id=member,
        channel=channel,
        destination=destination,
        kind=kind,
        text=written(unit, told),
        code=code,
        challenge_id=challenge,
        sent_at=unit.now,
    )
    unit.record("message.sent", member, "msg", message, channel=channel, kind=kind)
    return message


async def page(unit: UnitOfWork, member: int, limit: int, cursor: str | None) -> Page[NotificationView]:
    """The member's notices, newest first. Raises InvalidCursor."""
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(queries.NOTIFICATIONS_BEFORE, member=member, before=before, limit=limit + 1)
    items = [
        NotificationView(
            id=unit.ids.name("ntf", row.id),
            kind=row.kind,
            title=row.title,
            text=row.text,
            created_at=clock.show(row.created_at),
        )
        for row in rows[:limit]
    ]
    more = len(rows) > limit
    return Page[NotificationView](items=items, next_cursor=paging.seal(rows[limit - 1].id) if more else None)
