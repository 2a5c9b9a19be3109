"""Products that are shown beside accounts and cards."""

from sqlmodel import Field, SQLModel


class Holding(SQLModel, table=True):
    """A loan or a term deposit. Amounts in cents, rate in basis points a year."""

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    type: str
    number: str = Field(unique=True)
    name: str
    status: str
    amount: int
    balance: int
    rate: int
    opened_at: int
    due_at: int
