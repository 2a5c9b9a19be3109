"""Catalogues and what the app tells everybody (manual, chapters 7 and 9, menu)."""

import json
import re
from typing import Any, NamedTuple

from sandbox.bank.information import queries
from sandbox.bank.information.schemas import VERSION, AppInfo, Catalogue, ContactChannel, Faq, MenuOption
from sandbox.bank.information.tables import CatalogueEntry
from sandbox.bank.seeds import Seeded
from sandbox.bank.wire import Listing
from sandbox.domain.rules.documents import Keyed
from sandbox.kernel.folding import folded
from sandbox.problem import FieldError, Text
from sandbox.problems import AppUpdateRequired, NotFound, ValidationFailed
from sandbox.storage.unit import UnitOfWork


class Entry(NamedTuple):
    """An entry of a catalogue, read."""

    id: int
    key: str
    data: dict[str, Any]


async def catalogue(unit: UnitOfWork, kind: Catalogue) -> list[Entry]:
    """Every entry of a kind, in order."""
    return [_read(row) for row in await unit.all(queries.CATALOGUE, kind=kind)]


async def entry(unit: UnitOfWork, kind: Catalogue, key: int | None) -> Entry:
    """One entry. Raises NotFound."""
    row = await unit.one(queries.ENTRY, entry=key or 0, kind=kind)
    if row is None:
        raise NotFound
    return _read(row)


async def app_info(unit: UnitOfWork, version: str | None, language: str) -> AppInfo:
    """Minimum version, maintenance and menu.

    Raises AppUpdateRequired for a version that is too old, ValidationFailed for a text that is none.
    """
    policy = unit.rules.app.settings
    if version is not None and _parts(version) < _parts(policy.minimum_version):
        raise AppUpdateRequired(minimum=policy.minimum_version)
    menu = [MenuOption(id=each.key, title=each.data[language]) for each in await catalogue(unit, "menu")]
    return AppInfo(minimum_version=policy.minimum_version, maintenance=policy.maintenance, menu=menu)


async def faqs(unit: UnitOfWork, search: str | None, category: str | None, language: str) -> Listing[Faq]:
    """Questions and answers: all, those of a category, those with `search` in them."""
    found = [
        Faq(
            id=unit.ids.name("faq", each.id),
            category=each.data["category"],
            question=each.data["question"][language],
            answer=each.data["answer"][language],
        )
        for each in await catalogue(unit, "faq")
        if category is None or each.data["category"] == category
    ]
    wanted = folded(search or "")
    return Listing[Faq](items=[faq for faq in found if wanted in folded(f"{faq.question} {faq.answer}")])


async def contact_channels(unit: UnitOfWork, language: str) -> Listing[ContactChannel]:
    """How to reach the cooperative."""
    return Listing[ContactChannel](
        items=[
            ContactChannel(
                id=each.key, kind=each.data["kind"], title=each.data["title"][language], value=each.data["value"]
            )
            for each in await catalogue(unit, "contact")
        ]
    )


def seeded(kind: str, entry: Keyed) -> Seeded:
    """An entry of a catalogue of that kind, as a row to seed."""
    data = entry.model_dump(exclude={"key"}, exclude_none=True)
    return Seeded(CatalogueEntry, {"kind": kind, "key": entry.key, "data": json.dumps(data, ensure_ascii=False)})


def _read(row: CatalogueEntry) -> Entry:
    return Entry(row.id, row.key, json.loads(row.data))


def _parts(version: str) -> tuple[int, ...]:
    if re.fullmatch(VERSION, version) is None:
        words = Text("Escribe la versión como «3.2.1».", "Write the version as in “3.2.1”.")
        raise ValidationFailed(errors=[FieldError("X-App-Version", "bad_version", words)])
    return tuple(int(part) for part in version.split("."))
