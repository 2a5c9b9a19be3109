"""The profile, credential rules and limits (manual, chapter 1)."""

from typing import get_args

from sandbox.bank.access import credentials
from sandbox.bank.access import service as access
from sandbox.bank.members.session import LiveSession
from sandbox.bank.profile.schemas import (
    Availability,
    Check,
    Checklist,
    CredentialRule,
    CredentialRules,
    Limits,
    LimitView,
    OwnLimits,
    Profile,
)
from sandbox.bank.transfers import limits as transfer_limits
from sandbox.domain.vocabulary import Language, Segment, TransferKind
from sandbox.kernel import clock, masks, money
from sandbox.problem import FieldError, Text
from sandbox.problems import LimitExceeded
from sandbox.storage.unit import UnitOfWork


def profile(unit: UnitOfWork, member: LiveSession, language: Language) -> Profile:
    """The member as the app shows it, greeted in `language`."""
    last = member.previous_access_at
    return Profile(
        id=unit.ids.name("mem", member.member_id),
        greeting=access.greeting(unit, member.first_names, language),
        first_names=member.first_names,
        last_names=member.last_names,
        username=member.username,
        phone=masks.phone(member.phone) if member.phone else None,
        email=masks.email(member.email) if member.email else None,
        segment=member.segment,
        last_access=clock.show(last) if last else None,
    )


def credential_rules(unit: UnitOfWork, language: str) -> CredentialRules:
    """Every rule in words."""

    def told(kind: str) -> list[CredentialRule]:
        checks = unit.rules.checklist(f"credential.{kind}", credentials.facts_of(""))
        return [CredentialRule(id=check.short_id, message=check.message(language)) for check in checks]

    return CredentialRules(
        password=told("password"), username=told("username"), revision=unit.rules.credentials.revision
    )


def check_credential(unit: UnitOfWork, kind: str, value: str, language: str) -> Checklist:
    """Which rules the candidate passes."""
    checks = unit.rules.checklist(f"credential.{kind}", credentials.facts_of(value))
    return Checklist(
        valid=all(check.passed for check in checks),
        rules=[Check(id=check.short_id, passed=check.passed, message=check.message(language)) for check in checks],
    )


async def availability(unit: UnitOfWork, name: str, language: str) -> Availability:
    """Whether a username is free, and passes the rules."""
    checklist = check_credential(unit, "username", name, language)
    taken = await credentials.is_taken(unit, name)
    return Availability(
        username=name, available=checklist.valid and not taken, valid=checklist.valid, rules=checklist.rules
    )


async def set_own_limits(unit: UnitOfWork, member: LiveSession, wanted: OwnLimits) -> Limits:
    """The member's own caps from now on. Raises LimitExceeded when one is above what the rules allow."""
    errors = []
    for place, item in enumerate(wanted.items):
        cap = unit.rules.limits.cap_for(item.kind, member.segment)
        for name, own, most in (
            ("per_transaction", item.per_transaction, cap.per_transaction),
            ("per_day", item.per_day, cap.per_day),
        ):
            if own is not None and own > most:
                words = Text(f"El máximo permitido es {money.show(most)}.", f"The maximum is {money.show(most)}.")
                errors.append(FieldError(f"items.{place}.{name}", "over_the_rule", words))
    if errors:
        raise LimitExceeded(errors=errors)
    for item in wanted.items:
        await transfer_limits.set_own_cap(unit, member.member_id, item.kind, item.per_transaction, item.per_day)
    unit.record("limits.changed", member.member_id, "mem", member.member_id)
    return await limits(unit, member)


async def limits(unit: UnitOfWork, member: LiveSession) -> Limits:
    """Caps, own caps and today's use, for each kind of transfer."""
    return await limits_of(unit, member.member_id, member.segment)


async def limits_of(unit: UnitOfWork, member: int, segment: Segment) -> Limits:
    """The same for any member."""
    return Limits(items=[await _limit(unit, member, segment, kind) for kind in get_args(TransferKind)])


async def _limit(unit: UnitOfWork, member: int, segment: Segment, kind: TransferKind) -> LimitView:
    cap = unit.rules.limits.cap_for(kind, segment)
    use = await transfer_limits.use_of(unit, member, kind)
    used = use.used or 0
    per_day = cap.per_day if use.own_per_day is None else min(cap.per_day, use.own_per_day)
    return LimitView(
        kind=kind,
        per_transaction=money.show(cap.per_transaction),
        per_day=money.show(cap.per_day),
        own_per_transaction=None if use.own_per_transaction is None else money.show(use.own_per_transaction),
        own_per_day=None if use.own_per_day is None else money.show(use.own_per_day),
        used_today=money.show(used),
        left_today=money.show(max(0, per_day - used)),
    )
