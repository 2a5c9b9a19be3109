"""The SQL of challenges."""

from sqlalchemy import delete, update
from sqlmodel import col, select

from sandbox.bank.challenges.tables import Challenge, CodeSpent
from sandbox.storage.queries import adding, adding_bound, change, is_among, locks, one, param, scalar, to_change

_challenge = select(Challenge).where(Challenge.id == param("challenge"))
CHALLENGE = one(_challenge)
CHALLENGE_TO_CHANGE = one(to_change(_challenge))
LOCK_CHALLENGE = locks(_challenge)
PENDING_OF = one(
    select(Challenge)
    .where(
        Challenge.operation == param("operation"),
        is_among(col(Challenge.operation_id), "operation_ids"),
        col(Challenge.status) == "pending",
    )
    .order_by(col(Challenge.id))
)
ADD_CHALLENGE = adding_bound(
    Challenge, "member_id", "operation", "operation_id", "channel", "destination", "language", "status",
    "attempts_left", "sends", "sent_at", "expires_at", "created_at", "asked",
)  # fmt: skip
ADD_VISITORS_CHALLENGE = adding_bound(
    Challenge, "operation", "operation_id", "channel", "destination", "language", "status", "attempts_left", "sends",
    "sent_at", "expires_at", "created_at", "person", "decoy",
)  # fmt: skip
SETTLE = change(
    update(Challenge)
    .where(col(Challenge.id) == param("challenge"), col(Challenge.status) == "pending")
    .values(status=param("outcome"))
)
COST_AN_ATTEMPT = change(
    update(Challenge)
    .where(col(Challenge.id) == param("challenge"), col(Challenge.status) == "pending")
    .values(attempts_left=Challenge.attempts_left - 1)
)
SEND_AGAIN = change(
    update(Challenge)
    .where(col(Challenge.id) == param("challenge"), col(Challenge.status) == "pending")
    .values(sends=Challenge.sends + 1, sent_at=param("now"), expires_at=param("until"))
)
FIRST_PENDING = one(
    select(Challenge)
    .where(col(Challenge.status) == "pending")
    .order_by(col(Challenge.expires_at), col(Challenge.id))
    .limit(1)
)
ADD_SPENT = adding(CodeSpent)
SPENT_SINCE = scalar(
    select(CodeSpent.moment)
    .where(CodeSpent.subject == param("subject"), CodeSpent.act == param("act"), col(CodeSpent.moment) > param("since"))
    .order_by(col(CodeSpent.moment))
)
FORGET_SPENT = change(
    delete(CodeSpent).where(
        col(CodeSpent.subject) == param("subject"),
        col(CodeSpent.act) == param("act"),
        col(CodeSpent.moment) <= param("until"),
    )
)
