"""What savings and term deposits earn, and what a loan's instalment is. Amounts in cents, rates in basis points a year
(nominal), everything rounded half up to the cent once.

Savings: the closing balance of each day × rate / day count, added up and rounded. Term deposits: simple interest of the
calendar days. Loans: the French method of `deferral`, with a month's interest of a twelfth of the rate.
"""

from typing import NamedTuple

from sandbox.domain import deferral
from sandbox.kernel import clock, money
from sandbox.kernel.clock import Micros

_BASIS = 10_000


class Instalment(NamedTuple):
    """An instalment of a loan; `balance` is the principal that is owed after it."""

    principal: int
    interest: int
    balance: int

    @property
    def amount(self) -> int:
        """What is paid: principal and interest."""
        return self.principal + self.interest


def of_savings(cent_days: int, rate: int, day_count: int) -> int:
    """The interest of daily closing balances. `cent_days` is their sum, `day_count` the days of a year."""
    return money.rounded(cent_days * rate, _BASIS * day_count)


def of_deposit(principal: int, rate: int, days: int, day_count: int) -> int:
    """The simple interest of `days` days on a term deposit."""
    return money.rounded(principal * rate * days, _BASIS * day_count)


def deposit_days(opened_at: int, due_at: int) -> int:
    """The calendar days that a term deposit earns: from the local day on which it was opened to the one on which it is
    due."""
    return clock.day_of(due_at) - clock.day_of(opened_at)


def level_instalment(balance: int, rate: int, months: int) -> int:
    """What pays `balance` off in so many equal instalments: at least a cent, so that something is paid each month.

    Raises ValueError for a balance or a number of months below one.
    """
    return max(1, deferral.quota(balance, rate, months))


def instalment(balance: int, rate: int, level: int, left: int) -> Instalment:
    """The next instalment of a loan with `left` instalments to go, of which `level` is the usual amount. The last one
    pays all that is owed, to the cent."""
    principal, interest = deferral.split(balance, rate, level, last=left == 1)
    return Instalment(principal, interest, balance - principal)


def instalment_due_at(last_due_at: int, left: int) -> Micros:
    """When the next instalment of a loan is due, of `left` the last of which is due at `last_due_at`: so many months
    before it, on its day of the month."""
    return clock.months_after(Micros(last_due_at), 1 - left)
