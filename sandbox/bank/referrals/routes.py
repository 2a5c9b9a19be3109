"""Recommending the app: what to share, and whom it was shared with."""

from typing import Annotated

from pydantic import ConfigDict, Field
from sqlmodel import col, select

from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.notifications import service as notifications
from sandbox.bank.referrals.tables import Referral
from sandbox.bank.wire import Body, CleanText, Moment, Page, View
from sandbox.http import paging
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock, masks
from sandbox.problems import InvalidCursor, Problem, Text
from sandbox.storage.statements import adding, one, param
from sandbox.storage.unit import UnitOfWork

router = member_router("11 Referral")

ADD_REFERRAL = adding(Referral)
SAME_REFERRAL = one(select(Referral).where(Referral.member_id == param("member"), Referral.phone == param("phone")))
REFERRALS_BEFORE = one(
    select(Referral)
    .where(Referral.member_id == param("member"), col(Referral.id) < param("before"))
    .order_by(col(Referral.id).desc())
    .limit(param("limit"))
)


class AlreadyReferred(Problem):
    """See its title."""

    code = "already_referred"
    status = 409
    title = Text("Ya la recomendaste", "Already referred")
    says = Text("Ya recomendaste la app a ese celular.", "You have recommended the app to that phone already.")


class Invitation(View):
    """What to share."""

    code: Annotated[str, Field(examples=["COOP-3B608C"])]
    link: str
    text: str


class NewReferral(Body):
    """Whom to recommend the app to; the invitation goes out by SMS."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Ana", "phone": "0991234567"}]})

    name: Annotated[CleanText, Field(min_length=1, max_length=60)]
    phone: Annotated[CleanText, Field(pattern=r"^09[0-9]{8}$")]


class ReferralView(View):
    """A recommendation made."""

    id: str
    name: str
    phone: Annotated[str, Field(examples=["09XXXXXX67"])]
    created_at: Moment


@router.get(
    "/referrals/invitation",
    operation_id="getReferralInvitation",
    summary="What to share",
    responses=problems(*MEMBER_PROBLEMS),
)
async def get_referral_invitation(call: MemberCall) -> Invitation:
    """The member's own code and link, and a text to share with friends and family."""
    return _invitation(call.unit, call.member.member_id)


@router.post(
    "/referrals",
    operation_id="createReferral",
    summary="Recommend the app",
    status_code=201,
    responses=problems(AlreadyReferred, *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS),
)
async def create_referral(request: NewReferral, call: MemberCall) -> ReferralView:
    """Sends the invitation by SMS, once to each phone."""
    unit, member = call.unit, call.member.member_id
    if await unit.one(SAME_REFERRAL, member=member, phone=request.phone) is not None:
        raise AlreadyReferred
    referral = await unit.insert(
        ADD_REFERRAL, member_id=member, name=request.name, phone=request.phone, created_at=unit.now
    )
    await notifications.send(unit, member, "sms", request.phone, "referral", _invitation(unit, member).text)
    unit.record("referral.created", member, "ref", referral)
    return _view(unit, referral, request.name, request.phone, unit.now)


@router.get(
    "/referrals",
    operation_id="listReferrals",
    summary="Recommendations made",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_referrals(call: MemberCall, limit: Limit = 50, cursor: Cursor = None) -> Page[ReferralView]:
    """Newest first."""
    unit = call.unit
    before = paging.unseal(cursor, int)[0] if cursor else 2**63 - 1
    rows = await unit.all(REFERRALS_BEFORE, member=call.member.member_id, before=before, limit=limit + 1)
    return paging.page_of(
        Page[ReferralView],
        rows,
        limit,
        lambda row: _view(unit, row.id, row.name, row.phone, row.created_at),
        lambda row: row.id,
    )


def _invitation(unit: UnitOfWork, member: int) -> Invitation:
    code = f"COOP-{unit.sandbox.entropy.draw('referral codes', member).hex()[:6].upper()}"
    link = f"https://app.cooprogreso.test/i/{code}"
    text = f"Te recomiendo Cooprogreso Móvil: maneja tus finanzas de manera sencilla y segura. {link}"
    return Invitation(code=code, link=link, text=text)


def _view(unit: UnitOfWork, referral: int, name: str, phone: str, created_at: int) -> ReferralView:
    return ReferralView(
        id=unit.ids.name("ref", referral), name=name, phone=masks.phone(phone), created_at=clock.show(created_at)
    )
