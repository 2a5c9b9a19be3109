"""Cards with what was bought on them, and the statement of their last cut-off."""

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from stdnum import luhn

from sandbox.bank.cards.schemas import PurchaseKind
from sandbox.bank.cards.tables import Card, CardPurchase
from sandbox.bank.ledger.tables import Account
from sandbox.domain import calendars, owed
from sandbox.domain.life.behaviours import OfStatement, Order
from sandbox.domain.owed import Statement
from sandbox.domain.vocabulary import CardStatus
from sandbox.kernel import clock, masks
from sandbox.kernel.clock import DAY, HOUR, Micros
from sandbox.kernel.folding import searched
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.daybook import DayBook
from sandbox.seeding.past import Movement
from sandbox.seeding.traits import CardTrait

_CUT_MINUTE = 60
_NAME = "Tarjeta de crédito"
_DIGITS = 15  # and a check digit


class Bought(NamedTuple):
    """Something bought with a card."""

    moment: int
    amount: int
    merchant: str
    kind: PurchaseKind = "purchase"


class _Terms(NamedTuple):
    """What a card is issued with, and its last statement; `billed` are how many of its purchases are on it."""

    credit: int
    status: CardStatus
    statement: Statement
    billed: int


def add_card(here: Circumstances, day_book: DayBook, member: int, trait: CardTrait) -> None:
    """A card with its purchases in the order in which they were made. All of them are on its statement, so that there
    is something to pay from the first day. Where the statement is past due and the card is not to be overdue, its
    minimum is taken as paid."""
    bought = [
        Bought(here.start - each.days_ago * DAY - 2 * HOUR, each.amount, each.merchant, each.kind)
        for each in sorted(trait.purchases, key=lambda each: -each.days_ago)
    ]
    billed = sum(each.amount for each in bought)
    due_at = owed.due_of(_cuts_of(here).last, here.first_day.due_days)
    passed = here.start >= owed.overdue_from(due_at) and not trait.overdue
    minimum = 0 if passed else owed.minimum_of(billed, here.first_day.minimum)
    statement = Statement(billed, minimum, 0, 0, due_at if billed else None, trait.overdue)
    _issue(here, day_book, member, _Terms(trait.credit, trait.status, statement, len(bought)), bought, [])


class Payer(NamedTuple):
    """A member, and the account from which the card is paid."""

    member: int
    account: int


def live_with_card(
    here: Circumstances, day_book: DayBook, payer: Payer, credit: int, orders: Sequence[Order]
) -> list[Movement]:
    """A card that its member began to use when the last statement but one was cut: what was bought with it, and the
    payment of the last statement, which no member has forgotten. `orders` are those of cards. Returns what the paying
    account gave."""
    begun, cut_at, _ = _cuts_of(here)
    orders = [order for order in orders if order.moment >= begun]
    bought: list[Bought] = []
    left = credit
    for order in orders:
        if order.behaviour.what == "card_purchase" and (order.amount or 0) <= left:
            bought.append(Bought(order.moment, order.amount or 0, order.label))
            left -= order.amount or 0
    billed = [each.amount for each in bought if each.moment < cut_at]
    balance = sum(billed)
    minimum = owed.minimum_of(balance, here.first_day.minimum)
    due_at = owed.due_of(cut_at, here.first_day.due_days)
    payment = next((each for each in orders if each.behaviour.what == "card_payment" and each.moment >= cut_at), None)
    paid = 0
    if payment is not None and isinstance(payment.behaviour.amount, OfStatement):
        paid = balance if payment.behaviour.amount.asks == "total" else minimum
    payments = [Movement(payment.moment, paid, "card_payment", "", of=payer.account)] if payment and paid else []
    asked = 0 if not paid and here.start >= owed.overdue_from(due_at) else minimum
    statement = Statement(balance, asked, paid, 0, due_at if balance else None, in_arrears=False)
    terms = _Terms(credit, "active", statement, len(billed))
    received = _issue(here, day_book, payer.member, terms, bought, payments)
    return [each._replace(amount=-each.amount) for each in received]


class _Cuts(NamedTuple):
    """The cut-offs around a start: the last but one, the last, the next."""

    before: Micros
    last: Micros
    next: Micros


@lru_cache(maxsize=16)  # the same for all members of a bank
def _cuts(start: int, cut_day: int) -> _Cuts:
    following = calendars.next_monthly(Micros(start), cut_day, _CUT_MINUTE)
    last = clock.months_after(following, -1)
    return _Cuts(clock.months_after(last, -1), last, following)


def _cuts_of(here: Circumstances) -> _Cuts:
    return _cuts(here.start, here.institution.cards.cut_day)


def _issue(
    here: Circumstances,
    day_book: DayBook,
    member: int,
    terms: _Terms,
    bought: Sequence[Bought],
    payments: Sequence[Movement],
) -> list[Movement]:
    """The card, its ledger account, its purchases and what was paid; gives the payments as the card received them,
    which name it as those of a bank that runs do."""
    books, start, product = here.books, here.start, here.institution.cards
    card, account = books.key(Card), books.key(Account)
    books.book[account] = 0  # known to be new, so that the database is not asked
    fifteen = product.bin + str(card).zfill(_DIGITS - len(product.bin))
    number = fifteen + luhn.calc_check_digit(fifteen)
    first = books.keys(CardPurchase, len(bought))
    for key, each in enumerate(bought, first):
        books.add(
            CardPurchase, id=key, card_id=card, merchant=each.merchant, kind=each.kind, amount=each.amount,
            status="posted", bought_at=each.moment,
        )  # fmt: skip
    purchases = [Movement(each.moment, -each.amount, "card_purchase", each.merchant) for each in bought]
    received = [each._replace(reference=masks.number(number)) for each in payments]
    day_book.add(account, sorted([*purchases, *received], key=itemgetter(0)))
    statement = terms.statement
    books.add(
        Account, id=account, number=number, type="card", name=_NAME, status=terms.status,
        book=0, held=0, overdraft=1, created_at=start - 300 * DAY, searched=searched(number, _NAME),
    )  # fmt: skip
    books.add(
        Card, id=card, member_id=member, account_id=account, number=number, franchise=product.franchise,
        name=here.institution.card_name, status=terms.status, credit=terms.credit, cut_day=product.cut_day,
        next_cut_at=_cuts_of(here).next, statement=statement.balance, minimum=statement.minimum,
        paid_since=statement.paid, deferred_since=0,
        last_billed=first + terms.billed - 1 if terms.billed else 0, due_at=statement.due_at,
        in_arrears=int(statement.in_arrears), created_at=start - 300 * DAY,
    )  # fmt: skip
    return received
