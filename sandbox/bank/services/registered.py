"""Services saved to pay again (manual, chapter 5, «Registro de Servicio»)."""

from typing import Any

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.information import service as information
from sandbox.bank.notifications import service as notifications
from sandbox.bank.services import bills, statements
from sandbox.bank.services.problems import ServiceAlreadyRegistered
from sandbox.bank.services.schemas import NewRegisteredService, RegisteredServiceView
from sandbox.bank.services.tables import RegisteredService
from sandbox.bank.wire import Listing
from sandbox.kernel import clock
from sandbox.problems import NotFound, Problem
from sandbox.storage.unit import UnitOfWork

PREFIX = "srv"


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewRegisteredService) -> RegisteredServiceView:
    """A service that waits for its code.

    Raises NotFound, ReferenceMalformed, ServiceAlreadyRegistered, NoPhoneOnFile.
    """
    recipient = challenges.by_sms(member)
    biller = await information.entry(unit, "biller", unit.ids.number("bil", wanted.biller_id))
    bills.require_form(biller, wanted.reference)
    await _refuse_a_second(unit, member.member_id, biller.id, wanted.reference)
    service = await unit.insert(
        statements.ADD_REGISTERED,
        member_id=member.member_id,
        biller_id=biller.id,
        biller_name=biller.data["name"],
        reference=wanted.reference,
        alias=wanted.alias,
        status="pending_confirmation",
        created_at=unit.now,
    )
    challenge = await challenges.require(unit, member.member_id, recipient, "registered_service", service)
    return (await _shown(unit, service)).model_copy(update={"challenge": challenge})


async def listing(unit: UnitOfWork, member: LiveSession) -> Listing[RegisteredServiceView]:
    """The member's services."""
    rows = await unit.all(statements.REGISTERED_OF, member=member.member_id)
    return Listing[RegisteredServiceView](items=[_view(unit, row) for row in rows])


async def delete(unit: UnitOfWork, member: LiveSession, key: int) -> None:
    """It is saved no longer. Raises NotFound."""
    if await unit.one(statements.OWNED_REGISTERED, service=key, member=member.member_id) is None:
        raise NotFound
    await unit.change(statements.SET_REGISTERED, service=key, outcome="deleted")


class RegisteredServiceOperation:
    """What a code does to a service to be saved."""

    kind = "registered_service"
    prefix = PREFIX
    view = RegisteredServiceView
    refusals: tuple[type[Problem], ...] = (ServiceAlreadyRegistered,)

    async def confirm(self, unit: UnitOfWork, key: int, asked: challenges.Asked) -> RegisteredServiceView:
        """Save it. Raises ServiceAlreadyRegistered when its twin was faster."""
        row = await _row(unit, key)
        await _refuse_a_second(unit, row.member_id, row.biller_id, row.reference)
        await unit.change(statements.SET_REGISTERED, service=key, outcome="active")
        text = f"Registraste {row.biller_name}, referencia {row.reference}."
        await notifications.notice(unit, row.member_id, self.kind, "Servicio registrado", text)
        unit.record("service.registered", row.member_id, PREFIX, key)
        return await _shown(unit, key)

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """It was never saved."""
        await unit.change(statements.SET_REGISTERED, service=key, outcome=outcome)


operations.offer(RegisteredServiceOperation())


async def _refuse_a_second(unit: UnitOfWork, member: int, biller: int, reference: str) -> None:
    if await unit.one(statements.SAME_REGISTERED, member=member, biller=biller, reference=reference) is not None:
        raise ServiceAlreadyRegistered


async def _row(unit: UnitOfWork, key: int) -> RegisteredService:
    row = await unit.one(statements.REGISTERED, service=key)
    assert row is not None
    return row


async def _shown(unit: UnitOfWork, key: int) -> RegisteredServiceView:
    return _view(unit, await _row(unit, key))


def _view(unit: UnitOfWork, row: RegisteredService) -> RegisteredServiceView:
    status: Any = row.status
    return RegisteredServiceView(
        id=unit.ids.name(PREFIX, row.id),
        status=status,
        biller=row.biller_name,
        biller_id=unit.ids.name("bil", row.biller_id),
        reference=row.reference,
        alias=row.alias,
        created_at=clock.show(row.created_at),
    )
