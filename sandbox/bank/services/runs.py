"""The runs of scheduled payments: what is due today, and what became of it (manual, chapter 5, «Programar Pago»).

A schedule is due once a month, which ends paid, with nothing due, over the maximum, or, after the retries, without
funds or without an answer of the biller. Each attempt is a run, and the member is told of it; months are counted from
the day of the schedule, whatever the attempts.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import NamedTuple

from sandbox.bank.information import service as information
from sandbox.bank.information.service import Entry
from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members import queries as members
from sandbox.bank.notifications import service as notifications
from sandbox.bank.services import bills, queries, service, texts
from sandbox.bank.services.bills import Bill
from sandbox.bank.services.problems import BillerUnavailable, ReferenceUnknown
from sandbox.bank.services.schemas import RetryReason, RunOutcome, RunView
from sandbox.bank.services.tables import ScheduledPayment, ScheduledRun
from sandbox.bank.wire import Page
from sandbox.domain import calendars
from sandbox.http import paging
from sandbox.kernel import clock, money
from sandbox.kernel.clock import Micros
from sandbox.problems import AccountNotActive
from sandbox.storage.unit import UnitOfWork

PREFIX = "sch"
_NEWEST = 2**63 - 1
# What the member is told of a run: of the month's last one, and of one with another attempt to come.
_TOLD: Mapping[RunOutcome, Callable[[str, str], NamedTuple]] = {
    "nothing_due": texts.ScheduleHadNothingDue,
    "over_maximum": texts.ScheduleExceededMaximum,
    "insufficient_funds": texts.ScheduleLackedFunds,
    "biller_unavailable": texts.ScheduleGotNoAnswer,
    "refused": texts.ScheduleRefused,
}
_TOLD_TODAY: Mapping[RetryReason, Callable[[str, str], NamedTuple]] = {
    "insufficient_funds": texts.ScheduleLacksFundsToday,
    "biller_unavailable": texts.ScheduleGetsNoAnswerToday,
}
_RETRIED: Mapping[RunOutcome, RetryReason] = {
    "insufficient_funds": "insufficient_funds",
    "biller_unavailable": "biller_unavailable",
}


async def page(unit: UnitOfWork, schedule: int, limit: int, cursor: str | None) -> Page[RunView]:
    """The attempts of a schedule and what became of them, newest first. Raises InvalidCursor."""
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(queries.RUNS_BEFORE, schedule=schedule, before=before, limit=limit + 1)
    return paging.page_of(Page[RunView], rows, limit, lambda row: _view(unit, row), lambda row: row.id)


class DueSchedules:
    """Schedules whose day has come, as due work."""

    kind = "scheduled_payment.run"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When the first one runs."""
        first = await unit.one(queries.FIRST_SCHEDULE_DUE)
        return None if first is None or first.next_at is None else Micros(first.next_at)

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done | None:
        """Run it: pay, tell why not, or try again tomorrow."""
        row = await jobs.first(unit, queries.FIRST_SCHEDULE_DUE, limit, attrgetter("next_at"))
        if row is None:
            return None
        outcome, amount, payment = await _attempt(unit, row)
        again = _RETRIED.get(outcome)
        if again is not None and row.attempts < unit.rules.schedules.settings.retries:
            await _try_again(unit, row, again, amount)
        else:
            await _finish(unit, row, outcome, amount, payment)
        return jobs.Done("scheduled_payment.run", unit.ids.name(PREFIX, row.id), unit.now)


async def _attempt(unit: UnitOfWork, row: ScheduledPayment) -> tuple[RunOutcome, int | None, int | None]:
    """What this attempt comes to: outcome, amount due, payment made."""
    biller = await information.entry(unit, "biller", row.biller_id)
    try:
        bill = await _bill(unit, biller, row)
        origin = await ledger.debitable(unit, row.member_id, row.origin_id)
    except BillerUnavailable:
        return "biller_unavailable", None, None
    except (ReferenceUnknown, AccountNotActive):
        return "refused", None, None
    member = await unit.one(members.MEMBER, member=row.member_id)
    if member is None or member.status != "active":
        return "refused", bill.amount, None
    if bill.amount is None or bill.waiting is not None:
        return "nothing_due", None, None
    enough = origin.book - origin.held >= bill.amount + money.parse(biller.data["fee"])
    if bill.amount > row.maximum or not enough:
        return "over_maximum" if bill.amount > row.maximum else "insufficient_funds", bill.amount, None
    payment = await service.add(unit, row.member_id, row.origin_id, bill, automatic=1)
    await service.run(unit, payment)
    return "paid", bill.amount, payment


async def _bill(unit: UnitOfWork, biller: Entry, row: ScheduledPayment) -> Bill:
    """What is to be paid. Raises BillerUnavailable, ReferenceUnknown."""
    if row.amount is None:
        return await bills.look(unit, biller, row.reference)
    await bills.require_biller(unit)
    return Bill(biller, row.reference, 0, None, row.amount, None)


async def _try_again(unit: UnitOfWork, row: ScheduledPayment, reason: RetryReason, amount: int | None) -> None:
    """An attempt that failed, with another on the next day."""
    await _keep_run(unit, row, "retrying", reason, amount, None)
    tried = row.attempts + 1
    following = _due(row) + tried * clock.DAY
    await unit.later(
        queries.SET_SCHEDULE, schedule=row.id, outcome="active", next=following, due=row.due_at, tried=tried
    )
    await _tell(unit, row, _TOLD_TODAY[reason](row.biller_name, row.reference))
    unit.record("scheduled_payment.retrying", row.member_id, PREFIX, row.id, reason=reason)


async def _finish(
    unit: UnitOfWork, row: ScheduledPayment, outcome: RunOutcome, amount: int | None, payment: int | None
) -> None:
    """The month's run is over; the next one is on the schedule's day of the next month."""
    await _keep_run(unit, row, outcome, None, amount, payment)
    following = calendars.in_month(calendars.month_of(_due(row)) + 1, row.day, unit.rules.schedules.settings.runs_at)
    await unit.later(queries.SET_SCHEDULE, schedule=row.id, outcome="active", next=following, due=following, tried=0)
    if outcome != "paid":
        await _tell(unit, row, _TOLD[outcome](row.biller_name, row.reference))
    unit.record(f"scheduled_payment.{outcome}", row.member_id, PREFIX, row.id)


async def _keep_run(
    unit: UnitOfWork,
    row: ScheduledPayment,
    outcome: RunOutcome,
    reason: RetryReason | None,
    amount: int | None,
    payment: int | None,
) -> None:
    await unit.add(
        queries.ADD_RUN,
        schedule_id=row.id,
        period=calendars.month_of(_due(row)),
        outcome=outcome,
        reason=reason,
        attempts=row.attempts + 1,
        amount=amount,
        payment_id=payment,
        ran_at=unit.now,
    )


async def _tell(unit: UnitOfWork, row: ScheduledPayment, told: NamedTuple) -> None:
    await notifications.notice(unit, row.member_id, "scheduled_payment", told)


def _due(row: ScheduledPayment) -> Micros:
    assert row.due_at is not None
    return Micros(row.due_at)


def _view(unit: UnitOfWork, row: ScheduledRun) -> RunView:
    return RunView(
        id=unit.ids.name("run", row.id),
        period=f"{row.period // 12}-{row.period % 12 + 1:02d}",
        outcome=row.outcome,
        reason=row.reason,
        attempts=row.attempts,
        amount=None if row.amount is None else money.show(row.amount),
        payment_id=None if row.payment_id is None else unit.ids.name(service.PREFIX, row.payment_id),
        ran_at=clock.show(row.ran_at),
    )
