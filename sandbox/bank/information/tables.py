"""Catalogues: what every bank knows from its first day, one row an entry."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class CatalogueEntry(SQLModel, table=True):
    """An entry of a catalogue (`kind`: faq, contact, menu, requestable, category, biller); `data` is JSON."""

    __tablename__ = "catalogue_entry"
    __table_args__ = (Index("catalogue_by_kind", "kind", "id"),)

    id: int = Field(primary_key=True)
    kind: str
    key: str
    data: str
