"""Scheduled payments (manual, chapter 5, «Programar Pago», «Consultar Pagos Programados»).

A schedule is `active` once its code is confirmed, `paused` at will. A bill is scheduled once; a top-up, which has an
amount of its own, as often as is wanted. `runs` says what it does when its day has come.
"""

from collections.abc import Sequence
from typing import Literal

from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.maximum import MaximumStory, asked_maximum
from sandbox.bank.challenges.service import Asked, Waiting
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Story
from sandbox.bank.checks import Checks
from sandbox.bank.information import service as information
from sandbox.bank.information.service import Entry
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.services import bills, queries, runs, texts
from sandbox.bank.services.problems import AlreadyScheduled
from sandbox.bank.services.runs import PREFIX
from sandbox.bank.services.schemas import NewSchedule, RunView, ScheduleEdit, ScheduleView
from sandbox.bank.services.tables import ScheduledPayment
from sandbox.bank.wire import Page
from sandbox.domain import calendars
from sandbox.domain.rules.wording import Phrase
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import clock, money
from sandbox.kernel.clock import Micros
from sandbox.problem import FieldError, Problem, Text
from sandbox.problems import AccountNotActive, NotFound, ValidationFailed
from sandbox.storage.unit import UnitOfWork

Limit = Literal["amount", "maximum_amount"]
_REQUIRED = Text("Este campo es obligatorio.", "This field is required.")
_NOT_TAKEN = Text(
    "Una recarga lleva un monto fijo, y una planilla, un monto máximo.",
    "A top-up takes a fixed amount, and a bill a maximum amount.",
)


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewSchedule) -> ScheduleView:
    """A schedule that waits for its code.

    Raises NotFound, AccountNotDebitable, AccountNotActive, ReferenceMalformed, AlreadyScheduled, NoPhoneOnFile,
    ValidationFailed unless a bill has a maximum and a top-up an amount that can be chosen.
    """
    biller = await information.entry(unit, "biller", unit.ids.number("bil", wanted.biller_id))
    origin = unit.ids.number("acc", wanted.origin_account_id) or 0
    field = _takes(biller.data["top_up"])
    checks, maximum = Checks(), None
    with checks.of(field):
        maximum = _most(wanted, field)
        if maximum is None:
            raise ValidationFailed(errors=[FieldError(field, "required", _REQUIRED)])
    with checks.of("origin_account_id"):
        await ledger.debitable(unit, member.member_id, origin)
    with checks.of("reference"):
        await _require_payable(unit, member.member_id, biller, wanted.reference, wanted.amount)
    checks.require()
    assert maximum is not None
    schedule = await unit.insert(
        queries.ADD_SCHEDULE,
        member_id=member.member_id,
        origin_id=origin,
        biller_id=biller.id,
        biller_name=biller.data["name"],
        reference=wanted.reference,
        day=wanted.day_of_month,
        amount=wanted.amount,
        maximum=maximum,
        status=PENDING,
        attempts=0,
        next_at=None,
        due_at=None,
        created_at=unit.now,
    )
    await SCHEDULES.begin(unit, member, schedule, None, {})
    return await SCHEDULES.shown_one(unit, await SCHEDULES.row(unit, schedule))


async def _plan(unit: UnitOfWork, member: int, origin: int, biller: Entry, reference: str, amount: int | None) -> None:
    """What order and code are checked for. Raises NotFound, AccountNotDebitable, AccountNotActive, ReferenceMalformed,
    AlreadyScheduled, ValidationFailed."""
    await ledger.debitable(unit, member, origin)
    await _require_payable(unit, member, biller, reference, amount)


async def _require_payable(unit: UnitOfWork, member: int, biller: Entry, reference: str, amount: int | None) -> None:
    """Raises ReferenceMalformed, AlreadyScheduled, ValidationFailed for an amount that cannot be chosen."""
    if amount is not None and biller.data["top_up"]:
        bills.top_up(unit, biller, reference, amount)
        return
    bills.require_form(biller, reference)
    if await unit.one(queries.SAME_SCHEDULE, member=member, biller=biller.id, reference=reference) is not None:
        raise AlreadyScheduled


def _takes(top_up: object) -> Limit:
    """The field that says the most a run may pay."""
    return "amount" if top_up else "maximum_amount"


def _most(wanted: NewSchedule | ScheduleEdit, field: Limit) -> int | None:
    """The most that a run may pay, as it is asked for in `field`; None where nothing is. Raises ValidationFailed where
    the other field is used."""
    given = {"amount": wanted.amount, "maximum_amount": wanted.maximum_amount}
    most = given.pop(field)
    for other, value in given.items():
        if value is not None:
            raise ValidationFailed(errors=[FieldError(other, "not_taken", _NOT_TAKEN)])
    return most


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: Wanted, limit: int, cursor: str | None
) -> Page[ScheduleView]:
    """The member's schedules: those that run or are paused, unless another status is wanted;
    in the order of registration. Raises InvalidCursor."""
    return await SCHEDULES.page_in_order(
        unit, queries.SCHEDULES_AFTER, Page[ScheduleView], member, wanted, limit, cursor
    )


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> ScheduleView:
    """One schedule, with its challenge while it waits. Raises NotFound."""
    return await SCHEDULES.shown_one(unit, await _owned(unit, member, key))


async def _edited(unit: UnitOfWork, row: ScheduledPayment, wanted: ScheduleEdit) -> tuple[int, int | None]:
    """The account to debit from now on, and the maximum or amount that is asked for. Raises as `edit`."""
    checks, origin, asked = Checks(), row.origin_id, None
    with checks.of("origin_account_id"):
        if wanted.origin_account_id is not None:
            number = unit.ids.number("acc", wanted.origin_account_id) or 0
            origin = (await ledger.debitable(unit, row.member_id, number)).id
    with checks.of("amount"):
        asked = _most(wanted, _takes(row.amount))
        if wanted.amount is not None:
            biller = await information.entry(unit, "biller", row.biller_id)
            bills.top_up(unit, biller, row.reference, wanted.amount)
    checks.require()
    return origin, asked


async def edit(unit: UnitOfWork, member: LiveSession, key: int, wanted: ScheduleEdit) -> ScheduleView:
    """Another account or day, paused or not, and a lower maximum count at once; a higher maximum waits for a code.

    Raises NotFound, AccountNotDebitable, AccountNotActive, NoPhoneOnFile, ValidationFailed.
    """
    row = await _owned(unit, member, key)
    if row.status == PENDING:
        raise NotFound
    origin, asked = await _edited(unit, row, wanted)
    raised = asked is not None and asked > row.maximum
    paused = row.status == "paused" if wanted.paused is None else wanted.paused
    day = wanted.day_of_month or row.day
    due, following, tried = row.due_at, row.next_at, row.attempts
    if paused or row.status == "paused" or day != row.day:
        due = following = None if paused else await _next_due(unit, key, day)
        tried = 0
    await unit.later(
        queries.EDIT_SCHEDULE,
        schedule=key,
        new_origin=origin,
        new_day=day,
        outcome="paused" if paused else "active",
        next=following,
        due=due,
        tried=tried,
    )
    if asked is not None and raised:
        await MAXIMUMS.start(unit, member, key, asked)
    elif asked is not None:
        await unit.later(queries.SET_MAXIMUM, schedule=key, new_maximum=asked)
    return await find(unit, member, key)


async def delete(unit: UnitOfWork, member: LiveSession, key: int) -> None:
    """Delete a schedule; its runs stay in the history. Raises NotFound."""
    row = await _owned(unit, member, key)
    if row.status == PENDING:
        raise NotFound
    await unit.later(queries.SET_SCHEDULE, schedule=key, outcome="deleted", next=None, due=None, tried=0)


async def runs_of(unit: UnitOfWork, member: LiveSession, key: int, limit: int, cursor: str | None) -> Page[RunView]:
    """Its attempts and what became of them, newest first. Raises NotFound, InvalidCursor."""
    await _owned(unit, member, key)
    return await runs.page(unit, key, limit, cursor)


class ScheduleStory(Story[ScheduledPayment, None, ScheduleView]):
    """A schedule to be made. What it pays later needs no code of its own."""

    kind = "scheduled_payment"
    prefix = PREFIX
    view = ScheduleView
    refusals: tuple[type[Problem], ...] = (AccountNotActive, AlreadyScheduled)

    async def row(self, unit: UnitOfWork, key: int) -> ScheduledPayment:
        """The schedule."""
        row = await unit.one(queries.SCHEDULE, schedule=key)
        assert row is not None
        return row

    async def plan_again(self, unit: UnitOfWork, row: ScheduledPayment, asked: Asked) -> None:
        """Raises AccountNotActive, AlreadyScheduled when a twin was confirmed."""
        biller = await information.entry(unit, "biller", row.biller_id)
        await _plan(unit, row.member_id, row.origin_id, biller, row.reference, row.amount)

    async def finish(self, unit: UnitOfWork, row: ScheduledPayment, plan: None, entry: int | None) -> Finished:
        """It runs from its next day on."""
        due = await _next_due(unit, row.id, row.day)
        await unit.later(queries.SET_SCHEDULE, schedule=row.id, outcome="active", next=due, due=due, tried=0)
        return Finished(
            await self.shown_one(unit, await self.row(unit, row.id)),
            "scheduled_payment.active",
            {},
            texts.PaymentScheduled(row.biller_name, row.reference, row.day),
        )

    async def close(self, unit: UnitOfWork, row: ScheduledPayment, outcome: Ending) -> None:
        """It never runs."""
        await unit.later(queries.SET_SCHEDULE, schedule=row.id, outcome=outcome, next=None, due=None, tried=0)

    def origin(self, row: ScheduledPayment) -> int:
        """The account that pays."""
        return row.origin_id

    async def waiting(self, unit: UnitOfWork, rows: Sequence[ScheduledPayment]) -> dict[int, Waiting]:
        """A new one waits for its own code, a live one for that of a higher maximum."""
        return await MAXIMUMS.raised(unit, rows) | await super().waiting(unit, rows)

    async def show(self, unit: UnitOfWork, row: ScheduledPayment, beside: Beside) -> ScheduleView:
        """A schedule and when it runs next."""
        return _view(unit, row, beside)


class ScheduleMaximumStory(MaximumStory[ScheduledPayment, ScheduleView]):
    """A schedule's maximum that is raised; of a top-up, its amount."""

    kind = "scheduled_payment_maximum"
    prefix = PREFIX
    view = ScheduleView
    live = ("active", "paused")

    def __init__(self, of: Story[ScheduledPayment, None, ScheduleView]) -> None:
        self.of = of

    async def set_maximum(self, unit: UnitOfWork, row: ScheduledPayment, maximum: int) -> None:
        """Write it."""
        await unit.later(queries.SET_MAXIMUM, schedule=row.id, new_maximum=maximum)

    def name(self, row: ScheduledPayment) -> Phrase:
        """As the notice calls it."""
        return Phrase(
            f"tu pago programado de {row.biller_name}, referencia {row.reference},",
            f"your scheduled payment of {row.biller_name}, reference {row.reference},",
        )


SCHEDULES = ScheduleStory()
MAXIMUMS = ScheduleMaximumStory(SCHEDULES)


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


def _view(unit: UnitOfWork, row: ScheduledPayment, beside: Beside) -> ScheduleView:
    return ScheduleView(
        id=unit.ids.name(PREFIX, row.id),
        status=row.status,
        origin_account_id=unit.ids.name("acc", row.origin_id),
        origin=beside.origin,
        biller=row.biller_name,
        biller_id=unit.ids.name("bil", row.biller_id),
        reference=row.reference,
        day_of_month=row.day,
        amount=None if row.amount is None else money.show(row.amount),
        maximum_amount=money.show(row.maximum),
        pending_maximum_amount=asked_maximum(beside.waiting),
        next_run_at=clock.show(row.next_at) if row.next_at else None,
        created_at=clock.show(row.created_at),
        challenge=beside.challenge,
    )
