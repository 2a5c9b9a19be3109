"""The SQL of challenges."""

from sqlalchemy import update
from sqlmodel import col, select

from sandbox.bank.challenges.tables import Challenge
from sandbox.bank.notifications.tables import Message
from sandbox.storage.statements import adding, change, one, param

CHALLENGE = one(select(Challenge).where(Challenge.id == param("challenge")))
CHALLENGE_OF = one(
    select(Challenge)
    .where(Challenge.operation == param("operation"), Challenge.operation_id == param("operation_id"))
    .order_by(col(Challenge.id).desc())
    .limit(1)
)
ADD_CHALLENGE = adding(
    Challenge, "member_id", "operation", "operation_id", "channel", "destination", "status", "attempts_left", "sends",
    "sent_at", "expires_at", "created_at",
)  # fmt: skip
SETTLE = change(
    update(Challenge)
    .where(col(Challenge.id) == param("challenge"), col(Challenge.status) == "pending")
    .values(status=param("outcome"), settled_at=param("now"))
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
RESENT_SINCE = one(
    select(Message)
    .where(
        col(Message.destination) == param("destination"),
        col(Message.kind) == "code_again",
        col(Message.sent_at) > param("since"),
    )
    .order_by(col(Message.id).desc())
    .limit(param("limit"))
)
