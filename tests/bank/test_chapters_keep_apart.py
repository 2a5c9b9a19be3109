"""The contract on imports between chapters finds what it is there to find."""

from typing import Any

import pytest
from grimp import ImportGraph
from importlinter.domain.helpers import MissingImport

from tests.import_contracts import ChaptersContract

MODULES = [
    "bank", "bank.shared", "bank.whole",
    "bank.cards", "bank.cards.chapter", "bank.cards.service", "bank.cards.schemas", "bank.cards.queries", "bank.cards.part",
    "bank.loans", "bank.loans.chapter", "bank.loans.service", "bank.loans.queries",
]  # fmt: skip
OPTIONS: dict[str, Any] = {"package": "bank", "declaration": "chapter", "doors": ["service", "schemas"]}


def breaches(*imports: tuple[str, str], **options: Any) -> list[tuple[str, str]]:
    """What the contract objects to, where these imports are all there are."""
    graph = ImportGraph()
    for module in MODULES:
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    check = ChaptersContract("chapters", {"root_packages": ["bank"]}, OPTIONS | options).check(graph, verbose=False)
    found: list[tuple[str, str]] = check.metadata["breaches"]
    assert check.kept is not bool(found)
    return found


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("bank.loans.service", "bank.cards.service"),
        ("bank.loans.queries", "bank.cards.schemas"),
        ("bank.loans.service", "bank.loans.queries"),
        ("bank.loans.service", "bank.shared"),
    ],
)
def test_a_chapter_may_use_its_own_rooms_doors_of_others_and_what_is_shared(importer: str, imported: str) -> None:
    assert breaches((importer, imported)) == []


@pytest.mark.parametrize("room", ["queries", "part", "chapter"])
def test_a_chapter_may_not_use_another_room_of_another_chapter(room: str) -> None:
    imported = ("bank.loans.service", f"bank.cards.{room}")
    assert breaches(imported) == [imported]


@pytest.mark.parametrize("room", ["service", "queries"])
def test_what_chapters_build_on_uses_none_of_them(room: str) -> None:
    imported = ("bank.shared", f"bank.cards.{room}")
    assert breaches(imported) == [imported]


def test_a_module_named_as_part_of_a_service_is_a_door() -> None:
    assert breaches(("bank.loans.service", "bank.cards.part"), services=["bank.cards.part"]) == []


def test_what_puts_the_chapters_together_may_import_all_of_them() -> None:
    assert breaches(("bank.whole", "bank.cards.chapter"), composition=["bank.whole"]) == []


def test_an_exception_lets_one_import_through_and_no_other() -> None:
    excepted, other = ("bank.loans.queries", "bank.cards.queries"), ("bank.loans.service", "bank.cards.queries")
    assert breaches(excepted, other, ignore_imports=["bank.loans.queries -> bank.cards.queries"]) == [other]


def test_an_exception_that_nothing_needs_breaks_the_contract() -> None:
    with pytest.raises(MissingImport, match=r"bank\.loans\.queries -> bank\.cards\.queries"):
        breaches(ignore_imports=["bank.loans.queries -> bank.cards.queries"])


@pytest.mark.parametrize("option", ["services", "composition"])
def test_a_module_that_is_named_and_not_there_breaks_the_contract(option: str) -> None:
    with pytest.raises(ValueError, match=r"^there is no module bank\.cards\.gone$"):
        breaches(**{option: ["bank.cards.gone"]})
