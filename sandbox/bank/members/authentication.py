"""Recognising a member by the token of a session."""

from sandbox.bank.members import admission, lifetime, queries
from sandbox.bank.members.session import LiveSession
from sandbox.kernel.clock import SECOND
from sandbox.kernel.entropy import fingerprint
from sandbox.problems import InvalidToken, SessionExpired
from sandbox.storage.queries import Query
from sandbox.storage.unit import UnitOfWork

BAD_TOKEN = "invalid_token"  # noqa: S105  # what RFC 6750 calls it
BY_THE_BANK = "ended by the bank"


async def authenticate(unit: UnitOfWork, authorization: str | None, query: Query[LiveSession]) -> LiveSession:
    """The session an Authorization header stands for, found by `query` (`LIVE_SESSION`, or the one for a unit that is
    going to change what is the member's), and seen now.

    Raises InvalidToken when there is none, SessionExpired when it was idle too long, reached its end, or was ended; and
    what `admission.require` raises when the member may not use the app now. Idleness and end are those of `lifetime`.
    """
    scheme, _, token = (authorization or "").partition(" ")
    token = token.lstrip(" ")
    if scheme.lower() != "bearer" or not token:
        raise InvalidToken(headers=unit.sandbox.institution.asks_for_token())
    session = await unit.one(query, print=fingerprint(token))
    if session is None:
        raise InvalidToken(headers=unit.sandbox.institution.asks_for_token(BAD_TOKEN))
    is_over = lifetime.is_over(unit, session.expires_at, session.seen_at)
    if is_over or session.ended_at is not None:
        if not is_over and session.end_reason == BY_THE_BANK:
            admission.require(unit, session)  # says why, as long as the reason lasts
        raise SessionExpired(headers=unit.sandbox.institution.asks_for_token(BAD_TOKEN))
    if session.status != "active" or session.suspended_until is not None:
        admission.require(unit, session)
    if unit.now - session.seen_at >= unit.rules.sessions.settings.touch_seconds * SECOND:
        await unit.later(queries.TOUCH_SESSION, session=session.session_id, now=unit.now)
    return session
