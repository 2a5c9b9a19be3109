"""How many codes may be started, sent and guessed within an hour, across challenges.

Before a session exists, a person and a phone each have a budget. In a session the member has another one,
so that a stranger who uses up the first cannot keep the member from confirming a transfer. The rules of `otp` say how
much is allowed; here the moments of the last hour are counted.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sandbox import rates
from sandbox.bank.challenges import queries
from sandbox.bank.challenges.schemas import Act
from sandbox.bank.challenges.tables import Challenge
from sandbox.kernel.clock import HOUR, SECOND, seconds_to_wait
from sandbox.problem import Problem
from sandbox.storage import latches
from sandbox.storage.unit import UnitOfWork


class Window(NamedTuple):
    """Moments at which something was done, oldest first."""

    moments: tuple[int, ...] = ()

    def within_hour(self, now: int) -> int:
        """How many of them lie in the hour before `now`."""
        return sum(moment > now - HOUR for moment in self.moments)


async def spent(unit: UnitOfWork, act: Act, subjects: tuple[str, ...]) -> Window:
    """When the one of `subjects` that did it most often did `act` within the hour."""
    since = unit.now - HOUR
    found = [
        Window(tuple(await unit.all(queries.SPENT_SINCE, subject=subject, act=act, since=since)))
        for subject in subjects
    ]
    return max(found, key=lambda window: (len(window.moments), window.moments))


async def spend(unit: UnitOfWork, act: Act, subjects: tuple[str, ...]) -> None:
    """Count one `act` for each of `subjects`; what is older than an hour is forgotten."""
    for subject in subjects:
        await unit.later(queries.FORGET_SPENT, subject=subject, act=act, until=unit.now - HOUR)
        await unit.add(queries.ADD_SPENT, subject=subject, act=act, moment=unit.now)


class Question(NamedTuple):
    """What the rules are asked, with the facts as they are at a moment, and the quota that is told with a refusal."""

    subject: str
    facts_at: Callable[[int], Mapping[str, Any]]
    quota: int


def require(unit: UnitOfWork, questions: tuple[Question, ...], openings: tuple[int, ...]) -> None:
    """Ask the rules whether it may be done now. Raises their refusals, with `Retry-After`: the seconds, rounded up,
    until the first of the moments `openings` at which nothing of it is refused."""
    try:
        unit.decide_together(*((question.subject, question.facts_at(unit.now)) for question in questions))
    except Problem as refusal:
        for opening in sorted(openings):
            if opening > unit.now and not any(_is_refused(unit, question, opening) for question in questions):
                first = next(question for question in questions if _is_refused(unit, question, unit.now))
                seconds = seconds_to_wait(opening, unit.now)
                refusal.headers |= rates.headers(first.subject, first.quota, HOUR // SECOND, seconds)
                break
        raise


def _is_refused(unit: UnitOfWork, question: Question, moment: int) -> bool:
    return bool(unit.rules.decide(question.subject, question.facts_at(moment)).refused)


def leaving(*windows: Window) -> tuple[int, ...]:
    """The moments at which something leaves the hour."""
    return tuple(moment + HOUR for window in windows for moment in window.moments)


def visitors(unit: UnitOfWork, person: str, destination: str) -> tuple[str, ...]:
    """Whose budgets a challenge before a session counts against: the person's, and those of the phone or address."""
    entropy = unit.sandbox.entropy
    return (entropy.disguise("persons", person), entropy.disguise("destinations", destination))


def subjects_of(unit: UnitOfWork, challenge: Challenge) -> tuple[str, ...]:
    """Whose budgets a challenge counts against."""
    if challenge.member_id is not None:
        return (f"member {challenge.member_id}",)
    assert challenge.person is not None
    return (challenge.person, unit.sandbox.entropy.disguise("destinations", challenge.destination))


async def _held(unit: UnitOfWork, challenge: Challenge) -> tuple[str, ...]:
    """The same, whose budgets no other unit looks at until this one ends. A member's are the member's own, whose row
    the session has locked."""
    subjects = subjects_of(unit, challenge)
    if challenge.member_id is None:
        await latches.hold(unit, *subjects)
    return subjects


async def require_start(unit: UnitOfWork, subjects: tuple[str, ...]) -> None:
    """Count a challenge that is started before there is a session, with its code. Raises the rules' refusals (code
    limit reached)."""
    await latches.hold(unit, *subjects)
    settings = unit.rules.otp.settings
    starts, sends = await spent(unit, "start", subjects), await spent(unit, "send", subjects)
    start = Question(
        "otp.start", lambda at: {"starts_last_hour": starts.within_hour(at) + 1}, settings.visitor_starts_per_hour
    )
    require(unit, (start, _sending(unit, sends, in_session=False)), leaving(starts, sends))
    await spend(unit, "start", subjects)
    await spend(unit, "send", subjects)


async def require_guess(unit: UnitOfWork, challenge: Challenge) -> None:
    """May another code be tried? Raises the rules' refusals (guess limit reached)."""
    in_session = challenge.member_id is not None
    settings, subjects = unit.rules.otp.settings, await _held(unit, challenge)
    guesses = await spent(unit, "guess", subjects)
    guess = Question(
        "otp.guess",
        lambda at: {"in_session": in_session, "guesses_last_hour": guesses.within_hour(at)},
        settings.session_guesses_per_hour if in_session else settings.visitor_guesses_per_hour,
    )
    require(unit, (guess,), leaving(guesses))


async def require_resend(unit: UnitOfWork, challenge: Challenge) -> None:
    """Count a code that is sent again. Raises the rules' refusals (resend too soon, resend limit, code limit)."""
    settings = unit.rules.otp.settings
    subjects, own = await _held(unit, challenge), (f"challenge {challenge.id}",)
    again = await spent(unit, "send", own)
    sends = Window((challenge.created_at, *again.moments))  # the first is not written down: that is the hot path
    others = await spent(unit, "send", subjects)
    cooled = challenge.sent_at + settings.resend_cooldown_seconds * SECOND
    resend = Question(
        "otp.resend",
        lambda at: {
            "seconds_since_last_send": (at - challenge.sent_at) // SECOND,
            "seconds_to_wait": max(0, seconds_to_wait(cooled, at)),
            "sends_last_hour": sends.within_hour(at) + 1,
        },
        settings.sends_per_hour,
    )
    sending = _sending(unit, others, in_session=challenge.member_id is not None)
    require(unit, (resend, sending), (cooled, *leaving(sends, others)))
    await spend(unit, "send", (*own, *subjects))


def _sending(unit: UnitOfWork, sends: Window, *, in_session: bool) -> Question:
    settings = unit.rules.otp.settings
    return Question(
        "otp.send",
        lambda at: {"in_session": in_session, "sends_last_hour": sends.within_hour(at) + 1},
        settings.session_resends_per_hour if in_session else settings.visitor_sends_per_hour,
    )
