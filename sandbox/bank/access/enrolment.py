"""Enrolment and recovery (manual, «Como afiliarte»; «Olvidé mi usuario», «Olvidé mi contraseña»)."""

from sandbox.bank.access import credentials, devices, passwords, queries, sessions, texts
from sandbox.bank.access.problems import (
    AlreadyEnrolled,
    InvalidDocument,
    InvalidPublicKey,
    NoActiveAccount,
    NotAMember,
    NotVerified,
    ProcedureOver,
    UsernameTaken,
)
from sandbox.bank.access.schemas import CredentialsChosen, Identity, NewSession, PasswordChosen
from sandbox.bank.access.service import new_session
from sandbox.bank.access.tables import Device
from sandbox.bank.challenges import service as challenges
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members import admission
from sandbox.bank.members.queries import MEMBER
from sandbox.bank.members.tables import Member
from sandbox.bank.notifications import service as notifications
from sandbox.bank.procedures import service as procedures
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.bank.procedures.service import Procedure
from sandbox.kernel.clock import SECOND
from sandbox.problems import PasswordNotAllowed, Problem, UsernameNotAllowed
from sandbox.storage.unit import UnitOfWork

ENROLMENT = "enr"
RECOVERY = "rec"
CHOOSING: tuple[type[Problem], ...] = (
    NotVerified, ProcedureOver, UsernameTaken, UsernameNotAllowed, PasswordNotAllowed,
)  # fmt: skip


async def start_enrolment(unit: UnitOfWork, who: Identity) -> ProcedureView:
    """A code to the phone on file of a member who has no username yet.

    Raises InvalidDocument, NotAMember, AlreadyEnrolled, NoActiveAccount, NoPhoneOnFile: each outcome its own code; and
    the rules' refusals (code limit reached).
    """
    member = await _identified(unit, who)
    if member is None:
        raise NotAMember
    if member.enrolled_at is not None:
        raise AlreadyEnrolled
    accounts = await ledger.accounts_of(unit, member.id)
    if member.status != "active" or not any(account.status == "active" for account in accounts):
        raise NoActiveAccount
    recipient = challenges.by_sms(member)
    return await procedures.start(unit, "enrolment", ENROLMENT, member.id, recipient, in_session=False)


async def find_enrolment(unit: UnitOfWork, key: int) -> ProcedureView:
    """Where the enrolment stands. Its unguessable id is the right to ask. Raises NotFound."""
    found = await procedures.find(unit, "enrolment", key)
    view = procedures.show(unit, found, ENROLMENT, found.status)
    if found.status != "pending_confirmation":
        return view
    waiting = await challenges.waiting(unit, "enrolment", [key])
    return view.model_copy(update={"challenge": waiting[key].challenge if key in waiting else None})


async def complete_enrolment(unit: UnitOfWork, key: int, chosen: CredentialsChosen) -> NewSession:
    """Username, password, access method and first device; the member is in.

    Raises NotFound, NotVerified, ProcedureOver, AlreadyEnrolled when another enrolment was faster, AccessLocked, the
    rules' refusals (member not active), UsernameTaken, InvalidPublicKey.
    """
    procedure = await _verified(unit, "enrolment", key)
    member = await _member(unit, procedure)
    admission.require(unit, member)
    if member.enrolled_at is not None:
        raise AlreadyEnrolled
    await credentials.require_username(unit, chosen.username, chosen.username, "", member.document_number)
    credentials.require_password(
        unit, chosen.password, chosen.confirmation, chosen.username, member.document_number, same_as_current=False
    )
    offered = devices.as_payload(chosen.device)
    if chosen.access_method != "password":
        if chosen.device.public_key is None:
            raise InvalidPublicKey
        offered[chosen.access_method] = True
    if chosen.device.public_key is not None:
        devices.public_key(chosen.device.public_key)
    await credentials.set_username(unit, member.id, chosen.username)
    hashed = passwords.hashed(unit, chosen.password, member.id)
    await credentials.set_password(unit, member.id, hashed)
    await unit.change(queries.ENROL, member=member.id, now=unit.now)
    device = await devices.replace_all(unit, member.id, offered)
    await procedures.finish(unit, procedure, ENROLMENT, "completed")
    await notifications.notice(unit, member.id, "enrolment", texts.Enrolled())
    return await _session(unit, member, device, chosen.device.name)


async def start_recovery(unit: UnitOfWork, kind: str, who: Identity) -> ProcedureView:
    """A code; once it is right, the username goes out (`username_recovery`) or a new password may be set
    (`password_recovery`).

    The answer is the same whoever is asked for: one who is no member, or cannot be sent a code, gets none, and no code
    is right. Raises InvalidDocument, and the rules' refusals (code limit reached).
    """
    member = await _identified(unit, who)
    obstacle = _obstacle(unit, member)
    if obstacle is None:
        assert member is not None
        recipient = challenges.by_sms(member)
        return await procedures.start(unit, kind, RECOVERY, member.id, recipient, in_session=False)
    number = _normal(who)
    ending = int.from_bytes(unit.sandbox.entropy.draw(f"phone shown for {number}", 0)[:2], "big") % 100
    recipient = challenges.Recipient("sms", f"09000000{ending:02d}", number, decoy=True)
    started = await procedures.start(unit, kind, RECOVERY, None, recipient, in_session=False)
    key = unit.ids.number(RECOVERY, started.id)
    unit.record("message.withheld", member.id if member else None, RECOVERY, key or 0, reason=obstacle)
    return started


async def reset_password(unit: UnitOfWork, key: int, chosen: PasswordChosen) -> ProcedureView:
    """The new password; every session ends, and a lock of failed logins is lifted.

    Raises NotFound, NotVerified, ProcedureOver, AccessLocked, the rules' refusals (member not active),
    PasswordNotAllowed.
    """
    procedure = await _verified(unit, "password_recovery", key)
    member = await _member(unit, procedure)
    admission.require(unit, member)
    same = passwords.verify(member.password_hash, chosen.new_password)
    credentials.require_password(
        unit,
        chosen.new_password,
        chosen.confirmation,
        member.username or "",
        member.document_number,
        same_as_current=same,
    )
    hashed = passwords.hashed(unit, chosen.new_password, member.id)
    await credentials.set_password(unit, member.id, hashed)
    await sessions.end_others(unit, member.id, kept=0, reason="password reset")
    await notifications.notice(unit, member.id, "password", texts.PasswordRecovered())
    return await procedures.finish(unit, procedure, RECOVERY, "completed")


class EnrolmentOperation(procedures.ProcedureOperation):
    """The code proves who enrols."""

    kind = "enrolment"
    prefix = ENROLMENT

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> ProcedureView:
        """Verified; credentials may be chosen."""
        return await procedures.finish(unit, procedure, self.prefix, "verified")


class PasswordRecoveryOperation(procedures.ProcedureOperation):
    """The code proves who forgot the password."""

    kind = "password_recovery"
    prefix = RECOVERY

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> ProcedureView:
        """Verified; a password may be chosen."""
        return await procedures.finish(unit, procedure, self.prefix, "verified")


class UsernameRecoveryOperation(procedures.ProcedureOperation):
    """The code sends the username out; no answer ever carries it."""

    kind = "username_recovery"
    prefix = RECOVERY

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> ProcedureView:
        """By SMS, and by e-mail where there is one. Raises AccessLocked and the rules' refusals (member not active)."""
        known = await _member(unit, procedure)
        admission.require(unit, known)
        assert known.username is not None, "a member who is enrolled has one"
        told = texts.UsernameTold(known.username)
        if known.phone is not None:
            await notifications.send(unit, member, "sms", known.phone, "username", told)
        if known.email is not None:
            await notifications.send(unit, member, "email", known.email, "username", told)
        return await procedures.finish(unit, procedure, self.prefix, "completed")


def _normal(who: Identity) -> str:
    return who.document_number.upper() if who.document_type == "passport" else who.document_number


async def _identified(unit: UnitOfWork, who: Identity) -> Member | None:
    """The member with that document. Raises InvalidDocument when it cannot be one."""
    number = _normal(who)
    if not unit.rules.identity.are_of(who.document_type, number):
        raise InvalidDocument
    return await unit.one(queries.MEMBER_BY_DOCUMENT, document_type=who.document_type, document_number=number)


def _obstacle(unit: UnitOfWork, member: Member | None) -> str | None:
    """Why no code can be sent for a recovery, or None."""
    if member is None:
        return "not_a_member"
    if member.enrolled_at is None:
        return "not_enrolled"
    if member.phone is None:
        return "no_phone_on_file"
    try:
        admission.require(unit, member)
    except Problem as refusal:
        return refusal.code
    return None


async def _verified(unit: UnitOfWork, kind: str, key: int) -> Procedure:
    found = await procedures.find(unit, kind, key)
    if found.status == "pending_confirmation":
        raise NotVerified
    lasts = unit.rules.sessions.settings.verified_seconds * SECOND
    if found.status != "verified" or found.changed_at + lasts <= unit.now:
        raise ProcedureOver
    return found


async def _member(unit: UnitOfWork, procedure: Procedure) -> Member:
    member = await unit.one(MEMBER, member=procedure.member_id)
    assert member is not None
    return member


async def _session(unit: UnitOfWork, member: Member, device: Device, device_name: str) -> NewSession:
    _, tokens = await sessions.begin(unit, member, device)
    await unit.change(queries.NOTE_ACCESS, member=member.id, now=unit.now, no_lock=None)
    await notifications.notice_access(unit, member.id, device_name)
    return new_session(unit, member, tokens)
