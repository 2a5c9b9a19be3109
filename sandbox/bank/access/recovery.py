"""Recoveries (manual, «Olvidé mi usuario», «Olvidé mi contraseña»): identity, code, and then what was forgotten."""

from sandbox.bank.access import credentials, identity, passwords, sessions, texts
from sandbox.bank.access.operations import PASSWORD_RECOVERY, RECOVERY, RecoveryStory
from sandbox.bank.access.schemas import Identity, PasswordChosen
from sandbox.bank.challenges import service as challenges
from sandbox.bank.challenges.service import Applicant
from sandbox.bank.members import admission
from sandbox.bank.members.tables import Member
from sandbox.bank.notifications import service as notifications
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.domain.identity import as_kept
from sandbox.problem import Problem
from sandbox.storage.unit import UnitOfWork


async def start(unit: UnitOfWork, story: RecoveryStory, who: Identity) -> ProcedureView:
    """A code; once it is right, the username goes out or a new password may be set, as `story` says.

    The answer is the same for every document: who is no member, or cannot be sent a code, gets none, and no code
    is right. Raises InvalidDocument, and the rules' refusals (code limit reached).
    """
    member = await identity.identified(unit, who)
    obstacle = _obstacle(unit, member)
    if obstacle is None:
        assert member is not None
        return await story.start(unit, Applicant(member.id, challenges.by_sms(member), in_session=False))
    number = as_kept(who.document_number)
    ending = int.from_bytes(unit.sandbox.entropy.draw(f"phone shown for {number}", 0)[:2], "big") % 100
    recipient = challenges.Recipient("sms", f"09000000{ending:02d}", number, notifications.LANGUAGE, decoy=True)
    started = await story.start(unit, Applicant(None, recipient, in_session=False))
    key = unit.ids.number(RECOVERY, started.id)
    unit.record("message.withheld", member.id if member else None, RECOVERY, key or 0, reason=obstacle)
    return started


async def reset_password(unit: UnitOfWork, key: int, chosen: PasswordChosen) -> ProcedureView:
    """The new password; every session ends, and a lock of failed logins is lifted.

    Raises NotFound, NotVerified, ProcedureOver, AccessLocked, the rules' refusals (member not active),
    PasswordNotAllowed.
    """
    procedure = await PASSWORD_RECOVERY.row_to_complete(unit, key)
    identity.require_verified(unit, procedure)
    member = await identity.member_of(unit, procedure)
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
    return await PASSWORD_RECOVERY.complete(unit, procedure)


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
