"""Procedures."""

from sqlmodel import Field, SQLModel


class Procedure(SQLModel, table=True):
    """One procedure. `payload` is JSON: what will be done once the code is right (never a password, only its hash)."""

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    kind: str
    status: str
    payload: str
    created_at: int
    changed_at: int
