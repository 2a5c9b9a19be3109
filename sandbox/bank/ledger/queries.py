"""The ledger's SQL."""

from typing import Any, NamedTuple, cast

from sqlalchemy import or_, update
from sqlmodel import col, select

from sandbox.bank.ledger.tables import Account, Entry, Hold, Posting
from sandbox.bank.members.tables import Member
from sandbox.domain.vocabulary import MemberAccountType
from sandbox.storage.queries import adding, change, changed, is_among, locks, one, one_of, param, pick


class Balance(NamedTuple):
    """An account's book balance."""

    book: int


class Holder(NamedTuple):
    """An account of a member, and whose it is."""

    id: int
    number: str
    type: MemberAccountType
    first_names: str
    last_names: str


class Released(NamedTuple):
    """What a hold that was just released had held, and where."""

    account_id: int
    amount: int


# What searches look through is read by none of those who ask for accounts, and would be a column more of each.
ACCOUNT = one(select(Account).where(Account.id == param("account")), "searched")
OWNED_ACCOUNT = one(
    select(Account).where(Account.id == param("account"), Account.member_id == param("member")), "searched"
)
HOLDERS = one_of(
    Holder,
    pick(Account.id, Account.number, Account.type, Member.first_names, Member.last_names)
    .join(Member, col(Member.id) == col(Account.member_id))
    .where(is_among(col(Account.id), "accounts")),
)
LOCK_ACCOUNTS = locks(select(Account.id).where(is_among(col(Account.id), "accounts")).order_by(col(Account.id)))
ACCOUNTS_OF = one(select(Account).where(Account.member_id == param("member")).order_by(col(Account.id)), "searched")

SET_ASIDE = change(
    update(Account)
    .where(col(Account.id) == param("account"), col(Account.book) - col(Account.held) >= param("amount"))
    .values(held=Account.held + param("amount"))
)
GIVE_BACK = change(
    update(Account).where(col(Account.id) == param("account")).values(held=Account.held - param("amount"))
)
MOVE = changed(
    Balance,
    cast(
        Any,
        update(Account)
        .where(
            col(Account.id) == param("account"),
            or_(col(Account.overdraft) == 1, col(Account.book) - col(Account.held) + param("amount") >= 0),
        )
        .values(book=Account.book + param("amount"))
        .returning(col(Account.book)),
    ),
)

ADD_HOLD = adding(Hold, "account_id", "amount", "reason", "operation", "operation_id", "placed_at")
RELEASE_HOLD = changed(
    Released,
    cast(
        Any,
        update(Hold)
        .where(
            col(Hold.operation) == param("of_operation"),
            col(Hold.operation_id) == param("of_id"),
            col(Hold.released_at).is_(None),
        )
        .values(released_at=param("now"))
        .returning(col(Hold.account_id), col(Hold.amount)),
    ),
)
HOLDS_ON = one(
    select(Hold).where(Hold.account_id == param("account"), col(Hold.released_at).is_(None)).order_by(col(Hold.id))
)

ADD_ENTRY = adding(Entry)
ADD_POSTING = adding(Posting)

SET_ACCOUNT_STATUS = change(
    update(Account).where(col(Account.id) == param("account")).values(status=param("new_status"))
)
RELEASE_ORDERED_HOLD = changed(
    Released,
    cast(
        Any,
        update(Hold)
        .where(col(Hold.id) == param("hold"), col(Hold.operation).is_(None), col(Hold.released_at).is_(None))
        .values(released_at=param("now"))
        .returning(col(Hold.account_id), col(Hold.amount)),
    ),
)
