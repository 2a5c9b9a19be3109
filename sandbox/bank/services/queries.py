"""The SQL of services."""

from sqlalchemy import BigInteger, case, cast, func, or_, update
from sqlmodel import col, select

from sandbox.bank.challenges.listing import narrowed
from sandbox.bank.services.tables import (
    BillInquiry,
    RegisteredService,
    ScheduledPayment,
    ScheduledRun,
    ServicePayment,
)
from sandbox.storage.queries import adding, change, one, param, scalar

ADD_INQUIRY = adding(BillInquiry)
OWNED_INQUIRY = one(
    select(BillInquiry).where(BillInquiry.id == param("inquiry"), BillInquiry.member_id == param("member"))
)
PAID_BILL = one(
    select(ServicePayment).where(
        ServicePayment.biller_id == param("biller"),
        ServicePayment.reference == param("reference"),
        ServicePayment.period == param("period"),
        col(ServicePayment.status).in_(("completed", "pending_confirmation")),
    )
)

ADD_PAYMENT = adding(ServicePayment)
PAYMENT = one(select(ServicePayment).where(ServicePayment.id == param("payment")))
OWNED_PAYMENT = one(
    select(ServicePayment).where(ServicePayment.id == param("payment"), ServicePayment.member_id == param("member"))
)
PAYMENTS_BEFORE = one(
    select(ServicePayment)
    .where(
        ServicePayment.member_id == param("member"),
        col(ServicePayment.id) < param("before"),
        narrowed(ServicePayment, "completed"),
        or_(param("automatic").is_(None), col(ServicePayment.automatic) == param("automatic")),
        or_(param("biller").is_(None), col(ServicePayment.biller_id) == param("biller")),
    )
    .order_by(col(ServicePayment.id).desc())
    .limit(param("limit"))
)
FINISH_PAYMENT = change(
    update(ServicePayment)
    .where(col(ServicePayment.id) == param("payment"))
    .values(status=param("outcome"), entry_id=param("entry"), confirmed_at=param("now"))
)

ADD_REGISTERED = adding(RegisteredService)
REGISTERED = one(select(RegisteredService).where(RegisteredService.id == param("service")))
OWNED_REGISTERED = one(
    select(RegisteredService).where(
        RegisteredService.id == param("service"),
        RegisteredService.member_id == param("member"),
        RegisteredService.status == "active",
    )
)
SAME_REGISTERED = one(
    select(RegisteredService).where(
        RegisteredService.member_id == param("member"),
        RegisteredService.biller_id == param("biller"),
        RegisteredService.reference == param("reference"),
        RegisteredService.status == "active",
    )
)
REGISTERED_AFTER = one(
    select(RegisteredService)
    .where(
        RegisteredService.member_id == param("member"),
        col(RegisteredService.id) > param("after"),
        narrowed(RegisteredService, "active"),
    )
    .order_by(col(RegisteredService.id))
    .limit(param("limit"))
)
SET_REGISTERED = change(
    update(RegisteredService).where(col(RegisteredService.id) == param("service")).values(status=param("outcome"))
)

ADD_SCHEDULE = adding(ScheduledPayment)
SCHEDULE = one(select(ScheduledPayment).where(ScheduledPayment.id == param("schedule")))
OWNED_SCHEDULE = one(
    select(ScheduledPayment).where(
        ScheduledPayment.id == param("schedule"),
        ScheduledPayment.member_id == param("member"),
        col(ScheduledPayment.status).in_(("active", "paused", "pending_confirmation")),
    )
)
SCHEDULES_AFTER = one(
    select(ScheduledPayment)
    .where(
        ScheduledPayment.member_id == param("member"),
        col(ScheduledPayment.id) > param("after"),
        narrowed(ScheduledPayment, "active", "paused"),
    )
    .order_by(col(ScheduledPayment.id))
    .limit(param("limit"))
)
SET_SCHEDULE = change(
    update(ScheduledPayment)
    .where(col(ScheduledPayment.id) == param("schedule"))
    .values(status=param("outcome"), next_at=param("next"), due_at=param("due"), attempts=param("tried"))
)
EDIT_SCHEDULE = change(
    update(ScheduledPayment)
    .where(col(ScheduledPayment.id) == param("schedule"))
    .values(
        origin_id=param("new_origin"),
        day=param("new_day"),
        status=param("outcome"),
        next_at=param("next"),
        due_at=param("due"),
        attempts=param("tried"),
    )
)
_top_up = col(ScheduledPayment.amount).is_not(None)
SET_MAXIMUM = change(
    update(ScheduledPayment)
    .where(col(ScheduledPayment.id) == param("schedule"))
    .values(maximum=param("new_maximum"), amount=case((_top_up, cast(param("new_maximum"), BigInteger))))
)
SAME_SCHEDULE = one(
    select(ScheduledPayment).where(
        ScheduledPayment.member_id == param("member"),
        ScheduledPayment.biller_id == param("biller"),
        ScheduledPayment.reference == param("reference"),
        col(ScheduledPayment.amount).is_(None),
        col(ScheduledPayment.status).in_(("active", "paused")),
    )
)
FIRST_SCHEDULE_DUE = one(
    select(ScheduledPayment)
    .where(col(ScheduledPayment.next_at).is_not(None))
    .order_by(col(ScheduledPayment.next_at), col(ScheduledPayment.id))
    .limit(1)
)
ADD_RUN = adding(ScheduledRun)
LAST_PERIOD = scalar(
    select(func.max(ScheduledRun.period)).where(
        ScheduledRun.schedule_id == param("schedule"), ScheduledRun.outcome != "retrying"
    )
)
RUNS_BEFORE = one(
    select(ScheduledRun)
    .where(ScheduledRun.schedule_id == param("schedule"), col(ScheduledRun.id) < param("before"))
    .order_by(col(ScheduledRun.id).desc())
    .limit(param("limit"))
)
