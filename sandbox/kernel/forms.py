"""What a text that must match a pattern looks like, in words: a validator that only knows the pattern can tell it."""

from typing import NamedTuple


class Form(NamedTuple):
    """A pattern, what to write in Spanish and in English, and an example that fits."""

    pattern: str
    es: str
    en: str
    example: str


_FORMS: dict[str, Form] = {}


def form(pattern: str, *, es: str, en: str, example: str) -> Form:
    """Declare the form of texts that match `pattern`; `es` and `en` say what to write, without the example. Raises
    ValueError for a pattern that has other words already."""
    declared = Form(pattern, f"{es}, como «{example}».", f"{en}, such as “{example}”.", example)
    if _FORMS.setdefault(pattern, declared) != declared:
        raise ValueError(f"two forms share the pattern {pattern}")
    return declared


def of_pattern(pattern: str) -> Form | None:
    """The form that was declared with `pattern`."""
    return _FORMS.get(pattern)
