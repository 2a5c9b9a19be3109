"""What becomes of an order: money moves, or there is not enough, or the member forgets."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from sandbox.bank.cards import service as cards
from sandbox.bank.cards.problems import CardNotActive, CreditExceeded
from sandbox.bank.ledger import service as ledger
from sandbox.bank.life import queries, texts
from sandbox.bank.life.queries import HolderRow
from sandbox.bank.life.schemas import Outcome
from sandbox.bank.notifications import service as notifications
from sandbox.domain import concepts
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.life.behaviours import OfStatement, Order, Part, What
from sandbox.domain.life.plan import part_of
from sandbox.kernel import clock, masks, money
from sandbox.storage.unit import UnitOfWork

PREFIX = "lfo"
OPERATION = "life_order"
Told = Callable[[str, str, str], NamedTuple]
"""A notice by amount, number of the account and reference."""


class Way(NamedTuple):
    """Between which of the bank's accounts and the member's the money moves, under which concept, and what the member
    is told."""

    account: SystemAccount
    concept: str
    told: Told | None = None


COMES: Mapping[What, Way] = {
    "salary": Way(SystemAccount.FUNDING, concepts.SALARY, texts.SalaryCredited),
    "remittance": Way(SystemAccount.FUNDING, concepts.REMITTANCE, texts.RemittanceCredited),
    "takings": Way(SystemAccount.FUNDING, concepts.SALE, texts.SaleCredited),
    "transfer_received": Way(SystemAccount.FUNDING, concepts.INTERBANK_RECEIVED, texts.TransferCredited),
}
GOES: Mapping[What, Way] = {
    "withdrawal": Way(SystemAccount.FUNDING, concepts.WITHDRAWAL),
    "purchase": Way(SystemAccount.CARD_ISSUERS, concepts.CARD_PURCHASE),
    "service": Way(SystemAccount.BILLERS, concepts.DIRECT_DEBIT),
    "fee": Way(SystemAccount.FEES, concepts.ASSISTANCE_FEE),
}


async def carry_out(unit: UnitOfWork, order: Order) -> list[str]:
    """Do what the order says, at the unit's moment; the kinds of event that came of it, one for each order kept. None
    where the member has no active savings account, is not active or is locked by the bank."""
    holder = await unit.one(queries.HOLDER, member=order.member, now=unit.now)
    if holder is None:
        return []
    return await _HOW[order.behaviour.what](unit, order, holder)


async def _come(unit: UnitOfWork, order: Order, holder: HolderRow) -> list[str]:
    """Money from outside."""
    way, amount = COMES[order.behaviour.what], order.amount or 0
    legs = [
        Leg(way.account, -amount, way.concept, order.label),
        Leg(holder.account, amount, way.concept, order.label),
    ]
    kind = await _post(unit, order, holder, amount, legs)
    assert way.told is not None
    told = way.told(money.show(amount), masks.number(holder.number), order.label)
    await notifications.notice(unit, order.member, "life", told)
    return kind


async def _go(unit: UnitOfWork, order: Order, holder: HolderRow) -> list[str]:
    """Money that leaves the account, as far as there is enough."""
    way, amount = GOES[order.behaviour.what], order.amount or 0
    if isinstance(order.behaviour.amount, Part):
        amount = part_of(order.behaviour.amount, holder.available)
        if not amount:
            return await _refuse(unit, order, holder.account, order.behaviour.amount.least)
    legs = [
        Leg(holder.account, -amount, way.concept, order.label),
        Leg(way.account, amount, way.concept, order.label),
    ]
    return await _post(unit, order, holder, amount, legs)


async def _transfer(unit: UnitOfWork, order: Order, holder: HolderRow) -> list[str]:
    """Money to one of the member's beneficiaries here, who is told; no more than the beneficiary's maximum."""
    friends = await unit.all(queries.FRIENDS, member=order.member)
    if not friends:
        return []
    friend = friends[order.pick % len(friends)]
    amount = min(order.amount or 0, friend.maximum)
    legs = [
        Leg(holder.account, -amount, concepts.TRANSFER_SENT, order.label),
        Leg(friend.account, amount, concepts.TRANSFER_RECEIVED, order.label),
    ]
    kinds = await _post(unit, order, holder, amount, legs)
    if amount <= holder.available:
        told = texts.TransferCredited(money.show(amount), masks.number(friend.number), order.label)
        await notifications.notice(unit, friend.member, "life", told)
    return kinds


async def _buy(unit: UnitOfWork, order: Order, _: HolderRow) -> list[str]:
    """A purchase with one of the member's cards, while it is active and has the credit."""
    own = await cards.cards_of(unit, order.member)
    if not own:
        return []
    card, amount = own[order.pick % len(own)], order.amount or 0
    try:
        purchase = await cards.charge(unit, card, order.label, amount, "purchase")
    except (CardNotActive, CreditExceeded):
        return await _refuse(unit, order, card.account_id, amount)
    key = await _keep(unit, order, card.account_id, amount, "posted", purchase)
    return _told(unit, order, key, amount)


async def _pay_cards(unit: UnitOfWork, order: Order, _: HolderRow) -> list[str]:
    """What the statements of the member's cards ask for, card by card; a payment that is forgotten is reminded of."""
    asks = order.behaviour.amount
    assert isinstance(asks, OfStatement)
    kinds: list[str] = []
    for card in await cards.cards_of(unit, order.member):
        owed = await cards.account(unit, card)
        amount = min(owed.total_payment if asks.asks == "total" else owed.minimum_payment, owed.revolving)
        if not amount:
            continue
        number = masks.number(card.number)
        if order.is_forgotten:
            key = await _keep(unit, order, card.account_id, amount, "forgotten")
            unit.record("life.forgotten", order.member, PREFIX, key, kind=order.behaviour.what)
            day = f"{clock.local(card.due_at or unit.now):%d/%m/%Y}"
            told = texts.CardPaymentForgotten(money.show(amount), number, day)
            await notifications.notice(unit, order.member, "life", told)
            kinds.append("life.forgotten")
            continue
        account = await unit.one(queries.HOLDER, member=order.member, now=unit.now)
        assert account is not None
        legs = [
            Leg(account.account, -amount, concepts.CARD_PAYMENT, number),
            Leg(card.account_id, amount, concepts.CARD_PAYMENT_RECEIVED, number),
        ]
        kinds += await _post(unit, order, account, amount, legs)
        if amount <= account.available:
            await cards.receive(unit, card, amount)
    return kinds


async def _post(unit: UnitOfWork, order: Order, holder: HolderRow, amount: int, legs: list[Leg]) -> list[str]:
    """Keep the order and move the money, where there is enough of it."""
    if holder.available + _of(holder.account, legs) < 0:
        return await _refuse(unit, order, holder.account, amount)
    key = await _keep(unit, order, holder.account, amount, "posted")
    await ledger.post(unit, f"life.{order.behaviour.what}", OPERATION, key, legs)
    return _told(unit, order, key, amount)


def _of(account: int, legs: list[Leg]) -> int:
    return sum(leg.amount for leg in legs if leg.account == account)


async def _refuse(unit: UnitOfWork, order: Order, account: int, amount: int) -> list[str]:
    """Keep an order that moves nothing."""
    key = await _keep(unit, order, account, amount, "refused")
    unit.record("life.refused", order.member, PREFIX, key, kind=order.behaviour.what)
    return ["life.refused"]


async def _keep(
    unit: UnitOfWork, order: Order, account: int, amount: int, outcome: Outcome, made: int | None = None
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
        made_id=made,
    )


def _told(unit: UnitOfWork, order: Order, key: int, amount: int) -> list[str]:
    kind = f"life.{order.behaviour.what}"
    unit.record(kind, order.member, PREFIX, key, amount=money.show(amount))
    return [kind]


async def _nothing(*_: object) -> list[str]:
    return []


_HOW: Mapping[What, Callable[[UnitOfWork, Order, HolderRow], Awaitable[list[str]]]] = {
    **dict.fromkeys(COMES, _come),
    **dict.fromkeys(GOES, _go),
    "transfer": _transfer,
    "card_purchase": _buy,
    "card_payment": _pay_cards,
    "interest": _nothing,
    "loan_instalment": _nothing,
    "maturity": _nothing,
}
