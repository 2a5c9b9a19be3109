"""Enrolment (manual, «Como afiliarte»): identity, code, and then the credentials."""

from sandbox.bank.access import credentials, devices, identity, passwords, queries, sessions, texts
from sandbox.bank.access.operations import ENROLMENT
from sandbox.bank.access.problems import AlreadyEnrolled, InvalidPublicKey, NoActiveAccount, NotAMember
from sandbox.bank.access.schemas import CredentialsChosen, Identity, NewSession
from sandbox.bank.access.service import new_session
from sandbox.bank.challenges import service as challenges
from sandbox.bank.challenges.service import Applicant
from sandbox.bank.checks import Checks
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members import admission
from sandbox.bank.members.tables import Member
from sandbox.bank.notifications import service as notifications
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.domain.vocabulary import Language
from sandbox.storage.unit import UnitOfWork


async def start(unit: UnitOfWork, who: Identity) -> ProcedureView:
    """A code to the phone on file of a member who has no username yet.

    Raises InvalidDocument, NotAMember, AlreadyEnrolled, NoActiveAccount, NoPhoneOnFile: each outcome its own code; and
    the rules' refusals (code limit reached).
    """
    member = await identity.identified(unit, who)
    if member is None:
        raise NotAMember
    if member.enrolled_at is not None:
        raise AlreadyEnrolled
    accounts = await ledger.accounts_of(unit, member.id)
    if member.status != "active" or not any(account.status == "active" for account in accounts):
        raise NoActiveAccount
    return await ENROLMENT.start(unit, Applicant(member.id, challenges.by_sms(member), in_session=False))


async def find(unit: UnitOfWork, key: int) -> ProcedureView:
    """Where the enrolment stands. Its unguessable id is the right to ask. Raises NotFound."""
    return await ENROLMENT.seen(unit, key)


async def complete(unit: UnitOfWork, key: int, chosen: CredentialsChosen, language: Language) -> NewSession:
    """Username, password, access method and first device; the member is in, and greeted in `language`.

    Raises NotFound, NotVerified, ProcedureOver, AlreadyEnrolled when another enrolment was faster, AccessLocked, the
    rules' refusals (member not active), UsernameTaken, InvalidPublicKey.
    """
    procedure = await ENROLMENT.row_to_complete(unit, key)
    identity.require_verified(unit, procedure)
    member = await identity.member_of(unit, procedure)
    admission.require(unit, member)
    if member.enrolled_at is not None:
        raise AlreadyEnrolled
    await _require_choice(unit, member, chosen)
    offered = devices.as_payload(chosen.device)
    if chosen.access_method != "password":
        offered[chosen.access_method] = True
    await credentials.set_username(unit, member.id, chosen.username)
    hashed = passwords.hashed(unit, chosen.password, member.id)
    await credentials.set_password(unit, member.id, hashed)
    await unit.later(queries.ENROL, member=member.id, now=unit.now)
    device = await devices.replace_all(unit, member.id, offered)
    await ENROLMENT.complete(unit, procedure)
    await notifications.notice(unit, member.id, "enrolment", texts.Enrolled())
    _, tokens = await sessions.begin(unit, member, device)
    await unit.later(queries.NOTE_ACCESS, member=member.id, now=unit.now, no_lock=None)
    await notifications.notice_access(unit, member.id, device.name)
    return new_session(unit, member, tokens, language)


async def _require_choice(unit: UnitOfWork, member: Member, chosen: CredentialsChosen) -> None:
    document, key = member.document_number, chosen.device.public_key
    checks = Checks()
    with checks.of("username", called="new_username"):
        await credentials.require_username(unit, chosen.username, chosen.username, "", document)
    with checks.of("password", called="new_password"):
        credentials.require_password(
            unit, chosen.password, chosen.confirmation, chosen.username, document, same_as_current=False
        )
    with checks.of("device.public_key"):
        if key is not None:
            devices.as_kept(key)
        elif chosen.access_method != "password":
            raise InvalidPublicKey
    checks.require()
