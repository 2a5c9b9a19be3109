"""Paying cards: ours at once, other institutions' at the next settlement (manual, chapter 6)."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Literal, NamedTuple

from sandbox.bank import receipts
from sandbox.bank.cards import queries, texts
from sandbox.bank.cards import service as cards
from sandbox.bank.cards.problems import CardLimitExceeded, MoreThanOwed
from sandbox.bank.cards.queries import OwedCard
from sandbox.bank.cards.schemas import CardPaymentReceipt, CardPaymentStatus, CardPaymentView, NewCardPayment
from sandbox.bank.cards.tables import CardPayment
from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.service import Asked
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Story, Take
from sandbox.bank.checks import Checks
from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.wire import Page
from sandbox.domain import concepts
from sandbox.domain.calendars import next_settlement
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import Micros
from sandbox.problem import FieldError, Text
from sandbox.problems import AccountNotActive, InsufficientFunds, NotFound, ReceiptNotReady, ValidationFailed
from sandbox.sandboxes import strikes
from sandbox.storage.unit import UnitOfWork

PREFIX = "cpy"


class Target(NamedTuple):
    """The card a payment goes to, of ours (`card`) or of another institution, and the ledger account that gets it."""

    kind: Literal["card_own", "card_external"]
    number: str
    institution: str
    holder: str
    account: int
    card: OwedCard | None = None


class PaymentPlan(NamedTuple):
    """A payment that may be made: from which account, to which card, and what it costs. Amounts in cents."""

    origin: int
    target: Target
    amount: int
    fee: int
    tax: int


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewCardPayment) -> CardPaymentView:
    """A payment that waits for its code, its total held.

    Raises NotFound, MoreThanOwed, CardLimitExceeded, AccountNotDebitable, AccountNotActive, NoPhoneOnFile,
    InsufficientFunds, ValidationFailed.
    """
    if (wanted.card_id is None) == (wanted.external_card_id is None):
        words = Text("Envía card_id o external_card_id.", "Send card_id or external_card_id.")
        raise ValidationFailed(errors=[FieldError("card_id", "one_of", words)])
    card = _key(unit, cards.PREFIX, wanted.card_id)
    external = _key(unit, "ext", wanted.external_card_id)
    origin = unit.ids.number("acc", wanted.origin_account_id) or 0
    plan = await _plan(unit, member.member_id, origin, card, external, wanted.amount)
    payment = await unit.insert(
        queries.ADD_PAYMENT,
        member_id=member.member_id,
        origin_id=plan.origin,
        card_id=card,
        external_card_id=external,
        card_number=plan.target.number,
        institution=plan.target.institution,
        holder_name=plan.target.holder,
        amount=plan.amount,
        fee=plan.fee,
        tax=plan.tax,
        reference=wanted.reference,
        status=PENDING,
        entry_id=None,
        settles_at=None,
        created_at=unit.now,
        confirmed_at=None,
    )
    await PAYMENTS.begin(unit, member, payment, plan, {"amount": money.show(plan.amount)})
    return await PAYMENTS.shown_one(unit, await PAYMENTS.row(unit, payment))


def _key(unit: UnitOfWork, prefix: str, name: str | None) -> int | None:
    return None if name is None else unit.ids.number(prefix, name) or 0


async def _plan(
    unit: UnitOfWork, member: int, origin: int, card: int | None, external: int | None, amount: int
) -> PaymentPlan:
    """What order and code are checked for. Raises NotFound, MoreThanOwed, CardLimitExceeded, AccountNotDebitable,
    AccountNotActive."""
    checks, account, target = Checks(), None, None
    with checks.of("origin_account_id"):
        account = await ledger.debitable(unit, member, origin)
    with checks.of("amount"):
        if external is None:
            target = await _ours(unit, member, card or 0, amount)
        else:
            target = await _elsewhere(unit, member, external, amount)
    checks.require()
    assert account is not None
    assert target is not None
    price = unit.rules.fees.for_kind(target.kind)
    return PaymentPlan(account.id, target, amount, price.fee, price.tax)


async def _ours(unit: UnitOfWork, member: int, key: int, amount: int) -> Target:
    """A card of ours, on which that much is owed. Raises NotFound, MoreThanOwed."""
    card = await unit.one(queries.OWNED_CARD, card=key, member=member)
    if card is None:
        raise NotFound
    owed = (await cards.account(unit, card)).revolving
    if amount > owed:
        raise MoreThanOwed(owed=money.show(owed))
    return Target("card_own", card.number, unit.sandbox.institution.name, card.holder, card.account_id, card)


async def _elsewhere(unit: UnitOfWork, member: int, key: int, amount: int) -> Target:
    """A card elsewhere that may be paid that much. Raises NotFound, CardLimitExceeded."""
    card = await unit.one(queries.OWNED_EXTERNAL, card=key, member=member)
    if card is None:
        raise NotFound
    if amount > card.maximum:
        raise CardLimitExceeded(maximum=money.show(card.maximum))
    return Target("card_external", card.number, card.institution, card.holder_name, SystemAccount.SETTLEMENT)


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> CardPaymentView:
    """One of the member's payments. Raises NotFound."""
    return await PAYMENTS.shown_one(unit, await _owned(unit, member, key))


async def receipt(unit: UnitOfWork, member: LiveSession, key: int) -> CardPaymentReceipt:
    """The voucher. Raises NotFound, ReceiptNotReady before the payment was made."""
    row = await _owned(unit, member, key)
    if row.confirmed_at is None or row.entry_id is None:
        raise ReceiptNotReady
    return CardPaymentReceipt(
        receipt_number=receipts.number(row.entry_id),
        card_payment_id=unit.ids.name(PREFIX, row.id),
        status=row.status,
        date=clock.show(row.confirmed_at),
        origin=(await ledger.parties(unit, {row.origin_id}))[row.origin_id],
        card_number=masks.number(row.card_number),
        institution=row.institution,
        holder_name=row.holder_name,
        amount=money.show(row.amount),
        fee=money.show(row.fee),
        tax=money.show(row.tax),
        total=money.show(row.amount + row.fee + row.tax),
        reference=row.reference,
    )


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> CardPayment:
    row = await unit.one(queries.OWNED_PAYMENT, payment=key, member=member.member_id)
    if row is None:
        raise NotFound
    return row


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: Wanted, limit: int, cursor: str | None
) -> Page[CardPaymentView]:
    """The member's payments, newest first. Raises InvalidCursor."""
    return await PAYMENTS.page(unit, queries.PAYMENTS_BEFORE, Page[CardPaymentView], member, wanted, limit, cursor)


class PaymentStory(Story[CardPayment, PaymentPlan, CardPaymentView]):
    """A payment of a card: its total is held until the code moves the money."""

    kind = "card_payment"
    prefix = PREFIX
    view = CardPaymentView
    refusals = (InsufficientFunds, MoreThanOwed, CardLimitExceeded, AccountNotActive)

    async def row(self, unit: UnitOfWork, key: int) -> CardPayment:
        """The payment."""
        row = await unit.one(queries.PAYMENT, payment=key)
        assert row is not None
        return row

    async def plan_again(self, unit: UnitOfWork, row: CardPayment, asked: Asked) -> PaymentPlan:
        """Account and card may have changed. Raises AccountNotActive, MoreThanOwed when less is owed by now,
        CardLimitExceeded when the card's maximum is lower, NotFound when it was deleted."""
        return await _plan(unit, row.member_id, row.origin_id, row.card_id, row.external_card_id, row.amount)

    def takes(self, plan: PaymentPlan) -> Take:
        """The amount, the fee and its tax."""
        return Take(plan.origin, plan.amount + plan.fee + plan.tax)

    def legs(self, row: CardPayment, plan: PaymentPlan) -> Sequence[Leg]:
        """The amount to the card, or to the settlement account; fee and tax as they were when it was ordered."""
        return [
            Leg(row.origin_id, -row.amount, concepts.CARD_PAYMENT, row.reference),
            Leg(plan.target.account, row.amount, concepts.CARD_PAYMENT_RECEIVED, row.reference),
            Leg(row.origin_id, -row.fee, concepts.CARD_FEE),
            Leg(SystemAccount.FEES, row.fee, concepts.CARD_FEE),
            Leg(row.origin_id, -row.tax, concepts.TRANSFER_FEE_VAT),
            Leg(SystemAccount.VAT, row.tax, concepts.TRANSFER_FEE_VAT),
        ]

    async def finish(self, unit: UnitOfWork, row: CardPayment, plan: PaymentPlan, entry: int | None) -> Finished:
        """A card of ours is paid at once, another waits for its settlement cycle."""
        outcome: CardPaymentStatus = "completed"
        due = None
        if plan.target.card is None:
            outcome = "in_process"
            due = next_settlement(unit.now, unit.rules.settlement.as_cycles, unit.rules.business_days)
        else:
            await cards.receive(unit, plan.target.card, row.amount)
        await unit.later(queries.FINISH_PAYMENT, payment=row.id, outcome=outcome, entry=entry, now=unit.now, due=due)
        return Finished(
            await self.shown_one(unit, await self.row(unit, row.id)),
            f"card_payment.{outcome}",
            {"amount": money.show(row.amount)},
            texts.CardPaid(money.show(row.amount), masks.number(row.card_number)),
        )

    async def close(self, unit: UnitOfWork, row: CardPayment, outcome: Ending) -> None:
        """Cancelled, expired or locked."""
        await unit.later(queries.CLOSE_PAYMENT, payment=row.id, outcome=outcome)

    def origin(self, row: CardPayment) -> int:
        """The account that pays."""
        return row.origin_id

    async def show(self, unit: UnitOfWork, row: CardPayment, beside: Beside) -> CardPaymentView:
        """A payment as lists show it."""
        return _view(unit, row, beside)


PAYMENTS = PaymentStory()


class CardSettlement:
    """Payments to other institutions' cards, as due work."""

    kind = "card_payment.settlement"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """The end of the first cycle one waits for."""
        first = await unit.one(queries.FIRST_IN_PROCESS)
        return None if first is None or first.settles_at is None else Micros(first.settles_at)

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done | None:
        """The money leaves the settlement account; while the network is out, it waits for the next cycle."""
        payment = await jobs.first(unit, queries.FIRST_IN_PROCESS, limit, attrgetter("settles_at"))
        if payment is None:
            return None
        if unit.sandbox.faults.outages and await strikes.is_out(unit, "settlement"):
            due = next_settlement(unit.now, unit.rules.settlement.as_cycles, unit.rules.business_days)
            await unit.later(queries.POSTPONE, payment=payment.id, due=due)
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
        await unit.later(queries.CLOSE_PAYMENT, payment=payment.id, outcome="settled")
        unit.record("card_payment.settled", payment.member_id, PREFIX, payment.id)
        return jobs.Done("card_payment.settlement", unit.ids.name(PREFIX, payment.id), unit.now)


def _view(unit: UnitOfWork, row: CardPayment, beside: Beside) -> CardPaymentView:
    return CardPaymentView(
        id=unit.ids.name(PREFIX, row.id),
        status=row.status,
        card_id=None if row.card_id is None else unit.ids.name(cards.PREFIX, row.card_id),
        external_card_id=None if row.external_card_id is None else unit.ids.name("ext", row.external_card_id),
        card_number=masks.number(row.card_number),
        institution=row.institution,
        holder_name=row.holder_name,
        origin_account_id=unit.ids.name("acc", row.origin_id),
        origin=beside.origin,
        amount=money.show(row.amount),
        fee=money.show(row.fee),
        tax=money.show(row.tax),
        total=money.show(row.amount + row.fee + row.tax),
        reference=row.reference,
        created_at=clock.show(row.created_at),
        confirmed_at=clock.show(row.confirmed_at) if row.confirmed_at else None,
        settles_at=clock.show(row.settles_at) if row.settles_at else None,
        challenge=beside.challenge,
    )
