"""Products that are shown beside accounts and cards."""

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from sandbox.bank.products.schemas import HoldingStatus, HoldingType


class Holding(SQLModel, table=True):
    """A loan or a term deposit. Amounts in cents, rate in basis points a year."""

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    type: HoldingType = Field(sa_type=Text)
    number: str = Field(unique=True)
    name: str
    name_en: str | None = None
    status: HoldingStatus = Field(sa_type=Text)
    amount: int
    balance: int
    rate: int
    opened_at: int
    due_at: int
