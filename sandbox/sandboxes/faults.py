"""The faults of a sandbox: their order, and how often each was met. Kept in its file, so that a fork has them too."""

from typing import Annotated, Any, NamedTuple, cast

from sqlalchemy import delete, update
from sqlmodel import Field, SQLModel, col, select

from sandbox.domain.faults import Fault, Faults, Standing, Wanted
from sandbox.storage.connection import Connection
from sandbox.storage.json_text import Json
from sandbox.storage.queries import adding, change, changed, one, param, scalar
from sandbox.storage.schema import NEVER_AGAIN


class FaultRow(SQLModel, table=True):
    """A fault as ordered (JSON), its place in the list, how many calls it fitted and how many it struck; how often its
    condition could not be evaluated, with the latest reason; and whether it is switched off."""

    __tablename__ = "fault"
    __table_args__ = NEVER_AGAIN

    id: int = Field(primary_key=True)
    position: int
    wanted: Annotated[str, Json("object")]
    seen: int
    hits: int
    errors: int
    last_error: str | None = None
    off: int | None = None


class Met(NamedTuple):
    """How often a fault fitted, this time included, and struck, this time not included."""

    seen: int
    hits: int


FAULTS = one(select(FaultRow).order_by(col(FaultRow.position), col(FaultRow.id)))
FAULT = one(select(FaultRow).where(FaultRow.id == param("fault")))
FIRST_POSITION = scalar(select(FaultRow.position).order_by(col(FaultRow.position)).limit(1))
ADD_FAULT = adding(FaultRow)
DROP_FAULT = change(delete(FaultRow).where(col(FaultRow.id) == param("fault")))
DROP_FAULTS = change(delete(FaultRow))
MEET = changed(
    Met,
    cast(
        Any,
        update(FaultRow)
        .where(col(FaultRow.id) == param("fault"))
        .values(seen=FaultRow.seen + 1)
        .returning(col(FaultRow.seen), col(FaultRow.hits)),
    ),
)
COUNT_ERROR = change(
    update(FaultRow)
    .where(col(FaultRow.id) == param("fault"))
    .values(errors=FaultRow.errors + 1, last_error=param("reason"))
)
SWITCH = change(update(FaultRow).where(col(FaultRow.id) == param("fault")).values(off=param("is_off")))
PLACE = change(update(FaultRow).where(col(FaultRow.id) == param("fault")).values(position=param("place")))
COUNT_HIT = change(update(FaultRow).where(col(FaultRow.id) == param("fault")).values(hits=FaultRow.hits + 1))


def read(connection: Connection) -> Faults:
    """The faults of a sandbox. Raises ValueError for a row that holds no fault."""
    rows = [FAULTS.shape(row) for row in connection.execute(FAULTS.sql)]
    known = [(_standing(row), row) for row in rows]  # also one that is off: it can be listed, and switched on
    standing = [each for each, row in known if not row.off]
    return Faults(
        tuple(each for each in standing if each.fault.effect.outage is None),
        tuple(each for each in standing if each.fault.effect.outage is not None),
    )


def _standing(row: FaultRow) -> Standing:
    try:
        return Standing(row.id, Fault.ready(Wanted.model_validate_json(row.wanted, strict=False)))
    except ValueError:
        raise ValueError(f"fault {row.id} is not valid") from None
