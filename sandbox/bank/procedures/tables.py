"""Procedures."""

from typing import Annotated

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from sandbox.bank.procedures.schemas import ProcedureKind, ProcedureStatus
from sandbox.storage.json_text import Json


class Procedure(SQLModel, table=True):
    """One procedure. `payload` is JSON: what will be done once the code is right (never a password, only its hash).
    No member: it stands for a person who cannot be told of, and no code is right."""

    id: int = Field(primary_key=True)
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    kind: ProcedureKind = Field(sa_type=Text)
    status: ProcedureStatus = Field(sa_type=Text)
    payload: Annotated[str, Json("object")]
    created_at: int
    changed_at: int
