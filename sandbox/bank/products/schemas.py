"""What crosses the wire of products and movements."""

from typing import Annotated, Literal, Union

from pydantic import Field

from sandbox.bank.wire import Moment, Money, View
from sandbox.domain.vocabulary import AccountStatus, CardStatus, HoldReason, MemberAccountType

HoldingType = Literal["loan", "term_deposit"]
HoldingStatus = Literal["active", "paid", "matured"]
"""`paid` is a loan and `matured` a term deposit whose balance has come to 0; the summary shows neither."""
MoveKind = Literal["instalment", "maturity"]


class AccountItem(View):
    """An account in the summary, which shows the available balance."""

    id: Annotated[str, Field(examples=["acc_3b608cc6f15c7c222e24ae9258ac41d7"])]
    type: MemberAccountType
    name: str
    status: AccountStatus
    number: Annotated[str, Field(examples=["410XXXXXX098"])]
    available_balance: Money
    book_balance: Money
    debitable: bool


class AccountGroup(View):
    """«Cuentas»: accounts with the total of what is available."""

    type: Literal["accounts"] = "accounts"
    title: Annotated[str, Field(examples=["Cuentas"])]
    total: Money
    currency: Literal["USD"] = "USD"
    items: list[AccountItem]


class CardItem(View):
    """A card in the summary."""

    id: str
    type: Literal["card"] = "card"
    name: str
    status: CardStatus
    number: str
    owed: Money
    available: Money


class CardGroup(View):
    """«Tarjetas», with the total of what is owed."""

    type: Literal["cards"] = "cards"
    title: Annotated[str, Field(examples=["Tarjetas"])]
    total: Money
    currency: Literal["USD"] = "USD"
    items: list[CardItem]


class HoldingItem(View):
    """A loan or a term deposit that is not over. Rate a year in percent.

    A loan has its next instalment, whose date is in the past while it is overdue; a term deposit has the interest that
    it pays on its due date. What does not apply is null.
    """

    id: str
    type: HoldingType
    name: str
    status: Literal["active"]
    number: str
    amount: Money
    balance: Money
    rate: Annotated[str, Field(examples=["9.50"])]
    opened_at: Moment
    due_date: Annotated[str, Field(examples=["2027-05-23"])]
    next_installment_date: Annotated[str, Field(examples=["2026-12-23"])] | None
    next_installment: Money | None
    installments_left: int | None
    interest_at_maturity: Money | None


class LoanGroup(View):
    """«Créditos», with the total of what is owed."""

    type: Literal["loans"] = "loans"
    title: Annotated[str, Field(examples=["Créditos"])]
    total: Money
    currency: Literal["USD"] = "USD"
    items: list[HoldingItem]


class DepositGroup(View):
    """«Depósitos a plazo», with their total."""

    type: Literal["term_deposits"] = "term_deposits"
    title: Annotated[str, Field(examples=["Depósitos a plazo"])]
    total: Money
    currency: Literal["USD"] = "USD"
    items: list[HoldingItem]


Group = Annotated[Union[AccountGroup, CardGroup, LoanGroup, DepositGroup], Field(discriminator="type")]


class Products(View):
    """«Resumen de Productos»: a group for each kind of product the member has. Every one of them is held by
    `holder_name` at `institution`, as forms show the origin of a payment."""

    greeting: Annotated[str, Field(examples=["¡Hola Rosa Elena!"])]
    holder_name: str
    institution: str
    groups: list[Group]


class HoldView(View):
    """Money set aside on an account."""

    id: str
    amount: Money
    reason: HoldReason
    placed_at: Moment


class AccountDetail(AccountItem):
    """An account's page: book and available balance, and the holds between them."""

    held_balance: Money
    currency: Literal["USD"] = "USD"
    opened_at: Moment
    holds: list[HoldView]


class MovementView(View):
    """One movement: `amount` is signed, `balance` is the book balance after it."""

    id: str
    date: Moment
    concept: Annotated[str, Field(examples=["1634 - TRANSFERENCIA A CUENTA TERCEROS"])]
    reference: str
    amount: Money
    balance: Money
    currency: Literal["USD"] = "USD"
