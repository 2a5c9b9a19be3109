"""Notices over HTTP."""

from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.notifications import service
from sandbox.bank.notifications.schemas import NotificationView
from sandbox.bank.wire import Page
from sandbox.http.describe import MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, Limit
from sandbox.problems import InvalidCursor

router = member_router("1 Profile")


@router.get(
    "/me/notifications",
    operation_id="listNotifications",
    summary="Notices",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_notifications(call: MemberCall, limit: Limit = 50, cursor: Cursor = None) -> Page[NotificationView]:
    """One notice for each access and each operation, newest first; in the language that the request prefers."""
    return await service.page(call.unit, call.member.member_id, call.language, limit, cursor)
