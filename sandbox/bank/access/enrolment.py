"""Enrolment and recovery (manual, «Como afiliarte»; «Olvidé mi usuario», «Olvidé mi contraseña»)."""

from sandbox.bank.access import credentials, devices, passwords, sessions, statements
from sandbox.bank.access.problems import (
    AlreadyEnrolled,
    InvalidDocument,
    InvalidPublicKey,
    NoActiveAccount,
    NotAMember,
    NotEnrolled,
    NotVerified,
    ProcedureOver,
    UsernameTaken,
)
from sandbox.bank.access.schemas import CredentialsChosen, Identity, NewSession, PasswordChosen
from sandbox.bank.access.service import new_session
from sandbox.bank.access.tables import Member
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.ledger import statements as ledger
from sandbox.bank.notifications import service as notifications
from sandbox.bank.procedures import service as procedures
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.bank.procedures.tables import Procedure
from sandbox.domain import identity
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

    Raises InvalidDocument, NotAMember, AlreadyEnrolled, NoActiveAccount, NoPhoneOnFile: each outcome its own code.
    """
    member = await _identified(unit, who)
    if member.enrolled_at is not None:
        raise AlreadyEnrolled
    accounts = await unit.all(ledger.ACCOUNTS_OF, member=member.id)
    if member.status != "active" or not any(account.status == "active" for account in accounts):
        raise NoActiveAccount
    recipient = challenges.by_sms(member.phone)
    return await procedures.start(unit, "enrolment", ENROLMENT, member.id, recipient, owner=None)


async def find_enrolment(unit: UnitOfWork, key: int) -> ProcedureView:
    """Where the enrolment stands. Its unguessable id is the right to ask. Raises NotFound."""
    found = await procedures.find(unit, "enrolment", key)
    view = procedures.show(unit, found, ENROLMENT, found.status)
    if found.status != "pending_confirmation":
        return view
    return view.model_copy(update={"challenge": await challenges.of_operation(unit, "enrolment", key)})


async def complete_enrolment(unit: UnitOfWork, key: int, chosen: CredentialsChosen) -> NewSession:
    """Username, password, access method and first device; the member is in.

    Raises NotFound, NotVerified, ProcedureOver, AlreadyEnrolled when another enrolment was faster, the rules' refusals,
    UsernameTaken, InvalidPublicKey.
    """
    procedure = await _verified(unit, "enrolment", key)
    member = await _member(unit, procedure)
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
    await unit.change(statements.SET_PASSWORD, member=member.id, hashed=hashed)
    await unit.change(statements.ENROL, member=member.id, now=unit.now)
    device = await devices.replace_all(unit, member.id, offered)
    await procedures.finish(unit, procedure, ENROLMENT, "completed")
    await notifications.notice(unit, member.id, "enrolment", "Bienvenido", "Te afiliaste a Cooprogreso Móvil.")
    return await _session(unit, member, device, chosen.device.name)


async def start_username_recovery(unit: UnitOfWork, who: Identity) -> ProcedureView:
    """A code; once it is right, the username goes out. Raises as `start_enrolment`, and NotEnrolled."""
    member = await _enrolled(unit, who)
    recipient = challenges.by_sms(member.phone)
    return await procedures.start(unit, "username_recovery", RECOVERY, member.id, recipient, owner=None)


async def start_password_recovery(unit: UnitOfWork, who: Identity) -> ProcedureView:
    """A code; once it is right, a new password may be set. Raises as `start_enrolment`, and NotEnrolled."""
    member = await _enrolled(unit, who)
    recipient = challenges.by_sms(member.phone)
    return await procedures.start(unit, "password_recovery", RECOVERY, member.id, recipient, owner=None)


async def reset_password(unit: UnitOfWork, key: int, chosen: PasswordChosen) -> ProcedureView:
    """The new password; every session ends, and a lock is lifted.

    Raises NotFound, NotVerified, ProcedureOver, PasswordNotAllowed.
    """
    procedure = await _verified(unit, "password_recovery", key)
    member = await _member(unit, procedure)
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
    await unit.change(statements.SET_PASSWORD, member=member.id, hashed=hashed)
    await unit.change(statements.END_OTHER_SESSIONS, member=member.id, kept=0, now=unit.now, reason="password reset")
    await notifications.notice(unit, member.id, "password", "Contraseña cambiada", "Recuperaste tu contraseña.")
    return await procedures.finish(unit, procedure, RECOVERY, "completed")


class EnrolmentOperation(procedures.ProcedureOperation):
    """The code proves who enrols."""

    kind = "enrolment"
    prefix = ENROLMENT

    async def apply(self, unit: UnitOfWork, procedure: Procedure) -> ProcedureView:
        """Verified; credentials may be chosen."""
        return await procedures.finish(unit, procedure, self.prefix, "verified")


class PasswordRecoveryOperation(procedures.ProcedureOperation):
    """The code proves who forgot the password."""

    kind = "password_recovery"
    prefix = RECOVERY

    async def apply(self, unit: UnitOfWork, procedure: Procedure) -> ProcedureView:
        """Verified; a password may be chosen."""
        return await procedures.finish(unit, procedure, self.prefix, "verified")


class UsernameRecoveryOperation(procedures.ProcedureOperation):
    """The code sends the username out; no answer ever carries it."""

    kind = "username_recovery"
    prefix = RECOVERY

    async def apply(self, unit: UnitOfWork, procedure: Procedure) -> ProcedureView:
        """By SMS, and by e-mail where there is one."""
        member = await _member(unit, procedure)
        text = f"Cooprogreso: tu usuario es {member.username}."
        if member.phone is not None:
            await notifications.send(unit, member.id, "sms", member.phone, "username", text)
        if member.email is not None:
            await notifications.send(unit, member.id, "email", member.email, "username", text)
        return await procedures.finish(unit, procedure, self.prefix, "completed")


for _operation in (EnrolmentOperation(), PasswordRecoveryOperation(), UsernameRecoveryOperation()):
    operations.offer(_operation)


async def _identified(unit: UnitOfWork, who: Identity) -> Member:
    number = who.document_number.upper() if who.document_type == "passport" else who.document_number
    well_formed = identity.is_passport(number) if who.document_type == "passport" else identity.is_cedula(number)
    if not well_formed:
        raise InvalidDocument
    member = await unit.one(statements.MEMBER_BY_DOCUMENT, document_type=who.document_type, document_number=number)
    if member is None:
        raise NotAMember
    return member


async def _enrolled(unit: UnitOfWork, who: Identity) -> Member:
    member = await _identified(unit, who)
    if member.enrolled_at is None:
        raise NotEnrolled
    return member


async def _verified(unit: UnitOfWork, kind: str, key: int) -> Procedure:
    found = await procedures.find(unit, kind, key)
    if found.status == "pending_confirmation":
        raise NotVerified
    lasts = unit.rules.sessions.settings.verified_seconds * SECOND
    if found.status != "verified" or found.changed_at + lasts <= unit.now:
        raise ProcedureOver
    return found


async def _member(unit: UnitOfWork, procedure: Procedure) -> Member:
    member = await unit.one(statements.MEMBER, member=procedure.member_id)
    assert member is not None
    return member


async def _session(unit: UnitOfWork, member: Member, device: int, device_name: str) -> NewSession:
    _, tokens = await sessions.begin(unit, member, device)
    await unit.change(statements.NOTE_ACCESS, member=member.id, now=unit.now, no_lock=None)
    await notifications.notice_access(unit, member.id, device_name)
    return new_session(unit, member, tokens)
