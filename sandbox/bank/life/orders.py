"""What becomes of an order: money moves, or there is not enough, or the member forgets."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from sandbox.bank.cards import service as cards
from sandbox.bank.cards.problems import CardNotActive, CreditExceeded
from sandbox.bank.ledger import service as ledger
from sandbox.bank.life import queries, texts
from sandbox.bank.life.queries import HolderRow
from sandbox.bank.life.schemas import Outcome
from sandbox.bank.members.queries import LOCK_MEMBER
from sandbox.bank.notifications import service as notifications
from sandbox.bank.products import moves
from sandbox.bank.products.moves import Moved
from sandbox.domain import concepts
from sandbox.domain.ledger import Leg
from sandbox.domain.life.behaviours import OfStatement, Order, Part, What
from sandbox.domain.life.booking import BOOKINGS
from sandbox.domain.life.plan import part_of
from sandbox.kernel import clock, masks, money
from sandbox.storage.unit import UnitOfWork

PREFIX = "lfo"
OPERATION = "life_order"
Told = Callable[[str, str, str], NamedTuple]
"""A notice by amount, number of the account and reference."""


TOLD: Mapping[What, Told] = {
    "salary": texts.SalaryCredited,
    "remittance": texts.RemittanceCredited,
    "takings": texts.SaleCredited,
    "transfer_received": texts.TransferCredited,
}
"""What members are told of: money that comes in."""


class Effect(NamedTuple):
    """What came of an order: the kinds of event, one for each row kept; and whether the member has a product less, so
    that what was planned no longer holds."""

    kinds: tuple[str, ...] = ()
    ends_product: bool = False


NONE = Effect()


async def carry_out(unit: UnitOfWork, order: Order) -> Effect:
    """Do what the order says, at the unit's moment. Nothing where the member has no active savings account, is not
    active or is locked by the bank."""
    if unit.shared:
        await unit.lock(LOCK_MEMBER, member=order.member)
    holder = await unit.one(queries.HOLDER, member=order.member, now=unit.now)
    if holder is None:
        return NONE
    return await _HOW[order.behaviour.what](unit, order, holder)


async def _book(unit: UnitOfWork, order: Order, holder: HolderRow) -> Effect:
    """Money from outside, which is told, or money that leaves the account."""
    booking, amount = BOOKINGS[order.behaviour.what], _amount(order, holder)
    if not amount:
        return NONE
    legs = [
        Leg(holder.account, booking.sign * amount, booking.concept, order.label),
        Leg(booking.other, -booking.sign * amount, booking.concept, order.label),
    ]
    effect = await _post(unit, order, holder, amount, legs)
    tell = TOLD.get(order.behaviour.what)
    if tell is not None:
        told = tell(money.show(amount), masks.number(holder.number), order.label)
        await notifications.notice(unit, order.member, "life", told)
    return effect


def _amount(order: Order, holder: HolderRow) -> int:
    """The amount in cents; 0 where it is a part of what is available, and that is too little: the member has looked at
    the balance, and does nothing."""
    part = order.behaviour.amount
    return part_of(part, holder.available) if isinstance(part, Part) else order.amount or 0


async def _transfer(unit: UnitOfWork, order: Order, holder: HolderRow) -> Effect:
    """Money to one of the member's beneficiaries here, who is told; no more than the beneficiary's maximum."""
    friends = await unit.all(queries.FRIENDS, member=order.member)
    if not friends:
        return NONE
    friend = friends[order.pick % len(friends)]
    amount = min(_amount(order, holder), friend.maximum)
    if not amount:
        return NONE
    legs = [
        Leg(holder.account, -amount, concepts.TRANSFER_SENT, order.label),
        Leg(friend.account, amount, concepts.TRANSFER_RECEIVED, order.label),
    ]
    effect = await _post(unit, order, holder, amount, legs)
    if amount <= holder.available:
        told = texts.TransferCredited(money.show(amount), masks.number(friend.number), order.label)
        await notifications.notice(unit, friend.member, "life", told)
    return effect


async def _buy(unit: UnitOfWork, order: Order, holder: HolderRow) -> Effect:
    """A purchase with one of the member's cards, while it is active and has the credit."""
    own = await cards.cards_of(unit, order.member)
    if not own:
        return NONE
    card, amount = own[order.pick % len(own)], _amount(order, holder)
    if not amount:
        return NONE
    try:
        purchase = await cards.charge(unit, card, order.label, amount, "purchase")
    except (CardNotActive, CreditExceeded):
        return await _refuse(unit, order, card.account_id, amount)
    key = await _keep(unit, order, card.account_id, amount, "posted", purchase)
    return _told(unit, order, key, amount)


async def _pay_cards(unit: UnitOfWork, order: Order, _: HolderRow) -> Effect:
    """What the statements of the member's cards ask for, card by card: the minimum where all of it is more than there
    is. A payment that is forgotten is reminded of."""
    asks = order.behaviour.amount
    assert isinstance(asks, OfStatement)
    kinds: tuple[str, ...] = ()
    for card in await cards.cards_of(unit, order.member):
        owed = await cards.account(unit, card)
        amount = min(owed.total_payment if asks.asks == "total" else owed.minimum_payment, owed.revolving)
        if not amount:
            continue
        number = masks.number(card.number)
        if order.is_forgotten:
            day = f"{clock.local(card.due_at or unit.now):%d/%m/%Y}"
            told = texts.CardPaymentForgotten(money.show(amount), number, day)
            kinds += await _forget(unit, order, card.account_id, amount, told)
            continue
        account = await unit.one(queries.HOLDER, member=order.member, now=unit.now)
        assert account is not None
        if account.available < amount:
            amount = min(owed.minimum_payment, amount)
        if not amount:
            continue
        legs = [
            Leg(account.account, -amount, concepts.CARD_PAYMENT, number),
            Leg(card.account_id, amount, concepts.CARD_PAYMENT_RECEIVED, number),
        ]
        kinds += (await _post(unit, order, account, amount, legs)).kinds
        if amount <= account.available:
            await cards.receive(unit, card, amount)
    return Effect(kinds)


async def _earn(unit: UnitOfWork, order: Order, _: HolderRow) -> Effect:
    """Interest on each of the member's active savings accounts."""
    kinds: tuple[str, ...] = ()
    for account in await ledger.accounts_of(unit, order.member):
        if account.type != "savings" or account.status != "active":
            continue
        amount = await moves.credit_interest(unit, account.id)
        if amount:
            key = await _keep(unit, order, account.id, amount, "posted")
            kinds += _told(unit, order, key, amount).kinds
            told = moves.told_of_interest(amount, account.number)
            await notifications.notice(unit, order.member, "life", told)
    return Effect(kinds)


async def _pay_loans(unit: UnitOfWork, order: Order, holder: HolderRow) -> Effect:
    """The instalments that are due; one that is forgotten is reminded of, and paid with the next."""
    if not order.is_forgotten:
        return await _moved(unit, order, holder, await moves.pay_instalment(unit, order.member, holder.account))
    kinds: tuple[str, ...] = ()
    for due in await moves.due(unit, order.member):
        told = texts.InstalmentForgotten(money.show(due.amount), masks.number(due.number))
        kinds += await _forget(unit, order, holder.account, due.amount, told, due.holding)
    return Effect(kinds)


async def _mature(unit: UnitOfWork, order: Order, holder: HolderRow) -> Effect:
    """The term deposits whose day has come."""
    return await _moved(unit, order, holder, await moves.mature(unit, order.member, holder.account))


async def _moved(unit: UnitOfWork, order: Order, holder: HolderRow, moved: Sequence[Moved]) -> Effect:
    """Keep what became of loans and deposits, and tell the member."""
    kinds: tuple[str, ...] = ()
    for each in moved:
        if each.outcome in ("paid", "matured"):
            key = await _keep(unit, order, holder.account, each.amount, "posted", each.holding)
            kinds += _told(unit, order, key, each.amount).kinds
        else:
            kinds += (await _refuse(unit, order, holder.account, each.amount, each.holding)).kinds
        await notifications.notice(unit, order.member, "life", moves.told(each))
    return Effect(kinds, ends_product=any(not each.balance for each in moved))


async def _post(unit: UnitOfWork, order: Order, holder: HolderRow, amount: int, legs: list[Leg]) -> Effect:
    """Keep the order and move the money, where there is enough of it."""
    if holder.available + _of(holder.account, legs) < 0:
        return await _refuse(unit, order, holder.account, amount)
    key = await _keep(unit, order, holder.account, amount, "posted")
    await ledger.post(unit, f"life.{order.behaviour.what}", OPERATION, key, legs)
    return _told(unit, order, key, amount)


def _of(account: int, legs: list[Leg]) -> int:
    return sum(leg.amount for leg in legs if leg.account == account)


async def _refuse(unit: UnitOfWork, order: Order, account: int, amount: int, of: int | None = None) -> Effect:
    """Keep an order that moves nothing."""
    key = await _keep(unit, order, account, amount, "refused", of)
    unit.record("life.refused", order.member, PREFIX, key, kind=order.behaviour.what)
    return Effect(("life.refused",))


async def _forget(
    unit: UnitOfWork, order: Order, account: int, amount: int, told: NamedTuple, of: int | None = None
) -> tuple[str, ...]:
    """Keep a payment that was forgotten, and remind the member."""
    key = await _keep(unit, order, account, amount, "forgotten", of)
    unit.record("life.forgotten", order.member, PREFIX, key, kind=order.behaviour.what)
    await notifications.notice(unit, order.member, "life", told)
    return ("life.forgotten",)


async def _keep(
    unit: UnitOfWork, order: Order, account: int, amount: int, outcome: Outcome, of: int | None = None
) -> int:
    return await unit.insert(
        queries.ADD_ORDER,
        member_id=order.member,
        behaviour=order.behaviour.id,
        what=order.behaviour.what,
        moment=unit.now,
        amount=amount,
        outcome=outcome,
        account_id=account,
        of_id=of,
    )


def _told(unit: UnitOfWork, order: Order, key: int, amount: int) -> Effect:
    unit.record(f"life.{order.behaviour.what}", order.member, PREFIX, key, amount=money.show(amount))
    return Effect((f"life.{order.behaviour.what}",))


_HOW: Mapping[What, Callable[[UnitOfWork, Order, HolderRow], Awaitable[Effect]]] = {
    **dict.fromkeys(BOOKINGS, _book),
    "transfer": _transfer,
    "card_purchase": _buy,
    "card_payment": _pay_cards,
    "interest": _earn,
    "loan_instalment": _pay_loans,
    "maturity": _mature,
}
