"""What loans, term deposits and savings tell: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class InterestCredited(NamedTuple):
    """The month's interest of a savings account."""

    amount: str
    number: str


class InstalmentPaid(NamedTuple):
    """An instalment was debited; `balance` is the principal still owed."""

    amount: str
    number: str
    balance: str


class LoanPaidOff(NamedTuple):
    """The last instalment was debited."""

    amount: str
    number: str


class InstalmentLackedFunds(NamedTuple):
    """An instalment could not be debited: there was not enough."""

    amount: str
    number: str


class InstalmentRefused(NamedTuple):
    """An instalment could not be debited: the account is not active."""

    amount: str
    number: str


class DepositMatured(NamedTuple):
    """A term deposit came back with its interest."""

    principal: str
    interest: str
    number: str
