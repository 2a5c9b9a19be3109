"""Sentences around values."""

import pytest

from sandbox.kernel import words

LEFT = "{n:Te queda|Te quedan} {n} {n:intento|intentos}."


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "Te quedan 0 intentos."), (1, "Te queda 1 intento."), (2, "Te quedan 2 intentos.")],
)
def test_words_follow_the_number(n: int, text: str) -> None:
    assert words.filled(LEFT, {"n": n}.__getitem__) == text


def test_a_value_is_not_read_as_a_placeholder() -> None:
    assert words.filled("{a} {b}", {"a": "{b}", "b": "%s {"}.__getitem__) == "{b} %s {"


def test_a_name_without_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="n"):
        words.filled("{n:uno|muchos}", {}.__getitem__)


@pytest.mark.parametrize(
    ("options", "es", "en"),
    [
        ([], "", ""),
        (["cedula"], "cedula", "cedula"),
        (["cedula", "passport"], "cedula o passport", "cedula or passport"),
        (["a", "b", "c"], "a, b o c", "a, b or c"),
        (["loan", "own"], "loan u own", "loan or own"),
        (["a", "hotel"], "a u hotel", "a or hotel"),
    ],
)
def test_options_are_listed_in_the_language(options: list[str], es: str, en: str) -> None:
    assert (words.either(options, "es"), words.either(options, "en")) == (es, en)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-2.0, "-2"), (0.5, "0.5"), (3, "3"), ("1.0", "1.0"), (float("inf"), "inf")]
)
def test_a_whole_number_has_no_decimals(value: object, text: str) -> None:
    assert str(words.number(value)) == text


@pytest.mark.parametrize(
    ("template", "loose"),
    [("{a}", False), ("{a:b|c}", False), ("{a:b}", True), ("{a|b}", True), ("}", True), ("{a:b|c|d}", True)],
)
def test_a_brace_belongs_to_a_placeholder(template: str, loose: bool) -> None:
    assert words.has_loose_braces(template) is loose
