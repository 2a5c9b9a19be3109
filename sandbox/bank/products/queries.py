"""The SQL of the summary, and of movements: one keyset query for each order."""

from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_, update
from sqlmodel import col, select

from sandbox.bank.cards.tables import Card
from sandbox.bank.ledger.tables import Account, Posting
from sandbox.bank.products.tables import Holding, HoldingMove, InterestCredit
from sandbox.domain.vocabulary import CardStatus
from sandbox.storage.queries import Query, adding, change, one, one_of, param, pick, scalar


class CardRow(NamedTuple):
    """A card as the summary shows it."""

    id: int
    name: str
    status: CardStatus
    number: str
    credit: int
    book: int


class Earning(NamedTuple):
    """A savings account's balance, and the cent-days by which the closing balances since a day fall short of it."""

    book: int
    missing: int


class Movement(NamedTuple):
    """A posting as its account's movements show it: of twenty rows, each column that is left out counts."""

    id: int
    moment: int
    amount: int
    balance: int
    concept: str
    reference: str


CARDS = one_of(
    CardRow,
    pick(Card.id, Card.name, Card.status, Card.number, Card.credit, Account.book)
    .join(Account, col(Account.id) == col(Card.account_id))
    .where(col(Card.member_id) == param("member"))
    .order_by(col(Card.id)),
)
HOLDINGS = one(
    select(Holding).where(Holding.member_id == param("member"), Holding.status == "active").order_by(col(Holding.id))
)
HOLDINGS_OF_TYPE = one(
    select(Holding)
    .where(Holding.member_id == param("member"), Holding.type == param("kind"), Holding.status == "active")
    .order_by(col(Holding.id))
)
SET_HOLDING = change(
    update(Holding)
    .where(col(Holding.id) == param("holding"))
    .values(balance=param("left_over"), instalments_left=param("left"), status=param("outcome"))
)
MOVES_OF = scalar(select(func.count()).where(HoldingMove.holding_id == param("holding")))
ADD_MOVE = adding(HoldingMove)

LAST_CREDITED_DAY = scalar(
    select(InterestCredit.until)
    .where(InterestCredit.account_id == param("account"))
    .order_by(col(InterestCredit.until).desc())
    .limit(1)
)
ADD_CREDIT = adding(InterestCredit)
# Each posting was missing from the closing balances of the days before its own; one that comes behind the last of these
# days, from all of them.
_missing = func.sum(
    Posting.amount
    * case(
        (col(Posting.moment) >= param("end"), param("days")),
        else_=(col(Posting.moment) - param("since")) // param("day"),
    )
)
EARNING = one_of(
    Earning,
    pick(Account.book, func.coalesce(_missing, 0))
    .outerjoin(Posting, and_(col(Posting.account_id) == col(Account.id), col(Posting.moment) >= param("since")))
    .where(col(Account.id) == param("account"), col(Account.type) == "savings")
    .group_by(col(Account.id)),
)

SORTS = {"date": Posting.moment, "concept": Posting.concept, "amount": Posting.amount}


def _page(sort: Any, order: str, place: str) -> Query[Movement]:
    key = col(sort)
    identity = col(Posting.id)
    statement = pick(
        Posting.id, Posting.moment, Posting.amount, Posting.balance, Posting.concept, Posting.reference
    ).where(
        col(Posting.account_id) == param("account"),
        col(Posting.moment) >= param("since"),
        col(Posting.moment) < param("until"),
    )
    if order == "desc":
        sequence = (key.desc(), identity.desc())
        beyond = or_(key < param("key"), and_(key == param("key"), identity < param("id")))
        bound = key <= param("key")
    else:
        sequence = (key.asc(), identity.asc())
        beyond = or_(key > param("key"), and_(key == param("key"), identity > param("id")))
        bound = key >= param("key")
    if place == "next":
        # The plain bound lets the index start at the cursor; the pair of conditions settles ties.
        statement = statement.where(bound, beyond)
    return one_of(Movement, statement.order_by(*sequence).limit(param("limit")))


FIRST_PAGE = {(name, order): _page(sort, order, "first") for name, sort in SORTS.items() for order in ("asc", "desc")}
NEXT_PAGE = {(name, order): _page(sort, order, "next") for name, sort in SORTS.items() for order in ("asc", "desc")}
