"""Referrals."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Referral(SQLModel, table=True):
    """A person to whom a member recommended the app."""

    __table_args__ = (Index("referral_once", "member_id", "phone", unique=True),)

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    name: str
    phone: str
    created_at: int
