"""Cards, what was bought with them, and payments to them. Amounts in cents."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.cards.schemas import CardPaymentStatus, ExternalCardStatus, PurchaseKind, PurchaseStatus
from sandbox.domain.vocabulary import CardStatus, DocumentType
from sandbox.storage.schema import partial_index


class Card(SQLModel, table=True):
    """A card of the cooperative. What is owed is the negative book balance of its ledger account.

    `statement` is what was owed at the last cut, without what was deferred; `paid_since` what was paid since and
    `deferred_since` what of the statement was deferred since; `minimum` the least to pay of the rest, `in_arrears`
    when the minimum of an earlier one was late. `last_billed` is the last purchase on it. `domain.owed` says what
    follows.
    """

    __table_args__ = (Index("card_cut", "next_cut_at", "id"),)

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    number: str = Field(unique=True)
    franchise: str
    name: str
    status: CardStatus = Field(sa_type=Text)
    credit: int
    cut_day: int
    next_cut_at: int
    statement: int
    minimum: int
    paid_since: int
    deferred_since: int
    last_billed: int
    due_at: int | None = None
    in_arrears: int
    created_at: int


class CardPurchase(SQLModel, table=True):
    """Something bought with a card. `deferral_id` once it was deferred."""

    __tablename__ = "card_purchase"
    __table_args__ = (Index("purchase_by_card", "card_id", "id"),)

    id: int = Field(primary_key=True)
    card_id: int = Field(foreign_key="card.id")
    merchant: str
    kind: PurchaseKind = Field(sa_type=Text)
    amount: int
    status: PurchaseStatus = Field(sa_type=Text)
    bought_at: int
    deferral_id: int | None = None


class ExternalCard(SQLModel, table=True):
    """«Nueva tarjeta»: a card of another institution, to pay to."""

    __tablename__ = "external_card"
    __table_args__ = (
        CheckConstraint("maximum > 0", name="a_card_may_be_paid_something"),
        Index("external_card_by_member", "member_id", "id"),
        partial_index("external_card_once", "member_id", "number", unique=True, where="status = 'active'"),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    institution: str
    number: str
    alias: str
    document_type: DocumentType = Field(sa_type=Text)
    document_number: str
    holder_name: str
    maximum: int
    status: ExternalCardStatus = Field(sa_type=Text)
    created_at: int


class CardPayment(SQLModel, table=True):
    """A payment to a card of ours (`card_id`) or of another institution (`external_card_id`); the rest says what the
    card was then."""

    __tablename__ = "card_payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="a_card_payment_pays_something"),
        Index("card_payment_by_member", "member_id", "id"),
        partial_index("card_payment_due", "settles_at", "id", where="status = 'in_process'"),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    origin_id: int = Field(foreign_key="account.id")
    card_id: int | None = Field(default=None, foreign_key="card.id")
    external_card_id: int | None = Field(default=None, foreign_key="external_card.id")
    card_number: str
    institution: str
    holder_name: str
    amount: int
    fee: int
    tax: int
    reference: str
    status: CardPaymentStatus = Field(sa_type=Text)
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    settles_at: int | None = None
    created_at: int
    confirmed_at: int | None = None
