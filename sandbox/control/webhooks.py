"""Webhooks: events sent on, signed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature: `v1,`
and the Base64 of HMAC-SHA256 over `id.timestamp.body`), retried, and only to this machine or to allowed hosts."""

import base64
import hashlib
import hmac
import json
from typing import Annotated, Any, Literal, NamedTuple

import httpx2 as httpx
from pydantic import ConfigDict, Field

from sandbox.bank.wire import CLEAN, Body, Listing, Page, View
from sandbox.control import events
from sandbox.control.route import control_router
from sandbox.control.targets import AddressNotAllowed, Target, addresses, target_of
from sandbox.control.vocabulary import EventKind
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel.clock import SECOND, wall
from sandbox.kernel.forms import form
from sandbox.problems import InvalidCursor, NotFound
from sandbox.sandboxes import webhooks
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.sandboxes.webhooks import Delivery, Webhook
from sandbox.settings import Settings
from sandbox.storage.schema import LAST_KEY
from sandbox.storage.unit import UnitOfWork

router = control_router("events")
PREFIX = "whk"
DELIVERY = "dlv"
_BATCH = 50
_TIMEOUT = 5.0
_NEWEST = 2**63 - 1
_GONE = 410


# Standard Webhooks: 24 to 64 bytes in Base64. Of the last characters before the padding only some leave no bits over.
SECRET = form(
    r"^whsec_[A-Za-z0-9+/]{32}(([A-Za-z0-9+/]{4}){0,13}([A-Za-z0-9+/][AQgw]==)?"
    r"|([A-Za-z0-9+/]{4}){0,12}[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)$",
    es="Escribe whsec_ y de 24 a 64 bytes en Base64", en="Write whsec_ and 24 to 64 bytes in Base64",
    example="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
)  # fmt: skip
URL = form(
    r"^https?://", es="Escribe una URL que empiece por http:// o https://", en="Write a URL that begins with http:// or https://",
    example="http://127.0.0.1:9000/hook",
)  # fmt: skip


class NewWebhook(Body):
    """Where to, and of what: nouns (`transfer`) or kinds (`transfer.completed`); none means everything."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "http://127.0.0.1:9000/hook", "kinds": ["transfer"]}]}
    )

    url: Annotated[str, Field(min_length=8, max_length=500, pattern=URL.pattern, examples=[URL.example]), CLEAN]
    kinds: Annotated[list[EventKind], Field(max_length=50)] = Field(default_factory=list)
    secret: Annotated[str, Field(pattern=SECRET.pattern, examples=[SECRET.example])] | None = None


class WebhookView(View):
    """A webhook with the secret that its receiver checks signatures with."""

    id: str
    url: str
    kinds: list[str]
    secret: str
    active: bool


class DeliveryView(View):
    """What became of one event for one webhook."""

    id: str
    event_id: str
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    answer: int | None
    error: str | None


@router.get("/webhooks", operation_id="listWebhooks", summary="List the webhooks")
async def list_webhooks(call: Call) -> Listing[WebhookView]:
    """Every address that events are delivered to."""
    rows = await call.unit.all(webhooks.WEBHOOKS)
    return Listing[WebhookView](items=[_view(call.unit, row) for row in rows])


@router.post(
    "/webhooks",
    operation_id="createWebhook",
    summary="Create a webhook",
    status_code=201,
    responses=problems(AddressNotAllowed, *BODY_PROBLEMS),
)
async def create_webhook(request: NewWebhook, call: Call) -> WebhookView:
    """Events from now on go to that address, in order, signed; what is not taken (2xx) is tried again."""
    target_of(request.url, call.server.settings)
    unit = call.unit
    newest = await unit.one(LAST_KEY, table="event")
    key = await unit.insert(
        webhooks.ADD_WEBHOOK,
        url=request.url,
        secret=request.secret or "",
        kinds=json.dumps(request.kinds),
        active=1,
        after=newest or 0,
        created_at=unit.now,
    )
    unit.on_commit(call.sandbox.read_webhooks)
    row = await unit.one(webhooks.WEBHOOK, webhook=key)
    assert row is not None
    return _view(unit, row)


@router.delete(
    "/webhooks/{webhook_id}",
    operation_id="deleteWebhook",
    summary="Delete a webhook",
    status_code=204,
    responses=problems(NotFound),
)
async def delete_webhook(webhook_id: str, call: Call) -> None:
    """Delete a webhook with its deliveries."""
    key = call.key(PREFIX, webhook_id)
    await call.unit.later(webhooks.DROP_DELIVERIES, webhook=key)
    if not await call.unit.change(webhooks.DROP_WEBHOOK, webhook=key):
        raise NotFound
    call.unit.on_commit(call.sandbox.read_webhooks)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    operation_id="listDeliveries",
    summary="List the deliveries of a webhook",
    responses=problems(NotFound, InvalidCursor),
)
async def list_deliveries(webhook_id: str, call: Call, limit: Limit = 50, cursor: Cursor = None) -> Page[DeliveryView]:
    """Newest first: taken, given up or waiting, with the receiver's last answer."""
    key = call.key(PREFIX, webhook_id)
    if await call.unit.one(webhooks.WEBHOOK, webhook=key) is None:
        raise NotFound
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await call.unit.all(webhooks.DELIVERIES, webhook=key, before=before, limit=limit + 1)
    return paging.page_of(Page[DeliveryView], rows, limit, lambda row: _delivery(call.unit, row), lambda row: row.id)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/retry",
    operation_id="retryDelivery",
    summary="Retry a delivery",
    status_code=202,
    responses=problems(NotFound),
)
async def retry_delivery(webhook_id: str, delivery_id: str, call: Call) -> DeliveryView:
    """As if it were new: it leaves at once, and is tried again as often as any."""
    key = call.key(DELIVERY, delivery_id)
    found = await call.unit.one(webhooks.DELIVERY, delivery=key, webhook=call.key(PREFIX, webhook_id))
    if found is None:
        raise NotFound
    await call.unit.later(webhooks.TRY_AGAIN, delivery=key, next=wall())
    row = await call.unit.one(webhooks.DELIVERY, delivery=key, webhook=found.webhook_id)
    assert row is not None
    return _delivery(call.unit, row)


class _Parcel(NamedTuple):
    """A delivery that is due, with all it takes to send it, and the database (`generation`) it was read from."""

    delivery: Delivery
    url: str
    secret: str
    event: events.EventView
    generation: int


class Courier:
    """Takes events of one sandbox to its webhooks."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._waits = [float(part) for part in settings.webhook_retry_seconds.split(",") if part.strip()]

    async def go_round(self, sandbox: Sandbox) -> None:
        """Note what is new, then deliver what is due: one at a time, because an answer may end a webhook, and because
        another database may be put in place meanwhile."""
        await self._note_news(sandbox)
        for _ in range(_BATCH):
            parcel = await self._first_due(sandbox)
            if parcel is None:
                return
            await self._deliver(sandbox, parcel)

    async def _first_due(self, sandbox: Sandbox) -> _Parcel | None:
        """What is to be sent next. It is read in one turn: between two, a webhook may be deleted or another database
        put in place."""
        unit = sandbox.unit("webhooks")
        try:
            delivery = await unit.one(webhooks.NEXT_DELIVERY, now=wall())
            if delivery is None:
                return None
            hook = await unit.one(webhooks.WEBHOOK, webhook=delivery.webhook_id)
            event = await unit.one(webhooks.EVENT, event=delivery.event_id)
            assert hook is not None  # foreign keys say so
            assert event is not None
            return _Parcel(delivery, hook.url, _secret(unit, hook), events.show(unit.ids, event), sandbox.generation)
        finally:
            unit.rollback()

    async def _note_news(self, sandbox: Sandbox) -> None:
        unit = sandbox.unit("webhooks")
        try:
            for hook in await unit.all(webhooks.WEBHOOKS_TO_CHANGE):
                if not hook.active:
                    continue
                kinds = json.loads(hook.kinds)
                news = await unit.all(webhooks.EVENTS_SINCE, after=hook.after, limit=_BATCH)
                for event in news:
                    if not kinds or event.kind in kinds or event.kind.partition(".")[0] in kinds:
                        await unit.add(
                            webhooks.ADD_DELIVERY,
                            webhook_id=hook.id,
                            event_id=event.id,
                            status="pending",
                            attempts=0,
                            next_at=wall(),
                        )
                if news:
                    await unit.later(webhooks.REACH, webhook=hook.id, event=news[-1].id)
            await unit.commit()
        finally:
            unit.rollback()

    async def _deliver(self, sandbox: Sandbox, parcel: _Parcel) -> None:
        """Send it, in no transaction, and note what became of it."""
        delivery, shown = parcel.delivery, parcel.event
        body = json.dumps({"type": shown.kind, "timestamp": shown.at, "data": shown.model_dump()}, ensure_ascii=False)
        answer, why = await self._send(parcel.url, shown.id, body, parcel.secret)
        unit = sandbox.unit("webhooks")
        try:
            await unit.write()  # from here on no other database is put in place
            if parcel.generation != sandbox.generation:
                return  # its row is gone with the database it was in
            taken = answer is not None and 200 <= answer < 300
            tries = delivery.attempts + 1
            again = not taken and answer != _GONE and tries <= len(self._waits)
            is_noted = await unit.change(
                webhooks.SETTLE_DELIVERY,
                delivery=delivery.id,
                tried=delivery.attempts,
                outcome="delivered" if taken else "pending" if again else "failed",
                tries=tries,
                answered=answer,
                why=why,
                next=wall() + int(self._waits[tries - 1] * SECOND) if again else wall(),
            )
            if answer == _GONE and is_noted:
                await unit.later(webhooks.SILENCE, webhook=delivery.webhook_id)
                await unit.later(webhooks.GIVE_UP, webhook=delivery.webhook_id)
            await unit.commit()
        finally:
            unit.rollback()

    async def _send(self, url: str, name: str, body: str, secret: str) -> tuple[int | None, str | None]:
        """The receiver's status, or why there is none. Its addresses are tried in order, as a browser would."""
        failed: str | None = None
        try:
            target = target_of(url, self._settings)
            for address in await addresses(target, self._settings):
                headers = {
                    "Host": target.authority,
                    "Content-Type": "application/json",
                    **signed(name, wall() // SECOND, body, secret),
                }
                try:
                    return await self._post(target, target.at(address), headers, body), None
                except httpx.ConnectError as error:
                    failed = type(error).__name__
        except AddressNotAllowed as refusal:
            return None, refusal.code
        except OSError:
            return None, "NameNotFound"
        except httpx.HTTPError as error:
            return None, type(error).__name__
        return None, failed

    async def _post(self, target: Target, url: str, headers: dict[str, str], body: str) -> int:
        """The status; the answer's body is not read, since it may have no end."""
        named = {"sni_hostname": target.host} if target.scheme == "https" else {}
        async with self._client.stream("POST", url, content=body.encode(), headers=headers, extensions=named) as answer:
            return answer.status_code


def courier_client() -> httpx.AsyncClient:
    """The HTTP client of deliveries: it follows no redirect, uses no proxy, and has a short timeout."""
    return httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)


def signed(name: str, second: int, body: str, secret: str) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    print_ = hmac.new(key, f"{name}.{second}.{body}".encode(), hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(second),
        "webhook-signature": f"v1,{base64.b64encode(print_).decode()}",
    }


def _secret(unit: UnitOfWork, hook: Webhook) -> str:
    if hook.secret:
        return hook.secret
    return f"whsec_{base64.b64encode(unit.sandbox.entropy.draw('webhooks', hook.id)[:24]).decode()}"


def _view(unit: UnitOfWork, row: Webhook) -> WebhookView:
    return WebhookView(
        id=unit.ids.name(PREFIX, row.id),
        url=row.url,
        kinds=json.loads(row.kinds),
        secret=_secret(unit, row),
        active=bool(row.active),
    )


def _delivery(unit: UnitOfWork, row: Delivery) -> DeliveryView:
    status: Any = row.status
    return DeliveryView(
        id=unit.ids.name(DELIVERY, row.id),
        event_id=unit.ids.name(events.PREFIX, row.event_id),
        status=status,
        attempts=row.attempts,
        answer=row.answer,
        error=row.error,
    )
