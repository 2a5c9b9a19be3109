"""What crosses the wire of products and movements."""

from typing import Annotated, Literal

from pydantic import Field

from sandbox.bank.wire import Moment, Money, View


class AccountItem(View):
    """An account in the summary, which shows the available balance."""

    id: Annotated[str, Field(examples=["acc_3b608cc6f15c7c222e24ae9258ac"])]
    type: Literal["savings", "share_certificate"]
    name: str
    status: str
    number: Annotated[str, Field(examples=["410XXXXXX098"])]
    available_balance: Money
    book_balance: Money
    debitable: bool


class AccountGroup(View):
    """«Cuentas»: accounts with the total of what is available."""

    type: Literal["accounts"] = "accounts"
    title: str = "Cuentas"
    total: Money
    currency: Literal["USD"] = "USD"
    items: list[AccountItem]


class Products(View):
    """«Resumen de Productos»."""

    groups: list[AccountGroup]


class HoldView(View):
    """Money set aside on an account."""

    id: str
    amount: Money
    reason: Annotated[str, Field(examples=["judicial", "operation"])]
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
