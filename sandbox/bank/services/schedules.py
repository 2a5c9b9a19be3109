"""Scheduled payments (manual, chapter 5, «Programar Pago», «Consultar Pagos Programados»).

A schedule is `active` once its code is confirmed, `paused` at will. It is due once a month, which ends paid, with
nothing due, over the maximum, or, after the retries, without funds or without an answer of the biller. Each attempt is
a run, and the member is told of it; months are counted from the day of the schedule, whatever the attempts.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.challenges.service import Asked, Waiting
from sandbox.bank.challenges.story import PENDING, Finished, Story
from sandbox.bank.information import service as information
from sandbox.bank.information.service import Entry
from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members import queries as members
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.bank.services import bills, payments, queries, texts
from sandbox.bank.services.problems import BillerUnavailable, NotATopUp, ReferenceUnknown
from sandbox.bank.services.schemas import NewSchedule, RunView, ScheduleEdit, ScheduleView
from sandbox.bank.services.tables import ScheduledPayment, ScheduledRun
from sandbox.bank.wire import Listing, Page
from sandbox.domain import calendars
from sandbox.http import paging
from sandbox.kernel import clock, money
from sandbox.kernel.clock import Micros
from sandbox.problems import AccountNotActive, NotFound, Problem
from sandbox.storage.unit import UnitOfWork

PREFIX = "sch"
_NEWEST = 2**63 - 1
# What the member is told of a run: of the month's last one, and of one with another attempt to come.
_TOLD: Mapping[str, Callable[[str, str], NamedTuple]] = {
    "nothing_due": texts.ScheduleHadNothingDue,
    "over_maximum": texts.ScheduleExceededMaximum,
    "insufficient_funds": texts.ScheduleLackedFunds,
    "biller_unavailable": texts.ScheduleGotNoAnswer,
    "refused": texts.ScheduleRefused,
}
_TOLD_TODAY: Mapping[str, Callable[[str, str], NamedTuple]] = {
    "insufficient_funds": texts.ScheduleLacksFundsToday,
    "biller_unavailable": texts.ScheduleGetsNoAnswerToday,
}


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewSchedule) -> ScheduleView:
    """A schedule that waits for its code.

    Raises NotFound, AccountNotDebitable, AccountNotActive, ReferenceMalformed, NotATopUp, NoPhoneOnFile.
    """
    biller = await information.entry(unit, "biller", unit.ids.number("bil", wanted.biller_id))
    origin = unit.ids.number("acc", wanted.origin_account_id) or 0
    await _plan(unit, member.member_id, origin, biller, wanted.reference)
    schedule = await unit.insert(
        queries.ADD_SCHEDULE,
        member_id=member.member_id,
        origin_id=origin,
        biller_id=biller.id,
        biller_name=biller.data["name"],
        reference=wanted.reference,
        day=wanted.day_of_month,
        maximum=wanted.maximum_amount,
        status=PENDING,
        attempts=0,
        next_at=None,
        due_at=None,
        created_at=unit.now,
    )
    challenge = await SCHEDULES.begin(unit, member, schedule, None, {})
    return _view(unit, await SCHEDULES.row(unit, schedule), challenge)


async def _plan(unit: UnitOfWork, member: int, origin: int, biller: Entry, reference: str) -> None:
    """What order and code are checked for. Raises NotFound, AccountNotDebitable, AccountNotActive, NotATopUp,
    ReferenceMalformed."""
    await ledger.debitable(unit, member, origin)
    if biller.data["top_up"]:
        raise NotATopUp
    bills.require_form(biller, reference)


async def listing(unit: UnitOfWork, member: LiveSession, wanted: Wanted) -> Listing[ScheduleView]:
    """The member's schedules: those that run or are paused, unless another status is wanted."""
    rows = await unit.all(queries.SCHEDULES_OF, member=member.member_id, **wanted.params())
    return Listing[ScheduleView](items=await SCHEDULES.shown(unit, rows))


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> ScheduleView:
    """One schedule, with its challenge while it waits. Raises NotFound."""
    return await SCHEDULES.shown_one(unit, await _owned(unit, member, key))


async def edit(unit: UnitOfWork, member: LiveSession, key: int, wanted: ScheduleEdit) -> ScheduleView:
    """Another account, day or maximum; paused or not. Raises NotFound, AccountNotDebitable, AccountNotActive."""
    row = await _owned(unit, member, key)
    if row.status == PENDING:
        raise NotFound
    origin = row.origin_id
    if wanted.origin_account_id is not None:
        number = unit.ids.number("acc", wanted.origin_account_id) or 0
        origin = (await ledger.debitable(unit, member.member_id, number)).id
    paused = row.status == "paused" if wanted.paused is None else wanted.paused
    day = wanted.day_of_month or row.day
    due, following, tried = row.due_at, row.next_at, row.attempts
    if paused or row.status == "paused" or day != row.day:
        due = following = None if paused else await _next_due(unit, key, day)
        tried = 0
    await unit.change(
        queries.EDIT_SCHEDULE,
        schedule=key,
        new_origin=origin,
        new_day=day,
        new_maximum=wanted.maximum_amount or row.maximum,
        outcome="paused" if paused else "active",
        next=following,
        due=due,
        tried=tried,
    )
    return await find(unit, member, key)


async def delete(unit: UnitOfWork, member: LiveSession, key: int) -> None:
    """It runs no more; its runs stay in the history. Raises NotFound."""
    row = await _owned(unit, member, key)
    if row.status == PENDING:
        raise NotFound
    await unit.change(queries.SET_SCHEDULE, schedule=key, outcome="deleted", next=None, due=None, tried=0)


async def runs(unit: UnitOfWork, member: LiveSession, key: int, limit: int, cursor: str | None) -> Page[RunView]:
    """Its attempts and what became of them, newest first. Raises NotFound, InvalidCursor."""
    await _owned(unit, member, key)
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(queries.RUNS_BEFORE, schedule=key, before=before, limit=limit + 1)
    return paging.page_of(Page[RunView], rows, limit, lambda row: _run_view(unit, row), lambda row: row.id)


class ScheduleStory(Story[ScheduledPayment, None, ScheduleView]):
    """A schedule to be made. What it pays later needs no code of its own."""

    kind = "scheduled_payment"
    prefix = PREFIX
    noun = "scheduled_payment"
    view = ScheduleView
    refusals: tuple[type[Problem], ...] = (AccountNotActive,)

    async def row(self, unit: UnitOfWork, key: int) -> ScheduledPayment:
        """The schedule."""
        row = await unit.one(queries.SCHEDULE, schedule=key)
        assert row is not None
        return row

    async def plan_again(self, unit: UnitOfWork, row: ScheduledPayment, asked: Asked) -> None:
        """Raises AccountNotActive."""
        biller = await information.entry(unit, "biller", row.biller_id)
        await _plan(unit, row.member_id, row.origin_id, biller, row.reference)

    async def finish(self, unit: UnitOfWork, row: ScheduledPayment, plan: None, entry: int | None) -> Finished:
        """It runs from its next day on."""
        due = await _next_due(unit, row.id, row.day)
        await unit.change(queries.SET_SCHEDULE, schedule=row.id, outcome="active", next=due, due=due, tried=0)
        return Finished(
            _view(unit, await self.row(unit, row.id), None),
            "scheduled_payment.active",
            {},
            texts.PaymentScheduled(row.biller_name, row.reference, row.day),
        )

    async def close(self, unit: UnitOfWork, row: ScheduledPayment, outcome: str) -> None:
        """It never runs."""
        await unit.change(queries.SET_SCHEDULE, schedule=row.id, outcome=outcome, next=None, due=None, tried=0)

    async def show(self, unit: UnitOfWork, row: ScheduledPayment, waiting: Waiting | None) -> ScheduleView:
        """A schedule and when it runs next."""
        return _view(unit, row, None if waiting is None else waiting.challenge)


SCHEDULES = ScheduleStory()


class DueSchedules:
    """Schedules whose day has come, as due work."""

    kind = "scheduled_payment.run"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When the first one runs."""
        first = await unit.one(queries.FIRST_SCHEDULE_DUE)
        return None if first is None or first.next_at is None else Micros(first.next_at)

    async def run_next(self, unit: UnitOfWork) -> jobs.Done:
        """Run it: pay, tell why not, or try again tomorrow."""
        row = await unit.one(queries.FIRST_SCHEDULE_DUE)
        assert row is not None
        outcome, amount, payment = await _attempt(unit, row)
        if outcome in _TOLD_TODAY and row.attempts < unit.rules.schedules.settings.retries:
            await _try_again(unit, row, outcome, amount)
        else:
            await _finish(unit, row, outcome, amount, payment)
        return jobs.Done("scheduled_payment.run", unit.ids.name(PREFIX, row.id), unit.now)


async def _attempt(unit: UnitOfWork, row: ScheduledPayment) -> tuple[str, int | None, int | None]:
    """What this attempt comes to: outcome, amount due, payment made."""
    biller = await information.entry(unit, "biller", row.biller_id)
    try:
        bill = await bills.look(unit, biller, row.reference)
        origin = await ledger.debitable(unit, row.member_id, row.origin_id)
    except BillerUnavailable:
        return "biller_unavailable", None, None
    except (ReferenceUnknown, AccountNotActive):
        return "refused", None, None
    member = await unit.one(members.MEMBER, member=row.member_id)
    if member is None or member.status != "active":
        return "refused", bill.amount, None
    if bill.amount is None:
        return "nothing_due", None, None
    enough = origin.book - origin.held >= bill.amount + money.parse(biller.data["fee"])
    if bill.amount > row.maximum or not enough:
        return "over_maximum" if bill.amount > row.maximum else "insufficient_funds", bill.amount, None
    payment = await payments.add(unit, row.member_id, row.origin_id, bill, automatic=1)
    await payments.run(unit, payment)
    return "paid", bill.amount, payment


async def _try_again(unit: UnitOfWork, row: ScheduledPayment, reason: str, amount: int | None) -> None:
    """An attempt that failed, with another on the next day."""
    await _keep_run(unit, row, "retrying", reason, amount, None)
    tried = row.attempts + 1
    following = _due(row) + tried * clock.DAY
    await unit.change(
        queries.SET_SCHEDULE, schedule=row.id, outcome="active", next=following, due=row.due_at, tried=tried
    )
    await _tell(unit, row, _TOLD_TODAY[reason](row.biller_name, row.reference))
    unit.record("scheduled_payment.retrying", row.member_id, PREFIX, row.id, reason=reason)


async def _finish(
    unit: UnitOfWork, row: ScheduledPayment, outcome: str, amount: int | None, payment: int | None
) -> None:
    """The month's run is over; the next one is on the schedule's day of the next month."""
    await _keep_run(unit, row, outcome, None, amount, payment)
    following = calendars.in_month(calendars.month_of(_due(row)) + 1, row.day, unit.rules.schedules.settings.runs_at)
    await unit.change(queries.SET_SCHEDULE, schedule=row.id, outcome="active", next=following, due=following, tried=0)
    if outcome != "paid":
        await _tell(unit, row, _TOLD[outcome](row.biller_name, row.reference))
    unit.record(f"scheduled_payment.{outcome}", row.member_id, PREFIX, row.id)


async def _keep_run(
    unit: UnitOfWork, row: ScheduledPayment, outcome: str, reason: str | None, amount: int | None, payment: int | None
) -> None:
    await unit.insert(
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


async def _next_due(unit: UnitOfWork, schedule: int, day: int) -> Micros:
    """The next time that it is the schedule's day, in a month whose run is not over."""
    runs_at = unit.rules.schedules.settings.runs_at
    due = calendars.next_monthly(unit.now, day, runs_at)
    last = await unit.one(queries.LAST_PERIOD, schedule=schedule)
    return due if last is None else max(due, calendars.in_month(last + 1, day, runs_at))


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> ScheduledPayment:
    row = await unit.one(queries.OWNED_SCHEDULE, schedule=key, member=member.member_id)
    if row is None:
        raise NotFound
    return row


def _view(unit: UnitOfWork, row: ScheduledPayment, challenge: ChallengeView | None) -> ScheduleView:
    status: Any = row.status
    return ScheduleView(
        id=unit.ids.name(PREFIX, row.id),
        status=status,
        origin_account_id=unit.ids.name("acc", row.origin_id),
        biller=row.biller_name,
        reference=row.reference,
        day_of_month=row.day,
        maximum_amount=money.show(row.maximum),
        next_run_at=clock.show(row.next_at) if row.next_at else None,
        created_at=clock.show(row.created_at),
        challenge=challenge,
    )


def _run_view(unit: UnitOfWork, row: ScheduledRun) -> RunView:
    outcome: Any = row.outcome
    reason: Any = row.reason
    return RunView(
        id=unit.ids.name("run", row.id),
        period=f"{row.period // 12}-{row.period % 12 + 1:02d}",
        outcome=outcome,
        reason=reason,
        attempts=row.attempts,
        amount=None if row.amount is None else money.show(row.amount),
        payment_id=None if row.payment_id is None else unit.ids.name(payments.PREFIX, row.payment_id),
        ran_at=clock.show(row.ran_at),
    )
