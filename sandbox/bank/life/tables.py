"""What members did by themselves."""

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.life.schemas import Outcome
from sandbox.domain.life.behaviours import What


class LifeOrder(SQLModel, table=True):
    """An order of a member who lives: what came of it, at which moment, of how many cents, on which account.

    What moves money has its entry, of the operation `life_order`; what cards and products do has theirs, and names in
    `of_id` the purchase, the loan or the deposit.
    """

    __tablename__ = "life_order"
    __table_args__ = (
        CheckConstraint("amount > 0", name="an_order_is_of_something"),
        Index("life_order_by_what", "what", "outcome"),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    behaviour: str
    what: What = Field(sa_type=Text)
    moment: int
    amount: int
    outcome: Outcome = Field(sa_type=Text)
    account_id: int = Field(foreign_key="account.id")
    of_id: int | None = None
