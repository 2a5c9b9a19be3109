"""Where files of sandboxes go."""

from pathlib import Path

import pytest

from sandbox.sandboxes.places import DATABASE, Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "data")
    made.prepare()
    return made


def test_each_file_on_its_way_has_a_place_of_its_own(places: Places) -> None:
    first, second = places.scratch("x"), places.scratch("x")
    assert first != second
    assert first.parent == second.parent == places.data_dir / "unfinished"


@pytest.mark.parametrize("name", ["../../evil", "..", "a/b", "/etc", "", "A", "x" * 64, "a\0"])
def test_what_no_sandbox_can_be_called_leads_nowhere(places: Places, name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a sandbox"):
        places.scratch(name)


def test_a_sandbox_of_a_former_layout_is_taken_over_whatever_it_is_called(places: Places) -> None:
    former = places.sandboxes / "golden-0123456789abcdef"
    former.mkdir()
    (former / "My Bank.sqlite").write_bytes(b"")
    places.prepare()
    assert (places.home("My Bank") / DATABASE).exists()
    assert not former.exists()
