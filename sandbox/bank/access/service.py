"""Logging in and out (manual, chapter 0)."""

from sandbox.bank.access import passwords, queries, sessions, texts
from sandbox.bank.access.problems import DeviceNotRegistered, InvalidCredentials
from sandbox.bank.access.schemas import DeviceView, Greeting, LogIn, NewSession, SessionView
from sandbox.bank.access.tables import Device, UnknownLogin
from sandbox.bank.members import admission, lifetime
from sandbox.bank.members.session import LiveSession
from sandbox.bank.members.tables import Member
from sandbox.bank.notifications import service as notifications
from sandbox.domain.vocabulary import Language
from sandbox.kernel import clock
from sandbox.kernel.clock import SECOND
from sandbox.problem import Problem
from sandbox.storage import latches
from sandbox.storage.unit import UnitOfWork
from sandbox.surfaces import BANK


async def log_in(unit: UnitOfWork, request: LogIn, language: Language) -> NewSession | Problem:
    """A session for a member who knows username and password and holds the registered device.

    Failed attempts are counted, so their refusals are returned: InvalidCredentials, AccessLocked.
    Raises the rules' refusals (member not active) and DeviceNotRegistered.
    """
    member = await recognise(unit, request)
    if isinstance(member, Problem):
        return member
    devices = await unit.all(queries.DEVICES_OF, member=member.id)
    device = _the_one_offered(unit, devices, request.device.id)
    session, tokens = await sessions.begin(unit, member, device)
    await unit.later(queries.NOTE_ACCESS, member=member.id, now=unit.now, no_lock=None)
    await unit.later(queries.FORGET_BIOMETRIC_FAILURES, member=member.id)
    await notifications.notice_access(unit, member.id, request.device.name)
    unit.record("session.started", member.id, "ses", session, device=request.device.name)
    return new_session(unit, member, tokens, language)


async def recognise(unit: UnitOfWork, request: LogIn) -> Member | Problem:
    """The active member behind username and password. Returns and raises as `log_in`, but for the device.

    A username that no member has is counted and locked like one that exists: the answers tell no difference.
    """
    username = request.username.lower()
    disguised = unit.sandbox.entropy.disguise("usernames", username)
    member = await unit.one(queries.MEMBER_WHO_COMES_IN, username=username)
    known: Member | UnknownLogin | None = member
    if member is None:
        await latches.hold(unit, disguised)
        known = await unit.one(queries.UNKNOWN_LOGIN, username=disguised)
    require_unlocked(unit, known)
    if not passwords.verify(member.password_hash if member else None, request.password):
        failures, until = _after_failure(unit, known)
        if member is None:
            await unit.later(queries.COUNT_UNKNOWN_FAILURE, username=disguised, failures=failures, until=until)
            unit.record("session.refused", None, "mem", 0, failures=failures)
        else:
            await unit.later(queries.COUNT_FAILURE, member=member.id, failures=failures, until=until)
            unit.record("session.refused", member.id, "mem", member.id, failures=failures)
        if until is not None:
            return admission.locked(unit, until)
        return InvalidCredentials(headers=unit.sandbox.institution.asks_for_token())
    assert member is not None
    admission.require(unit, member)
    return member


def require_unlocked(unit: UnitOfWork, known: Member | UnknownLogin | None) -> None:
    """Raises AccessLocked while failed logins lock the access: that refuses new logins, and no session under way."""
    if known is not None and known.locked_until is not None and known.locked_until > unit.now:
        raise admission.locked(unit, known.locked_until)


def new_session(unit: UnitOfWork, member: Member, tokens: sessions.Tokens, language: Language) -> NewSession:
    """What a member who just came in is told, greeted in `language`; `member` as it was before."""
    return NewSession(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in=tokens.expires_in,
        idle_expires_in=tokens.idle_expires_in,
        member=greet(unit, member.id, member.first_names, language),
        last_access=shown(member.last_access_at),
    )


async def refresh(unit: UnitOfWork, token: str, language: Language) -> NewSession | Problem:
    """New tokens for a refresh token. Returns RefreshTokenReused; raises as `sessions.renew`."""
    renewed = await sessions.renew(unit, token)
    if isinstance(renewed, Problem):
        return renewed
    session, member, tokens = renewed
    return NewSession(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in=tokens.expires_in,
        idle_expires_in=tokens.idle_expires_in,
        member=greet(unit, member.id, member.first_names, language),
        last_access=shown(session.previous_access_at),
    )


async def show_session(unit: UnitOfWork, session: LiveSession, language: Language) -> SessionView:
    """The session under way, with the moments at which it would end."""
    devices = await unit.all(queries.DEVICES_OF, member=session.member_id)
    device = next((device for device in devices if device.id == session.device_id), None)
    ends = lifetime.ends(unit, session.expires_at)
    return SessionView(
        member=greet(unit, session.member_id, session.first_names, language),
        started_at=clock.show(session.started_at),
        expires_at=clock.show(ends.absolute),
        idle_expires_at=clock.show(ends.idle),
        last_access=shown(session.previous_access_at),
        device=device and show_device(unit, session, device),
    )


async def log_out(unit: UnitOfWork, session: LiveSession) -> None:
    """End the session."""
    await sessions.end(unit, session.session_id, "logged out")
    unit.record("session.ended", session.member_id, "ses", session.session_id, reason="logged out")


def greet(unit: UnitOfWork, member: int, first_names: str, language: Language) -> Greeting:
    """The member as the app greets it in `language`."""
    return Greeting(id=unit.ids.name("mem", member), greeting=greeting(unit, first_names, language))


def greeting(unit: UnitOfWork, first_names: str, language: Language) -> str:
    """The greeting of a member with these names."""
    return notifications.written(unit, texts.Greeted(first_names), language)


def show_device(unit: UnitOfWork, session: LiveSession, device: Device) -> DeviceView:
    """A device as the member sees it in a session."""
    return DeviceView(
        id=unit.ids.name("dev", device.id),
        device_id=device.device_key,
        current=device.id == session.device_id,
        name=device.name,
        platform=device.platform,
        registered_at=clock.show(device.registered_at),
    )


def _the_one_offered(unit: UnitOfWork, devices: list[Device], key: str) -> Device | None:
    """The registered device that was offered; None when the member has none yet. Raises DeviceNotRegistered."""
    match = next((device for device in devices if device.device_key == key), None)
    try:
        unit.decide("session.device", {"registered": bool(devices), "matches": match is not None})
    except DeviceNotRegistered as refusal:
        registered = devices[0]
        refusal.extra["registered_device"] = {"name": registered.name, "platform": registered.platform}
        refusal.extra["replacement"] = {"method": "POST", "href": f"{BANK}/sessions/device-replacements"}
        raise
    return match


def _after_failure(unit: UnitOfWork, known: Member | UnknownLogin | None) -> tuple[int, int | None]:
    """How many failures that makes, and until when they lock the access, if they do. A lock that is over is forgotten,
    with the failures that led to it."""
    policy = unit.rules.sessions.settings
    before = 0
    if known is not None and known.locked_until is None:
        before = known.failed_logins
    return before + 1, unit.now + policy.lock_seconds * SECOND if before + 1 >= policy.failed_logins else None


def shown(moment: int | None) -> str | None:
    """A moment that may never have been."""
    return None if moment is None else clock.show(moment)
