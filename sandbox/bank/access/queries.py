"""The SQL of members, devices and sessions."""

from typing import NamedTuple

from sqlalchemy import update
from sqlmodel import col, select

from sandbox.bank.access.tables import Device, Nonce, RefreshToken, UnknownLogin
from sandbox.bank.members.tables import Member, Session
from sandbox.domain.vocabulary import DocumentType
from sandbox.storage.queries import adding, adding_bound, change, one, one_of, param, pick, to_change, upsert

_by_username = select(Member).where(Member.username_key == param("username"))
MEMBER_BY_USERNAME = one(_by_username)
MEMBER_WHO_COMES_IN = one(to_change(_by_username))
COUNT_FAILURE = change(
    update(Member)
    .where(col(Member.id) == param("member"))
    .values(failed_logins=param("failures"), locked_until=param("until"))
)
UNKNOWN_LOGIN = one(select(UnknownLogin).where(UnknownLogin.username == param("username")))
_unknown = upsert(UnknownLogin).values(
    username=param("username"), failed_logins=param("failures"), locked_until=param("until")
)
COUNT_UNKNOWN_FAILURE = change(
    _unknown.on_conflict_do_update(
        index_elements=["username"],
        set_={"failed_logins": _unknown.excluded.failed_logins, "locked_until": _unknown.excluded.locked_until},
    )
)
NOTE_ACCESS = change(
    update(Member)
    .where(col(Member.id) == param("member"))
    .values(failed_logins=0, locked_until=param("no_lock"), last_access_at=param("now"))
)

MEMBER_BY_DOCUMENT = one(
    select(Member).where(
        Member.document_type == param("document_type"), Member.document_number == param("document_number")
    )
)
SET_PASSWORD = change(
    update(Member)
    .where(col(Member.id) == param("member"))
    .values(password_hash=param("hashed"), password_plain=None, failed_logins=0, locked_until=None)
)
SET_USERNAME = change(
    update(Member)
    .where(col(Member.id) == param("member"))
    .values(username=param("name"), username_key=param("key"), searched=param("folded"))
)
ENROL = change(update(Member).where(col(Member.id) == param("member")).values(enrolled_at=param("now")))

ADD_DEVICE = adding(Device)
DEVICE = one(select(Device).where(Device.id == param("device"), col(Device.removed_at).is_(None)))
OWNED_DEVICE = one(
    select(Device).where(
        Device.id == param("device"), Device.member_id == param("member"), col(Device.removed_at).is_(None)
    )
)
DEVICES_BY_KEY = one(
    select(Device)
    .where(
        Device.device_key == param("device_key"), col(Device.removed_at).is_(None), col(Device.public_key).is_not(None)
    )
    .order_by(col(Device.id).desc())
    .limit(param("limit"))
)
REMOVE_DEVICE = change(
    update(Device)
    .where(col(Device.id) == param("device"), col(Device.removed_at).is_(None))
    .values(removed_at=param("now"))
)
SET_ACCESS_METHODS = change(
    update(Device)
    .where(col(Device.id) == param("device"))
    .values(public_key=param("key"), fingerprint=param("by_finger"), face=param("by_face"), biometric_failures=0)
)
COUNT_BIOMETRIC_FAILURE = change(
    update(Device).where(col(Device.id) == param("device")).values(biometric_failures=Device.biometric_failures + 1)
)
FORGET_BIOMETRIC_FAILURES = change(
    update(Device)
    .where(col(Device.member_id) == param("member"), col(Device.removed_at).is_(None))
    .values(biometric_failures=0)
)
ADD_NONCE = adding_bound(Nonce, "device_id", "expires_at")
NONCE = one(select(Nonce).where(Nonce.id == param("nonce")))
USE_NONCE = change(
    update(Nonce).where(col(Nonce.id) == param("nonce"), col(Nonce.used_at).is_(None)).values(used_at=param("now"))
)

DEVICES_OF = one(
    select(Device).where(Device.member_id == param("member"), col(Device.removed_at).is_(None)).order_by(col(Device.id))
)

ADD_SESSION = adding(
    Session, "member_id", "device_id", "access_print", "generation", "started_at", "seen_at", "expires_at",
    "previous_access_at",
)  # fmt: skip
SESSION = one(select(Session).where(Session.id == param("session")))
NAME_SESSION = change(
    update(Session)
    .where(col(Session.id) == param("session"))
    .values(access_print=param("print"), generation=param("number"), seen_at=param("now"))
)
END_SESSION = change(
    update(Session)
    .where(col(Session.id) == param("session"), col(Session.ended_at).is_(None))
    .values(ended_at=param("now"), end_reason=param("reason"))
)
END_OTHER_SESSIONS = change(
    update(Session)
    .where(
        col(Session.member_id) == param("member"),
        col(Session.id) != param("kept"),
        col(Session.ended_at).is_(None),
    )
    .values(ended_at=param("now"), end_reason=param("reason"))
)
END_SESSIONS_OF_MEMBER = change(
    update(Session)
    .where(col(Session.member_id) == param("member"), col(Session.ended_at).is_(None))
    .values(ended_at=param("now"), end_reason=param("reason"))
)
END_SESSIONS_OF_DEVICE = change(
    update(Session)
    .where(
        col(Session.member_id) == param("member"),  # for its index: there is none by device
        col(Session.device_id) == param("device"),
        col(Session.ended_at).is_(None),
    )
    .values(ended_at=param("now"), end_reason=param("reason"))
)

ADD_REFRESH_TOKEN = adding(RefreshToken, "session_id", "print")
REFRESH_TOKEN = one(
    to_change(
        select(RefreshToken)
        .join(Session, col(Session.id) == col(RefreshToken.session_id))
        .join(Member, col(Member.id) == col(Session.member_id))
        .where(RefreshToken.print == param("print")),
        Member,
        Session,
        RefreshToken,
    )
)
USE_REFRESH_TOKEN = change(
    update(RefreshToken)
    .where(col(RefreshToken.id) == param("token"), col(RefreshToken.used_at).is_(None))
    .values(used_at=param("now"))
)


class CarriedSession(NamedTuple):
    """A live session, with what tells its member and device in another database. No `device_key`: no device."""

    id: int
    access_print: str
    generation: int
    started_at: int
    expires_at: int
    document_type: DocumentType
    document_number: str
    device_key: str | None


LIVE_SESSIONS = one_of(
    CarriedSession,
    pick(
        Session.id,
        Session.access_print,
        Session.generation,
        Session.started_at,
        Session.expires_at,
        Member.document_type,
        Member.document_number,
        Device.device_key,
    )
    .join(Member, col(Member.id) == col(Session.member_id))
    .outerjoin(Device, col(Device.id) == col(Session.device_id))
    .where(col(Session.ended_at).is_(None))
    .order_by(col(Session.id)),
)
CARRY_SESSION = adding(
    Session, "id", "member_id", "device_id", "access_print", "generation", "started_at", "seen_at", "expires_at",
    "previous_access_at",
)  # fmt: skip
LIVE_REFRESH_TOKENS = one(
    select(RefreshToken)
    .join(Session, col(Session.id) == col(RefreshToken.session_id))
    .where(col(Session.ended_at).is_(None))
    .order_by(col(RefreshToken.id))
)
CARRY_REFRESH_TOKEN = adding(RefreshToken, "session_id", "print", "used_at")

ALTER_MEMBER = change(
    update(Member)
    .where(col(Member.id) == param("member"))
    .values(
        status=param("status"),
        segment=param("segment"),
        language=param("language"),
        phone=param("phone"),
        email=param("email"),
        password_hash=param("hashed"),
        password_plain=param("plain"),
        failed_logins=param("failures"),
        locked_until=param("until"),
        suspended_until=param("suspended"),
        life=param("life"),
        searched=param("folded"),
    )
)
BLOCK_BIOMETRICS = change(
    update(Device)
    .where(col(Device.member_id) == param("member"), col(Device.removed_at).is_(None))
    .values(biometric_failures=param("failures"))
)
