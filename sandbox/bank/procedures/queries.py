"""The SQL of procedures."""

from sqlalchemy import update
from sqlmodel import col, select

from sandbox.bank.procedures.tables import Procedure
from sandbox.storage.queries import adding_bound, change, one, param, to_change

ADD_PROCEDURE = adding_bound(Procedure)
_procedure = select(Procedure).where(Procedure.id == param("procedure"), Procedure.kind == param("kind"))
PROCEDURE = one(_procedure)
PROCEDURE_TO_CHANGE = one(to_change(_procedure))
SET_STATUS = change(
    update(Procedure)
    .where(col(Procedure.id) == param("procedure"))
    .values(status=param("outcome"), changed_at=param("now"))
)
