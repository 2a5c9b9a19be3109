"""Catalogues: what every bank knows from its first day."""

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sandbox.bank.beneficiaries.tables import Institution
from sandbox.bank.information.tables import CatalogueEntry
from sandbox.seeding.books import Books


def read(path: Path) -> Any:
    """The data of a catalogue."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def add_entries(books: Books, directory: Path) -> None:
    """Menu, contact channels, questions, requestable products, categories and billers."""
    for name in ("app", "services"):
        for kind, rows in read(directory / f"{name}.yaml").items():
            for row in rows:
                data = {key: value for key, value in row.items() if key != "key"}
                key = books.key(CatalogueEntry)
                books.add(CatalogueEntry, id=key, kind=kind, key=row["key"], data=json.dumps(data, ensure_ascii=False))


def add_institutions(books: Books, directory: Path) -> None:
    """The interbank network."""
    for number, row in enumerate(read(directory / "institutions.yaml")["institutions"], 1):
        ours = int(row.get("ours", False))
        books.add(Institution, id=number, code=row["code"], name=row["name"], kind=row["kind"], ours=ours)
