"""The cooperative's cards: what is owed, the statement that rolls with the clock (manual, chapter 6)."""

from sandbox.bank.cards import queries, texts
from sandbox.bank.cards.problems import CardNotActive, CreditExceeded, NothingOwed
from sandbox.bank.cards.queries import OwedCard
from sandbox.bank.cards.schemas import CardView, PurchaseKind, PurchaseView
from sandbox.bank.cards.tables import CardPurchase
from sandbox.bank.deferrals import outstanding
from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.bank.wire import Listing, Page
from sandbox.domain import concepts, owed
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.owed import Owed, Statement
from sandbox.http import paging
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import Micros
from sandbox.problems import NotFound
from sandbox.storage.unit import UnitOfWork

PREFIX = "crd"
PURCHASE = "pur"
_NEWEST = 2**63 - 1
MOST_CUT = 100
"""Statements that are cut in one transaction: their sandbox answers nothing else meanwhile, for about 20 ms."""


async def owned(unit: UnitOfWork, member: LiveSession, key: int) -> OwedCard:
    """The member's own card. Raises NotFound."""
    card = await unit.one(queries.OWNED_CARD, card=key, member=member.member_id)
    if card is None:
        raise NotFound
    return card


async def account(unit: UnitOfWork, card: OwedCard) -> Owed:
    """What is owed on the card now. Everything that depends on it asks this."""
    deferred = await outstanding.on_card(unit, card.id)
    return owed.owed(card.book, deferred, _statement(card), unit.now)


async def listing(unit: UnitOfWork, member: LiveSession) -> Listing[CardView]:
    """The member's cards."""
    cards = await unit.all(queries.CARDS_OF, member=member.member_id)
    return Listing[CardView](items=[await show(unit, card) for card in cards])


async def show(unit: UnitOfWork, card: OwedCard) -> CardView:
    """A card with everything the app shows of it."""
    now = await account(unit, card)
    return CardView(
        id=unit.ids.name(PREFIX, card.id),
        name=card.name,
        franchise=card.franchise,
        number=masks.number(card.number),
        status=card.status,
        limit=money.show(card.credit),
        available=money.show(owed.available(card.credit, card.book)),
        owed=money.show(now.debt),
        deferred=money.show(now.deferred),
        revolving_balance=money.show(now.revolving),
        statement_balance=money.show(card.statement),
        minimum_payment=money.show(now.minimum_payment),
        total_payment=money.show(now.total_payment),
        cut_off_date=clock.show(card.next_cut_at)[:10],
        due_date=clock.show(card.due_at)[:10] if card.due_at else None,
        overdue=now.overdue,
    )


async def purchases(
    unit: UnitOfWork, member: LiveSession, key: int, limit: int, cursor: str | None
) -> Page[PurchaseView]:
    """What was bought with the card, newest first. Raises NotFound, InvalidCursor."""
    await owned(unit, member, key)
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(queries.PURCHASES_BEFORE, card=key, before=before, limit=limit + 1)
    return paging.page_of(Page[PurchaseView], rows, limit, lambda row: show_purchase(unit, row), lambda row: row.id)


def show_purchase(unit: UnitOfWork, row: CardPurchase) -> PurchaseView:
    """A purchase as lists show it."""
    return PurchaseView(
        id=unit.ids.name(PURCHASE, row.id),
        merchant=row.merchant,
        kind=row.kind,
        amount=money.show(row.amount),
        status=row.status,
        deferred=row.deferral_id is not None,
        date=clock.show(row.bought_at),
    )


async def cards_of(unit: UnitOfWork, member: int) -> list[OwedCard]:
    """The member's cards, in the order in which they were issued."""
    return await unit.all(queries.CARDS_OF, member=member)


async def buy(unit: UnitOfWork, key: int, merchant: str, amount: int, kind: PurchaseKind) -> PurchaseView:
    """A purchase with the card, posted at once. Raises NotFound, CardNotActive, CreditExceeded."""
    card = await unit.one(queries.CARD_TO_CHANGE, card=key)
    if card is None:
        raise NotFound
    purchase = await charge(unit, card, merchant, amount, kind)
    row = await unit.one(queries.PURCHASE, purchase=purchase, card=key)
    assert row is not None
    return show_purchase(unit, row)


async def charge(unit: UnitOfWork, card: OwedCard, merchant: str, amount: int, kind: PurchaseKind) -> int:
    """As `buy`; gives the purchase's key. Raises CardNotActive, CreditExceeded."""
    if card.status != "active":
        raise CardNotActive
    if amount > owed.available(card.credit, card.book):
        raise CreditExceeded
    purchase = await unit.insert(
        queries.ADD_PURCHASE,
        card_id=card.id,
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
    return purchase


async def receive(unit: UnitOfWork, card: OwedCard, amount: int) -> None:
    """Note a payment: so much less is left of the statement."""
    await unit.later(queries.NOTE_PAYMENT, card=card.id, paid=amount)


async def defer(unit: UnitOfWork, card: OwedCard, amount: int) -> None:
    """Note that `amount` of what the statement asks for is deferred: it is no longer due."""
    percent = unit.rules.cards.settings.minimum_percent
    await _set_statement(unit, card, owed.defer(_statement(card), amount, percent))


async def set_overdue(unit: UnitOfWork, card: OwedCard) -> None:
    """Let the card be overdue, as if its statement had been due yesterday. Raises NothingOwed when there is no minimum
    to be late with."""
    percent = unit.rules.cards.settings.minimum_percent
    before = await account(unit, card)
    late = owed.make_overdue(before, _statement(card), unit.now, percent)
    if late is None:
        raise NothingOwed
    await _set_statement(unit, card, late)
    if not before.minimum_payment:
        await _bill(unit, card, card.next_cut_at)


async def extend(unit: UnitOfWork, card: OwedCard) -> None:
    """Give an overdue card a new due date. A card that is not overdue keeps its own."""
    if (await account(unit, card)).overdue:
        due_days = unit.rules.cards.settings.due_days
        await _set_statement(unit, card, owed.extend(_statement(card), unit.now, due_days))


class StatementRoll:
    """Cards whose cut-off has come, as due work."""

    kind = "card.statement"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """The first cut-off."""
        first = await unit.one(queries.NEXT_CUT)
        return None if first is None else Micros(first)

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done | None:
        """Cut the statements of this moment, `MOST_CUT` at most: what is owed and not deferred, the least to pay, and
        until when."""
        due = await jobs.all_due(unit, queries.CUT_BY, now=unit.now, limit=MOST_CUT)
        if not due:
            return None
        first, *others = [await self._cut(unit, card) for card in due]
        return first._replace(others=tuple(others))

    async def _cut(self, unit: UnitOfWork, card: OwedCard) -> jobs.Done:
        policy = unit.rules.cards.settings
        cut = owed.cut(await account(unit, card), unit.now, policy.minimum_percent, policy.due_days)
        await _set_statement(unit, card, cut)
        await _bill(unit, card, owed.next_cut(unit.now, card.cut_day))
        if cut.balance:
            told = texts.StatementCut(masks.number(card.number), money.show(cut.balance))
            await notifications.notice(unit, card.member_id, "card_statement", told)
        unit.record("card.statement", card.member_id, PREFIX, card.id, owed=money.show(cut.balance))
        return jobs.Done("card.statement", unit.ids.name(PREFIX, card.id), unit.now)


def _statement(card: OwedCard) -> Statement:
    return Statement(
        card.statement, card.minimum, card.paid_since, card.deferred_since, card.due_at, bool(card.in_arrears)
    )


async def _set_statement(unit: UnitOfWork, card: OwedCard, statement: Statement) -> None:
    await unit.later(
        queries.SET_STATEMENT,
        card=card.id,
        balance=statement.balance,
        least=statement.minimum,
        paid=statement.paid,
        deferred=statement.deferred,
        due=statement.due_at,
        arrears=int(statement.in_arrears),
    )


async def _bill(unit: UnitOfWork, card: OwedCard, next_cut_at: int) -> None:
    """Everything bought so far is on the statement."""
    last = await unit.one(queries.LAST_PURCHASE, card=card.id)
    await unit.later(queries.SET_CUT, card=card.id, purchase=last or 0, next=next_cut_at)
