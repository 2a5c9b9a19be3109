"""The SQL of movements: one keyset query for each order."""

from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select

from sandbox.bank.ledger.tables import Posting
from sandbox.storage.statements import Query, one, param

SORTS = {"date": Posting.moment, "concept": Posting.concept, "amount": Posting.amount}


def _page(sort: Any, order: str, place: str) -> Query[Posting]:
    key = col(sort)
    identity = col(Posting.id)
    statement = select(Posting).where(
        Posting.account_id == param("account"),
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
    return one(statement.order_by(*sequence).limit(param("limit")))


FIRST_PAGE = {(name, order): _page(sort, order, "first") for name, sort in SORTS.items() for order in ("asc", "desc")}
NEXT_PAGE = {(name, order): _page(sort, order, "next") for name, sort in SORTS.items() for order in ("asc", "desc")}
