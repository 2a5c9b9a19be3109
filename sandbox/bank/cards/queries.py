"""The SQL of cards."""

from typing import NamedTuple

from sqlalchemy import func, update
from sqlmodel import col, select

from sandbox.bank.cards.tables import Card, CardPayment, CardPurchase, ExternalCard
from sandbox.bank.challenges.listing import narrowed
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.tables import Member
from sandbox.domain.vocabulary import CardStatus
from sandbox.storage.queries import adding, change, one, one_of, param, pick, scalar, to_change


class OwedCard(NamedTuple):
    """A card with the book balance of its account, and its holder's name."""

    id: int
    member_id: int
    account_id: int
    number: str
    franchise: str
    name: str
    status: CardStatus
    credit: int
    cut_day: int
    next_cut_at: int
    statement: int
    minimum: int
    paid_since: int
    deferred_since: int
    last_billed: int
    due_at: int | None
    in_arrears: int
    book: int
    first_names: str
    last_names: str

    @property
    def holder(self) -> str:
        """Whose card it is."""
        return f"{self.first_names} {self.last_names}"


_columns = (
    Card.id, Card.member_id, Card.account_id, Card.number, Card.franchise, Card.name, Card.status, Card.credit,
    Card.cut_day, Card.next_cut_at, Card.statement, Card.minimum, Card.paid_since, Card.deferred_since,
    Card.last_billed, Card.due_at, Card.in_arrears, Account.book,
    Member.first_names, Member.last_names,
)  # fmt: skip
_with_account = (
    pick(*_columns)
    .select_from(Card)
    .join(Account, col(Account.id) == col(Card.account_id))
    .join(Member, col(Member.id) == col(Card.member_id))
)
CARDS_OF = one_of(OwedCard, _with_account.where(col(Card.member_id) == param("member")).order_by(col(Card.id)))
OWNED_CARD = one_of(
    OwedCard, _with_account.where(col(Card.id) == param("card"), col(Card.member_id) == param("member"))
)
_card = _with_account.where(col(Card.id) == param("card"))
CARD = one_of(OwedCard, _card)
CARD_TO_CHANGE = one_of(OwedCard, to_change(_card, Member, Card, Account))
NEXT_CUT = scalar(select(Card.next_cut_at).order_by(col(Card.next_cut_at)).limit(1))
CUT_BY = one_of(
    OwedCard,
    _with_account.where(col(Card.next_cut_at) <= param("now"))
    .order_by(col(Card.next_cut_at), col(Card.id))
    .limit(param("limit")),
)
SET_STATEMENT = change(
    update(Card)
    .where(col(Card.id) == param("card"))
    .values(
        statement=param("balance"),
        minimum=param("least"),
        paid_since=param("paid"),
        deferred_since=param("deferred"),
        due_at=param("due"),
        in_arrears=param("arrears"),
    )
)
SET_CUT = change(
    update(Card).where(col(Card.id) == param("card")).values(last_billed=param("purchase"), next_cut_at=param("next"))
)
NOTE_PAYMENT = change(
    update(Card).where(col(Card.id) == param("card")).values(paid_since=Card.paid_since + param("paid"))
)
LAST_PURCHASE = scalar(select(func.max(CardPurchase.id)).where(col(CardPurchase.card_id) == param("card")))
ADD_PURCHASE = adding(CardPurchase)
PURCHASES_BEFORE = one(
    select(CardPurchase)
    .where(CardPurchase.card_id == param("card"), col(CardPurchase.id) < param("before"))
    .order_by(col(CardPurchase.id).desc())
    .limit(param("limit"))
)
PURCHASE = one(select(CardPurchase).where(CardPurchase.id == param("purchase"), CardPurchase.card_id == param("card")))
DEFER_PURCHASE = change(
    update(CardPurchase).where(col(CardPurchase.id) == param("purchase")).values(deferral_id=param("deferral"))
)

ADD_EXTERNAL = adding(ExternalCard)
EXTERNAL = one(select(ExternalCard).where(ExternalCard.id == param("card")))
OWNED_EXTERNAL = one(
    select(ExternalCard).where(
        ExternalCard.id == param("card"), ExternalCard.member_id == param("member"), ExternalCard.status == "active"
    )
)
SAME_EXTERNAL = one(
    select(ExternalCard).where(
        ExternalCard.member_id == param("member"),
        ExternalCard.number == param("number"),
        ExternalCard.status == "active",
    )
)
EXTERNAL_AFTER = one(
    select(ExternalCard)
    .where(
        ExternalCard.member_id == param("member"),
        col(ExternalCard.id) > param("after"),
        narrowed(ExternalCard, "active"),
    )
    .order_by(col(ExternalCard.id))
    .limit(param("limit"))
)
SET_EXTERNAL = change(update(ExternalCard).where(col(ExternalCard.id) == param("card")).values(status=param("outcome")))
EDIT_EXTERNAL = change(
    update(ExternalCard)
    .where(col(ExternalCard.id) == param("card"))
    .values(alias=param("new_alias"), maximum=param("new_maximum"))
)

ADD_PAYMENT = adding(CardPayment)
PAYMENT = one(select(CardPayment).where(CardPayment.id == param("payment")))
OWNED_PAYMENT = one(
    select(CardPayment).where(CardPayment.id == param("payment"), CardPayment.member_id == param("member"))
)
PAYMENTS_BEFORE = one(
    select(CardPayment)
    .where(CardPayment.member_id == param("member"), col(CardPayment.id) < param("before"), narrowed(CardPayment))
    .order_by(col(CardPayment.id).desc())
    .limit(param("limit"))
)
FINISH_PAYMENT = change(
    update(CardPayment)
    .where(col(CardPayment.id) == param("payment"))
    .values(status=param("outcome"), entry_id=param("entry"), confirmed_at=param("now"), settles_at=param("due"))
)
CLOSE_PAYMENT = change(
    update(CardPayment).where(col(CardPayment.id) == param("payment")).values(status=param("outcome"))
)
POSTPONE = change(update(CardPayment).where(col(CardPayment.id) == param("payment")).values(settles_at=param("due")))
FIRST_IN_PROCESS = one(
    select(CardPayment)
    .where(CardPayment.status == "in_process")
    .order_by(col(CardPayment.settles_at), col(CardPayment.id))
    .limit(1)
)

SET_CARD_STATUS = change(update(Card).where(col(Card.id) == param("card")).values(status=param("new_status")))
