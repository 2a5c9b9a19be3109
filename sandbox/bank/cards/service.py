"""The cooperative's cards: what is owed, the statement that rolls with the clock (manual, chapter 6)."""

from sandbox.bank.cards import statements
from sandbox.bank.cards.problems import CardNotActive, CreditExceeded
from sandbox.bank.cards.schemas import CardView, PurchaseView
from sandbox.bank.cards.statements import OwedCard
from sandbox.bank.cards.tables import CardPurchase
from sandbox.bank.deferrals import outstanding
from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.bank.wire import Listing, Page
from sandbox.domain import calendars, concepts, deferral
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.http import paging
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import DAY, Micros
from sandbox.problems import NotFound
from sandbox.storage.unit import UnitOfWork

PREFIX = "crd"
PURCHASE = "pur"
_NEWEST = 2**63 - 1


async def owned(unit: UnitOfWork, member: LiveSession, key: int) -> OwedCard:
    """The member's own card. Raises NotFound."""
    card = await unit.one(statements.OWNED_CARD, card=key, member=member.member_id)
    if card is None:
        raise NotFound
    return card


async def deferred(unit: UnitOfWork, card: int) -> int:
    """The principal of the card's deferrals that is not yet due."""
    return await outstanding.on_card(unit, card)


async def revolving(unit: UnitOfWork, card: OwedCard) -> int:
    """What is owed and not deferred: the most that can be paid, or deferred."""
    return max(0, -card.book - await deferred(unit, card.id))


async def listing(unit: UnitOfWork, member: LiveSession) -> Listing[CardView]:
    """The member's cards."""
    cards = await unit.all(statements.CARDS_OF, member=member.member_id)
    return Listing[CardView](items=[await show(unit, card) for card in cards])


async def show(unit: UnitOfWork, card: OwedCard) -> CardView:
    """A card with everything the app shows of it."""
    waiting = await deferred(unit, card.id)
    owed = max(0, -card.book)
    left = max(0, card.statement - card.paid_since)
    return CardView(
        id=unit.ids.name(PREFIX, card.id),
        name=card.name,
        franchise=card.franchise,
        number=masks.number(card.number),
        status=card.status,
        limit=money.show(card.credit),
        available=money.show(max(0, card.credit + card.book)),
        owed=money.show(owed),
        deferred=money.show(waiting),
        revolving_balance=money.show(max(0, owed - waiting)),
        statement_balance=money.show(card.statement),
        minimum_payment=money.show(max(0, card.minimum - card.paid_since)),
        total_payment=money.show(left),
        cut_off_date=clock.show(card.next_cut_at)[:10],
        due_date=clock.show(card.due_at)[:10] if card.due_at else None,
        overdue=bool(card.overdue),
    )


async def purchases(
    unit: UnitOfWork, member: LiveSession, key: int, limit: int, cursor: str | None
) -> Page[PurchaseView]:
    """What was bought with the card, newest first. Raises NotFound, InvalidCursor."""
    await owned(unit, member, key)
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(statements.PURCHASES_BEFORE, card=key, before=before, limit=limit + 1)
    return paging.page_of(Page[PurchaseView], rows, limit, lambda row: show_purchase(unit, row), lambda row: row.id)


def show_purchase(unit: UnitOfWork, row: CardPurchase) -> PurchaseView:
    """A purchase as lists show it."""
    return PurchaseView.model_validate(
        {
            "id": unit.ids.name(PURCHASE, row.id),
            "merchant": row.merchant,
            "kind": row.kind,
            "amount": money.show(row.amount),
            "status": row.status,
            "deferred": row.deferral_id is not None,
            "date": clock.show(row.bought_at),
        }
    )


async def buy(unit: UnitOfWork, key: int, merchant: str, amount: int, kind: str) -> PurchaseView:
    """A purchase with the card, posted at once. Raises NotFound, CardNotActive, CreditExceeded."""
    card = await unit.one(statements.CARD, card=key)
    if card is None:
        raise NotFound
    if card.status != "active":
        raise CardNotActive
    if card.credit + card.book < amount:
        raise CreditExceeded
    purchase = await unit.insert(
        statements.ADD_PURCHASE,
        card_id=key,
        merchant=merchant,
        kind=kind,
        amount=amount,
        status="posted",
        bought_at=unit.now,
        deferral_id=None,
    )
    await ledger.post(
        unit,
        "card_purchase",
        "card_purchase",
        purchase,
        [
            Leg(card.account_id, -amount, concepts.CARD_CONSUMPTION, merchant),
            Leg(SystemAccount.CARD_ISSUERS, amount, concepts.CARD_CONSUMPTION, merchant),
        ],
    )
    unit.record("card.purchase", card.member_id, PURCHASE, purchase, amount=money.show(amount))
    row = await unit.one(statements.PURCHASE, purchase=purchase, card=key)
    assert row is not None
    return show_purchase(unit, row)


async def receive(unit: UnitOfWork, card: OwedCard, amount: int) -> None:
    """Note a payment: what is overdue is no longer so once the minimum is paid."""
    paid = card.paid_since + amount
    late = int(bool(card.overdue) and paid < card.minimum)
    await unit.change(statements.NOTE_PAYMENT, card=card.id, paid=amount, late=late)


class StatementRoll:
    """Cards whose cut-off has come, as due work."""

    kind = "card.statement"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """The first cut-off."""
        first = await unit.one(statements.NEXT_CUT)
        return None if first is None else Micros(first.next_cut_at)

    async def run_next(self, unit: UnitOfWork) -> jobs.Done:
        """Cut the statement: what is owed and not deferred, the least to pay, and until when."""
        card = await unit.one(statements.NEXT_CUT)
        assert card is not None
        policy = unit.rules.cards.settings
        owed = max(0, -card.book - await deferred(unit, card.id))
        unpaid = card.due_at is not None and card.paid_since < card.minimum
        minute = (unit.now - clock.start_of(clock.local(unit.now).date())) // clock.MINUTE
        await unit.change(
            statements.CUT,
            card=card.id,
            owed=owed,
            least=deferral.minimum_payment(owed, policy.minimum_percent),
            due=unit.now + policy.due_days * DAY if owed else None,
            next=calendars.next_monthly(unit.now, card.cut_day, minute),
            late=int(unpaid),
        )
        if owed:
            text = f"Tu estado de cuenta {masks.number(card.number)} cerró con ${money.show(owed)}."
            await notifications.notice(unit, card.member_id, "card_statement", "Estado de cuenta", text)
        unit.record("card.statement", card.member_id, PREFIX, card.id, owed=money.show(owed))
        return jobs.Done("card.statement", unit.ids.name(PREFIX, card.id), unit.now)
