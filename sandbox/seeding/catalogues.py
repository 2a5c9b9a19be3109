"""Catalogues: what every bank knows from its first day."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sandbox.bank.beneficiaries.tables import Institution
from sandbox.seeding.books import Books


def read(path: Path) -> Any:
    """The data of a catalogue."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def add_institutions(books: Books, directory: Path) -> None:
    """The interbank network."""
    for number, row in enumerate(read(directory / "institutions.yaml")["institutions"], 1):
        ours = int(row.get("ours", False))
        books.add(Institution, id=number, code=row["code"], name=row["name"], kind=row["kind"], ours=ours)
