"""Webhooks of a sandbox, and what became of each delivery."""

from typing import Annotated

from sqlalchemy import delete, update
from sqlmodel import Field, SQLModel, col, select

from sandbox.storage.events import Event
from sandbox.storage.json_text import Json
from sandbox.storage.queries import adding, change, one, param, to_change
from sandbox.storage.schema import NEVER_AGAIN, partial_index


class Webhook(SQLModel, table=True):
    """An address that hears of events: `kinds` as JSON (nouns or noun.verb; none means all), up to `after` it has."""

    __table_args__ = NEVER_AGAIN

    id: int = Field(primary_key=True)
    url: str
    secret: str
    kinds: Annotated[str, Json("array")]
    active: int
    after: int
    created_at: int


class Delivery(SQLModel, table=True):
    """One event for one webhook: `pending` until it was taken (`delivered`) or given up (`failed`).

    `next_at` is in the machine's time, because the receiver lives in it.
    """

    __table_args__ = (partial_index("delivery_due", "next_at", "id", where="status = 'pending'"), NEVER_AGAIN)

    id: int = Field(primary_key=True)
    webhook_id: int = Field(foreign_key="webhook.id", index=True)
    event_id: int = Field(foreign_key="event.id", index=True)
    status: str
    attempts: int
    answer: int | None = None
    error: str | None = None
    next_at: int


_webhooks = select(Webhook).order_by(col(Webhook.id))
WEBHOOKS = one(_webhooks)
WEBHOOKS_TO_CHANGE = one(to_change(_webhooks))
WEBHOOK = one(select(Webhook).where(Webhook.id == param("webhook")))
ADD_WEBHOOK = adding(Webhook)
DROP_WEBHOOK = change(delete(Webhook).where(col(Webhook.id) == param("webhook")))
DROP_DELIVERIES = change(delete(Delivery).where(col(Delivery.webhook_id) == param("webhook")))
REACH = change(update(Webhook).where(col(Webhook.id) == param("webhook")).values(after=param("event")))
SILENCE = change(update(Webhook).where(col(Webhook.id) == param("webhook")).values(active=0))
GIVE_UP = change(
    update(Delivery)
    .where(col(Delivery.webhook_id) == param("webhook"), col(Delivery.status) == "pending")
    .values(status="failed")
)
ADD_DELIVERY = adding(Delivery, "webhook_id", "event_id", "status", "attempts", "next_at")
DELIVERIES = one(
    select(Delivery)
    .where(col(Delivery.webhook_id) == param("webhook"), col(Delivery.id) < param("before"))
    .order_by(col(Delivery.id).desc())
    .limit(param("limit"))
)
DELIVERY = one(select(Delivery).where(Delivery.id == param("delivery"), col(Delivery.webhook_id) == param("webhook")))
NEXT_DELIVERY = one(
    select(Delivery)
    .where(col(Delivery.status) == "pending", col(Delivery.next_at) <= param("now"))
    .order_by(col(Delivery.next_at), col(Delivery.id))
    .limit(1)
)
SETTLE_DELIVERY = change(
    update(Delivery)
    .where(
        col(Delivery.id) == param("delivery"),
        col(Delivery.status) == "pending",
        col(Delivery.attempts) == param("tried"),
    )
    .values(
        status=param("outcome"),
        attempts=param("tries"),
        answer=param("answered"),
        error=param("why"),
        next_at=param("next"),
    )
)
TRY_AGAIN = change(
    update(Delivery)
    .where(col(Delivery.id) == param("delivery"))
    .values(status="pending", attempts=0, answer=None, error=None, next_at=param("next"))
)
EVENTS_SINCE = one(select(Event).where(col(Event.id) > param("after")).order_by(col(Event.id)).limit(param("limit")))
EVENT = one(select(Event).where(Event.id == param("event")))
