"""Paying cards: ours at once, other institutions' at the next settlement (manual, chapter 6)."""

from typing import Any, NamedTuple

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.cards import service as cards
from sandbox.bank.cards import statements
from sandbox.bank.cards.problems import CardLimitExceeded, MoreThanOwed
from sandbox.bank.cards.schemas import CardPaymentView, NewCardPayment
from sandbox.bank.cards.statements import OwedCard
from sandbox.bank.cards.tables import CardPayment
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import concepts
from sandbox.bank.ledger import service as ledger
from sandbox.bank.ledger.tables import SystemAccount
from sandbox.bank.notifications import service as notifications
from sandbox.bank.wire import Page
from sandbox.domain.calendars import next_settlement
from sandbox.domain.ledger import Leg
from sandbox.http import paging
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import Micros
from sandbox.problems import FieldError, InsufficientFunds, NotFound, Problem, Text, ValidationFailed
from sandbox.sandboxes import strikes
from sandbox.storage.unit import UnitOfWork

PREFIX = "cpy"
OURS = "Cooprogreso"
_NEWEST = 2**63 - 1


class Target(NamedTuple):
    """The card a payment goes to."""

    kind: str
    card: int | None
    external: int | None
    number: str
    institution: str


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewCardPayment) -> CardPaymentView:
    """A payment that waits for its code, its total held.

    Raises NotFound, MoreThanOwed, CardLimitExceeded, AccountNotDebitable, AccountNotActive, NoPhoneOnFile,
    InsufficientFunds, ValidationFailed.
    """
    recipient = challenges.by_sms(member)
    origin = await ledger.debitable(unit, member.member_id, unit.ids.number("acc", wanted.origin_account_id) or 0)
    target = await _target(unit, member, wanted)
    price = unit.rules.fees.for_kind(target.kind)
    payment = await unit.insert(
        statements.ADD_PAYMENT,
        member_id=member.member_id,
        origin_id=origin.id,
        card_id=target.card,
        external_card_id=target.external,
        card_number=target.number,
        institution=target.institution,
        amount=wanted.amount,
        fee=price.fee,
        tax=price.tax,
        reference=wanted.reference,
        status="pending_confirmation",
        entry_id=None,
        settles_at=None,
        created_at=unit.now,
        confirmed_at=None,
    )
    await ledger.hold(unit, origin.id, wanted.amount + price.fee + price.tax, "card_payment", payment)
    challenge = await challenges.require(unit, member.member_id, recipient, "card_payment", payment)
    unit.record("card_payment.created", member.member_id, PREFIX, payment, amount=money.show(wanted.amount))
    return _view(unit, await _payment(unit, payment)).model_copy(update={"challenge": challenge})


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> CardPaymentView:
    """One of the member's payments. Raises NotFound."""
    row = await unit.one(statements.OWNED_PAYMENT, payment=key, member=member.member_id)
    if row is None:
        raise NotFound
    if row.status != "pending_confirmation":
        return _view(unit, row)
    return _view(unit, row).model_copy(update={"challenge": await challenges.of_operation(unit, "card_payment", key)})


async def page(unit: UnitOfWork, member: LiveSession, limit: int, cursor: str | None) -> Page[CardPaymentView]:
    """The member's payments, newest first. Raises InvalidCursor."""
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(statements.PAYMENTS_BEFORE, member=member.member_id, before=before, limit=limit + 1)
    return paging.page_of(Page[CardPaymentView], rows, limit, lambda row: _view(unit, row), lambda row: row.id)


class CardPaymentOperation:
    """What a code does to a card payment."""

    kind = "card_payment"
    prefix = PREFIX
    view = CardPaymentView
    refusals: tuple[type[Problem], ...] = (InsufficientFunds, MoreThanOwed)

    async def confirm(self, unit: UnitOfWork, key: int) -> CardPaymentView:
        """Check again, release the hold, move the money. Raises MoreThanOwed when less is owed by now."""
        payment = await _payment(unit, key)
        await ledger.debitable(unit, payment.member_id, payment.origin_id)
        to, due = int(SystemAccount.SETTLEMENT), None
        if payment.card_id is None:
            due = next_settlement(unit.now, unit.rules.settlement.as_cycles)
        else:
            card = await unit.one(statements.CARD, card=payment.card_id)
            assert card is not None
            await _require_owed(unit, card, payment.amount)
            await cards.receive(unit, card, payment.amount)
            to = card.account_id
        await ledger.release(unit, self.kind, key)
        entry = await ledger.post(unit, "card_payment", self.kind, key, _legs(payment, to))
        outcome = "completed" if due is None else "in_process"
        await unit.change(statements.FINISH_PAYMENT, payment=key, outcome=outcome, entry=entry, now=unit.now, due=due)
        text = f"Pagaste ${money.show(payment.amount)} a la tarjeta {masks.number(payment.card_number)}."
        await notifications.notice(unit, payment.member_id, "card_payment", "Pago de tarjeta", text)
        unit.record(f"card_payment.{outcome}", payment.member_id, PREFIX, key, amount=money.show(payment.amount))
        return _view(unit, await _payment(unit, key))

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """Give the hold back."""
        await ledger.release(unit, self.kind, key)
        await unit.change(statements.CLOSE_PAYMENT, payment=key, outcome=outcome)


class CardSettlement:
    """Payments to other institutions' cards, as due work."""

    kind = "card_payment.settlement"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """The end of the first cycle one waits for."""
        first = await unit.one(statements.FIRST_IN_PROCESS)
        return None if first is None or first.settles_at is None else Micros(first.settles_at)

    async def run_next(self, unit: UnitOfWork) -> jobs.Done:
        """The money leaves the settlement account; while the network is out, it waits for the next cycle."""
        payment = await unit.one(statements.FIRST_IN_PROCESS)
        assert payment is not None
        if unit.sandbox.faults.outages and await strikes.is_out(unit, "settlement"):
            due = next_settlement(unit.now, unit.rules.settlement.as_cycles)
            await unit.change(statements.POSTPONE, payment=payment.id, due=due)
            unit.record("card_payment.postponed", payment.member_id, PREFIX, payment.id)
            return jobs.Done("card_payment.postponement", unit.ids.name(PREFIX, payment.id), unit.now)
        await ledger.post(
            unit,
            "settlement",
            "card_payment",
            payment.id,
            [
                Leg(SystemAccount.SETTLEMENT, -payment.amount, concepts.INTERBANK_SETTLED, payment.reference),
                Leg(SystemAccount.FUNDING, payment.amount, concepts.INTERBANK_SETTLED, payment.reference),
            ],
        )
        await unit.change(statements.CLOSE_PAYMENT, payment=payment.id, outcome="settled")
        unit.record("card_payment.settled", payment.member_id, PREFIX, payment.id)
        return jobs.Done("card_payment.settlement", unit.ids.name(PREFIX, payment.id), unit.now)


operations.offer(CardPaymentOperation())
jobs.offer(CardSettlement())


def _legs(payment: CardPayment, to: int) -> list[Leg]:
    return [
        Leg(payment.origin_id, -payment.amount, concepts.CARD_PAYMENT, payment.reference),
        Leg(to, payment.amount, concepts.CARD_PAYMENT_RECEIVED, payment.reference),
        Leg(payment.origin_id, -payment.fee, concepts.CARD_FEE),
        Leg(SystemAccount.FEES, payment.fee, concepts.CARD_FEE),
        Leg(payment.origin_id, -payment.tax, concepts.TRANSFER_FEE_VAT),
        Leg(SystemAccount.VAT, payment.tax, concepts.TRANSFER_FEE_VAT),
    ]


async def _target(unit: UnitOfWork, member: LiveSession, wanted: NewCardPayment) -> Target:
    if (wanted.card_id is None) == (wanted.external_card_id is None):
        words = Text("Envía card_id o external_card_id.", "Send card_id or external_card_id.")
        raise ValidationFailed(errors=[FieldError("card_id", "one_of", words)])
    if wanted.card_id is not None:
        card = await cards.owned(unit, member, unit.ids.number(cards.PREFIX, wanted.card_id) or 0)
        await _require_owed(unit, card, wanted.amount)
        return Target("card_own", card.id, None, card.number, OURS)
    key = unit.ids.number("ext", wanted.external_card_id or "") or 0
    external = await unit.one(statements.OWNED_EXTERNAL, card=key, member=member.member_id)
    if external is None:
        raise NotFound
    if wanted.amount > external.maximum:
        raise CardLimitExceeded(maximum=money.show(external.maximum))
    return Target("card_external", None, external.id, external.number, external.institution)


async def _require_owed(unit: UnitOfWork, card: OwedCard, amount: int) -> None:
    owed = await cards.account(unit, card)
    if amount > owed.revolving:
        raise MoreThanOwed(owed=money.show(owed.revolving))


async def _payment(unit: UnitOfWork, key: int) -> CardPayment:
    row = await unit.one(statements.PAYMENT, payment=key)
    assert row is not None
    return row


def _view(unit: UnitOfWork, row: CardPayment) -> CardPaymentView:
    status: Any = row.status
    return CardPaymentView(
        id=unit.ids.name(PREFIX, row.id),
        status=status,
        card_number=masks.number(row.card_number),
        institution=row.institution,
        amount=money.show(row.amount),
        fee=money.show(row.fee),
        tax=money.show(row.tax),
        total=money.show(row.amount + row.fee + row.tax),
        reference=row.reference,
        created_at=clock.show(row.created_at),
        confirmed_at=clock.show(row.confirmed_at) if row.confirmed_at else None,
        settles_at=clock.show(row.settles_at) if row.settles_at else None,
    )
