"""Every concept that a posting can have reads in either language, under the same code."""

import pytest

from sandbox.domain import concepts

CATALOGUE = [value for name, value in vars(concepts).items() if name.isupper() and isinstance(value, str)]


def test_the_manuals_own_are_there() -> None:
    assert {
        "28 - ND SERVICIOS ASISTENCIAS", "22047 - NC TRANSFERENCIA PAGO DIRECTO",
        "1634 - TRANSFERENCIA A CUENTA TERCEROS",
    } <= set(CATALOGUE)  # fmt: skip


@pytest.mark.parametrize("concept", CATALOGUE)
def test_a_concept_has_an_english_text_under_its_code(concept: str) -> None:
    code, text = concept.split(" - ", 1)
    english_code, english = concepts.in_english(concept).split(" - ", 1)
    assert english_code == code
    assert english != text
    assert (text[:3] == "ND ", text[:3] == "NC ") == (english[:3] == "DR ", english[:3] == "CR ")


def test_a_code_means_one_concept() -> None:
    codes = [concept.split(" - ", 1)[0] for concept in CATALOGUE]
    assert len(codes) == len(set(codes)) > 20


def test_what_is_not_in_the_catalogue_stays_as_it_is() -> None:
    assert concepts.in_english("9 - OTRO") == "9 - OTRO"
