"""The SQL of catalogues."""

from sqlmodel import col, select

from sandbox.bank.information.tables import CatalogueEntry
from sandbox.storage.queries import one, param

CATALOGUE = one(select(CatalogueEntry).where(CatalogueEntry.kind == param("kind")).order_by(col(CatalogueEntry.id)))
ENTRY = one(select(CatalogueEntry).where(CatalogueEntry.id == param("entry"), CatalogueEntry.kind == param("kind")))
