"""The arithmetic of deferral («diferido»): French instalments, to the cent. Amounts in cents, rates in basis points a
year.

Each month's interest is the balance × rate / 12, rounded half up; the quota is the French one, rounded half up; the
last instalment pays what is left, so the parts add up to the principal exactly. The interest of grace months is not
capitalised: it is spread in equal parts over the paying months, the remainder in the last.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sandbox.kernel import clock, money
from sandbox.kernel.clock import Micros

_BASIS = 10_000
_MONTHS = 12
_COMMERCIAL_MONTH = 30
_COMMERCIAL_YEAR = 360


class Instalment(NamedTuple):
    """One instalment: `amount` is principal plus interest, `balance` what is still owed after it."""

    number: int
    principal: int
    interest: int
    amount: int
    balance: int


def month_interest(balance: int, rate: int) -> int:
    """A month's interest on a balance, rounded half up."""
    return money.rounded(balance * rate, _BASIS * _MONTHS)


def quota(principal: int, rate: int, term: int) -> int:
    """The French quota: what pays `principal` off in `term` equal instalments, rounded half up.

    Raises ValueError for a principal or term below one.
    """
    if principal < 1 or term < 1:
        raise ValueError("there is nothing to defer")
    if rate == 0:
        return money.rounded(principal, term)
    # The annuity principal × i / (1 - (1 + i)^-term) as one quotient of integers: as a decimal it falls short of half a
    # cent that is exact.
    year = _BASIS * _MONTHS
    grown = (year + rate) ** term
    return money.rounded(principal * rate * grown, year * (grown - year**term))


def split(balance: int, rate: int, equal: int, *, last: bool) -> tuple[int, int]:
    """The principal and the interest of one instalment: a month's interest, and what `equal` leaves for the principal;
    in the last one, all that is owed."""
    interest = month_interest(balance, rate)
    return (balance if last else min(balance, equal - interest)), interest


def schedule(principal: int, rate: int, term: int, grace: int = 0) -> list[Instalment]:
    """The instalments that pay `principal` off in `term` months after `grace` months without payment."""
    equal = quota(principal, rate, term)
    waiting = month_interest(principal, rate) * grace
    share, rest = divmod(waiting, term)
    rows = []
    balance = principal
    for number in range(1, term + 1):
        last = number == term
        part, interest = split(balance, rate, equal, last=last)
        balance -= part
        interest += share + (rest if last else 0)
        rows.append(Instalment(number, part, interest, part + interest, balance))
    return rows


def due_at(since: int, number: int, grace: int) -> Micros:
    """When the `number`th instalment of a deferral made at `since` is due: so many months later, after the grace."""
    return clock.months_after(Micros(since), grace + number)


def accrued(balance: int, rate: int, days: int) -> int:
    """The interest of `days` days on a balance, by 30/360, rounded half up."""
    return money.rounded(balance * rate * days, _BASIS * _COMMERCIAL_YEAR)


def earned(principal: int, rate: int, rows: Sequence[Instalment], grace: int, days: int) -> int:
    """The interest of the first `days` days of a deferral by 30/360: whole months as the schedule has them, the month
    under way by its days."""
    balances = [principal] * (grace + 1) + [row.balance for row in rows]
    months, rest = divmod(min(days, (len(balances) - 1) * _COMMERCIAL_MONTH), _COMMERCIAL_MONTH)
    whole = sum(month_interest(balance, rate) for balance in balances[:months])
    return whole + accrued(balances[months], rate, rest)


def interest_to_pay_off(principal: int, rate: int, term: int, grace: int, billed: int, days: int) -> int:
    """The interest due with a prepayment, `days` days (30/360) after the deferral, once `billed` instalments were
    posted: what was earned so far less what those instalments had of it. That includes the interest of grace months
    which later instalments would have brought."""
    rows = schedule(principal, rate, term, grace)
    return earned(principal, rate, rows, grace, days) - sum(row.interest for row in rows[:billed])
