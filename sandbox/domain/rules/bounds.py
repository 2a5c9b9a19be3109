"""How large a YAML document may be: measured on its events, before anything is built from it.

Building is what costs. The library takes a minute to build 15,000 anchors and ten seconds for 60,000 open brackets, and
a few lines of aliases of aliases stand for billions of values. Events come one at a time, so the first one past a bound
ends the reading.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, ScalarEvent

# About ten times what the largest document of the base rules needs.
MOST_BYTES = 64 * 1024
MOST_VALUES = 4_000
DEEPEST = 16


class Mistake(NamedTuple):
    """Why a document is not read, and where: line and column from 1."""

    message: str
    line: int = 1
    column: int = 1

    @classmethod
    def of(cls, error: MarkedYAMLError) -> "Mistake":
        """The first line of what the library says, at the place it names."""
        place = error.problem_mark or error.context_mark
        words = (error.problem or "bad YAML").strip().splitlines()[0]
        return cls(words, place.line + 1, place.column + 1) if place else cls(words)


@dataclass(slots=True)
class _Open:
    """A collection that has begun: the name of its anchor, how many values it holds, how deep they go."""

    anchor: str | None
    values: int = 1
    depth: int = 0


@dataclass(slots=True)
class _Measure:
    """Counts values and depth with aliases written out."""

    total: int = 0
    stack: list[_Open] = field(default_factory=list)
    anchored: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self, event: Event) -> str | None:
        """Count one event; gives what is wrong, or None."""
        if isinstance(event, CollectionStartEvent):
            self.total += 1
            self.stack.append(_Open(event.anchor))
        elif isinstance(event, CollectionEndEvent):
            ended = self.stack.pop()
            self._add(ended.values, ended.depth + 1, ended.anchor)
        elif isinstance(event, AliasEvent):
            size = self.anchored.get(event.anchor)
            if size is None:
                return f"the alias *{event.anchor} means itself or nothing"
            self.total += size[0]
            self._add(*size, None)
        elif isinstance(event, ScalarEvent):
            self.total += 1
            self._add(1, 0, event.anchor)
            if not _is_text(event.value):
                return "it holds a character that is not text"
        if self.total > MOST_VALUES:
            return f"more than {MOST_VALUES} values, aliases written out"
        return f"nested more than {DEEPEST} deep" if self._reach(event) > DEEPEST else None

    def _reach(self, event: Event) -> int:
        """How deep the value of an event goes, seen from the top of the document."""
        inner = self.anchored[event.anchor][1] if isinstance(event, AliasEvent) else 0
        return len(self.stack) + inner

    def _add(self, values: int, depth: int, anchor: str | None) -> None:
        """A value is complete: it counts in the collection around it, and under its anchor."""
        if anchor is not None:
            self.anchored[anchor] = (values, depth)
        if self.stack:
            around = self.stack[-1]
            around.values += values
            around.depth = max(around.depth, depth)


def mistake(text: str) -> Mistake | None:
    """What keeps a document from being read: its size, depth, number of values, or its YAML. None if nothing does."""
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        return Mistake(f"larger than {MOST_BYTES} bytes")
    measure = _Measure()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            wrong = measure.take(event)
            if wrong is not None:
                return Mistake(wrong, event.start_mark.line + 1, event.start_mark.column + 1)
    except MarkedYAMLError as error:
        return Mistake.of(error)
    except YAMLError as error:
        return Mistake(str(error))
    return None


def _is_text(value: str) -> bool:
    """Whether a value can be written as UTF-8: escapes can write half of a surrogate pair, which is no character."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
