"""The SQL of deferrals."""

from typing import NamedTuple

from sqlalchemy import update
from sqlmodel import col, select

from sandbox.bank.challenges.listing import narrowed
from sandbox.bank.deferrals.tables import Deferral, DeferralInstalment, DeferralPrepayment, Simulation
from sandbox.storage.queries import adding, change, one, one_of, param, pick, total


class DueInstalment(NamedTuple):
    """An instalment that is not posted yet, and whose it is. Amounts in cents."""

    id: int
    deferral_id: int
    member_id: int
    number: int
    due_at: int
    principal: int
    interest: int


ADD_SIMULATION = adding(Simulation)
SIMULATION = one(select(Simulation).where(Simulation.id == param("simulation")))
OWNED_SIMULATION = one(
    select(Simulation).where(Simulation.id == param("simulation"), Simulation.member_id == param("member"))
)
ADD_DEFERRAL = adding(Deferral)
DEFERRAL = one(select(Deferral).where(Deferral.id == param("deferral")))
OWNED_DEFERRAL = one(select(Deferral).where(Deferral.id == param("deferral"), Deferral.member_id == param("member")))
DEFERRALS_BEFORE = one(
    select(Deferral)
    .where(Deferral.member_id == param("member"), col(Deferral.id) < param("before"), narrowed(Deferral))
    .order_by(col(Deferral.id).desc())
    .limit(param("limit"))
)
SET_DEFERRAL = change(
    update(Deferral)
    .where(col(Deferral.id) == param("deferral"))
    .values(status=param("outcome"), outstanding=param("left"), confirmed_at=param("since"))
)
OUTSTANDING = total(Deferral.outstanding, col(Deferral.card_id) == param("card"), col(Deferral.status) == "active")
ADD_INSTALMENT = adding(DeferralInstalment)
INSTALMENTS = one(
    select(DeferralInstalment)
    .where(DeferralInstalment.deferral_id == param("deferral"))
    .order_by(col(DeferralInstalment.number))
)
FIRST_DUE = one_of(
    DueInstalment,
    pick(
        DeferralInstalment.id,
        DeferralInstalment.deferral_id,
        Deferral.member_id,
        DeferralInstalment.number,
        DeferralInstalment.due_at,
        DeferralInstalment.principal,
        DeferralInstalment.interest,
    )
    .join(Deferral, col(Deferral.id) == col(DeferralInstalment.deferral_id))
    .where(col(DeferralInstalment.status) == "pending")
    .order_by(col(DeferralInstalment.due_at), col(DeferralInstalment.id))
    .limit(1),
)
POST_INSTALMENT = change(
    update(DeferralInstalment).where(col(DeferralInstalment.id) == param("instalment")).values(status="posted")
)
CANCEL_INSTALMENTS = change(
    update(DeferralInstalment)
    .where(col(DeferralInstalment.deferral_id) == param("deferral"), col(DeferralInstalment.status) == "pending")
    .values(status="prepaid")
)
ADD_PREPAYMENT = adding(DeferralPrepayment)
PREPAYMENT = one(select(DeferralPrepayment).where(DeferralPrepayment.id == param("prepayment")))
SET_PREPAYMENT = change(
    update(DeferralPrepayment).where(col(DeferralPrepayment.id) == param("prepayment")).values(status=param("outcome"))
)
