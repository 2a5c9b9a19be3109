"""Challenge, confirm, operation: the one way to authorise.

A challenge is `pending` until it is `confirmed` (the operation ran), `cancelled` (the member left), `expired` (the
clock
passed its end) or `locked` (the last attempt was wrong). It leaves `pending` once, in the transaction that runs or
abandons its operation.
"""

from typing import Any, NamedTuple

from pydantic import BaseModel

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.challenges import operations, statements
from sandbox.bank.challenges.problems import (
    BY_STATUS,
    ChallengeExpired,
    ChallengeLocked,
    NoPhoneOnFile,
    WrongCode,
)
from sandbox.bank.challenges.schemas import ChallengeView, OperationRef
from sandbox.bank.challenges.tables import Challenge
from sandbox.bank.jobs import service as jobs
from sandbox.bank.notifications import service as notifications
from sandbox.kernel import clock, masks
from sandbox.kernel.clock import HOUR, SECOND, Micros
from sandbox.kernel.entropy import same
from sandbox.problems import InvalidToken, NotFound, Problem
from sandbox.storage.unit import UnitOfWork

PREFIX = "chl"


class Confirmed(NamedTuple):
    """A challenge that was answered, and what its operation became."""

    challenge: ChallengeView
    operation: OperationRef
    resource: BaseModel


class Recipient(NamedTuple):
    """Where a code goes: `channel` sms or email, and the phone or address, unmasked."""

    channel: str
    destination: str


def by_sms(phone: str | None) -> Recipient:
    """The member's phone, as the place a code goes to. Raises NoPhoneOnFile."""
    if phone is None:
        raise NoPhoneOnFile
    return Recipient("sms", phone)


async def require(
    unit: UnitOfWork, member: int | None, recipient: Recipient, operation: str, operation_id: int
) -> ChallengeView:
    """Ask for a code for an operation just written, and send it. `member` is None before a session exists."""
    policy = unit.rules.otp.settings
    expires_at = unit.now + policy.life_seconds * SECOND
    challenge = await unit.insert(
        statements.ADD_CHALLENGE,
        member_id=member,
        operation=operation,
        operation_id=operation_id,
        channel=recipient.channel,
        destination=recipient.destination,
        status="pending",
        attempts_left=policy.attempts,
        sends=1,
        sent_at=unit.now,
        expires_at=expires_at,
        created_at=unit.now,
    )
    await _send_code(unit, member, recipient, challenge, 1, "code")
    return _view(unit, challenge, "pending", recipient, expires_at, policy.attempts, unit.now)


async def visible(unit: UnitOfWork, member: LiveSession | None, challenge: int) -> Challenge:
    """The challenge, to whom it belongs. One without a member belongs to whoever knows its id.

    Raises NotFound, InvalidToken when it is a member's and no session was brought.
    """
    found = await unit.one(statements.CHALLENGE, challenge=challenge)
    if found is None:
        raise NotFound
    if found.member_id is not None:
        if member is None:
            raise InvalidToken(headers={"WWW-Authenticate": 'Bearer realm="cooprogreso"'})
        if member.member_id != found.member_id:
            raise NotFound
    return found


async def of_operation(unit: UnitOfWork, operation: str, operation_id: int) -> ChallengeView | None:
    """The challenge of an operation, as it is now."""
    found = await unit.one(statements.CHALLENGE_OF, operation=operation, operation_id=operation_id)
    return None if found is None else show(unit, found)


async def confirm(unit: UnitOfWork, challenge: Challenge, code: str) -> Confirmed | Problem:
    """Run the operation if the code is right.

    Refusals that must be remembered are returned: WrongCode, ChallengeLocked, ChallengeExpired. Raises the problem of a
    challenge that is no longer pending, and whatever the operation's second check refuses.
    """
    if challenge.status != "pending":
        raise BY_STATUS[challenge.status]()
    if challenge.expires_at <= unit.now:
        await _abandon(unit, challenge, "expired", unit.now)
        return ChallengeExpired()
    policy = unit.rules.otp.settings
    right = unit.sandbox.codes.code(policy.digits, unit.ids.name(PREFIX, challenge.id), challenge.sends)
    if not same(code, right):
        return await _count_wrong(unit, challenge)
    if not await unit.change(statements.SETTLE, challenge=challenge.id, outcome="confirmed", now=unit.now):
        raise BY_STATUS["confirmed"]()
    operation = operations.called(challenge.operation)
    resource = await operation.confirm(unit, challenge.operation_id)
    return Confirmed(
        _view_as(unit, challenge, "confirmed", challenge.attempts_left),
        OperationRef(kind=operation.kind, id=unit.ids.name(operation.prefix, challenge.operation_id)),
        resource,
    )


async def resend(unit: UnitOfWork, challenge: Challenge) -> ChallengeView | Problem:
    """A new code; the old one is dead. Returns ChallengeExpired; raises the rules' refusals."""
    if challenge.status != "pending":
        raise BY_STATUS[challenge.status]()
    if challenge.expires_at <= unit.now:
        await _abandon(unit, challenge, "expired", unit.now)
        return ChallengeExpired()
    policy = unit.rules.otp.settings
    recent = await unit.all(
        statements.RESENT_SINCE,
        destination=challenge.destination,
        since=unit.now - HOUR,
        limit=policy.sends_per_hour + 1,
    )
    waited = (unit.now - challenge.sent_at) // SECOND
    try:
        unit.decide("otp.resend", {"seconds_since_last_send": waited, "sends_last_hour": len(recent) + 1})
    except Problem as refusal:
        refusal.headers["Retry-After"] = str(max(1, policy.resend_cooldown_seconds - waited))
        raise
    until = Micros(unit.now + policy.life_seconds * SECOND)
    await unit.change(statements.SEND_AGAIN, challenge=challenge.id, now=unit.now, until=until)
    recipient = Recipient(challenge.channel, challenge.destination)
    await _send_code(unit, challenge.member_id, recipient, challenge.id, challenge.sends + 1, "code_again")
    return _view(unit, challenge.id, "pending", recipient, until, challenge.attempts_left, unit.now)


async def cancel(unit: UnitOfWork, challenge: Challenge) -> None:
    """The member leaves: what was held comes back. Raises the problem of a challenge that is no longer pending."""
    if challenge.status != "pending":
        raise BY_STATUS[challenge.status]()
    await _abandon(unit, challenge, "cancelled", unit.now)


class Expiry:
    """Challenges nobody answered, as due work."""

    kind = "challenge.expiry"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When the first pending challenge ends."""
        first = await unit.one(statements.FIRST_PENDING)
        return None if first is None else Micros(first.expires_at)

    async def run_next(self, unit: UnitOfWork) -> jobs.Done:
        """Abandon it."""
        due = await unit.one(statements.FIRST_PENDING)
        assert due is not None
        await _abandon(unit, due, "expired", Micros(due.expires_at))
        return jobs.Done("challenge.expiry", unit.ids.name(PREFIX, due.id), Micros(due.expires_at))


jobs.offer(Expiry())


def show(unit: UnitOfWork, challenge: Challenge) -> ChallengeView:
    """The challenge as it is now: one whose end has passed is expired, whether or not it was swept yet."""
    ended = challenge.status == "pending" and challenge.expires_at <= unit.now
    return _view_as(unit, challenge, "expired" if ended else challenge.status, challenge.attempts_left)


async def _abandon(unit: UnitOfWork, challenge: Challenge, outcome: str, at: Micros) -> None:
    await unit.change(statements.SETTLE, challenge=challenge.id, outcome=outcome, now=at)
    await operations.called(challenge.operation).abandon(unit, challenge.operation_id, outcome)
    unit.record(f"challenge.{outcome}", challenge.member_id, PREFIX, challenge.id)


async def _count_wrong(unit: UnitOfWork, challenge: Challenge) -> Problem:
    await unit.change(statements.COST_AN_ATTEMPT, challenge=challenge.id)
    left = challenge.attempts_left - 1
    if left > 0:
        unit.record("challenge.missed", challenge.member_id, PREFIX, challenge.id, attempts_left=left)
        return WrongCode(attempts=left, extra={"attempts_left": left})
    await _abandon(unit, challenge, "locked", unit.now)
    return ChallengeLocked(extra={"attempts_left": 0})


async def _send_code(
    unit: UnitOfWork, member: int | None, recipient: Recipient, challenge: int, sends: int, kind: str
) -> None:
    policy = unit.rules.otp.settings
    code = unit.sandbox.codes.code(policy.digits, unit.ids.name(PREFIX, challenge), sends)
    text = f"Cooprogreso: tu código de seguridad es {code}. Vence en {policy.life_seconds // 60} min. No lo compartas."
    await notifications.send(unit, member, recipient.channel, recipient.destination, kind, text, code, challenge)


def _view_as(unit: UnitOfWork, challenge: Challenge, status: str, attempts: int) -> ChallengeView:
    recipient = Recipient(challenge.channel, challenge.destination)
    return _view(unit, challenge.id, status, recipient, challenge.expires_at, attempts, challenge.sent_at)


def _view(
    unit: UnitOfWork, challenge: int, status: Any, recipient: Recipient, expires_at: int, attempts: int, sent_at: int
) -> ChallengeView:
    by_sms = recipient.channel == "sms"
    return ChallengeView(
        id=unit.ids.name(PREFIX, challenge),
        status=status,
        channel="sms" if by_sms else "email",
        destination=masks.phone(recipient.destination) if by_sms else masks.email(recipient.destination),
        expires_at=clock.show(expires_at),
        attempts_left=attempts,
        resend_available_at=clock.show(sent_at + unit.rules.otp.settings.resend_cooldown_seconds * SECOND),
    )
