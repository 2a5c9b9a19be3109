"""Cards with what was bought on them, and the statement of their last cut-off."""

from stdnum import luhn

from sandbox.bank.cards.tables import Card, CardPurchase
from sandbox.bank.ledger.tables import Account
from sandbox.domain import calendars, concepts, owed
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.owed import Statement
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, HOUR, Micros
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.first_day import FirstDay
from sandbox.seeding.traits import CardTrait

_CUT_MINUTE = 60
_DIGITS = 15  # and a check digit


def add_card(here: Circumstances, member: int, trait: CardTrait) -> None:
    """A card, its ledger account, its purchases in the order in which they were made."""
    books, start, product = here.books, here.start, here.institution.cards
    card = books.key(Card)
    account = books.key(Account)
    fifteen = product.bin + str(card).zfill(_DIGITS - len(product.bin))
    number = fifteen + luhn.calc_check_digit(fifteen)
    next_cut_at = calendars.next_monthly(Micros(start), product.cut_day, _CUT_MINUTE)
    last_billed = 0
    for purchase in sorted(trait.purchases, key=lambda each: -each.days_ago):
        key = books.key(CardPurchase)
        moment = start - purchase.days_ago * DAY - 2 * HOUR
        books.add(
            CardPurchase, id=key, card_id=card, merchant=purchase.merchant, kind=purchase.kind,
            amount=purchase.amount, status="posted", bought_at=moment,
        )  # fmt: skip
        books.post(
            moment, "card_purchase", "card_purchase", key,
            Leg(account, -purchase.amount, concepts.CARD_CONSUMPTION, purchase.merchant),
            Leg(SystemAccount.CARD_ISSUERS, purchase.amount, concepts.CARD_CONSUMPTION, purchase.merchant),
        )  # fmt: skip
        last_billed = key
    cut_at = clock.months_after(next_cut_at, -1)
    statement = _statement(here.first_day, -books.book[account], cut_at, start, in_arrears=trait.overdue)
    books.add(
        Account, id=account, number=number, type="card", name="Tarjeta de crédito", status=trait.status,
        book=0, held=0, overdraft=1, created_at=start - 300 * DAY,
    )  # fmt: skip
    books.add(
        Card, id=card, member_id=member, account_id=account, number=number, franchise=product.franchise,
        name=here.institution.card_name, status=trait.status, credit=trait.credit, cut_day=product.cut_day,
        next_cut_at=next_cut_at, statement=statement.balance, minimum=statement.minimum, paid_since=0,
        deferred_since=0, last_billed=last_billed, due_at=statement.due_at, in_arrears=int(statement.in_arrears),
        created_at=start - 300 * DAY,
    )  # fmt: skip


def _statement(first_day: FirstDay, billed: int, cut_at: Micros, start: int, *, in_arrears: bool) -> Statement:
    """The statement of the last cut-off before `start`: all that was bought, so that there is something to pay from the
    first day. Where its due date has passed and the card is not to be overdue, its minimum is taken as paid."""
    due_at = owed.due_of(cut_at, first_day.due_days)
    passed = start >= owed.overdue_from(due_at) and not in_arrears
    minimum = 0 if passed else owed.minimum_of(billed, first_day.minimum)
    return Statement(billed, minimum, 0, 0, due_at if billed else None, in_arrears)
