"""Cards with what was bought on them, and the statement of their last cut-off."""

from stdnum import luhn

from sandbox.bank.cards.tables import Card, CardPurchase
from sandbox.bank.ledger.tables import Account
from sandbox.domain import calendars, concepts, owed
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.owed import Statement
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, HOUR, Micros
from sandbox.seeding.books import Books
from sandbox.seeding.personas import CardTrait

_PREFIX = "999999"  # no issuer has it
_CUT_DAY = 10
_CUT_MINUTE = 60
# As rules/cards.yaml has them on the first day: the minimum in basis points.
_DUE_DAYS = 15
_MINIMUM = 500


def add_card(books: Books, member: int, trait: CardTrait, start: int) -> None:
    """A card, its ledger account, its purchases in the order in which they were made."""
    card = books.key(Card)
    account = books.key(Account)
    fifteen = f"{_PREFIX}{card:09d}"
    number = fifteen + luhn.calc_check_digit(fifteen)
    next_cut_at = calendars.next_monthly(Micros(start), _CUT_DAY, _CUT_MINUTE)
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
    statement = _statement(-books.book[account], cut_at, start, in_arrears=trait.overdue)
    books.add(
        Account, id=account, number=number, type="card", name="Tarjeta de crédito", status=trait.status,
        book=0, held=0, overdraft=1, created_at=start - 300 * DAY,
    )  # fmt: skip
    books.add(
        Card, id=card, member_id=member, account_id=account, number=number, franchise="Visa", name="Visa Cooprogreso",
        status=trait.status, credit=trait.credit, cut_day=_CUT_DAY,
        next_cut_at=next_cut_at, statement=statement.balance, minimum=statement.minimum, paid_since=0,
        deferred_since=0, last_billed=last_billed, due_at=statement.due_at, in_arrears=int(statement.in_arrears),
        created_at=start - 300 * DAY,
    )  # fmt: skip


def _statement(billed: int, cut_at: Micros, start: int, *, in_arrears: bool) -> Statement:
    """The statement of the last cut-off before `start`: all that was bought, so that there is something to pay from the
    first day. Where its due date has passed and the card is not to be overdue, its minimum is taken as paid."""
    due_at = owed.due_of(cut_at, _DUE_DAYS)
    passed = start >= owed.overdue_from(due_at) and not in_arrears
    minimum = 0 if passed else owed.minimum_of(billed, _MINIMUM)
    return Statement(billed, minimum, 0, 0, due_at if billed else None, in_arrears)
