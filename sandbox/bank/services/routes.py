"""Services over HTTP."""

from typing import Annotated, Literal

from fastapi import Query

from sandbox.bank.challenges.listing import Everything, Wanted
from sandbox.bank.challenges.problems import NoPhoneOnFile
from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.receipts import AS_PDF, answer
from sandbox.bank.services import bills, registered, runs, schedules, service
from sandbox.bank.services.problems import (
    AlreadyScheduled,
    BillAlreadyPaid,
    BillerUnavailable,
    InquiryExpired,
    NotATopUp,
    NothingDue,
    ReferenceMalformed,
    ReferenceUnknown,
    ServiceAlreadyRegistered,
)
from sandbox.bank.services.schemas import (
    Biller,
    InquiryView,
    NewInquiry,
    NewRegisteredService,
    NewSchedule,
    NewServicePayment,
    PaymentStatus,
    RegisteredServiceView,
    RunView,
    ScheduleEdit,
    ScheduleStatus,
    ScheduleView,
    ServiceCategory,
    ServicePaymentReceipt,
    ServicePaymentView,
    ServiceStatus,
)
from sandbox.bank.wire import Listing, Page
from sandbox.http.answers import Answer
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, From, Limit, To
from sandbox.problem import Problem
from sandbox.problems import (
    AccountNotActive,
    AccountNotDebitable,
    InsufficientFunds,
    InvalidCursor,
    NotFound,
    ReceiptNotReady,
)

router = member_router("5 Services")
_POST: tuple[type[Problem], ...] = (*MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS)
_ORIGIN: tuple[type[Problem], ...] = (NotFound, AccountNotActive, AccountNotDebitable, NoPhoneOnFile)


@router.get(
    "/service-categories",
    operation_id="listServiceCategories",
    summary="Kinds of services",
    responses=problems(*MEMBER_PROBLEMS),
)
async def list_service_categories(call: MemberCall) -> Listing[ServiceCategory]:
    """Electricity, water, telephones, top-ups, internet, the State, catalogue sales."""
    return await bills.categories(call.unit, call.language)


@router.get("/billers", operation_id="listBillers", summary="Companies", responses=problems(*MEMBER_PROBLEMS))
async def list_billers(
    call: MemberCall, category: Annotated[str | None, Query(max_length=50)] = None
) -> Listing[Biller]:
    """Companies, with what their reference is called and looks like."""
    return await bills.billers(call.unit, category, call.language)


@router.post(
    "/bill-inquiries",
    operation_id="inquireBill",
    summary="Inquire a bill",
    status_code=201,
    responses=problems(NotFound, ReferenceMalformed, ReferenceUnknown, BillerUnavailable, *_POST),
)
async def inquire_bill(request: NewInquiry, call: MemberCall) -> InquiryView:
    """Holder, amount and due date, good for a short while. «Sin deuda», a payment that waits for its code and a top-up
    are answers, not errors."""
    return await bills.inquire(call.unit, call.member, request)


@router.post(
    "/service-payments",
    operation_id="createServicePayment",
    summary="Pay a service",
    status_code=201,
    responses=problems(
        InquiryExpired, NothingDue, BillAlreadyPaid, NotATopUp, ReferenceMalformed, InsufficientFunds, *_ORIGIN, *_POST
    ),
)
async def create_service_payment(request: NewServicePayment, call: MemberCall) -> ServicePaymentView:
    """A bill by its inquiry, or a top-up by phone and amount. The total is held, and a code goes out."""
    return await service.create(call.unit, call.member, request)


@router.get(
    "/service-payments",
    operation_id="listServicePayments",
    summary="«Historial de Pagos»",
    responses=problems(InvalidCursor, NotFound, *MEMBER_PROBLEMS),
)
async def list_service_payments(
    call: MemberCall,
    status: Literal[PaymentStatus, Everything] | None = None,
    since: From = None,
    until: To = None,
    biller_id: Annotated[str | None, Query(max_length=64)] = None,
    automatic: Annotated[bool | None, Query(description="Made by a schedule, or not.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ServicePaymentView]:
    """Date, time, amount, automatic or not; newest first. Shows payments that were made, unless another `status` is
    asked for. Those that wait for a code carry their challenge."""
    biller = None if biller_id is None else call.key("bil", biller_id)
    wanted = service.PaymentsWanted(Wanted(status, since, until), biller, automatic)
    return await service.page(call.unit, call.member, wanted, limit, cursor)


@router.get(
    "/service-payments/{payment_id}",
    operation_id="getServicePayment",
    summary="One payment",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_service_payment(payment_id: str, call: MemberCall) -> ServicePaymentView:
    """A payment, with its challenge while it waits for the code."""
    return await service.find(call.unit, call.member, call.key(service.PREFIX, payment_id))


@router.get(
    "/service-payments/{payment_id}/receipt",
    operation_id="getServicePaymentReceipt",
    summary="The receipt of a service payment",
    response_model=ServicePaymentReceipt,
    responses={**problems(NotFound, ReceiptNotReady, *MEMBER_PROBLEMS), **AS_PDF},
)
async def get_service_payment_receipt(payment_id: str, call: MemberCall) -> ServicePaymentReceipt | Answer:
    """The voucher of a payment that was made: number, date and time, account (masked), company, fee and total; as PDF
    with `Accept: application/pdf`."""
    return answer(call, await service.receipt(call.unit, call.member, call.key(service.PREFIX, payment_id)))


@router.post(
    "/registered-services",
    operation_id="createRegisteredService",
    summary="«Registro de Servicio»",
    status_code=201,
    responses=problems(
        NotFound, ReferenceMalformed, ServiceAlreadyRegistered, AccountNotDebitable, AccountNotActive, NoPhoneOnFile,
        *_POST,
    ),
)  # fmt: skip
async def create_registered_service(request: NewRegisteredService, call: MemberCall) -> RegisteredServiceView:
    """Saves a service to pay again, once the code is confirmed."""
    return await registered.create(call.unit, call.member, request)


@router.get(
    "/registered-services",
    operation_id="listRegisteredServices",
    summary="Services saved",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_registered_services(
    call: MemberCall,
    status: Literal[ServiceStatus, Everything] | None = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[RegisteredServiceView]:
    """The member's saved services. Another `status` shows those that wait for a code, with their challenge, and those
    that were deleted or abandoned."""
    return await registered.page(call.unit, call.member, Wanted(status, since, until), limit, cursor)


@router.delete(
    "/registered-services/{service_id}",
    operation_id="deleteRegisteredService",
    summary="Delete a saved service",
    status_code=204,
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def delete_registered_service(service_id: str, call: MemberCall) -> None:
    """Delete a saved service. Payments made stay in the history."""
    await registered.delete(call.unit, call.member, call.key(registered.PREFIX, service_id))


@router.post(
    "/scheduled-payments",
    operation_id="createScheduledPayment",
    summary="«Programar Pago»",
    status_code=201,
    responses=problems(ReferenceMalformed, AlreadyScheduled, *_ORIGIN, *_POST),
)
async def create_scheduled_payment(request: NewSchedule, call: MemberCall) -> ScheduleView:
    """A bill that pays itself each month, on its day and up to a maximum, once the code is confirmed; or a top-up of
    one amount. A bill is scheduled once."""
    return await schedules.create(call.unit, call.member, request)


@router.get(
    "/scheduled-payments",
    operation_id="listScheduledPayments",
    summary="«Consultar Pagos Programados»",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_scheduled_payments(
    call: MemberCall,
    status: Literal[ScheduleStatus, Everything] | None = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ScheduleView]:
    """The member's schedules and when they run next. Another `status` shows those that wait for a code, with their
    challenge, and those that were deleted or abandoned."""
    return await schedules.page(call.unit, call.member, Wanted(status, since, until), limit, cursor)


@router.get(
    "/scheduled-payments/{schedule_id}",
    operation_id="getScheduledPayment",
    summary="One schedule",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_scheduled_payment(schedule_id: str, call: MemberCall) -> ScheduleView:
    """A schedule, with its challenge while it waits for the code."""
    return await schedules.find(call.unit, call.member, call.key(runs.PREFIX, schedule_id))


@router.patch(
    "/scheduled-payments/{schedule_id}",
    operation_id="updateScheduledPayment",
    summary="Edit or pause a schedule",
    responses=problems(*_ORIGIN, *MEMBER_PROBLEMS, *BODY_PROBLEMS),
)
async def update_scheduled_payment(schedule_id: str, request: ScheduleEdit, call: MemberCall) -> ScheduleView:
    """Another account or day, paused or not, and a lower maximum count at once. A maximum that rises waits for a
    code."""
    return await schedules.edit(call.unit, call.member, call.key(runs.PREFIX, schedule_id), request)


@router.delete(
    "/scheduled-payments/{schedule_id}",
    operation_id="deleteScheduledPayment",
    summary="Delete a schedule",
    status_code=204,
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def delete_scheduled_payment(schedule_id: str, call: MemberCall) -> None:
    """Delete a schedule. Payments made stay in the history."""
    await schedules.delete(call.unit, call.member, call.key(runs.PREFIX, schedule_id))


@router.get(
    "/scheduled-payments/{schedule_id}/runs",
    operation_id="listScheduledPaymentRuns",
    summary="Runs of a schedule",
    responses=problems(NotFound, InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_scheduled_payment_runs(
    schedule_id: str, call: MemberCall, limit: Limit = 50, cursor: Cursor = None
) -> Page[RunView]:
    """One run a month: paid, nothing due, over the maximum, or why not."""
    return await schedules.runs_of(call.unit, call.member, call.key(runs.PREFIX, schedule_id), limit, cursor)
