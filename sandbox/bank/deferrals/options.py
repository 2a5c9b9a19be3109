"""What can be deferred, and why the rest cannot; what a deferral would cost (manual, chapter 8, Pasos 1 to 5)."""

import json
from typing import NamedTuple

from sandbox.bank.cards import queries as card_queries
from sandbox.bank.cards import service as cards
from sandbox.bank.cards.queries import OwedCard
from sandbox.bank.cards.tables import CardPurchase
from sandbox.bank.checks import Checks
from sandbox.bank.deferrals import eligibility, queries
from sandbox.bank.deferrals.eligibility import Asking
from sandbox.bank.deferrals.problems import TermNotOffered
from sandbox.bank.deferrals.schemas import (
    CardOption,
    DeferralOptions,
    InstalmentView,
    Kind,
    NewSimulation,
    Plan,
    PlanOption,
    PurchaseOption,
    RevolvingOption,
    SimulationView,
)
from sandbox.bank.members.session import LiveSession
from sandbox.domain import deferral
from sandbox.domain.rules.products import DeferralPlan
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import SECOND
from sandbox.kernel.words import either
from sandbox.problem import FieldError, Text
from sandbox.problems import NotFound, ValidationFailed
from sandbox.storage.unit import UnitOfWork

PREFIX = "sim"
_SHOWN = 100


class Priced(NamedTuple):
    """A deferral that may be made, and its terms. Rate in basis points, principal in cents."""

    card: OwedCard
    kind: Kind
    purchases: list[int]
    principal: int
    rate: int
    term: int
    grace: int
    plan: Plan


async def options(unit: UnitOfWork, member: LiveSession, language: str) -> DeferralOptions:
    """Kinds, plans, cards and purchases; what is not eligible says why."""
    policy = unit.rules.deferral
    found = await unit.all(card_queries.CARDS_OF, member=member.member_id)
    return DeferralOptions(
        kinds=["purchases", "revolving_balance"],
        plans=[
            PlanOption(
                plan=plan.plan,
                nominal_rate=money.show(plan.nominal_rate),
                effective_rate=money.show(policy.settings.effective_rate if plan.nominal_rate else 0),
                terms=list(plan.terms),
                revolving_terms=list(plan.revolving_terms),
                grace_months=list(plan.grace_months),
            )
            for plan in policy.plans
        ],
        cards=[await _card_option(unit, card, language) for card in found],
    )


async def simulate(unit: UnitOfWork, member: LiveSession, wanted: NewSimulation) -> SimulationView:
    """What it would cost; nothing is deferred. Raises as `think`."""
    thought = await think(unit, member, wanted)
    expires_at = unit.now + unit.rules.deferral.settings.simulation_seconds * SECOND
    simulation = await unit.insert(
        queries.ADD_SIMULATION,
        member_id=member.member_id,
        card_id=thought.card.id,
        kind=thought.kind,
        purchases=json.dumps(thought.purchases),
        principal=thought.principal,
        rate=thought.rate,
        term=thought.term,
        grace=thought.grace,
        plan=thought.plan,
        expires_at=expires_at,
    )
    rows = deferral.schedule(thought.principal, thought.rate, thought.term, thought.grace)
    interest = sum(row.interest for row in rows)
    return SimulationView.model_validate(
        {
            "id": unit.ids.name(PREFIX, simulation),
            "kind": thought.kind,
            "plan": thought.plan,
            "principal": money.show(thought.principal),
            "term_months": thought.term,
            "grace_months": thought.grace,
            "nominal_rate": money.show(thought.rate),
            "effective_rate": money.show(unit.rules.deferral.settings.effective_rate if thought.rate else 0),
            "installment": money.show(rows[0].amount),
            "total": money.show(thought.principal + interest),
            "total_interest": money.show(interest),
            "schedule": [show_instalment(row, deferral.due_at(unit.now, row.number, thought.grace)) for row in rows],
            "expires_at": clock.show(expires_at),
        }
    )


async def think(unit: UnitOfWork, member: LiveSession, wanted: NewSimulation) -> Priced:
    """Check a deferral. Raises NotFound, DeferralNotEligible, TermNotOffered, ValidationFailed."""
    by_purchase = wanted.kind == "purchases"
    if by_purchase != (wanted.purchase_ids is not None) or by_purchase == (wanted.amount is not None):
        words = Text(
            "Para consumos envía purchase_ids; para el saldo rotativo, amount.",
            "Send purchase_ids for purchases, amount for the revolving balance.",
        )
        raise ValidationFailed(errors=[FieldError("purchase_ids" if by_purchase else "amount", "required", words)])
    card = await cards.owned(unit, member, unit.ids.number(cards.PREFIX, wanted.card_id) or 0)
    names = dict.fromkeys(wanted.purchase_ids or ())
    chosen = [await _purchase(unit, card, name) for name in names]
    asking = Asking(card, await cards.account(unit, card), chosen)
    principal = sum(row.amount for row in chosen) if by_purchase else wanted.amount or 0
    checks, plan = Checks(), None
    with checks.of("purchase_ids" if by_purchase else "amount"):
        eligibility.require(unit, asking, principal)
    with checks.of("term_months"):
        plan = _offered(unit, wanted)
    checks.require()
    assert plan is not None
    return Priced(
        card,
        wanted.kind,
        [row.id for row in chosen],
        principal,
        plan.nominal_rate,
        wanted.term_months,
        wanted.grace_months,
        wanted.plan,
    )


def _offered(unit: UnitOfWork, wanted: NewSimulation) -> DeferralPlan:
    plan = unit.rules.deferral.plan_called(wanted.plan)
    terms = [] if plan is None else plan.terms if wanted.kind == "purchases" else plan.revolving_terms
    if plan is None:
        raise TermNotOffered
    chosen = (("term_months", wanted.term_months, terms), ("grace_months", wanted.grace_months, plan.grace_months))
    refused = [_not_offered(field, offered) for field, value, offered in chosen if value not in offered]
    if refused:
        raise TermNotOffered(errors=refused)
    return plan


def _not_offered(field: str, offered: list[int]) -> FieldError:
    listed = [str(each) for each in offered]
    words = Text("Puede ser: {options}.", "It can be: {options}.")
    return FieldError(
        field, "term_not_offered", words.filled({"options": Text(either(listed, "es"), either(listed, "en"))})
    )


async def still_eligible(unit: UnitOfWork, card: OwedCard, purchases: list[int], principal: int) -> Asking:
    """The second check, when the code is right. `purchases` is empty where the revolving balance is deferred. Raises
    DeferralNotEligible."""
    chosen = []
    for key in purchases:
        row = await unit.one(card_queries.PURCHASE, purchase=key, card=card.id)
        assert row is not None
        chosen.append(row)
    asking = Asking(card, await cards.account(unit, card), chosen)
    eligibility.require(unit, asking, principal)
    return asking


def show_instalment(row: deferral.Instalment, due: int) -> InstalmentView:
    """An instalment as schedules show it."""
    return InstalmentView(
        number=row.number,
        due_date=clock.show(due)[:10],
        principal=money.show(row.principal),
        interest=money.show(row.interest),
        amount=money.show(row.amount),
        balance=money.show(row.balance),
    )


async def _card_option(unit: UnitOfWork, card: OwedCard, language: str) -> CardOption:
    now = await cards.account(unit, card)
    rows = await unit.all(card_queries.PURCHASES_BEFORE, card=card.id, before=2**63 - 1, limit=_SHOWN)
    reasons = eligibility.reasons_of_card(unit, card, now, language)
    of_balance = eligibility.reasons(unit, Asking(card, now, []), max(now.revolving, 1), language)
    return CardOption(
        card_id=unit.ids.name(cards.PREFIX, card.id),
        name=card.name,
        franchise=card.franchise,
        number=masks.number(card.number),
        eligible=not reasons,
        reasons=reasons,
        revolving_balance=money.show(now.revolving),
        revolving=RevolvingOption(eligible=not of_balance, reasons=of_balance),
        purchases=[_purchase_option(unit, Asking(card, now, [row]), row, language) for row in rows],
    )


def _purchase_option(unit: UnitOfWork, asking: Asking, row: CardPurchase, language: str) -> PurchaseOption:
    reasons = eligibility.reasons(unit, asking, row.amount, language)
    return PurchaseOption(purchase=cards.show_purchase(unit, row), eligible=not reasons, reasons=reasons)


async def _purchase(unit: UnitOfWork, card: OwedCard, name: str) -> CardPurchase:
    key = unit.ids.number(cards.PURCHASE, name) or 0
    row = await unit.one(card_queries.PURCHASE, purchase=key, card=card.id)
    if row is None:
        raise NotFound
    return row
