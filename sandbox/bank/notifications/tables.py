"""Messages that leave the bank, and notices that stay in the app."""

from typing import Annotated

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from sandbox.domain.vocabulary import Channel
from sandbox.storage.json_text import Json
from sandbox.storage.schema import NEVER_AGAIN


class Message(SQLModel, table=True):
    """An SMS or e-mail as it left. A code message carries the code and its challenge as fields of their own.
    `request_id` names the request that sent it; null where the seed did."""

    __table_args__ = (
        Index("message_by_destination", "destination", "id"),
        Index("message_by_challenge", "challenge_id", "id"),
        NEVER_AGAIN,
    )

    id: int = Field(primary_key=True)
    member_id: int | None = Field(default=None, foreign_key="member.id")
    channel: Channel = Field(sa_type=Text)
    destination: str
    kind: str
    text: str
    code: str | None = None
    challenge_id: int | None = None
    sent_at: int
    request_id: str | None = None


class Notification(SQLModel, table=True):
    """A notice in the app: one for each access and each operation. `told` names its text, `params` is a JSON list of
    what goes into it: who reads it chooses the language."""

    __table_args__ = (Index("notification_by_member", "member_id", "id"),)

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    kind: str
    told: str
    params: Annotated[str, Json("array")]
    created_at: int
