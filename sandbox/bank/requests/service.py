"""Requesting products. A request is `received`, then moves on by the steps of the rules as the clock passes them."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import NamedTuple

from sandbox.bank.information import service as information
from sandbox.bank.jobs import service as jobs
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.bank.requests import queries, texts
from sandbox.bank.requests.schemas import NewProductRequest, ProductRequestView, RequestableProduct
from sandbox.bank.requests.tables import ProductRequest
from sandbox.bank.wire import Listing, Page
from sandbox.domain.rules.wording import Phrase
from sandbox.http import paging
from sandbox.kernel import clock, money
from sandbox.kernel.clock import HOUR, Micros
from sandbox.problem import FieldError, Text
from sandbox.problems import NotFound, ValidationFailed
from sandbox.storage.unit import UnitOfWork

PREFIX = "prq"
_NEWEST = 2**63 - 1


async def products(unit: UnitOfWork, language: str) -> Listing[RequestableProduct]:
    """What can be asked for."""
    return Listing[RequestableProduct](
        items=[
            RequestableProduct(
                id=unit.ids.name("prd", each.id),
                name=each.data["name"][language],
                description=each.data["description"][language],
                minimum_amount=each.data.get("minimum_amount"),
            )
            for each in await information.catalogue(unit, "requestable")
        ]
    )


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewProductRequest, language: str) -> ProductRequestView:
    """A request, received. Raises NotFound, ValidationFailed when the amount is missing or below the minimum."""
    product = await information.entry(unit, "requestable", unit.ids.number("prd", wanted.product_id))
    minimum = product.data.get("minimum_amount")
    if minimum is not None and (wanted.amount is None or wanted.amount < money.parse(minimum)):
        words = Text(f"El monto mínimo es {minimum}.", f"The minimum amount is {minimum}.")
        raise ValidationFailed(errors=[FieldError("amount", "too_small" if wanted.amount else "required", words)])
    request = await unit.insert(
        queries.ADD_REQUEST,
        member_id=member.member_id,
        product_name=product.data["name"]["es"],
        product_name_en=product.data["name"]["en"],
        amount=wanted.amount,
        note=wanted.note,
        status="received",
        created_at=unit.now,
        changed_at=unit.now,
        next_at=unit.now + unit.rules.requests.steps[0].after_hours * HOUR,
    )
    unit.record("product_request.created", member.member_id, PREFIX, request, product=product.key)
    return await find(unit, member, request, language)


async def find(unit: UnitOfWork, member: LiveSession, key: int, language: str) -> ProductRequestView:
    """One request. Raises NotFound."""
    row = await unit.one(queries.OWNED_REQUEST, request=key, member=member.member_id)
    if row is None:
        raise NotFound
    return _view(unit, row, language)


async def page(
    unit: UnitOfWork, member: LiveSession, language: str, limit: int, cursor: str | None
) -> Page[ProductRequestView]:
    """The member's requests, newest first. Raises InvalidCursor."""
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(queries.REQUESTS_BEFORE, member=member.member_id, before=before, limit=limit + 1)
    return paging.page_of(
        Page[ProductRequestView], rows, limit, lambda row: _view(unit, row, language), lambda row: row.id
    )


class Progress:
    """Requests that move on, as due work."""

    kind = "product_request.progress"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When the first one moves on."""
        first = await unit.one(queries.FIRST_DUE)
        return None if first is None or first.next_at is None else Micros(first.next_at)

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done | None:
        """Bring it to its next status."""
        row = await jobs.first(unit, queries.FIRST_DUE, limit, attrgetter("next_at"))
        if row is None:
            return None
        steps = unit.rules.requests.steps
        done = [step.status for step in steps]
        place = done.index(row.status) + 1 if row.status in done else 0
        step = steps[min(place, len(steps) - 1)]
        following = steps[place + 1] if place + 1 < len(steps) else None
        after = None if following is None else row.created_at + following.after_hours * HOUR
        await unit.later(queries.MOVE_ON, request=row.id, outcome=step.status, now=unit.now, next=after)
        told = _TOLD[step.status](Phrase(row.product_name, row.product_name_en))
        await notifications.notice(unit, row.member_id, "product_request", told)
        unit.record(f"product_request.{step.status}", row.member_id, PREFIX, row.id)
        return jobs.Done("product_request.progress", unit.ids.name(PREFIX, row.id), unit.now)


_TOLD: Mapping[str, Callable[[Phrase], NamedTuple]] = {
    "in_review": texts.RequestInReview,
    "answered": texts.RequestAnswered,
}


def _view(unit: UnitOfWork, row: ProductRequest, language: str) -> ProductRequestView:
    return ProductRequestView(
        id=unit.ids.name(PREFIX, row.id),
        product=row.product_name_en if language == "en" else row.product_name,
        amount=None if row.amount is None else money.show(row.amount),
        note=row.note,
        status=row.status,
        created_at=clock.show(row.created_at),
        changed_at=clock.show(row.changed_at),
    )
