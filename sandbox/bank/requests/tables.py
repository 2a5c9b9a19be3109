"""Products requested."""

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from sandbox.bank.requests.schemas import RequestStatus


class ProductRequest(SQLModel, table=True):
    """A request for a product of the catalogue; `next_at` is when its status changes next. Amount in cents."""

    __tablename__ = "product_request"
    __table_args__ = (
        Index("request_by_member", "member_id", "id"),
        Index("request_due", "next_at", "id", sqlite_where=text("next_at IS NOT NULL")),
    )

    id: int = Field(primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    product_name: str
    product_name_en: str
    amount: int | None = None
    note: str
    status: RequestStatus = Field(sa_type=Text)
    created_at: int
    changed_at: int
    next_at: int | None = None
