"""Deferrals once they are wanted: confirmed, posted instalment by instalment, paid off (manual, chapter 8, Paso 6).

A deferral is `pending_confirmation`, then `active` until its last instalment is posted (`finished`) or it is `prepaid`.
"""

import json
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from sandbox.bank.cards import queries as card_queries
from sandbox.bank.cards import service as cards
from sandbox.bank.cards.queries import OwedCard
from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.challenges.service import Asked
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Story, Take
from sandbox.bank.deferrals import options, queries, texts
from sandbox.bank.deferrals.problems import DeferralNotActive, SimulationExpired
from sandbox.bank.deferrals.schemas import DeferralView, InstalmentView, PrepaymentView
from sandbox.bank.deferrals.tables import Deferral, DeferralPrepayment, Simulation
from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.wire import Page
from sandbox.domain import calendars, concepts, deferral
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import clock, money
from sandbox.kernel.clock import Micros
from sandbox.problems import AccountNotActive, DeferralNotEligible, InsufficientFunds, NotFound
from sandbox.storage.unit import UnitOfWork

PREFIX = "def"
PREPAYMENT = "dpp"


async def create(unit: UnitOfWork, member: LiveSession, simulation: int) -> DeferralView:
    """A deferral that waits for its code. Raises NotFound, SimulationExpired, NoPhoneOnFile, DeferralNotEligible."""
    found = await unit.one(queries.OWNED_SIMULATION, simulation=simulation, member=member.member_id)
    if found is None:
        raise NotFound
    if found.expires_at <= unit.now:
        raise SimulationExpired
    plan = await _plan(unit, found)
    key = await unit.insert(
        queries.ADD_DEFERRAL,
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
        status=PENDING,
        created_at=unit.now,
        confirmed_at=None,
    )
    challenge = await DEFERRALS.begin(unit, member, key, plan, {"principal": money.show(found.principal)})
    return await _view(unit, await _deferral(unit, key), challenge)


class DeferralPlan(NamedTuple):
    """What is deferred: the keys of its purchases, and how much of it the statement of the card asks for."""

    card: OwedCard
    purchases: list[int]
    billed: int


async def _plan(unit: UnitOfWork, simulation: Simulation) -> DeferralPlan:
    """What order and code are checked for. Raises DeferralNotEligible."""
    card = await unit.one(card_queries.CARD, card=simulation.card_id)
    assert card is not None
    purchases: list[int] = json.loads(simulation.purchases)
    asking = await options.still_eligible(unit, card, purchases, simulation.principal)
    return DeferralPlan(card, purchases, asking.billed(simulation.principal))


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> DeferralView:
    """One of the member's deferrals with its schedule. Raises NotFound."""
    return await DEFERRALS.shown_one(unit, await _owned(unit, member, key))


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: Wanted, limit: int, cursor: str | None
) -> Page[DeferralView]:
    """The member's deferrals, newest first. Raises InvalidCursor."""
    return await DEFERRALS.page(unit, queries.DEFERRALS_BEFORE, Page[DeferralView], member, wanted, limit, cursor)


class DeferralStory(Story[Deferral, DeferralPlan, DeferralView]):
    """A deferral: no money moves, what is owed becomes due later."""

    kind = "deferral"
    prefix = PREFIX
    view = DeferralView
    refusals = (DeferralNotEligible,)

    async def row(self, unit: UnitOfWork, key: int) -> Deferral:
        """The deferral."""
        return await _deferral(unit, key)

    async def plan_again(self, unit: UnitOfWork, row: Deferral, asked: Asked) -> DeferralPlan:
        """Less may be owed by now. Raises DeferralNotEligible."""
        simulation = await unit.one(queries.SIMULATION, simulation=row.simulation_id)
        assert simulation is not None
        return await _plan(unit, simulation)

    async def finish(self, unit: UnitOfWork, row: Deferral, plan: DeferralPlan, entry: int | None) -> Finished:
        """Take it off the statement, mark what is deferred, write the schedule."""
        await cards.defer(unit, plan.card, plan.billed)
        for purchase in plan.purchases:
            await unit.later(card_queries.DEFER_PURCHASE, purchase=purchase, deferral=row.id)
        for instalment in deferral.schedule(row.principal, row.rate, row.term, row.grace):
            await unit.add(
                queries.ADD_INSTALMENT,
                **instalment._asdict(),
                deferral_id=row.id,
                due_at=deferral.due_at(unit.now, instalment.number, row.grace),
                status="pending",
            )
        await unit.later(queries.SET_DEFERRAL, deferral=row.id, outcome="active", left=row.principal, since=unit.now)
        principal = money.show(row.principal)
        return Finished(
            await _view(unit, await _deferral(unit, row.id), None),
            "deferral.active",
            {"principal": principal},
            texts.DeferralMade(principal, row.term),
        )

    async def close(self, unit: UnitOfWork, row: Deferral, outcome: Ending) -> None:
        """Nothing was deferred."""
        await unit.later(queries.SET_DEFERRAL, deferral=row.id, outcome=outcome, left=0, since=None)

    async def show(self, unit: UnitOfWork, row: Deferral, beside: Beside) -> DeferralView:
        """A deferral with its schedule."""
        return await _view(unit, row, beside.challenge)


DEFERRALS = DeferralStory()


class PrepaymentPlan(NamedTuple):
    """A prepayment that may be made: from which account, to which card account, and what it costs, in cents."""

    origin: int
    card_account: int
    principal: int
    interest: int


async def prepay(unit: UnitOfWork, member: LiveSession, key: int, origin_name: str) -> PrepaymentView:
    """Paying it off, which waits for its code; the total is held.

    Raises NotFound, DeferralNotActive, AccountNotDebitable, AccountNotActive, InsufficientFunds, NoPhoneOnFile.
    """
    row = await _owned(unit, member, key)
    plan = await _plan_prepayment(unit, row, unit.ids.number("acc", origin_name) or 0)
    prepayment = await unit.insert(
        queries.ADD_PREPAYMENT,
        deferral_id=key,
        member_id=member.member_id,
        origin_id=plan.origin,
        principal=plan.principal,
        interest=plan.interest,
        status=PENDING,
        created_at=unit.now,
    )
    told = {"principal": money.show(plan.principal), "interest": money.show(plan.interest)}
    await PREPAYMENTS.begin(unit, member, prepayment, plan, told)
    return await PREPAYMENTS.shown_one(unit, await PREPAYMENTS.row(unit, prepayment))


async def _plan_prepayment(unit: UnitOfWork, row: Deferral, origin: int) -> PrepaymentPlan:
    """What order and code are checked for. Raises DeferralNotActive, NotFound, AccountNotDebitable,
    AccountNotActive."""
    if row.status != "active":
        raise DeferralNotActive
    account = await ledger.debitable(unit, row.member_id, origin)
    card = await unit.one(card_queries.CARD, card=row.card_id)
    assert card is not None
    return PrepaymentPlan(account.id, card.account_id, row.outstanding, await _interest(unit, row))


class PrepaymentStory(Story[DeferralPrepayment, PrepaymentPlan, PrepaymentView]):
    """A prepayment: principal and interest are held until the code pays them."""

    kind = "deferral_prepayment"
    prefix = PREPAYMENT
    view = PrepaymentView
    refusals = (DeferralNotActive, InsufficientFunds, AccountNotActive)

    async def row(self, unit: UnitOfWork, key: int) -> DeferralPrepayment:
        """The prepayment."""
        row = await unit.one(queries.PREPAYMENT, prepayment=key)
        assert row is not None
        return row

    async def plan_again(self, unit: UnitOfWork, row: DeferralPrepayment, asked: Asked) -> PrepaymentPlan:
        """Raises AccountNotActive; DeferralNotActive when an instalment was posted, or all was paid off, meanwhile."""
        plan = await _plan_prepayment(unit, await _deferral(unit, row.deferral_id), row.origin_id)
        if plan.principal != row.principal:
            raise DeferralNotActive
        return plan

    def takes(self, plan: PrepaymentPlan) -> Take:
        """Principal and interest."""
        return Take(plan.origin, plan.principal + plan.interest)

    def legs(self, row: DeferralPrepayment, plan: PrepaymentPlan) -> Sequence[Leg]:
        """The principal to the card; the interest, as it was when it was ordered, to the bank."""
        return [
            Leg(row.origin_id, -row.principal, concepts.DEFERRAL_PREPAYMENT),
            Leg(plan.card_account, row.principal, concepts.DEFERRAL_PREPAYMENT),
            Leg(row.origin_id, -row.interest, concepts.DEFERRAL_INTEREST),
            Leg(SystemAccount.INTEREST, row.interest, concepts.DEFERRAL_INTEREST),
        ]

    async def finish(
        self, unit: UnitOfWork, row: DeferralPrepayment, plan: PrepaymentPlan, entry: int | None
    ) -> Finished:
        """Paid off: the instalments that were not due yet are dropped."""
        paid_off = await _deferral(unit, row.deferral_id)
        since = paid_off.confirmed_at
        await unit.later(queries.CANCEL_INSTALMENTS, deferral=paid_off.id)
        await unit.later(queries.SET_DEFERRAL, deferral=paid_off.id, outcome="prepaid", left=0, since=since)
        await unit.later(queries.SET_PREPAYMENT, prepayment=row.id, outcome="completed")
        unit.record("deferral.prepaid", row.member_id, PREFIX, paid_off.id)
        total = money.show(row.principal + row.interest)
        return Finished(
            await self.shown_one(unit, await self.row(unit, row.id)),
            "deferral_prepayment.completed",
            {"total": total},
            texts.DeferralPrepaid(total),
        )

    async def close(self, unit: UnitOfWork, row: DeferralPrepayment, outcome: Ending) -> None:
        """The deferral goes on."""
        await unit.later(queries.SET_PREPAYMENT, prepayment=row.id, outcome=outcome)

    def origin(self, row: DeferralPrepayment) -> int:
        """The account that pays."""
        return row.origin_id

    async def show(self, unit: UnitOfWork, row: DeferralPrepayment, beside: Beside) -> PrepaymentView:
        """A prepayment."""
        return _prepayment_view(unit, row, beside)


PREPAYMENTS = PrepaymentStory()


class Instalments:
    """Instalments, as due work."""

    kind = "deferral.instalment"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """When the first one is due."""
        first = await unit.one(queries.FIRST_DUE)
        return None if first is None else Micros(first.due_at)

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done | None:
        """Post it: its principal is owed from now on like any purchase, its interest is charged."""
        instalment = await jobs.first(unit, queries.FIRST_DUE, limit, attrgetter("due_at"))
        if instalment is None:
            return None
        row = await _deferral(unit, instalment.deferral_id)
        card = await unit.one(card_queries.CARD, card=row.card_id)
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
        await unit.later(queries.POST_INSTALMENT, instalment=instalment.id)
        last = instalment.number == row.term
        await unit.later(
            queries.SET_DEFERRAL,
            deferral=row.id,
            outcome="finished" if last else "active",
            left=row.outstanding - instalment.principal,
            since=row.confirmed_at,
        )
        unit.record("deferral.instalment", row.member_id, PREFIX, row.id, number=instalment.number)
        return jobs.Done("deferral.instalment", unit.ids.name(PREFIX, row.id), unit.now)


async def _interest(unit: UnitOfWork, row: Deferral) -> int:
    """The interest that a prepayment now includes."""
    billed = sum(each.status == "posted" for each in await unit.all(queries.INSTALMENTS, deferral=row.id))
    days = calendars.commercial_days(Micros(row.confirmed_at or unit.now), unit.now)
    return deferral.interest_to_pay_off(row.principal, row.rate, row.term, row.grace, billed, days)


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> Deferral:
    row = await unit.one(queries.OWNED_DEFERRAL, deferral=key, member=member.member_id)
    if row is None:
        raise NotFound
    return row


async def _deferral(unit: UnitOfWork, key: int) -> Deferral:
    row = await unit.one(queries.DEFERRAL, deferral=key)
    assert row is not None
    return row


async def _view(unit: UnitOfWork, row: Deferral, challenge: ChallengeView | None) -> DeferralView:
    return DeferralView(
        id=unit.ids.name(PREFIX, row.id),
        status=row.status,
        card_id=unit.ids.name(cards.PREFIX, row.card_id),
        kind=row.kind,
        plan=row.plan,
        principal=money.show(row.principal),
        outstanding=money.show(row.outstanding),
        term_months=row.term,
        grace_months=row.grace,
        nominal_rate=money.show(row.rate),
        created_at=clock.show(row.created_at),
        confirmed_at=clock.show(row.confirmed_at) if row.confirmed_at else None,
        schedule=await _schedule(unit, row),
        challenge=challenge,
    )


async def _schedule(unit: UnitOfWork, row: Deferral) -> list[InstalmentView]:
    written = await unit.all(queries.INSTALMENTS, deferral=row.id)
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


def _prepayment_view(unit: UnitOfWork, row: DeferralPrepayment, beside: Beside) -> PrepaymentView:
    return PrepaymentView(
        id=unit.ids.name(PREPAYMENT, row.id),
        deferral_id=unit.ids.name(PREFIX, row.deferral_id),
        status=row.status,
        origin_account_id=unit.ids.name("acc", row.origin_id),
        origin=beside.origin,
        principal=money.show(row.principal),
        interest=money.show(row.interest),
        total=money.show(row.principal + row.interest),
        created_at=clock.show(row.created_at),
        challenge=beside.challenge,
    )
