"""Rule documents a sandbox has in place of the base ones."""

from typing import Protocol

from sqlalchemy import delete
from sqlmodel import Field, SQLModel, col, select

from sandbox.storage.connection import Connection
from sandbox.storage.queries import change, one, param, upsert
from sandbox.storage.unit import UnitOfWork


class RuleOverride(SQLModel, table=True):
    """A document's text, for this sandbox alone."""

    __tablename__ = "rule_override"

    document: str = Field(primary_key=True)
    text: str
    changed_at: int


_put = upsert(RuleOverride).values(document=param("document"), text=param("text"), changed_at=param("now"))
PUT_OVERRIDE = change(
    _put.on_conflict_do_update(
        index_elements=["document"], set_={"text": _put.excluded.text, "changed_at": _put.excluded.changed_at}
    )
)
DROP_OVERRIDE = change(delete(RuleOverride).where(col(RuleOverride.document) == param("document")))
OVERRIDES = one(select(RuleOverride).order_by(col(RuleOverride.document)))


class Overridden(Protocol):
    """What reads its overrides again once they have changed."""

    def read_overrides(self, connection: Connection) -> None: ...


async def read(unit: UnitOfWork) -> dict[str, str]:
    """The documents the sandbox has of its own, by name."""
    return {row.document: row.text for row in await unit.all(OVERRIDES)}


async def put(unit: UnitOfWork, sandbox: Overridden, document: str, text: str | None) -> None:
    """Put a rule document, known to hold, in place of the base one; None uses the base one again."""
    if text is None:
        await unit.later(DROP_OVERRIDE, document=document)
    else:
        await unit.later(PUT_OVERRIDE, document=document, text=text, now=unit.now)
    unit.on_commit(sandbox.read_overrides)
