"""Recommendations over HTTP."""

from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.referrals import service
from sandbox.bank.referrals.problems import AlreadyReferred
from sandbox.bank.referrals.schemas import Invitation, NewReferral, ReferralView
from sandbox.bank.wire import Page
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, Limit
from sandbox.problems import InvalidCursor

router = member_router("11 Referral")


@router.get(
    "/referrals/invitation",
    operation_id="getReferralInvitation",
    summary="What to share",
    responses=problems(*MEMBER_PROBLEMS),
)
async def get_referral_invitation(call: MemberCall) -> Invitation:
    """The member's own code and link, and a text to share with friends and family."""
    return service.invitation(call.unit, call.member, call.language)


@router.post(
    "/referrals",
    operation_id="createReferral",
    summary="Recommend the app",
    status_code=201,
    responses=problems(AlreadyReferred, *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS),
)
async def create_referral(request: NewReferral, call: MemberCall) -> ReferralView:
    """Sends the invitation by SMS, once to each phone."""
    return await service.create(call.unit, call.member, request)


@router.get(
    "/referrals",
    operation_id="listReferrals",
    summary="Recommendations made",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_referrals(call: MemberCall, limit: Limit = 50, cursor: Cursor = None) -> Page[ReferralView]:
    """Newest first."""
    return await service.page(call.unit, call.member, limit, cursor)
