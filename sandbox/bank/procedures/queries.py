"""The SQL of procedures."""

from sqlalchemy import update
from sqlmodel import col, select

from sandbox.bank.procedures.tables import Procedure
from sandbox.storage.queries import adding_bound, change, one, param

ADD_PROCEDURE = adding_bound(Procedure)
PROCEDURE = one(select(Procedure).where(Procedure.id == param("procedure"), Procedure.kind == param("kind")))
SET_STATUS = change(
    update(Procedure)
    .where(col(Procedure.id) == param("procedure"))
    .values(status=param("outcome"), changed_at=param("now"))
)
