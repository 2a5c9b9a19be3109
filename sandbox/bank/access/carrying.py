"""Carrying live sessions over a reset, for developers whose app is to stay logged in."""

from sandbox.bank.access import queries
from sandbox.bank.access.queries import CarriedSession
from sandbox.storage import schema
from sandbox.storage.connection import Connection, every, first, run


def carry_sessions(outgoing: Connection, incoming: Connection) -> None:
    """Give the database `incoming` the live sessions of the one that it takes the place of, as far as it has the same
    member (by document) with the same device (by the identifier the app gave itself) or without any. For a thread.

    Each begins anew at the first moment of `incoming` and keeps its key, which its tokens are drawn from: what is
    given later never meets one of them. Its spent refresh tokens come along, since one that is sent again ends it.
    """
    live = every(outgoing, queries.LIVE_SESSIONS)
    if not live:
        return
    tokens = every(outgoing, queries.LIVE_REFRESH_TOKENS)
    begins = int(schema.facts(incoming)["clock_anchor"])
    incoming.execute("BEGIN")
    carried = {session.id for session in live if _begin_anew(incoming, session, begins)}
    for token in tokens:
        if token.session_id in carried:
            run(
                incoming,
                queries.CARRY_REFRESH_TOKEN,
                session_id=token.session_id,
                print=token.print,
                used_at=None if token.used_at is None else begins,
            )
    incoming.execute("COMMIT")


def _begin_anew(new: Connection, session: CarriedSession, begins: int) -> bool:
    """Whether the new database has a place for the session, which then is there."""
    document = {"document_type": session.document_type, "document_number": session.document_number}
    member = first(new, queries.MEMBER_BY_DOCUMENT, **document)
    if member is None:
        return False
    devices = every(new, queries.DEVICES_OF, member=member.id)
    device = next((each for each in devices if each.device_key == session.device_key), None)
    if device is None and (devices or session.device_key is not None):
        return False
    run(
        new,
        queries.CARRY_SESSION,
        id=session.id,
        member_id=member.id,
        device_id=device and device.id,
        access_print=session.access_print,
        generation=session.generation,
        started_at=begins,
        seen_at=begins,
        expires_at=begins + session.expires_at - session.started_at,
        previous_access_at=member.last_access_at,
    )
    return True
