"""Cards of other institutions, registered to be paid (manual, chapter 6, «Nueva tarjeta»)."""

from typing import Any

from stdnum import luhn

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.beneficiaries import service as beneficiaries
from sandbox.bank.beneficiaries.problems import InvalidHolderDocument
from sandbox.bank.cards import statements
from sandbox.bank.cards.problems import CardAlreadyRegistered, InvalidCardNumber
from sandbox.bank.cards.schemas import ExternalCardEdit, ExternalCardView, NewExternalCard
from sandbox.bank.cards.tables import ExternalCard
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.notifications import service as notifications
from sandbox.bank.wire import Listing
from sandbox.kernel import clock, masks, money
from sandbox.problems import NotFound, Problem
from sandbox.storage.unit import UnitOfWork

PREFIX = "ext"


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewExternalCard) -> ExternalCardView:
    """A card that waits for its code.

    Raises InvalidCardNumber, InvalidHolderDocument, NotFound for an institution there is not, CardAlreadyRegistered,
    NoPhoneOnFile.
    """
    recipient = challenges.by_sms(member)
    if not luhn.is_valid(wanted.number):
        raise InvalidCardNumber
    document = wanted.document_number.upper()
    if not unit.rules.identity.are_of(wanted.document_type, document):
        raise InvalidHolderDocument
    institution = await beneficiaries.institution(unit, wanted.institution_id)
    await _refuse_a_second(unit, member.member_id, wanted.number)
    card = await unit.insert(
        statements.ADD_EXTERNAL,
        member_id=member.member_id,
        institution=institution.name,
        number=wanted.number,
        alias=wanted.alias,
        document_type=wanted.document_type,
        document_number=document,
        holder_name=wanted.holder_name,
        maximum=wanted.maximum_amount,
        pending_maximum=None,
        status="pending_confirmation",
        created_at=unit.now,
    )
    challenge = await challenges.require(unit, member.member_id, recipient, "external_card", card)
    return _view(unit, await _card(unit, card)).model_copy(update={"challenge": challenge})


async def listing(unit: UnitOfWork, member: LiveSession) -> Listing[ExternalCardView]:
    """The member's cards elsewhere."""
    rows = await unit.all(statements.EXTERNAL_OF, member=member.member_id)
    return Listing[ExternalCardView](items=[_view(unit, row) for row in rows])


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> ExternalCardView:
    """One of them. Raises NotFound."""
    return _view(unit, await _owned(unit, member, key))


async def edit(unit: UnitOfWork, member: LiveSession, key: int, wanted: ExternalCardEdit) -> ExternalCardView:
    """Alias and a lower maximum count at once; a higher one waits for a code. Raises NotFound, NoPhoneOnFile."""
    row = await _owned(unit, member, key)
    raised = wanted.maximum_amount is not None and wanted.maximum_amount > row.maximum
    maximum = row.maximum if wanted.maximum_amount is None or raised else wanted.maximum_amount
    await _set(unit, row, wanted.alias or row.alias, maximum, wanted.maximum_amount if raised else None)
    view = _view(unit, await _card(unit, key))
    if not raised:
        return view
    recipient = challenges.by_sms(member)
    challenge = await challenges.require(unit, member.member_id, recipient, "external_card_maximum", key)
    return view.model_copy(update={"challenge": challenge})


async def delete(unit: UnitOfWork, member: LiveSession, key: int) -> None:
    """It can no longer be paid; payments made stay in the history. Raises NotFound."""
    await _owned(unit, member, key)
    await unit.change(statements.SET_EXTERNAL, card=key, outcome="deleted")


class ExternalCardOperation:
    """What a code does to a new card."""

    kind = "external_card"
    prefix = PREFIX
    view = ExternalCardView
    refusals: tuple[type[Problem], ...] = (CardAlreadyRegistered,)

    async def confirm(self, unit: UnitOfWork, key: int) -> ExternalCardView:
        """It may be paid. Raises CardAlreadyRegistered when its twin was faster."""
        row = await _card(unit, key)
        await _refuse_a_second(unit, row.member_id, row.number)
        await unit.change(statements.SET_EXTERNAL, card=key, outcome="active")
        text = f"Registraste la tarjeta {masks.number(row.number)} de {row.institution}."
        await notifications.notice(unit, row.member_id, self.kind, "Tarjeta registrada", text)
        unit.record("external_card.registered", row.member_id, PREFIX, key)
        return _view(unit, await _card(unit, key))

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """It never was."""
        await unit.change(statements.SET_EXTERNAL, card=key, outcome=outcome)


class ExternalCardMaximumOperation:
    """What a code does to a maximum that was raised."""

    kind = "external_card_maximum"
    prefix = PREFIX
    view = ExternalCardView
    refusals: tuple[type[Problem], ...] = ()

    async def confirm(self, unit: UnitOfWork, key: int) -> ExternalCardView:
        """The higher maximum counts. Raises NotFound when the card was deleted meanwhile."""
        row = await _card(unit, key)
        if row.status != "active":
            raise NotFound
        maximum = row.pending_maximum or row.maximum
        await _set(unit, row, row.alias, maximum, None)
        text = f"El máximo de tu tarjeta {masks.number(row.number)} es ahora ${money.show(maximum)}."
        await notifications.notice(unit, row.member_id, self.kind, "Monto máximo", text)
        return _view(unit, await _card(unit, key))

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """The maximum stays."""
        row = await _card(unit, key)
        await _set(unit, row, row.alias, row.maximum, None)


operations.offer(ExternalCardOperation())
operations.offer(ExternalCardMaximumOperation())


async def _set(unit: UnitOfWork, row: ExternalCard, alias: str, maximum: int, pending: int | None) -> None:
    await unit.change(statements.EDIT_EXTERNAL, card=row.id, new_alias=alias, new_maximum=maximum, new_pending=pending)


async def _refuse_a_second(unit: UnitOfWork, member: int, number: str) -> None:
    if await unit.one(statements.SAME_EXTERNAL, member=member, number=number) is not None:
        raise CardAlreadyRegistered


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> ExternalCard:
    row = await unit.one(statements.OWNED_EXTERNAL, card=key, member=member.member_id)
    if row is None:
        raise NotFound
    return row


async def _card(unit: UnitOfWork, key: int) -> ExternalCard:
    row = await unit.one(statements.EXTERNAL, card=key)
    assert row is not None
    return row


def _view(unit: UnitOfWork, row: ExternalCard) -> ExternalCardView:
    status: Any = row.status
    return ExternalCardView(
        id=unit.ids.name(PREFIX, row.id),
        status=status,
        institution=row.institution,
        number=masks.number(row.number),
        alias=row.alias,
        holder_name=row.holder_name,
        maximum_amount=money.show(row.maximum),
        pending_maximum_amount=money.show(row.pending_maximum) if row.pending_maximum else None,
        created_at=clock.show(row.created_at),
    )
