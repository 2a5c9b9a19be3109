"""Challenges: what waits for a code."""

from typing import Annotated

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.challenges.schemas import Act, ChallengeStatus
from sandbox.domain.vocabulary import Channel, Language
from sandbox.storage.json_text import Json
from sandbox.storage.schema import partial_index


class Challenge(SQLModel, table=True):
    """A code asked for one operation. The code itself is stored nowhere: it is a function of the sandbox's secret, the
    challenge's key and how often it was sent. Before a session exists `member_id` is null and `person` says, disguised,
    whose document it is about. `asked` is JSON: what the code authorises, where the operation's row does not say it. A
    `decoy` was sent to no one, and no code is right: it stands for a person who cannot be
    told of.
    """

    __table_args__ = (
        CheckConstraint("attempts_left >= 0", name="attempts_run_out_once"),
        Index("challenge_by_operation", "operation", "operation_id"),
        partial_index("challenge_due", "expires_at", "id", where="status = 'pending'"),
    )

    id: int = Field(primary_key=True)
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    operation: str
    operation_id: int
    channel: Channel = Field(sa_type=Text)
    destination: str
    language: Language = Field(sa_type=Text)
    status: ChallengeStatus = Field(sa_type=Text)
    attempts_left: int
    sends: int
    sent_at: int
    expires_at: int
    created_at: int
    person: str | None = None
    decoy: int | None = None
    asked: Annotated[str | None, Json("object")] = None


class CodeSpent(SQLModel, table=True):
    """What counts against the hourly budgets of codes: `subject` did `act` (start, send, guess) at `moment`."""

    __tablename__ = "code_spent"
    __table_args__ = (Index("code_spent_by_subject", "subject", "act", "moment"),)

    id: int = Field(primary_key=True)
    subject: str
    act: Act = Field(sa_type=Text)
    moment: int
