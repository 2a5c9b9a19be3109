"""The SQL of members and their sessions that every chapter builds on."""

from sqlalchemy import update
from sqlmodel import col, select

from sandbox.bank.members.session import LiveSession
from sandbox.bank.members.tables import Member, Session
from sandbox.storage.queries import change, locks, one, one_of, param, pick, to_change

_live_session = (
    pick(
        Session.id,
        Session.member_id,
        Session.device_id,
        Session.started_at,
        Session.seen_at,
        Session.expires_at,
        Session.ended_at,
        Session.end_reason,
        Session.previous_access_at,
        Member.first_names,
        Member.last_names,
        Member.segment,
        Member.status,
        Member.username,
        Member.phone,
        Member.email,
        Member.language,
        Member.document_number,
        Member.suspended_until,
        Member.wrong_code_at,
    )
    .join(Member, col(Member.id) == col(Session.member_id))
    .where(Session.access_print == param("print"))
)
LIVE_SESSION = one_of(LiveSession, _live_session)
# The member's row comes first, in every unit that acts for a member: what is the member's own, such as the day's use of
# a limit, is then safe from other units until this one ends.
LIVE_SESSION_TO_CHANGE = one_of(LiveSession, to_change(_live_session, Member, Session))

MEMBER = one(select(Member).where(Member.id == param("member")))
MEMBER_TO_CHANGE = one(to_change(select(Member).where(Member.id == param("member"))))
LOCK_MEMBER = locks(select(Member.id).where(Member.id == param("member")))
NOTE_WRONG_CODE = change(update(Member).where(col(Member.id) == param("member")).values(wrong_code_at=param("now")))
TOUCH_SESSION = change(update(Session).where(col(Session.id) == param("session")).values(seen_at=param("now")))
