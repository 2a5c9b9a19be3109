"""Sessions: opening, renewing and ending them (manual, chapter 0)."""

from typing import NamedTuple

from sandbox.bank.access import queries
from sandbox.bank.access.problems import RefreshTokenReused
from sandbox.bank.access.tables import Device
from sandbox.bank.members import admission, lifetime
from sandbox.bank.members.authentication import BAD_TOKEN, BY_THE_BANK
from sandbox.bank.members.queries import MEMBER
from sandbox.bank.members.tables import Member, Session
from sandbox.kernel import clock
from sandbox.kernel.clock import SECOND
from sandbox.kernel.entropy import fingerprint
from sandbox.problem import Problem
from sandbox.problems import InvalidToken, SessionExpired
from sandbox.storage.unit import UnitOfWork

_GENERATIONS = 1 << 16


class Tokens(NamedTuple):
    """An access and a refresh token, as only their holder knows them, and the seconds for which they are good: at most,
    and without a request."""

    access: str
    refresh: str
    expires_in: int
    idle_expires_in: int


async def begin(unit: UnitOfWork, member: Member, device: Device | None) -> tuple[int, Tokens]:
    """A new session of the member on one of its devices; gives its key and tokens."""
    policy = unit.rules.sessions.settings
    expires_at = unit.now + policy.absolute_seconds * SECOND
    session = await unit.insert(
        queries.ADD_SESSION,
        member_id=member.id,
        device_id=device.id if device else None,
        access_print="",
        generation=0,
        started_at=unit.now,
        seen_at=unit.now,
        expires_at=expires_at,
        previous_access_at=member.last_access_at,
    )
    return session, await _give_tokens(unit, session, 0, _holder(member, device), expires_at)


async def renew(unit: UnitOfWork, refresh_token: str) -> tuple[Session, Member, Tokens] | Problem:
    """New tokens for an old refresh token, which is spent by it.

    One that was spent before ends the session: that refusal is returned, because it must be remembered.
    Raises InvalidToken, SessionExpired, and what `admission.require` raises.
    """
    known = await unit.one(queries.REFRESH_TOKEN, print=fingerprint(refresh_token))
    if known is None:
        raise InvalidToken(headers=unit.sandbox.institution.asks_for_token(BAD_TOKEN))
    session = await unit.one(queries.SESSION, session=known.session_id)
    assert session is not None
    if known.used_at is not None:
        return await _refuse_reuse(unit, session.id)
    member = await unit.one(MEMBER, member=session.member_id)
    assert member is not None
    is_over = lifetime.is_over(unit, session.expires_at, session.seen_at)
    if is_over or session.ended_at is not None:
        if not is_over and session.end_reason == BY_THE_BANK:
            admission.require(unit, member)
        raise SessionExpired(headers=unit.sandbox.institution.asks_for_token(BAD_TOKEN))
    admission.require(unit, member)
    device = await unit.one(queries.DEVICE, device=session.device_id or 0)
    if not await unit.change(queries.USE_REFRESH_TOKEN, token=known.id, now=unit.now):
        return await _refuse_reuse(unit, session.id)
    holder, generation = _holder(member, device), session.generation + 1
    return session, member, await _give_tokens(unit, session.id, generation, holder, session.expires_at)


async def _refuse_reuse(unit: UnitOfWork, session: int) -> Problem:
    await end(unit, session, "refresh token reused")
    return RefreshTokenReused(headers=unit.sandbox.institution.asks_for_token(BAD_TOKEN))


async def end(unit: UnitOfWork, session: int, reason: str) -> None:
    """Close the session; nothing happens when it is closed already."""
    await unit.later(queries.END_SESSION, session=session, now=unit.now, reason=reason)


async def end_others(unit: UnitOfWork, member: int, kept: int, reason: str) -> None:
    """Close every session of the member but `kept` (0: all of them)."""
    await unit.later(queries.END_OTHER_SESSIONS, member=member, kept=kept, now=unit.now, reason=reason)


async def end_by_the_bank(unit: UnitOfWork, member: int) -> None:
    """End every session of a member whom the bank keeps out; requests are told the reason as long as it lasts."""
    await unit.later(queries.END_SESSIONS_OF_MEMBER, member=member, now=unit.now, reason=BY_THE_BANK)


def _holder(member: Member, device: Device | None) -> str:
    """Whom a token is for: part of the draw, so that it never opens another person's session in another sandbox of the
    same seed, or after a reset."""
    return f"{member.document_type} {member.document_number} {device.device_key if device else ''}"


async def _give_tokens(unit: UnitOfWork, session: int, generation: int, holder: str, expires_at: int) -> Tokens:
    number = session * _GENERATIONS + generation
    access = unit.sandbox.entropy.token(f"access tokens of {holder}", number)
    refresh = unit.sandbox.entropy.token(f"refresh tokens of {holder}", number)
    await unit.later(queries.NAME_SESSION, session=session, print=fingerprint(access), number=generation, now=unit.now)
    await unit.add(queries.ADD_REFRESH_TOKEN, session_id=session, print=fingerprint(refresh))
    ends = lifetime.ends(unit, expires_at)
    left, idle_left = (clock.seconds_left(moment, unit.now) for moment in ends)
    return Tokens(access, refresh, left, idle_left)
