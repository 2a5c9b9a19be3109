"""The SQL of life: who lives, with what, and what they did."""

from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_
from sqlmodel import col, select

from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.cards.tables import Card
from sandbox.bank.ledger.tables import Account
from sandbox.bank.life.tables import LifeOrder
from sandbox.bank.members.tables import Member
from sandbox.bank.products.tables import Holding
from sandbox.domain.life.behaviours import Level
from sandbox.domain.vocabulary import Segment
from sandbox.storage.queries import adding, one_of, param, pick, scalar


class LivingRow(NamedTuple):
    """A member, who lives as the sandbox does where `life` is null."""

    id: int
    segment: Segment
    life: Level | None
    has_card: int
    has_loan: int
    has_deposit: int


class HolderRow(NamedTuple):
    """A member's first active savings account, while the member is active and not locked by the bank."""

    account: int
    number: str
    available: int


class Friend(NamedTuple):
    """An account of another member to which one may send, and how much at most."""

    account: int
    number: str
    member: int
    maximum: int


def _held(kind: str) -> tuple[Any, Any]:
    return col(Holding.type) == kind, col(Holding.status) == "active"


_members = (
    pick(
        Member.id,
        Member.segment,
        Member.life,
        exists().where(col(Card.member_id) == col(Member.id)),
        exists().where(col(Holding.member_id) == col(Member.id), *_held("loan")),
        exists().where(col(Holding.member_id) == col(Member.id), *_held("term_deposit")),
    )
    .where(col(Member.id) > param("after"))
    .order_by(col(Member.id))
    .limit(param("limit"))
)
MEMBERS_AFTER = one_of(LivingRow, _members)
THOSE_WITH_A_LIFE_AFTER = one_of(LivingRow, _members.where(col(Member.life).is_not(None)))
DEPOSITS = scalar(
    select(Holding.due_at)
    .where(col(Holding.member_id) == param("member"), *_held("term_deposit"))
    .order_by(col(Holding.id))
)
HOLDER = one_of(
    HolderRow,
    pick(Account.id, Account.number, col(Account.book) - col(Account.held))
    .join(Member, col(Member.id) == col(Account.member_id))
    .where(
        col(Account.member_id) == param("member"),
        col(Account.type) == "savings",
        col(Account.status) == "active",
        col(Member.status) == "active",
        or_(col(Member.suspended_until).is_(None), col(Member.suspended_until) <= param("now")),
    )
    .order_by(col(Account.id))
    .limit(1),
)
FRIENDS = one_of(
    Friend,
    pick(Account.id, Account.number, Account.member_id, Beneficiary.maximum)
    .select_from(Beneficiary)
    .join(Account, col(Account.id) == col(Beneficiary.account_id))
    .where(
        col(Beneficiary.member_id) == param("member"),
        col(Beneficiary.status) == "active",
        col(Beneficiary.kind) == "cooperative",
        col(Account.status) == "active",
    )
    .order_by(col(Beneficiary.id)),
)
ADD_ORDER = adding(LifeOrder)
COUNT = scalar(
    select(func.count())
    .select_from(LifeOrder)
    .where(col(LifeOrder.what) == param("what"), col(LifeOrder.outcome) == param("outcome"))
)
