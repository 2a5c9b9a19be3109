"""Cards of other institutions, registered to be paid (manual, chapter 6, «Nueva tarjeta»)."""

from collections.abc import Sequence

from stdnum import luhn

from sandbox.bank.beneficiaries import service as beneficiaries
from sandbox.bank.cards import queries, texts
from sandbox.bank.cards.problems import CardAlreadyRegistered, InvalidCardNumber
from sandbox.bank.cards.schemas import ExternalCardEdit, ExternalCardView, NewExternalCard
from sandbox.bank.cards.tables import ExternalCard
from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.maximum import MaximumStory, asked_maximum
from sandbox.bank.challenges.service import Asked, Waiting
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Story
from sandbox.bank.checks import Checks
from sandbox.bank.members.session import LiveSession
from sandbox.bank.wire import Page
from sandbox.domain import identity
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import clock, masks, money
from sandbox.problem import Problem
from sandbox.problems import NotFound
from sandbox.storage.unit import UnitOfWork

PREFIX = "ext"


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewExternalCard) -> ExternalCardView:
    """A card that waits for its code.

    Raises InvalidCardNumber, InvalidHolderDocument, NotFound for an institution there is not, CardAlreadyRegistered,
    NoPhoneOnFile.
    """
    document = identity.as_kept(wanted.document_number)
    checks, institution = Checks(), None
    with checks.of("number"):
        _require_number(wanted.number)
    with checks.of("document_number"):
        beneficiaries.require_holder_document(unit, wanted.document_type, document)
    with checks.of("institution_id"):
        institution = await beneficiaries.institution(unit, wanted.institution_id)
    checks.require()
    assert institution is not None
    await _refuse_a_second(unit, member.member_id, wanted.number)
    card = await unit.insert(
        queries.ADD_EXTERNAL,
        member_id=member.member_id,
        institution=institution.name,
        number=wanted.number,
        alias=wanted.alias,
        document_type=wanted.document_type,
        document_number=document,
        holder_name=wanted.holder_name,
        maximum=wanted.maximum_amount,
        status=PENDING,
        created_at=unit.now,
    )
    challenge = await EXTERNAL_CARDS.begin(unit, member, card, None, {})
    return _view(unit, await EXTERNAL_CARDS.row(unit, card), Waiting(challenge, {}))


def _require_number(number: str) -> None:
    if not luhn.is_valid(number):
        raise InvalidCardNumber


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: Wanted, limit: int, cursor: str | None
) -> Page[ExternalCardView]:
    """The member's cards elsewhere: the active ones, unless another status is wanted;
    in the order of registration. Raises InvalidCursor."""
    return await EXTERNAL_CARDS.page_in_order(
        unit, queries.EXTERNAL_AFTER, Page[ExternalCardView], member, wanted, limit, cursor
    )


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> ExternalCardView:
    """One of them, also one that waits for its code. Raises NotFound."""
    row = await unit.one(queries.EXTERNAL, card=key)
    if row is None or row.member_id != member.member_id or row.status not in ("active", PENDING):
        raise NotFound
    return await EXTERNAL_CARDS.shown_one(unit, row)


async def edit(unit: UnitOfWork, member: LiveSession, key: int, wanted: ExternalCardEdit) -> ExternalCardView:
    """Alias and a lower maximum count at once; a higher one waits for a code. Raises NotFound, NoPhoneOnFile."""
    row = await _owned(unit, member, key)
    raised = wanted.maximum_amount is not None and wanted.maximum_amount > row.maximum
    maximum = row.maximum if wanted.maximum_amount is None or raised else wanted.maximum_amount
    await unit.later(queries.EDIT_EXTERNAL, card=key, new_alias=wanted.alias or row.alias, new_maximum=maximum)
    if wanted.maximum_amount is not None and raised:
        await MAXIMUMS.start(unit, member, key, wanted.maximum_amount)
    return await EXTERNAL_CARDS.shown_one(unit, await EXTERNAL_CARDS.row(unit, key))


async def delete(unit: UnitOfWork, member: LiveSession, key: int) -> None:
    """Delete a card elsewhere; payments made stay in the history. Raises NotFound."""
    await _owned(unit, member, key)
    await unit.later(queries.SET_EXTERNAL, card=key, outcome="deleted")


class ExternalCardStory(Story[ExternalCard, None, ExternalCardView]):
    """A new card elsewhere."""

    kind = "external_card"
    prefix = PREFIX
    view = ExternalCardView
    refusals: tuple[type[Problem], ...] = (CardAlreadyRegistered,)

    async def row(self, unit: UnitOfWork, key: int) -> ExternalCard:
        """The card."""
        row = await unit.one(queries.EXTERNAL, card=key)
        assert row is not None
        return row

    async def plan_again(self, unit: UnitOfWork, row: ExternalCard, asked: Asked) -> None:
        """Raises CardAlreadyRegistered when a twin was confirmed."""
        await _refuse_a_second(unit, row.member_id, row.number)

    async def finish(self, unit: UnitOfWork, row: ExternalCard, plan: None, entry: int | None) -> Finished:
        """It may be paid."""
        await unit.later(queries.SET_EXTERNAL, card=row.id, outcome="active")
        return Finished(
            _view(unit, await self.row(unit, row.id), None),
            "external_card.registered",
            {},
            texts.CardRegistered(masks.number(row.number), row.institution),
        )

    async def close(self, unit: UnitOfWork, row: ExternalCard, outcome: Ending) -> None:
        """Cancelled, expired or locked."""
        await unit.later(queries.SET_EXTERNAL, card=row.id, outcome=outcome)

    async def waiting(self, unit: UnitOfWork, rows: Sequence[ExternalCard]) -> dict[int, Waiting]:
        """A new one waits for its own code, an active one for that of a higher maximum."""
        return await MAXIMUMS.raised(unit, rows) | await super().waiting(unit, rows)

    async def show(self, unit: UnitOfWork, row: ExternalCard, beside: Beside) -> ExternalCardView:
        """A card as lists show it."""
        return _view(unit, row, beside.waiting)


class ExternalCardMaximumStory(MaximumStory[ExternalCard, ExternalCardView]):
    """A card's maximum that is raised."""

    kind = "external_card_maximum"
    prefix = PREFIX
    view = ExternalCardView

    def __init__(self, of: Story[ExternalCard, None, ExternalCardView]) -> None:
        self.of = of

    async def set_maximum(self, unit: UnitOfWork, row: ExternalCard, maximum: int) -> None:
        """Write it."""
        await unit.later(queries.EDIT_EXTERNAL, card=row.id, new_alias=row.alias, new_maximum=maximum)

    def name(self, row: ExternalCard) -> str:
        """As the notice calls it."""
        return f"tu tarjeta {masks.number(row.number)}"


EXTERNAL_CARDS = ExternalCardStory()
MAXIMUMS = ExternalCardMaximumStory(EXTERNAL_CARDS)


async def _refuse_a_second(unit: UnitOfWork, member: int, number: str) -> None:
    if await unit.one(queries.SAME_EXTERNAL, member=member, number=number) is not None:
        raise CardAlreadyRegistered


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> ExternalCard:
    row = await unit.one(queries.OWNED_EXTERNAL, card=key, member=member.member_id)
    if row is None:
        raise NotFound
    return row


def _view(unit: UnitOfWork, row: ExternalCard, waiting: Waiting | None) -> ExternalCardView:
    return ExternalCardView(
        id=unit.ids.name(PREFIX, row.id),
        status=row.status,
        institution=row.institution,
        number=masks.number(row.number),
        alias=row.alias,
        holder_name=row.holder_name,
        maximum_amount=money.show(row.maximum),
        pending_maximum_amount=asked_maximum(waiting),
        created_at=clock.show(row.created_at),
        challenge=None if waiting is None else waiting.challenge,
    )
