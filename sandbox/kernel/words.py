"""Sentences with values in them: lists, numbers and words that follow a number, in Spanish and in English."""

import re
from collections.abc import Callable, Iterator, Sequence

# A placeholder, alone or with the two words of which its value chooses one.
_PLACE = re.compile(r"\{([A-Za-z0-9_.]+)(?::([^{}|]*)\|([^{}|]*))?\}")
_OR = {"es": "o", "en": "or"}


def filled(template: str, value: Callable[[str], object]) -> str:
    """`template` with the values of its placeholders: `{name}` is the value itself, `{name:word|words}` is the first
    word where the value is 1, else the second. Raises what `value` raises for a name that it does not know."""
    if "{" not in template:
        return template

    def shown(found: re.Match[str]) -> str:
        name, one, many = found.groups()
        if one is None:
            return str(value(name))
        return one if value(name) == 1 else many

    return _PLACE.sub(shown, template)


def placed(template: str, text: Callable[[str, str | None, str | None], str]) -> str:
    """`template` with each placeholder replaced by `text(name, one, many)`; the words are None in one that has none."""
    return _PLACE.sub(lambda found: text(*found.groups()), template)


def names(template: str) -> Iterator[str]:
    """The names of the placeholders of a template."""
    return (found[1] for found in _PLACE.finditer(template))


def has_loose_braces(template: str) -> bool:
    """Whether there is a brace that belongs to no placeholder."""
    return re.search("[{}]", _PLACE.sub("", template)) is not None


def either(options: Sequence[str], language: str) -> str:
    """`a, b o c`, `a, b or c`. In Spanish «o» becomes «u» before the sound of an o."""
    if len(options) < 2:
        return "".join(options)
    word = _OR[language]
    if language == "es" and re.match("h?[oó]", options[-1], re.IGNORECASE):
        word = "u"
    return f"{', '.join(options[:-1])} {word} {options[-1]}"


def number(value: object) -> object:
    """A number as it is written: 0 rather than 0.0. Anything else stays what it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
