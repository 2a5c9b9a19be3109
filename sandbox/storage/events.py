"""The ordered log of everything that happened: one row an event, committed with what it tells."""

from typing import Annotated

from sqlalchemy import select
from sqlmodel import Field, SQLModel, insert

from sandbox.storage.json_text import Json
from sandbox.storage.queries import adding, change, param
from sandbox.storage.schema import NEVER_AGAIN, SEQUENCE


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
    data: Annotated[str, Json("object")]


_COLUMNS = ("moment", "kind", "member_id", "subject", "request_id", "correlation_id", "data")
_before_last = select(SEQUENCE.c.seq - param("back")).where(SEQUENCE.c.name == param("table"))
ADD_EVENT = adding(Event)
ADD_EVENT_OF_ROW = change(
    insert(Event).values(subject_id=_before_last.scalar_subquery(), **{name: param(name) for name in _COLUMNS})
)
"""An event whose subject is the row that this transaction added to `table` last, or `back` rows before it: for an
engine that is not asked for the key, so that both are written with the COMMIT."""
