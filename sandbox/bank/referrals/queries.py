"""The SQL of recommendations."""

from sqlmodel import col, select

from sandbox.bank.referrals.tables import Referral
from sandbox.storage.queries import adding, one, param

ADD_REFERRAL = adding(Referral)
SAME_REFERRAL = one(select(Referral).where(Referral.member_id == param("member"), Referral.phone == param("phone")))
REFERRALS_BEFORE = one(
    select(Referral)
    .where(Referral.member_id == param("member"), col(Referral.id) < param("before"))
    .order_by(col(Referral.id).desc())
    .limit(param("limit"))
)
