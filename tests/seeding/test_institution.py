"""Whose bank it is, and the catalogues of the chapters: files of the seed that are checked before anything is made."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sandbox.cli.main import app
from sandbox.domain.institution import institution_of
from sandbox.kernel import clock
from sandbox.seeding import catalogues
from sandbox.seeding.documents import SeedInvalid
from sandbox.seeding.golden import Recipe, build
from sandbox.storage.schema import Origin
from tests import goldens
from tests.functional.processes import ROOT


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """A copy of the seed, to be edited."""
    return goldens.recipe(Path(shutil.copytree(ROOT / "seed", tmp_path / "seed")), ROOT / "rules")


def edit(recipe: Recipe, file: str, old: str, new: str) -> int:
    """Replace text of a file of the seed; gives its line."""
    path = recipe.seed_dir / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def refused(recipe: Recipe) -> str:
    made = recipe.seed_dir.parent / "bank.sqlite"
    with pytest.raises(SeedInvalid) as invalid:
        build(made, Origin("a", 0, clock.parse("2026-11-23T09:15:00-05:00")), recipe)
    assert list(recipe.seed_dir.parent.glob("bank*")) == []
    return str(invalid.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: Cooprogreso\n", 'name: ""\n', "name: String should have at least 1 character"),
        ("name: Cooprogreso\n", f"name: {'x' * 41}\n", "name: String should have at most 40 characters"),
        ("name: Cooprogreso\n", "nombre: Cooprogreso\n", "name: Field required"),
        ("realm: cooprogreso", "realm: Coo progreso", "realm: String should match pattern"),
        ('code: "079"', "code: 79", "network.code: Input should be a valid string"),
        ("kind: cooperative", "kind: shop", "network.kind: Input should be 'bank', 'cooperative' or 'mutualist'"),
        ('account: "410"', 'account: "41"', "prefixes.account: String should match pattern"),
        ('loan: "510"', 'loan: "410"', "prefixes: two kinds of products have the same prefix"),
        ('bin: "999999"', 'bin: "9999999"', "cards.bin: String should match pattern"),
        ("cut_day: 10", "cut_day: 29", "cards.cut_day: Input should be less than or equal to 28"),
        ("/i/{code}", "/i/", "referral.link: String should match pattern"),
        ("/i/{code}", "/i/{code}/{name}", "referral.link: String should match pattern"),
        ("kind: whatsapp", "kind: pigeon", "contact.1.kind: Input should be"),
        ("prefixes: {", "prefixes: [", "expected"),
        ("name: Cooprogreso\n", "name: Cooprogreso\nname: Otra\n", "duplicate key"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_institution_is_told_with_file_and_line(recipe: Recipe, old: str, new: str, told: str) -> None:
    line = edit(recipe, "institution.yaml", old, new)
    message = refused(recipe)
    assert told in message
    first = int(message.partition("institution.yaml:")[2].partition(":")[0])
    assert abs(first - line) <= 2


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("information", "key: products,", "key: profile,", "two of menu are called profile"),
        ("information", "category: acceso", "kategory: acceso", "faq.0.category: Field required"),
        ("requests", '"200.00"', "200.00", "requestable.2.minimum_amount: Input should be a valid string"),
        ("services", "category: water", "category: fire", "biller epmaps has the category fire, which there is not"),
        ("services", 'reference_example: "1100223344"', 'reference_example: "11"', "biller.1: reference_example does not fit"),
        ("services", '"^[0-9]{9,12}$"', '"^[0-9{9,12}$"', "biller.0: reference_pattern is no regular expression"),
        ("services", 'fee: "0.30"', 'fee: "0.3"', "biller.0.fee: String should match pattern"),
        ("institutions", "Banco Guayaquil", "Banco Pichincha", "two of institutions are called Banco Pichincha"),
        ("institutions", "Banco Guayaquil", "Cooperativa Progreso", "Cooperativa Progreso is the institution itself"),
        ("institutions", '"017"', '"079"', "079 Banco Guayaquil is the institution itself"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_catalogue_is_told(recipe: Recipe, file: str, old: str, new: str, told: str) -> None:
    edit(recipe, f"catalogues/{file}.yaml", old, new)
    message = refused(recipe)
    assert told in message
    assert f"{file}.yaml:" in message


def test_all_mistakes_of_a_file_are_told_at_once(recipe: Recipe) -> None:
    edit(recipe, "institution.yaml", "cut_day: 10", "cut_day: 0")
    edit(recipe, "institution.yaml", 'account: "410"', 'account: "x"')
    assert refused(recipe).count("institution.yaml:") == 2


def test_a_missing_file_is_told(recipe: Recipe) -> None:
    (recipe.seed_dir / "institution.yaml").unlink()
    assert "institution.yaml:1:1: cannot be read: No such file or directory" in refused(recipe)


def test_the_command_line_tells_a_seed_that_does_not_hold(recipe: Recipe, tmp_path: Path) -> None:
    line = edit(recipe, "institution.yaml", "cut_day: 10", "cut_day: 31")
    settings = {
        "SANDBOX_SEED_DIR": str(recipe.seed_dir), "SANDBOX_RULES_DIR": str(ROOT / "rules"),
        "SANDBOX_DATA_DIR": str(tmp_path / "data"), "SANDBOX_MEMBERS": "0",
    }  # fmt: skip
    ended = CliRunner().invoke(app, ["seed"], env=settings)
    assert ended.exit_code == 1
    assert f"institution.yaml:{line}:" in ended.output.replace("\n", "")


def test_what_is_wrong_with_a_kept_institution_is_one_sentence() -> None:
    kept = catalogues.institution(ROOT / "seed").model_dump_json()
    with pytest.raises(ValueError, match=r"^institution\.prefixes\.loan: String should match pattern '[^']*'$"):
        institution_of(kept.replace('"510"', '"51"'))


def test_sandboxes_of_one_institution_share_it() -> None:
    kept = catalogues.institution(ROOT / "seed").model_dump_json()
    assert institution_of(kept) is institution_of(str(kept))
    assert institution_of(kept).model_dump_json() == kept
