"""Products requested."""

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.requests.schemas import RequestStatus
from sandbox.storage.schema import partial_index


class ProductRequest(SQLModel, table=True):
    """A request for a product of the catalogue; `next_at` is when its status changes next. Amount in cents."""

    __tablename__ = "product_request"
    __table_args__ = (
        Index("request_by_member", "member_id", "id"),
        partial_index("request_due", "next_at", "id", where="next_at IS NOT NULL"),
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
