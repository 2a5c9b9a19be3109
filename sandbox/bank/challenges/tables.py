"""Challenges: what waits for a code."""

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel


class Challenge(SQLModel, table=True):
    """A code asked for one operation. The code itself is stored nowhere: it is a function of the sandbox's secret, the
    challenge's key and how often it was sent. `member_id` is null before a session exists.
    """

    __table_args__ = (
        CheckConstraint("attempts_left >= 0", name="attempts_run_out_once"),
        Index("challenge_by_operation", "operation", "operation_id"),
        Index("challenge_due", "expires_at", "id", sqlite_where=text("status = 'pending'")),
    )

    id: int = Field(primary_key=True)
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    operation: str
    operation_id: int
    channel: str
    destination: str
    status: str
    attempts_left: int
    sends: int
    sent_at: int
    expires_at: int
    created_at: int
    settled_at: int | None = None
