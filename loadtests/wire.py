"""What crosses the wire, as far as scenarios look at it (see /docs on a running server for the whole of it)."""

from typing import Any, TypedDict

Json = dict[str, Any]
AMOUNTS = ("total", "principal", "maximum_amount")


class Device(TypedDict):
    """A phone, as a login names it."""

    id: str
    name: str
    platform: str


class OwnedCard(TypedDict):
    """A card of a member, as the control plane lists it."""

    id: str
    number: str
    status: str


class OwnedAccount(TypedDict):
    """An account of a member, with its whole number, as the control plane lists it."""

    id: str
    number: str
    type: str


class Member(TypedDict):
    """Whom to work as: everything it takes to log in."""

    id: str
    name: str
    username: str
    password: str
    device: Device
    document_type: str
    document_number: str
    accounts: list[OwnedAccount]
    cards: list[OwnedCard]


class AccountItem(TypedDict):
    """An account, as the summary of products lists it. Money as decimal text."""

    id: str
    debitable: bool
    available_balance: str
    book_balance: str


class Hold(TypedDict):
    """Money set aside on an account."""

    id: str
    amount: str


class Account(AccountItem):
    """An account's page, with what is held on it."""

    holds: list[Hold]


class Challenge(TypedDict):
    """What asks for a code."""

    id: str
    attempts_left: int
    resend_in: int


class Ordered(TypedDict):
    """An operation that waits for its code, of whatever kind."""

    id: str
    challenge: Challenge


class Operation(TypedDict):
    """What an operation became, or how a list shows it."""

    id: str
    status: str


def amount_of(operation: Any) -> str:
    """What an operation is about, in dollars: its total, principal or maximum; "" for one without."""
    return next((str(operation[name]) for name in AMOUNTS if operation.get(name) is not None), "")


def cents(text: str) -> int:
    """A decimal amount in cents."""
    return int(text.replace(".", ""))


def balances(products: Any) -> tuple[int, int]:
    """What a member has on all accounts, and how much of it is held, in cents, out of getProducts."""
    accounts = products["groups"][0]["items"]
    book = sum(cents(account["book_balance"]) for account in accounts)
    return book, book - sum(cents(account["available_balance"]) for account in accounts)
