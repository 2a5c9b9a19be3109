"""Deferrals once they are wanted: confirmed, posted instalment by instalment, paid off (manual, chapter 8, Paso 6).

A deferral is `pending_confirmation`, then `active` until its last instalment is posted (`finished`) or it is `prepaid`.
"""

import json
from typing import Any

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.cards import service as cards
from sandbox.bank.cards import statements as card_statements
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.deferrals import options, statements
from sandbox.bank.deferrals.problems import DeferralNotActive, SimulationExpired
from sandbox.bank.deferrals.schemas import DeferralView, InstalmentView, PrepaymentView
from sandbox.bank.deferrals.tables import Deferral, DeferralPrepayment
from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import concepts
from sandbox.bank.ledger import service as ledger
from sandbox.bank.ledger.tables import SystemAccount
from sandbox.bank.notifications import service as notifications
from sandbox.bank.wire import Page
from sandbox.domain import calendars, deferral
from sandbox.domain.ledger import Leg
from sandbox.http import paging
from sandbox.kernel import clock, money
from sandbox.kernel.clock import Micros
from sandbox.problems import AccountNotActive, DeferralNotEligible, InsufficientFunds, NotFound, Problem
from sandbox.storage.unit import UnitOfWork

PREFIX = "def"
PREPAYMENT = "dpp"
_NEWEST = 2**63 - 1


async def create(unit: UnitOfWork, member: LiveSession, simulation: int) -> DeferralView:
    """A deferral that waits for its code. Raises NotFound, SimulationExpired, NoPhoneOnFile, DeferralNotEligible."""
    recipient = challenges.by_sms(member)
    found = await unit.one(statements.OWNED_SIMULATION, simulation=simulation, member=member.member_id)
    if found is None:
        raise NotFound
    if found.expires_at <= unit.now:
        raise SimulationExpired
    card = await cards.owned(unit, member, found.card_id)
    await options.still_eligible(unit, card, json.loads(found.purchases), found.principal)
    key = await unit.insert(
        statements.ADD_DEFERRAL,
        member_id=member.member_id,
        card_id=found.card_id,
        simulation_id=found.id,
        kind=found.kind,
        principal=found.principal,
        rate=found.rate,
        term=found.term,
        grace=found.grace,
        plan=found.plan,
        outstanding=0,
        status="pending_confirmation",
        created_at=unit.now,
        confirmed_at=None,
    )
    challenge = await challenges.require(unit, member.member_id, recipient, "deferral", key)
    unit.record("deferral.created", member.member_id, PREFIX, key, principal=money.show(found.principal))
    return (await _view(unit, await _deferral(unit, key))).model_copy(update={"challenge": challenge})


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> DeferralView:
    """One of the member's deferrals with its schedule. Raises NotFound."""
    return await _view(unit, await _owned(unit, member, key))


async def page(unit: UnitOfWork, member: LiveSession, limit: int, cursor: str | None) -> Page[DeferralView]:
    """The member's deferrals, newest first. Raises InvalidCursor."""
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(statements.DEFERRALS_BEFORE, member=member.member_id, before=before, limit=limit + 1)
    views = {row.id: await _view(unit, row) for row in rows[:limit]}
    return paging.page_of(Page[DeferralView], rows, limit, lambda row: views[row.id], lambda row: row.id)


async def prepay(unit: UnitOfWork, member: LiveSession, key: int, origin_name: str) -> PrepaymentView:
    """Paying it off, which waits for its code; the total is held.

    Raises NotFound, DeferralNotActive, AccountNotDebitable, AccountNotActive, InsufficientFunds, NoPhoneOnFile.
    """
    recipient = challenges.by_sms(member)
    row = await _owned(unit, member, key)
    if row.status != "active":
        raise DeferralNotActive
    origin = await ledger.debitable(unit, member.member_id, unit.ids.number("acc", origin_name) or 0)
    interest = await _interest(unit, row)
    prepayment = await unit.insert(
        statements.ADD_PREPAYMENT,
        deferral_id=key,
        member_id=member.member_id,
        origin_id=origin.id,
        principal=row.outstanding,
        interest=interest,
        status="pending_confirmation",
        created_at=unit.now,
    )
    await ledger.hold(unit, origin.id, row.outstanding + interest, "deferral_prepayment", prepayment)
    challenge = await challenges.require(unit, member.member_id, recipient, "deferral_prepayment", prepayment)
    return _prepayment_view(unit, await _prepayment(unit, prepayment)).model_copy(update={"challenge": challenge})


class DeferralOperation:
    """What a code does to a deferral."""

    kind = "deferral"
    prefix = PREFIX
    view = DeferralView
    refusals: tuple[type[Problem], ...] = (DeferralNotEligible,)

    async def confirm(self, unit: UnitOfWork, key: int) -> DeferralView:
        """Check again, mark what is deferred, write the schedule."""
        row = await _deferral(unit, key)
        simulation = await unit.one(statements.SIMULATION, simulation=row.simulation_id)
        card = await unit.one(card_statements.CARD, card=row.card_id)
        assert simulation is not None
        assert card is not None
        purchases = json.loads(simulation.purchases)
        asking = await options.still_eligible(unit, card, purchases, row.principal)
        await cards.defer(unit, card, asking.billed(row.principal))
        for purchase in purchases:
            await unit.change(card_statements.DEFER_PURCHASE, purchase=purchase, deferral=key)
        for instalment in deferral.schedule(row.principal, row.rate, row.term, row.grace):
            await unit.insert(
                statements.ADD_INSTALMENT,
                **instalment._asdict(),
                deferral_id=key,
                due_at=deferral.due_at(unit.now, instalment.number, row.grace),
                status="pending",
                posted_at=None,
            )
        await unit.change(statements.SET_DEFERRAL, deferral=key, outcome="active", left=row.principal, since=unit.now)
        text = f"Diferiste ${money.show(row.principal)} a {row.term} meses."
        await notifications.notice(unit, row.member_id, "deferral", "Diferido confirmado", text)
        unit.record("deferral.active", row.member_id, PREFIX, key, principal=money.show(row.principal))
        return await _view(unit, await _deferral(unit, key))

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """Nothing was deferred."""
        await unit.change(statements.SET_DEFERRAL, deferral=key, outcome=outcome, left=0, since=None)


class PrepaymentOperation:
    """What a code does to a prepayment."""

    kind = "deferral_prepayment"
    prefix = PREPAYMENT
    view = PrepaymentView
    refusals: tuple[type[Problem], ...] = (DeferralNotActive, AccountNotActive, InsufficientFunds)

    async def confirm(self, unit: UnitOfWork, key: int) -> PrepaymentView:
        """Pay principal and interest; no instalment is due any more.

        Raises DeferralNotActive when an instalment was posted, or all was paid off, meanwhile; AccountNotActive.
        """
        paying = await _prepayment(unit, key)
        await ledger.debitable(unit, paying.member_id, paying.origin_id)
        row = await _deferral(unit, paying.deferral_id)
        if row.status != "active" or row.outstanding != paying.principal:
            raise DeferralNotActive
        card = await unit.one(card_statements.CARD, card=row.card_id)
        assert card is not None
        await ledger.release(unit, self.kind, key)
        concept = concepts.DEFERRAL_PREPAYMENT
        await ledger.post(
            unit,
            "deferral_prepayment",
            self.kind,
            key,
            [
                Leg(paying.origin_id, -paying.principal, concept),
                Leg(card.account_id, paying.principal, concept),
                Leg(paying.origin_id, -paying.interest, concepts.DEFERRAL_INTEREST),
                Leg(SystemAccount.INTEREST, paying.interest, concepts.DEFERRAL_INTEREST),
            ],
        )
        await unit.change(statements.CANCEL_INSTALMENTS, deferral=row.id)
        await unit.change(statements.SET_DEFERRAL, deferral=row.id, outcome="prepaid", left=0, since=row.confirmed_at)
        await unit.change(statements.SET_PREPAYMENT, prepayment=key, outcome="completed")
        text = f"Precancelaste un diferido: ${money.show(paying.principal + paying.interest)}."
        await notifications.notice(unit, row.member_id, self.kind, "Diferido precancelado", text)
        unit.record("deferral.prepaid", row.member_id, PREFIX, row.id)
        return _prepayment_view(unit, await _prepayment(unit, key))

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """Give the hold back."""
        await ledger.release(unit, self.kind, key)
        await unit.change(statements.SET_PREPAYMENT, prepayment=key, outcome=outcome)


class Instalments:
    """Instalments, as due work."""

    kind = "deferral.instalment"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When the first one is due."""
        first = await unit.one(statements.FIRST_DUE)
        return None if first is None else Micros(first.due_at)

    async def run_next(self, unit: UnitOfWork) -> jobs.Done:
        """Post it: its principal is owed from now on like any purchase, its interest is charged."""
        instalment = await unit.one(statements.FIRST_DUE)
        assert instalment is not None
        row = await _deferral(unit, instalment.deferral_id)
        card = await unit.one(card_statements.CARD, card=row.card_id)
        assert card is not None
        if instalment.interest:
            await ledger.post(
                unit,
                "deferral_interest",
                "deferral",
                row.id,
                [
                    Leg(card.account_id, -instalment.interest, concepts.DEFERRAL_INTEREST),
                    Leg(SystemAccount.INTEREST, instalment.interest, concepts.DEFERRAL_INTEREST),
                ],
            )
        await unit.change(statements.POST_INSTALMENT, instalment=instalment.id, now=unit.now)
        last = instalment.number == row.term
        await unit.change(
            statements.SET_DEFERRAL,
            deferral=row.id,
            outcome="finished" if last else "active",
            left=row.outstanding - instalment.principal,
            since=row.confirmed_at,
        )
        unit.record("deferral.instalment", row.member_id, PREFIX, row.id, number=instalment.number)
        return jobs.Done("deferral.instalment", unit.ids.name(PREFIX, row.id), unit.now)


operations.offer(DeferralOperation())
operations.offer(PrepaymentOperation())
jobs.offer(Instalments())


async def _interest(unit: UnitOfWork, row: Deferral) -> int:
    """The interest that a prepayment now includes."""
    billed = sum(each.status == "posted" for each in await unit.all(statements.INSTALMENTS, deferral=row.id))
    days = calendars.commercial_days(Micros(row.confirmed_at or unit.now), unit.now)
    return deferral.interest_to_pay_off(row.principal, row.rate, row.term, row.grace, billed, days)


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> Deferral:
    row = await unit.one(statements.OWNED_DEFERRAL, deferral=key, member=member.member_id)
    if row is None:
        raise NotFound
    return row


async def _deferral(unit: UnitOfWork, key: int) -> Deferral:
    row = await unit.one(statements.DEFERRAL, deferral=key)
    assert row is not None
    return row


async def _prepayment(unit: UnitOfWork, key: int) -> DeferralPrepayment:
    row = await unit.one(statements.PREPAYMENT, prepayment=key)
    assert row is not None
    return row


async def _view(unit: UnitOfWork, row: Deferral) -> DeferralView:
    kind: Any = row.kind
    plan: Any = row.plan
    status: Any = row.status
    return DeferralView(
        id=unit.ids.name(PREFIX, row.id),
        status=status,
        card_id=unit.ids.name(cards.PREFIX, row.card_id),
        kind=kind,
        plan=plan,
        principal=money.show(row.principal),
        outstanding=money.show(row.outstanding),
        term_months=row.term,
        grace_months=row.grace,
        nominal_rate=money.show(row.rate),
        created_at=clock.show(row.created_at),
        confirmed_at=clock.show(row.confirmed_at) if row.confirmed_at else None,
        schedule=await _schedule(unit, row),
    )


async def _schedule(unit: UnitOfWork, row: Deferral) -> list[InstalmentView]:
    written = await unit.all(statements.INSTALMENTS, deferral=row.id)
    if written:
        return [
            options.show_instalment(
                deferral.Instalment(each.number, each.principal, each.interest, each.amount, each.balance), each.due_at
            )
            for each in written
        ]
    return [
        options.show_instalment(each, deferral.due_at(row.created_at, each.number, row.grace))
        for each in deferral.schedule(row.principal, row.rate, row.term, row.grace)
    ]


def _prepayment_view(unit: UnitOfWork, row: DeferralPrepayment) -> PrepaymentView:
    status: Any = row.status
    return PrepaymentView(
        id=unit.ids.name(PREPAYMENT, row.id),
        deferral_id=unit.ids.name(PREFIX, row.deferral_id),
        status=status,
        principal=money.show(row.principal),
        interest=money.show(row.interest),
        total=money.show(row.principal + row.interest),
    )
