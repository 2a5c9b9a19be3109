"""Searches know neither case nor accents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.folding import folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lucía", "lucia"),
        ("LUCI\u0301A", "lucia"),
        ("Peña Güiza", "pena guiza"),
        ("¿Contraseña?", "¿contrasena?"),
        ("Straße", "strasse"),
        ("ﬁn", "fin"),
        ("410XX1", "410xx1"),
        ("", ""),
    ],
)
def test_case_and_accents_are_lost_and_nothing_else(text: str, expected: str) -> None:
    assert folded(text) == expected


@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet="abcxyzáéíóúüñÁÉÍÓÚÜÑ "))
def test_case_and_the_way_of_writing_an_accent_make_no_difference(text: str) -> None:
    assert folded(text) == folded(text.upper()) == folded(text.lower())
