"""What the bank writes to members: the words of every message and notice, in Spanish and in English."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from sandbox.domain.rules.documents import Document, Message, Part
from sandbox.domain.vocabulary import Language
from sandbox.kernel import words as wording

_MOST_COMPILED = 4_096


class Names(NamedTuple):
    """What every text may name besides its own parameters: the institution and its app."""

    institution: str
    app: str


class Phrase(NamedTuple):
    """A parameter that has words of its own in each language."""

    es: str
    en: str


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


class _Slot(NamedTuple):
    """What goes into a text: the parameter at `place`, or the one of two `words` that its number chooses."""

    place: int
    words: tuple[str, str] | None

    def shown(self, told: NamedTuple) -> object:
        value = told[self.place]
        if self.words is None:
            return value
        return self.words[0] if value == 1 else self.words[1]


class _Template(NamedTuple):
    """A text as `%` takes it, and what it takes; None where that is all parameters as they are, in order."""

    text: str
    slots: tuple[_Slot, ...] | None

    def filled(self, told: NamedTuple) -> str:
        values = told if self.slots is None else tuple(slot.shown(told) for slot in self.slots)
        return (self.text % values).rstrip()


class Wording:
    """The texts of a rule book, for a vocabulary that they were checked against. Each is compiled once for each
    institution, so that telling it costs what an f-string costs."""

    def __init__(self, texts: Texts, vocabulary: Vocabulary) -> None:
        self._texts: dict[type[NamedTuple], Message] = {
            **{kind: texts.messages[name_of(kind)] for kind in vocabulary.messages},
            **{kind: texts.notices[name_of(kind)].text for kind in vocabulary.notices},
        }
        self._titles = {kind: texts.notices[name_of(kind)].title for kind in vocabulary.notices}
        self._notices = {name_of(kind): kind for kind in vocabulary.notices}
        self._compiled: dict[tuple[object, ...], _Template] = {}

    def notice(self, name: str, params: Sequence[object], language: Language) -> NamedTuple:
        """A notice by its name and its parameters; those that are pairs are phrases, told in `language`."""
        place = Phrase._fields.index(language)
        chosen = [param[place] if isinstance(param, list | tuple) else param for param in params]
        return self._notices[name]._make(chosen)

    def text(self, told: NamedTuple, language: Language, names: Names) -> str:
        """What is written. A parameter that ends the text may be empty: no space is left behind it."""
        kind = type(told)
        found = self._compiled.get((kind, language, names))
        if found is None:
            found = self._keep((kind, language, names), _compiled(self._texts[kind], kind, language, names))
        return found.filled(told)

    def title(self, told: NamedTuple, language: Language, names: Names) -> str:
        """The title of a notice."""
        kind = type(told)
        found = self._compiled.get((kind, language, names, "title"))
        if found is None:
            found = self._keep((kind, language, names, "title"), _compiled(self._titles[kind], kind, language, names))
        return found.filled(told)

    def _keep(self, key: tuple[object, ...], template: _Template) -> _Template:
        if len(self._compiled) >= _MOST_COMPILED:
            self._compiled.clear()
        self._compiled[key] = template
        return template


@cache
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
    known = (*kind._fields, *Names._fields)
    for language in ("es", "en"):
        text = words.in_(language)
        for name in wording.names(text):
            if name not in known:
                yield (*place, language), f"nothing is called {{{name}}}; known are {', '.join(known)}"
        if wording.has_loose_braces(text):
            yield (*place, language), "a brace that is no {placeholder}"


def _compiled(words: Message, kind: type[NamedTuple], language: Language, names: Names) -> _Template:
    fields = kind._fields
    slots: list[_Slot] = []

    def placed(name: str, one: str | None, many: str | None) -> str:
        if name in fields:
            forms = None if one is None or many is None else (one.replace("%%", "%"), many.replace("%%", "%"))
            slots.append(_Slot(fields.index(name), forms))
            return "%s"
        known: str = getattr(names, name)
        return known.replace("%", "%%")

    text = wording.placed(words.in_(language).replace("%", "%%"), placed)
    in_order = slots == [_Slot(place, None) for place in range(len(fields))]
    return _Template(text, None if in_order else tuple(slots))
