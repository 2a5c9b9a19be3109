"""How-to pages for front ends: the files that they show are found, and every fixture is told of."""

import re

import pytest

from clients import pages
from clients.browsing import EXAMPLE, MUTANTS

_FIXTURE = re.compile(r"^  (\w+): [\w<>\[\]\"]+;$", re.MULTILINE)
_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("front-end", ["specs/first.spec.ts"]),
        ("vite", ["vite.config.ts"]),
        ("msw", ["bank.test.ts"]),
        ("cypress", ["cypress/bank.ts", "cypress.config.ts", "cypress/e2e/transfer.cy.ts"]),
        (
            "devices",
            [
                "app/src/debug/res/xml/network_security_config.xml", "app/src/debug/AndroidManifest.xml", "Info.plist",
                "capacitor.config.ts",
            ],
        ),
        ("ci", [".github/workflows/end-to-end.yml", ".github/workflows/service-container.yml", ".gitlab-ci.yml"]),
    ],
)  # fmt: skip
def test_the_files_of_a_page_are_found(page: str, names: list[str]) -> None:
    shown = pages.files(page)
    assert list(shown) == names
    assert all(text.strip() and "```" not in text for text in shown.values())


def test_every_fixture_is_told_of_and_no_other() -> None:
    declared = (EXAMPLE / "fixtures" / "test.ts").read_text(encoding="utf-8")
    page = (pages.HOW_TO / "front-end.md").read_text(encoding="utf-8")
    table = page.partition("| Fixture |")[2].partition("\n\n")[0]
    assert sorted(_ROW.findall(table)) == sorted(_FIXTURE.findall(declared))


def test_a_mutant_changes_one_place_and_its_test_is_there() -> None:
    specs = "".join(path.read_text(encoding="utf-8") for path in (EXAMPLE / "specs").glob("*.spec.ts"))
    for mutant in MUTANTS:
        assert (EXAMPLE / mutant.file).read_text(encoding="utf-8").count(mutant.right) == 1
        assert f'test("{mutant.test}"' in specs
