"""Cards with what was bought on them."""

from stdnum import luhn

from sandbox.bank.cards.tables import Card, CardPurchase
from sandbox.bank.ledger.tables import Account
from sandbox.domain import calendars, concepts, deferral
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.kernel.clock import DAY, HOUR, Micros
from sandbox.seeding.books import Books
from sandbox.seeding.personas import CardTrait

_PREFIX = "999999"  # no issuer has it
_CUT_DAY = 10
_CUT_MINUTE = 60
_MINIMUM = 500  # basis points, as rules/cards.yaml has it on the first day


def add_card(books: Books, member: int, trait: CardTrait, start: int) -> None:
    """A card, its ledger account, its purchases in the order in which they were made."""
    card = books.key(Card)
    account = books.key(Account)
    fifteen = f"{_PREFIX}{card:09d}"
    number = fifteen + luhn.calc_check_digit(fifteen)
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
    owed = -books.book[account]
    books.add(
        Account, id=account, number=number, type="card", name="Tarjeta de crédito", status=trait.status,
        book=0, held=0, overdraft=1, created_at=start - 300 * DAY,
    )  # fmt: skip
    books.add(
        Card, id=card, member_id=member, account_id=account, number=number, franchise="Visa", name="Visa Cooprogreso",
        status=trait.status, credit=trait.credit, cut_day=_CUT_DAY,
        next_cut_at=calendars.next_monthly(Micros(start), _CUT_DAY, _CUT_MINUTE), statement=owed,
        minimum=deferral.minimum_payment(owed, _MINIMUM), paid_since=0,
        due_at=start + (-3 if trait.overdue else 2) * DAY if owed else None, overdue=int(trait.overdue),
        created_at=start - 300 * DAY,
    )  # fmt: skip
