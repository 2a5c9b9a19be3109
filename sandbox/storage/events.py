"""The ordered log of everything that happened: one row an event, committed with what it tells."""

from sqlmodel import Field, SQLModel

from sandbox.storage.queries import adding
from sandbox.storage.schema import NEVER_AGAIN


class Event(SQLModel, table=True):
    """`kind` is noun.verb (`transfer.created`), `subject` the thing's prefix and key (`trf`, 7), `data` JSON.
    `correlation_id` is the client's own id of the request, where it sent one."""

    __table_args__ = NEVER_AGAIN

    id: int = Field(primary_key=True)
    moment: int
    kind: str
    member_id: int | None = Field(default=None, index=True)
    subject: str
    subject_id: int
    request_id: str
    correlation_id: str | None
    data: str


ADD_EVENT = adding(Event)
