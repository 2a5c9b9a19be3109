"""What the bank writes to members: the words of every message and notice, in Spanish and in English."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from sandbox.domain.rules.documents import Document, Message, Part
from sandbox.domain.rules.engine import PLACEHOLDER

Language = Literal["es", "en"]
NAMES = ("institution", "app")
"""What every text may name besides its own parameters: the cooperative and its app."""


class Notice(Part):
    """A notice in the app."""

    title: Message
    text: Message


class Texts(Document):
    """The words of messages (SMS, e-mail, what is shared) and of notices, by the name of what is told."""

    kind = "texts"
    document: Literal["texts"]
    messages: dict[str, Message]
    notices: dict[str, Notice]


class Vocabulary(NamedTuple):
    """What can be told. Each is a named tuple: its class names the text, its fields are the text's parameters."""

    messages: tuple[type[NamedTuple], ...] = ()
    notices: tuple[type[NamedTuple], ...] = ()


class _Words(NamedTuple):
    """A text by language, as `str.format` takes it: parameters by position, names by name."""

    es: str
    en: str

    def of(self, told: NamedTuple, language: Language, names: Mapping[str, str]) -> str:
        template = self.es if language == "es" else self.en
        return template.format(*told, **names).rstrip()


class Wording:
    """The texts of a rule book, compiled for a vocabulary that they were checked against."""

    def __init__(self, texts: Texts, vocabulary: Vocabulary) -> None:
        self._texts = {kind: _compiled(texts.messages[name_of(kind)], kind) for kind in vocabulary.messages}
        self._texts |= {kind: _compiled(texts.notices[name_of(kind)].text, kind) for kind in vocabulary.notices}
        self._titles = {kind: _compiled(texts.notices[name_of(kind)].title, kind) for kind in vocabulary.notices}

    def text(self, told: NamedTuple, language: Language, names: Mapping[str, str]) -> str:
        """What is written. A parameter that ends the text may be empty: no space is left behind it."""
        return self._texts[type(told)].of(told, language, names)

    def title(self, told: NamedTuple, language: Language, names: Mapping[str, str]) -> str:
        """The title of a notice."""
        return self._titles[type(told)].of(told, language, names)


def name_of(kind: type[NamedTuple]) -> str:
    """The name of a text: `TransferReturned` is `transfer_returned`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def mistakes(texts: Texts, vocabulary: Vocabulary) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with the texts, each with its place: one that is missing or that nothing tells, and placeholders
    that have no value."""
    for section, told, kinds in (
        ("messages", texts.messages, vocabulary.messages),
        ("notices", texts.notices, vocabulary.notices),
    ):
        known = {name_of(kind): kind for kind in kinds}
        for name in sorted(known.keys() - told.keys()):
            yield (section,), f"there is no text {name}"
        for name, words in told.items():
            if name not in known:
                yield (section, name), f"nothing is told by {name}; known are {', '.join(sorted(known))}"
            elif isinstance(words, Notice):
                yield from _unknown((section, name, "title"), words.title, known[name])
                yield from _unknown((section, name, "text"), words.text, known[name])
            else:
                yield from _unknown((section, name), words, known[name])


def _unknown(place: tuple[str, ...], words: Message, kind: type[NamedTuple]) -> Iterator[tuple[tuple[str, ...], str]]:
    known = (*kind._fields, *NAMES)
    for language in ("es", "en"):
        text = words.in_(language)
        for name in PLACEHOLDER.findall(text):
            if name not in known:
                yield (*place, language), f"nothing is called {{{name}}}; known are {', '.join(known)}"
        if re.search("[{}]", PLACEHOLDER.sub("", text)):
            yield (*place, language), "a brace that is no {placeholder}"


def _compiled(words: Message, kind: type[NamedTuple]) -> _Words:
    fields = kind._fields

    def placed(found: re.Match[str]) -> str:
        name = found[1]
        return f"{{{fields.index(name)}}}" if name in fields else found[0]

    return _Words(PLACEHOLDER.sub(placed, words.es), PLACEHOLDER.sub(placed, words.en))
