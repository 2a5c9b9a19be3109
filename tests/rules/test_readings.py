"""Documents that were read at an earlier start."""

import datetime as dt
import inspect
import shutil
from pathlib import Path

import pytest

from sandbox.domain.rules import Readings, RuleBook, RulesInvalid, book, reading
from sandbox.problem import CATALOGUE

CODES = frozenset(CATALOGUE)
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def _documents_are_really_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests share documents."""
    monkeypatch.setattr(book, "_document", inspect.unwrap(book._document))


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A directory of documents to edit."""
    return shutil.copytree(ROOT / "rules", tmp_path / "rules")


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which a first start kept what it read."""
    path = tmp_path_factory.mktemp("first") / "rules.json"
    readings = Readings(path)
    RuleBook.load(ROOT / "rules", CODES, readings=readings)
    readings.save()
    return path


@pytest.fixture
def kept(tmp_path: Path, first_start: Path) -> Path:
    """A copy of that file, to spoil."""
    return shutil.copyfile(first_start, tmp_path / "rules.json")


@pytest.fixture
def yaml_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose YAML is read from here on."""
    names: list[str] = []
    load = reading._load

    def noted(source: reading.Source) -> object:
        names.append(Path(source.file).name)
        return load(source)

    monkeypatch.setattr(reading, "_load", noted)
    return names


@pytest.mark.no_cover  # traced it takes three times as long, and other tests reach all of its lines
@pytest.mark.usefixtures("_documents_are_really_read")
def test_a_second_start_reads_no_yaml_and_has_the_same_rules(rules: Path, kept: Path, yaml_read: list[str]) -> None:
    again = RuleBook.load(rules, CODES, readings=Readings(kept))
    assert yaml_read == []
    anew = RuleBook.load(rules, CODES)
    assert again.revision == anew.revision
    assert {name: each.model_dump() for name, each in again.documents.items()} == {
        name: each.model_dump() for name, each in anew.documents.items()
    }


@pytest.mark.usefixtures("_documents_are_really_read")
def test_a_document_that_changed_has_its_new_content(rules: Path, kept: Path) -> None:
    otp = rules / "otp.yaml"
    otp.write_text(otp.read_text(encoding="utf-8").replace("digits: 6", "digits: 8"), encoding="utf-8")
    readings = Readings(kept)
    assert RuleBook.load(rules, CODES, readings=readings).otp.settings.digits == 8
    readings.save()
    assert RuleBook.load(rules, CODES, readings=Readings(kept)).otp.settings.digits == 8


@pytest.mark.usefixtures("_documents_are_really_read")
def test_a_mistake_in_what_is_not_read_again_is_told_at_its_place(rules: Path, kept: Path) -> None:
    def mistakes(readings: Readings | None) -> list[object]:
        with pytest.raises(RulesInvalid) as invalid:
            RuleBook.load(rules, CODES - {"limit_exceeded"}, readings=readings)
        return list(invalid.value.errors)

    found = mistakes(Readings(kept))
    assert found == mistakes(None)
    assert any("no problem has the code limit_exceeded" in str(error) for error in found)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", None], ids=["empty", "cut", "a list", "bytes", "none"])
def test_a_file_that_is_none_of_ours_is_written_anew(rules: Path, kept: Path, content: bytes | None) -> None:
    whole = kept.read_bytes()
    kept.unlink()
    if content is not None:
        kept.write_bytes(content)
    readings = Readings(kept)
    RuleBook.load(rules, CODES, readings=readings)
    readings.save()
    assert kept.read_bytes() == whole


def test_what_json_cannot_hold_is_read_at_each_start(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    readings = Readings(path)
    readings.note("day: 2026-11-23", {"day": dt.date(2026, 11, 23)})
    readings.note("day: text", {"day": "text"})
    readings.save()
    assert Readings(path).of("day: 2026-11-23") is None
    assert Readings(path).of("day: text") == {"day": "text"}
