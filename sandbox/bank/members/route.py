"""Routes for members: identity first, then idempotency, then the handler."""

from typing import Any, ClassVar

from fastapi import APIRouter
from starlette.responses import Response

from sandbox.bank.members import authentication, queries
from sandbox.bank.members.session import LiveSession
from sandbox.http import idempotency
from sandbox.http.answers import Answer
from sandbox.http.call import Call
from sandbox.http.route import UnitRoute
from sandbox.surfaces import BANK

_CHALLENGE = "chl"


class KeyedCall(Call):
    """A request that may bring an Idempotency-Key; `slot` is where its answer will be kept."""

    __slots__ = ("slot",)

    slot: idempotency.Slot | None


class MemberCall(KeyedCall):
    """A request of a member who is logged in."""

    __slots__ = ("member",)

    member: LiveSession


class VisitorCall(KeyedCall):
    """A request that may come before there is a session; `member` is set when it brought a token."""

    __slots__ = ("member",)

    member: LiveSession | None


class KeyedRoute(UnitRoute):
    """A route whose `POST` takes an Idempotency-Key."""

    takes_key: ClassVar[bool] = True

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        reads = self.methods is not None and self.methods <= {"GET", "HEAD"}
        self.session = queries.LIVE_SESSION if reads else queries.LIVE_SESSION_TO_CHANGE

    async def recall(self, call: KeyedCall, holder: int) -> Answer | None:
        """The answer kept for the call's key, if there is one; else the place is taken until the call is over."""
        key = call.header(b"idempotency-key") if call.method == "POST" else None
        if key is None:
            return None
        place = idempotency.slot(holder, key, call)
        kept = await idempotency.recall(call.unit, place)
        if kept is None:
            call.slot = place
        return kept

    async def after(self, call: KeyedCall, answer: Answer | Response) -> None:
        if call.slot is not None and isinstance(answer, Answer):
            await idempotency.keep(call.unit, call.slot, answer)

    def leave(self, call: KeyedCall) -> None:
        if call.slot is not None:
            idempotency.leave(call.unit, call.slot)


class MemberRoute(KeyedRoute):
    """A route that only a live session passes."""

    call_class: ClassVar[type[Call]] = MemberCall

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        extra = {"security": [{"member": []}]} | (options.pop("openapi_extra", None) or {})
        super().__init__(path, endpoint, openapi_extra=extra, **options)

    async def before(self, call: MemberCall) -> Answer | None:
        call.slot = None
        member = call.member = await authentication.authenticate(call.unit, call.header(b"authorization"), self.session)
        call.member_id = member.member_id
        return await self.recall(call, member.member_id)


class VisitorRoute(KeyedRoute):
    """A route that takes a session when there is one, and does without when there is none.

    Without one a key belongs to the challenge that the path names: its id is the capability.
    """

    call_class: ClassVar[type[Call]] = VisitorCall

    def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
        extra = {"security": [{"member": []}, {}]} | (options.pop("openapi_extra", None) or {})
        super().__init__(path, endpoint, openapi_extra=extra, **options)

    async def before(self, call: VisitorCall) -> Answer | None:
        call.slot = call.member = None
        header = call.header(b"authorization")
        if header is None:
            challenge = call.unit.ids.number(_CHALLENGE, call.path_params.get("challenge_id", ""))
            return None if challenge is None else await self.recall(call, -challenge)
        member = call.member = await authentication.authenticate(call.unit, header, self.session)
        call.member_id = member.member_id
        return await self.recall(call, member.member_id)


def member_router(tag: str) -> APIRouter:
    """A router below /v1 whose routes need a session."""
    return APIRouter(prefix=BANK, tags=[tag], route_class=MemberRoute)


def visitor_router(tag: str) -> APIRouter:
    """A router below /v1 whose routes take a session if there is one."""
    return APIRouter(prefix=BANK, tags=[tag], route_class=VisitorRoute)


def open_router(tag: str) -> APIRouter:
    """A router below /v1 that asks for no session."""
    return APIRouter(prefix=BANK, tags=[tag], route_class=UnitRoute)
