"""Services saved to pay again (manual, chapter 5, «Registro de Servicio»)."""

from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.service import Asked
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Story
from sandbox.bank.checks import Checks
from sandbox.bank.information import service as information
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.services import bills, queries, texts
from sandbox.bank.services.problems import ServiceAlreadyRegistered
from sandbox.bank.services.schemas import NewRegisteredService, RegisteredServiceView
from sandbox.bank.services.tables import RegisteredService
from sandbox.bank.wire import Page
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import clock
from sandbox.problem import Problem
from sandbox.problems import AccountNotActive, NotFound
from sandbox.storage.unit import UnitOfWork

PREFIX = "srv"


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewRegisteredService) -> RegisteredServiceView:
    """A service that waits for its code.

    Raises NotFound, AccountNotDebitable, AccountNotActive, ReferenceMalformed, ServiceAlreadyRegistered, NoPhoneOnFile.
    """
    biller = await information.entry(unit, "biller", unit.ids.number("bil", wanted.biller_id))
    origin = None if wanted.origin_account_id is None else unit.ids.number("acc", wanted.origin_account_id) or 0
    checks = Checks()
    with checks.of("origin_account_id"):
        if origin is not None:
            await ledger.debitable(unit, member.member_id, origin)
    with checks.of("reference"):
        bills.require_form(biller, wanted.reference)
        await _refuse_a_second(unit, member.member_id, biller.id, wanted.reference)
    checks.require()
    service = await unit.insert(
        queries.ADD_REGISTERED,
        member_id=member.member_id,
        biller_id=biller.id,
        biller_name=biller.data["name"],
        reference=wanted.reference,
        alias=wanted.alias,
        origin_id=origin,
        status=PENDING,
        created_at=unit.now,
    )
    await REGISTERED.begin(unit, member, service, None, {})
    return await REGISTERED.shown_one(unit, await REGISTERED.row(unit, service))


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: Wanted, limit: int, cursor: str | None
) -> Page[RegisteredServiceView]:
    """The member's services: the active ones, unless another status is wanted;
    in the order of registration. Raises InvalidCursor."""
    return await REGISTERED.page_in_order(
        unit, queries.REGISTERED_AFTER, Page[RegisteredServiceView], member, wanted, limit, cursor
    )


async def delete(unit: UnitOfWork, member: LiveSession, key: int) -> None:
    """Delete a saved service. Raises NotFound."""
    if await unit.one(queries.OWNED_REGISTERED, service=key, member=member.member_id) is None:
        raise NotFound
    await unit.later(queries.SET_REGISTERED, service=key, outcome="deleted")


class RegisteredServiceStory(Story[RegisteredService, None, RegisteredServiceView]):
    """A service to be saved."""

    kind = "registered_service"
    prefix = PREFIX
    view = RegisteredServiceView
    refusals: tuple[type[Problem], ...] = (AccountNotActive, ServiceAlreadyRegistered)

    @property
    def noun(self) -> str:
        """The noun of its events, which is shorter than its name on the wire."""
        return "service"

    async def row(self, unit: UnitOfWork, key: int) -> RegisteredService:
        """The service."""
        row = await unit.one(queries.REGISTERED, service=key)
        assert row is not None
        return row

    async def plan_again(self, unit: UnitOfWork, row: RegisteredService, asked: Asked) -> None:
        """Raises AccountNotActive, and ServiceAlreadyRegistered when a twin was confirmed."""
        if row.origin_id is not None:
            await ledger.debitable(unit, row.member_id, row.origin_id)
        await _refuse_a_second(unit, row.member_id, row.biller_id, row.reference)

    async def finish(self, unit: UnitOfWork, row: RegisteredService, plan: None, entry: int | None) -> Finished:
        """Saved."""
        await unit.later(queries.SET_REGISTERED, service=row.id, outcome="active")
        return Finished(
            await self.shown_one(unit, await self.row(unit, row.id)),
            "service.registered",
            {},
            texts.ServiceRegistered(row.biller_name, row.reference),
        )

    async def close(self, unit: UnitOfWork, row: RegisteredService, outcome: Ending) -> None:
        """Cancelled, expired or locked."""
        await unit.later(queries.SET_REGISTERED, service=row.id, outcome=outcome)

    def origin(self, row: RegisteredService) -> int | None:
        """The account it is usually paid from."""
        return row.origin_id

    async def show(self, unit: UnitOfWork, row: RegisteredService, beside: Beside) -> RegisteredServiceView:
        """A service as lists show it."""
        return RegisteredServiceView(
            id=unit.ids.name(PREFIX, row.id),
            status=row.status,
            biller=row.biller_name,
            biller_id=unit.ids.name("bil", row.biller_id),
            reference=row.reference,
            alias=row.alias,
            origin_account_id=None if row.origin_id is None else unit.ids.name("acc", row.origin_id),
            origin=beside.paid_from,
            created_at=clock.show(row.created_at),
            challenge=beside.challenge,
        )


REGISTERED = RegisteredServiceStory()


async def _refuse_a_second(unit: UnitOfWork, member: int, biller: int, reference: str) -> None:
    if await unit.one(queries.SAME_REGISTERED, member=member, biller=biller, reference=reference) is not None:
        raise ServiceAlreadyRegistered
