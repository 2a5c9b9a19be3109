"""Catalogues: what every bank knows from its first day, one row an entry."""

from typing import Annotated

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from sandbox.bank.information.schemas import Catalogue
from sandbox.storage.json_text import Json


class CatalogueEntry(SQLModel, table=True):
    """An entry of a catalogue (`kind`: faq, contact, menu, requestable, category, biller); `data` is JSON."""

    __tablename__ = "catalogue_entry"
    __table_args__ = (Index("catalogue_by_kind", "kind", "id"),)

    id: int = Field(primary_key=True)
    kind: Catalogue = Field(sa_type=Text)
    key: str
    data: Annotated[str, Json("object")]
