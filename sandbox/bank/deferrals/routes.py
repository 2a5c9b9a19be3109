"""Deferrals over HTTP."""

from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.problems import NoPhoneOnFile
from sandbox.bank.deferrals import options, service
from sandbox.bank.deferrals.problems import DeferralNotActive, SimulationExpired, TermNotOffered
from sandbox.bank.deferrals.schemas import (
    DeferralOptions,
    DeferralStatus,
    DeferralView,
    NewDeferral,
    NewPrepayment,
    NewSimulation,
    PrepaymentView,
    SimulationView,
)
from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.wire import Page
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, From, Limit, To
from sandbox.problem import Problem
from sandbox.problems import (
    AccountNotActive,
    AccountNotDebitable,
    DeferralNotEligible,
    InsufficientFunds,
    InvalidCursor,
    NotFound,
)

router = member_router("8 Deferral")
_POST: tuple[type[Problem], ...] = (*MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS)


@router.get(
    "/deferrals/options",
    operation_id="getDeferralOptions",
    summary="What can be deferred",
    responses=problems(*MEMBER_PROBLEMS),
)
async def get_deferral_options(call: MemberCall) -> DeferralOptions:
    """Kinds, plans, cards and purchases; what is not eligible says why."""
    return await options.options(call.unit, call.member, call.language)


@router.post(
    "/deferral-simulations",
    operation_id="simulateDeferral",
    summary="Simulate",
    status_code=201,
    responses=problems(NotFound, DeferralNotEligible, TermNotOffered, *_POST),
)
async def simulate_deferral(request: NewSimulation, call: MemberCall) -> SimulationView:
    """Rate, effective rate and schedule to the cent; nothing is deferred."""
    return await options.simulate(call.unit, call.member, request)


@router.post(
    "/deferrals",
    operation_id="createDeferral",
    summary="Defer",
    status_code=201,
    responses=problems(NotFound, SimulationExpired, DeferralNotEligible, NoPhoneOnFile, *_POST),
)
async def create_deferral(request: NewDeferral, call: MemberCall) -> DeferralView:
    """From a simulation that is still live; deferred once the code is confirmed."""
    return await service.create(call.unit, call.member, call.key(options.PREFIX, request.simulation_id))


@router.get(
    "/deferrals",
    operation_id="listDeferrals",
    summary="My deferrals",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_deferrals(
    call: MemberCall,
    status: DeferralStatus | None = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DeferralView]:
    """Newest first: all, or those of a status or of some days. Those that wait for a code carry their challenge."""
    return await service.page(call.unit, call.member, Wanted(status, since, until), limit, cursor)


@router.get(
    "/deferrals/{deferral_id}",
    operation_id="getDeferral",
    summary="One deferral",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_deferral(deferral_id: str, call: MemberCall) -> DeferralView:
    """A deferral with its schedule, and its challenge while it waits for the code; instalments post with the clock."""
    return await service.find(call.unit, call.member, call.key(service.PREFIX, deferral_id))


@router.post(
    "/deferrals/{deferral_id}/prepayment",
    operation_id="prepayDeferral",
    summary="Pay a deferral off",
    status_code=201,
    responses=problems(
        NotFound, DeferralNotActive, AccountNotActive, AccountNotDebitable, InsufficientFunds, NoPhoneOnFile, *_POST
    ),
)
async def prepay_deferral(deferral_id: str, request: NewPrepayment, call: MemberCall) -> PrepaymentView:
    """Outstanding principal and the interest accrued by 30/360, without penalty; paid once the code is confirmed."""
    key = call.key(service.PREFIX, deferral_id)
    return await service.prepay(call.unit, call.member, key, request.origin_account_id)
