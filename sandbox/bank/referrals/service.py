"""Recommending the app: what to share, and whom it was shared with."""

from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.bank.referrals import queries, texts
from sandbox.bank.referrals.problems import AlreadyReferred
from sandbox.bank.referrals.schemas import Invitation, NewReferral, ReferralView
from sandbox.bank.wire import Page
from sandbox.domain.vocabulary import Language
from sandbox.http import paging
from sandbox.kernel import clock, masks
from sandbox.storage.unit import UnitOfWork

PREFIX = "ref"
_NEWEST = 2**63 - 1


def invitation(unit: UnitOfWork, member: LiveSession, language: Language) -> Invitation:
    """The member's own code and link, and a text to share."""
    told = _recommended(unit, member)
    return Invitation(code=_code(unit, member), link=told.link, text=notifications.written(unit, told, language))


def _recommended(unit: UnitOfWork, member: LiveSession) -> texts.AppRecommended:
    return texts.AppRecommended(unit.sandbox.institution.link(_code(unit, member)))


def _code(unit: UnitOfWork, member: LiveSession) -> str:
    drawn = unit.sandbox.entropy.draw("referral codes", member.member_id).hex()[:6].upper()
    return f"{unit.sandbox.institution.referral.code_prefix}-{drawn}"


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewReferral) -> ReferralView:
    """A recommendation, sent by SMS. Raises AlreadyReferred for a phone the member recommended the app to before."""
    if await unit.one(queries.SAME_REFERRAL, member=member.member_id, phone=wanted.phone) is not None:
        raise AlreadyReferred
    referral = await unit.insert(
        queries.ADD_REFERRAL,
        member_id=member.member_id,
        name=wanted.name,
        phone=wanted.phone,
        created_at=unit.now,
    )
    told = _recommended(unit, member)
    await notifications.send(unit, member.member_id, "sms", wanted.phone, "referral", told, language=member.language)
    unit.record("referral.created", member.member_id, PREFIX, referral)
    return _view(unit, referral, wanted.name, wanted.phone, unit.now)


async def page(unit: UnitOfWork, member: LiveSession, limit: int, cursor: str | None) -> Page[ReferralView]:
    """The member's recommendations, newest first. Raises InvalidCursor."""
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(queries.REFERRALS_BEFORE, member=member.member_id, before=before, limit=limit + 1)
    return paging.page_of(
        Page[ReferralView],
        rows,
        limit,
        lambda row: _view(unit, row.id, row.name, row.phone, row.created_at),
        lambda row: row.id,
    )


def _view(unit: UnitOfWork, referral: int, name: str, phone: str, created_at: int) -> ReferralView:
    return ReferralView(
        id=unit.ids.name(PREFIX, referral), name=name, phone=masks.phone(phone), created_at=clock.show(created_at)
    )
