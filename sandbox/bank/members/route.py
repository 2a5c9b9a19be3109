"""Routes for members: identity first, then idempotency, then the handler."""

from typing import Any, ClassVar, cast

from fastapi import APIRouter, Response

from sandbox.bank.members import authentication
from sandbox.bank.members.session import LiveSession
from sandbox.http import idempotency
from sandbox.http.call import Call, UnitRoute
from sandbox.http.describe import IDEMPOTENCY_PARAMETER


class MemberCall(Call):
    """A request of a member who is logged in."""

    member: LiveSession
    slot: idempotency.Slot | None = None


class MemberRoute(UnitRoute):
    """A route that only a live session passes. A `POST` takes an Idempotency-Key."""

    call_class: ClassVar[type[Call]] = MemberCall

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        extra = dict(options.pop("openapi_extra", None) or {})
        extra.setdefault("security", [{"member": []}])
        if "POST" in (options.get("methods") or ()):
            extra["parameters"] = [*extra.get("parameters", []), IDEMPOTENCY_PARAMETER]
        super().__init__(path, endpoint, openapi_extra=extra, **options)

    async def before(self, call: Call, body: bytes) -> Response | None:
        call = cast(MemberCall, call)
        member = call.member = await authentication.authenticate(call.unit, call.headers.get("authorization"))
        call.scope["sandbox.member"] = member.member_id
        if call.method != "POST":
            return None
        key = call.headers.get("idempotency-key")
        if key is None:
            return None
        place = idempotency.slot(member.member_id, key, call.method, call.scope["path"], body)
        kept = await idempotency.recall(call.unit, place)
        if kept is None:
            call.slot = place
        return kept

    async def after(self, call: Call, response: Response) -> None:
        slot = cast(MemberCall, call).slot
        if slot is not None:
            await idempotency.keep(call.unit, slot, response)

    def leave(self, call: Call) -> None:
        slot = cast(MemberCall, call).slot
        if slot is not None:
            idempotency.leave(call.unit, slot)


class VisitorCall(Call):
    """A request that may come before there is a session; `member` is set when it brought a token."""

    member: LiveSession | None = None


class VisitorRoute(UnitRoute):
    """A route that takes a session when there is one, and does without when there is none."""

    call_class: ClassVar[type[Call]] = VisitorCall

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        extra = {"security": [{"member": []}, {}]} | (options.pop("openapi_extra", None) or {})
        super().__init__(path, endpoint, openapi_extra=extra, **options)

    async def before(self, call: Call, body: bytes) -> Response | None:
        header = call.headers.get("authorization")
        if header is not None:
            member = await authentication.authenticate(call.unit, header)
            cast(VisitorCall, call).member = member
            call.scope["sandbox.member"] = member.member_id
        return None


def member_router(tag: str) -> APIRouter:
    """A router below /v1 whose routes need a session."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=MemberRoute)


def visitor_router(tag: str) -> APIRouter:
    """A router below /v1 whose routes take a session if there is one."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=VisitorRoute)


def open_router(tag: str) -> APIRouter:
    """A router below /v1 that asks for no session."""
    return APIRouter(prefix="/v1", tags=[tag], route_class=UnitRoute)
