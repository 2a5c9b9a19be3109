"""What a card owes: one account of purchases, payments, deferrals and statements (docs/decisions/0013). Cents.

The facts are the debt by the ledger, the principal deferred and not yet billed, and the last statement with what
happened to it since. Everything else follows from them and the moment; nothing else in the bank works it out again.
"""

from datetime import timedelta
from typing import NamedTuple

from sandbox.domain import calendars
from sandbox.kernel import clock, money
from sandbox.kernel.clock import DAY, MINUTE, Micros


class Statement(NamedTuple):
    """The last statement and what happened to it since the cut-off.

    `balance` is what was owed and not deferred at the cut-off, `paid` what was paid since, `deferred` how much of the
    balance was deferred since, `minimum` the least to pay of the rest. `in_arrears` when the minimum of an earlier
    statement was unpaid, and late, at the cut-off.
    """

    balance: int
    minimum: int
    paid: int
    deferred: int
    due_at: int | None
    in_arrears: bool


class Owed(NamedTuple):
    """What a card owes at one moment.

    `debt` is everything, `deferred` the principal not yet billed, `revolving` the difference: the most that can be
    paid or deferred. `total_payment` is what is left of the statement, `minimum_payment` the least to pay of it.
    """

    debt: int
    deferred: int
    revolving: int
    total_payment: int
    minimum_payment: int
    overdue: bool


def owed(book: int, deferred: int, statement: Statement, now: Micros) -> Owed:
    """What is owed at `now` on a card whose ledger account has the book balance `book`."""
    debt = max(0, -book)
    total = total_payment(statement.balance, statement.paid, statement.deferred)
    minimum = max(0, statement.minimum - statement.paid)
    late = statement.in_arrears or (statement.due_at is not None and now >= overdue_from(statement.due_at))
    return Owed(debt, deferred, max(0, debt - deferred), total, minimum, overdue=late and minimum > 0)


def available(credit: int, book: int) -> int:
    """What can still be bought with a card of that credit."""
    return max(0, credit + book)


def total_payment(balance: int, paid: int, deferred: int) -> int:
    """What is left of a statement: neither paid nor deferred since the cut-off."""
    return max(0, balance - paid - deferred)


def minimum_of(balance: int, percent: int) -> int:
    """The least to pay of a balance: `percent` basis points of it, rounded half up."""
    return money.percent_of(balance, percent)


def overdue_from(due_at: int) -> Micros:
    """When a statement is late: at the local midnight that ends its due date."""
    return clock.start_of(clock.local(due_at).date() + timedelta(days=1))


def cut(before: Owed, now: Micros, percent: int, due_days: int) -> Statement:
    """The statement cut at `now`: it asks for what is owed and not deferred, whatever the last one asked for."""
    balance = before.revolving
    due_at = due_of(now, due_days) if balance else None
    return Statement(balance, minimum_of(balance, percent), 0, 0, due_at, before.overdue)


def due_of(cut_at: Micros, due_days: int) -> Micros:
    """When a statement cut at `cut_at` is due."""
    return Micros(cut_at + due_days * DAY)


def next_cut(moment: Micros, cut_day: int) -> Micros:
    """The cut-off after the one at `moment`, at the same time of the day."""
    minute = (moment - clock.start_of(clock.local(moment).date())) // MINUTE
    return calendars.next_monthly(moment, cut_day, minute)


def defer(statement: Statement, amount: int, percent: int) -> Statement:
    """The statement once `amount` of what it asks for is deferred: that is no longer due, and the minimum is that of
    the rest. What exceeds the total payment is not the statement's."""
    part = min(amount, total_payment(statement.balance, statement.paid, statement.deferred))
    deferred = statement.deferred + part
    minimum = min(statement.minimum, minimum_of(statement.balance - deferred, percent))
    return statement._replace(deferred=deferred, minimum=minimum)


def make_overdue(before: Owed, statement: Statement, now: Micros, percent: int) -> Statement | None:
    """The statement with a due date of yesterday; where its minimum is paid, one of all that can be paid. None when
    there is no minimum even then."""
    if not before.minimum_payment:
        statement = cut(before, now, percent, 0)
    return statement._replace(due_at=now - DAY) if statement.minimum else None


def extend(statement: Statement, now: Micros, due_days: int) -> Statement:
    """The statement with a due date as if it were cut now, and nothing of earlier ones late."""
    return statement._replace(due_at=due_of(now, due_days), in_arrears=False)
