"""Procedures."""

from sqlmodel import Field, SQLModel


class Procedure(SQLModel, table=True):
    """One procedure. `payload` is JSON: what will be done once the code is right (never a password, only its hash).
    No member: it stands for a person who cannot be told of, and no code is right."""

    id: int = Field(primary_key=True)
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    kind: str
    status: str
    payload: str
    created_at: int
    changed_at: int
