"""Challenge, confirm, operation: the one way to authorise.

A challenge is `pending` until it is `confirmed` (the operation ran), `cancelled` (the member left), `expired` (the
clock passed its end) or `locked` (the last attempt was wrong). It leaves `pending` once, in the transaction that runs
or abandons its operation.
"""

import json
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel

from sandbox.bank.challenges import budget, operations, queries, texts
from sandbox.bank.challenges.problems import (
    BY_STATUS,
    ChallengeExpired,
    ChallengeLocked,
    NoPhoneOnFile,
    WrongCode,
)
from sandbox.bank.challenges.schemas import ChallengeStatus, ChallengeView, OperationRef
from sandbox.bank.challenges.tables import Challenge
from sandbox.bank.jobs import service as jobs
from sandbox.bank.members.queries import LOCK_MEMBER, NOTE_WRONG_CODE
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.domain.vocabulary import Channel, Ending, Language
from sandbox.kernel import clock, masks
from sandbox.kernel.clock import HOUR, SECOND, Micros
from sandbox.kernel.entropy import same
from sandbox.problem import Problem
from sandbox.problems import InvalidToken, NotFound
from sandbox.storage.queries import Command
from sandbox.storage.unit import UnitOfWork

PREFIX = "chl"

Asked = Mapping[str, Any]
"""What a code authorises beyond the row of its operation: stored with the challenge, as JSON."""


class Confirmed(NamedTuple):
    """A challenge that was answered, and what its operation became."""

    challenge: ChallengeView
    operation: OperationRef
    resource: BaseModel


class Waiting(NamedTuple):
    """The challenge an operation waits for, and what it authorises."""

    challenge: ChallengeView
    asked: Asked


class Recipient(NamedTuple):
    """Where a code goes: `channel` sms or email, and the phone or address, unmasked; whose document number it is about,
    `person`; and the `language` of the text. A `decoy` stands for a person who cannot be told of: nothing is sent, and
    no code is right."""

    channel: Channel
    destination: str
    person: str
    language: Language
    decoy: bool = False


class Applicant(NamedTuple):
    """Who asks for a code: the member, None for a decoy, and where the code goes. Before there is a session, the id of
    the challenge is the right to answer it."""

    member: int | None
    recipient: Recipient
    in_session: bool


class Reachable(Protocol):
    """Whom a code can be sent to."""

    @property
    def phone(self) -> str | None: ...

    @property
    def document_number(self) -> str: ...

    @property
    def language(self) -> Language: ...


def by_sms(member: Reachable) -> Recipient:
    """The member's phone, as the place a code goes to. Raises NoPhoneOnFile."""
    if member.phone is None:
        raise NoPhoneOnFile
    return Recipient("sms", member.phone, member.document_number, member.language)


def of_session(member: LiveSession) -> Applicant:
    """The member of a session, who gets codes by SMS. Raises NoPhoneOnFile."""
    return Applicant(member.member_id, by_sms(member), in_session=True)


async def require(
    unit: UnitOfWork, applicant: Applicant, operation: str, operation_id: int, asked: Asked | None = None
) -> ChallengeView:
    """Ask for a code for an operation that was just written, and send it. The code authorises exactly `asked`, where
    that is more than the operation's row says.

    Raises, before a session, the rules' refusals (code limit reached).
    """
    member, recipient = applicant.member, applicant.recipient
    if applicant.in_session:
        told = None if asked is None else json.dumps(asked, ensure_ascii=False)
        return await _begin(
            unit, queries.ADD_CHALLENGE, member, recipient, operation, operation_id, member_id=member, asked=told
        )
    subjects = budget.visitors(unit, recipient.person, recipient.destination)
    await budget.require_start(unit, subjects)
    return await _begin(
        unit, queries.ADD_VISITORS_CHALLENGE, member, recipient, operation, operation_id, person=subjects[0],
        decoy=int(recipient.decoy),
    )  # fmt: skip


async def _begin(
    unit: UnitOfWork,
    adding: Command,
    member: int | None,
    recipient: Recipient,
    operation: str,
    operation_id: int,
    **whose: object,
) -> ChallengeView:
    """Write a challenge with `whose` it is, and send its code, unless it is a decoy."""
    policy = unit.rules.otp.settings
    expires_at = unit.now + policy.life_seconds * SECOND
    channel, destination = recipient.channel, recipient.destination
    challenge = await unit.insert(
        adding,
        binding=unit.sandbox.entropy.binding(PREFIX, recipient.person, operation, destination),
        operation=operation,
        operation_id=operation_id,
        channel=channel,
        destination=destination,
        language=recipient.language,
        status="pending",
        attempts_left=policy.attempts,
        sends=1,
        sent_at=unit.now,
        expires_at=expires_at,
        created_at=unit.now,
        **whose,
    )
    if not recipient.decoy:
        await _send_code(unit, member, recipient, challenge, 1, "code")
    return _view(unit, challenge, "pending", channel, destination, expires_at, policy.attempts, unit.now)


async def visible(unit: UnitOfWork, member: LiveSession | None, challenge: int) -> Challenge:
    """The challenge, for the member it belongs to. One without a member belongs to the client that knows its id.

    Raises NotFound, InvalidToken when it is a member's and no session was brought.
    """
    found = await unit.one(queries.CHALLENGE, challenge=challenge)
    return _seen_by(unit, member, found)


async def to_answer(unit: UnitOfWork, member: LiveSession | None, challenge: int) -> Challenge:
    """As `visible`, for a unit that is going to confirm, cancel or send it again: no other one does so meanwhile."""
    found = await unit.one(queries.CHALLENGE_TO_CHANGE, challenge=challenge)
    return _seen_by(unit, member, found)


def _seen_by(unit: UnitOfWork, member: LiveSession | None, found: Challenge | None) -> Challenge:
    if found is None:
        raise NotFound
    if found.member_id is not None:
        if member is None:
            raise InvalidToken(headers=unit.sandbox.institution.asks_for_token())
        if member.member_id != found.member_id:
            raise NotFound
    return found


async def waiting(unit: UnitOfWork, operation: str, keys: Sequence[int]) -> dict[int, Waiting]:
    """The pending challenges of operations of a kind, by the operations' keys, in one query. Where an operation has
    several, its newest counts; one whose end has passed is shown as expired."""
    if not keys:
        return {}
    found = await unit.all(queries.PENDING_OF, operation=operation, operation_ids=json.dumps(keys))
    return {row.operation_id: Waiting(show(unit, row), _asked(row)) for row in found}


def _asked(challenge: Challenge) -> Asked:
    asked: Asked = {} if challenge.asked is None else json.loads(challenge.asked)
    return asked


async def confirm(unit: UnitOfWork, member: LiveSession | None, challenge: Challenge, code: str) -> Confirmed | Problem:
    """Run the operation if the code is right. `member` is whose session it is, None before there is one.

    Refusals that must be remembered are returned: WrongCode, ChallengeLocked, ChallengeExpired. Raises the problem of a
    challenge that is no longer pending, the rules' refusals (guess limit reached), and whatever the operation's second
    check refuses.
    """
    if challenge.status != "pending":
        raise BY_STATUS[challenge.status]()
    if challenge.expires_at <= unit.now:
        await _abandon(unit, challenge, "expired")
        return ChallengeExpired()
    policy = unit.rules.otp.settings
    if challenge.member_id is None or _guessed_lately(unit, member):
        await budget.require_guess(unit, challenge)
    right = unit.sandbox.codes.code(policy.digits, unit.ids.name(PREFIX, challenge.id), challenge.sends)
    if not same(code, right) or challenge.decoy:
        return await _count_wrong(unit, challenge)
    await _settle(unit, challenge, "confirmed")
    operation = operations.called(unit, challenge.operation)
    resource = await operation.confirm(unit, challenge.operation_id, _asked(challenge))
    unit.record("challenge.confirmed", challenge.member_id, PREFIX, challenge.id)
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
        await _abandon(unit, challenge, "expired")
        return ChallengeExpired()
    await budget.require_resend(unit, challenge)
    until = Micros(unit.now + unit.rules.otp.settings.life_seconds * SECOND)
    await unit.later(queries.SEND_AGAIN, challenge=challenge.id, now=unit.now, until=until)
    channel, destination = challenge.channel, challenge.destination
    if not challenge.decoy:
        sends = challenge.sends + 1
        recipient = Recipient(channel, destination, challenge.person or "", challenge.language)
        await _send_code(unit, challenge.member_id, recipient, challenge.id, sends, "code_again")
    return _view(unit, challenge.id, "pending", channel, destination, until, challenge.attempts_left, unit.now)


async def cancel(unit: UnitOfWork, challenge: Challenge) -> None:
    """The member leaves: what was held comes back. Raises the problem of a challenge that is no longer pending."""
    if challenge.status != "pending":
        raise BY_STATUS[challenge.status]()
    await _abandon(unit, challenge, "cancelled")


class Expiry:
    """Challenges that were not answered in time, as due work."""

    kind = "challenge.expiry"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When the first pending challenge ends."""
        first = await unit.one(queries.FIRST_PENDING)
        return None if first is None else Micros(first.expires_at)

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done | None:
        """Abandon it."""
        due = await jobs.first(unit, queries.FIRST_PENDING, limit, attrgetter("expires_at"), _lock)
        if due is None:
            return None
        await _abandon(unit, due, "expired")
        return jobs.Done("challenge.expiry", unit.ids.name(PREFIX, due.id), Micros(due.expires_at))


async def _lock(unit: UnitOfWork, challenge: Challenge) -> None:
    """Keep the requests that may answer a challenge waiting: those of its member, or, without one, of whom knows it."""
    if challenge.member_id is None:
        await unit.lock(queries.LOCK_CHALLENGE, challenge=challenge.id)
    else:
        await unit.lock(LOCK_MEMBER, member=challenge.member_id)


def show(unit: UnitOfWork, challenge: Challenge) -> ChallengeView:
    """The challenge as it is now: one whose end has passed is expired, whether or not it was swept yet."""
    ended = challenge.status == "pending" and challenge.expires_at <= unit.now
    return _view_as(unit, challenge, "expired" if ended else challenge.status, challenge.attempts_left)


async def _settle(unit: UnitOfWork, challenge: Challenge, outcome: ChallengeStatus) -> None:
    """Have it leave `pending`. Raises the problem of what it is by now, where another unit was faster: then that one
    ran the operation or gave back what it held."""
    if not await unit.change(queries.SETTLE, challenge=challenge.id, outcome=outcome):
        now = await unit.one(queries.CHALLENGE, challenge=challenge.id)
        raise NotFound if now is None else BY_STATUS[now.status]()


async def _abandon(unit: UnitOfWork, challenge: Challenge, outcome: Ending) -> None:
    await _settle(unit, challenge, outcome)
    await operations.called(unit, challenge.operation).abandon(unit, challenge.operation_id, outcome)
    unit.record(f"challenge.{outcome}", challenge.member_id, PREFIX, challenge.id)


def _guessed_lately(unit: UnitOfWork, member: LiveSession | None) -> bool:
    """Whether the member of the session entered a wrong code within the hour: only then there is a budget to look at,
    and the usual confirmation costs no query for it."""
    assert member is not None
    return member.wrong_code_at is not None and member.wrong_code_at > unit.now - HOUR


async def _count_wrong(unit: UnitOfWork, challenge: Challenge) -> Problem:
    await unit.later(queries.COST_AN_ATTEMPT, challenge=challenge.id)
    await budget.spend(unit, "guess", budget.subjects_of(unit, challenge))
    if challenge.member_id is not None:
        await unit.later(NOTE_WRONG_CODE, member=challenge.member_id, now=unit.now)
    left = challenge.attempts_left - 1
    if left > 0:
        unit.record("challenge.missed", challenge.member_id, PREFIX, challenge.id, attempts_left=left)
        return WrongCode(attempts=left, extra={"attempts_left": left})
    await _abandon(unit, challenge, "locked")
    return ChallengeLocked(extra={"attempts_left": 0})


async def _send_code(
    unit: UnitOfWork, member: int | None, recipient: Recipient, challenge: int, sends: int, kind: str
) -> None:
    policy = unit.rules.otp.settings
    code = unit.sandbox.codes.code(policy.digits, unit.ids.name(PREFIX, challenge), sends)
    told = texts.CodeSent(code, policy.life_seconds // 60)
    await notifications.send(
        unit, member, recipient.channel, recipient.destination, kind, told, code, challenge, language=recipient.language
    )


def _view_as(unit: UnitOfWork, challenge: Challenge, status: ChallengeStatus, attempts: int) -> ChallengeView:
    return _view(
        unit, challenge.id, status, challenge.channel, challenge.destination, challenge.expires_at, attempts,
        challenge.sent_at,
    )  # fmt: skip


def _view(
    unit: UnitOfWork,
    challenge: int,
    status: ChallengeStatus,
    channel: Channel,
    destination: str,
    expires_at: int,
    attempts: int,
    sent_at: int,
) -> ChallengeView:
    by_sms = channel == "sms"
    resend_at = sent_at + unit.rules.otp.settings.resend_cooldown_seconds * SECOND
    return ChallengeView(
        id=unit.ids.name(PREFIX, challenge),
        status=status,
        channel="sms" if by_sms else "email",
        destination=masks.phone(destination) if by_sms else masks.email(destination),
        expires_at=clock.show(expires_at),
        expires_in=clock.seconds_left(expires_at, unit.now),
        attempts_left=attempts,
        resend_available_at=clock.show(resend_at),
        resend_in=clock.seconds_to_wait(resend_at, unit.now),
    )
