"""Sessions over HTTP."""

from typing import Any

from fastapi import Response

from sandbox.bank.access import service
from sandbox.bank.access.problems import (
    AccessLocked,
    DeviceNotRegistered,
    InvalidCredentials,
    MemberNotActive,
    RefreshTokenReused,
)
from sandbox.bank.access.route import MemberCall, member_router, open_router
from sandbox.bank.access.schemas import LogIn, NewSession, Refresh, SessionView
from sandbox.http.answers import answer
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.problems import InvalidToken, Problem, SessionExpired

TAG = "0 Enrolment and sessions"
entrance = open_router(TAG)
router = member_router(TAG)


@entrance.post(
    "/sessions",
    operation_id="createSession",
    summary="Log in",
    status_code=201,
    response_model=NewSession,
    responses=problems(InvalidCredentials, AccessLocked, MemberNotActive, DeviceNotRegistered, *BODY_PROBLEMS),
)
async def create_session(request: LogIn, call: Call) -> Any:
    """Username, password and the registered device open a session. Failed attempts are counted and, by rule, lock the
    access for a while; the refusal does not tell whether the username exists. From another device than the registered
    one the answer is 409 `device_not_registered` with the way to replace it."""
    outcome = await service.log_in(call.unit, request)
    return answer(call, outcome) if isinstance(outcome, Problem) else outcome


@entrance.post(
    "/sessions/refresh",
    operation_id="refreshSession",
    summary="Renew the tokens",
    status_code=201,
    response_model=NewSession,
    responses=problems(InvalidToken, SessionExpired, RefreshTokenReused, *BODY_PROBLEMS),
)
async def refresh_session(request: Refresh, call: Call) -> Any:
    """Spends a refresh token and gives two new ones. A refresh token that comes back after it was spent ends the whole
    session, because someone else may hold it."""
    outcome = await service.refresh(call.unit, request.refresh_token)
    return answer(call, outcome) if isinstance(outcome, Problem) else outcome


@router.get(
    "/sessions/current",
    operation_id="getSession",
    summary="The session under way",
    responses=problems(*MEMBER_PROBLEMS),
)
async def get_session(call: MemberCall) -> SessionView:
    """Who is logged in, since when, on which device, and when the session would end."""
    return await service.show_session(call.unit, call.member)


@router.delete(
    "/sessions/current",
    operation_id="deleteSession",
    summary="Log out",
    status_code=204,
    responses=problems(*MEMBER_PROBLEMS),
)
async def delete_session(call: MemberCall) -> Response:
    """Ends the session; its tokens are worth nothing from here on."""
    await service.log_out(call.unit, call.member)
    return Response(status_code=204)
