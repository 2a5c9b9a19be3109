"""The SQL of the summary, and of movements: one keyset query for each order."""

from typing import Any, NamedTuple

from sqlalchemy import and_, or_
from sqlmodel import col, select

from sandbox.bank.cards.tables import Card
from sandbox.bank.ledger.tables import Account, Posting
from sandbox.bank.products.tables import Holding
from sandbox.domain.vocabulary import CardStatus
from sandbox.storage.queries import Query, one, one_of, param, pick


class CardRow(NamedTuple):
    """A card as the summary shows it."""

    id: int
    name: str
    status: CardStatus
    number: str
    credit: int
    book: int


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
HOLDINGS = one(select(Holding).where(Holding.member_id == param("member")).order_by(col(Holding.id)))

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
