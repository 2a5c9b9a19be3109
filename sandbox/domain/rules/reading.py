"""YAML with places: every value of a document leads back to its line and column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sandbox.domain.rules import bounds
from sandbox.domain.rules.errors import RuleError, at


@dataclass
class Source:
    """A document as it was written, and, once read, where its values stand, its `data` and the `document` it is. Where
    the data was known before, the places are found when an error asks for one."""

    file: str
    text: str
    tree: Any = field(default=None, compare=False)
    data: Any = field(default=None, compare=False)
    document: Any = field(default=None, compare=False)

    @cached_property
    def lines(self) -> list[str]:
        """The text by lines; split once, since a document may have many mistakes."""
        return self.text.splitlines()

    def error(self, path: Sequence[str | int], message: str, offset: int = 0) -> RuleError:
        """The error at the value of a path, `offset` characters into it where it stands on one line."""
        line, column = self._place(path)
        value = self._line(line)[column:]
        if value[:1] in "|>" and value:  # a block: its text begins on the line below
            line, column = line + 1, len(self._line(line + 1)) - len(self._line(line + 1).lstrip())
        elif value[:1] in "\"'" and value:
            column += 1
        where = ".".join(str(part) for part in path)
        words = f"{where}: {message}" if where else message
        return at(self.file, self.lines, bounds.Mistake(words, line + 1, column + 1 + offset))

    def _line(self, number: int) -> str:
        return self.lines[number] if number < len(self.lines) else ""

    def _place(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column (from 0) of the value at a path, or of the nearest thing around it."""
        if self.tree is None:
            _load(self)
        node = self.tree
        place = (0, 0)
        for part in path:
            if isinstance(node, CommentedMap) and part in node:
                place = node.lc.value(part)
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                place = node.lc.item(part)
            else:
                break
            node = node[part]
        return place


def read(source: Source, errors: list[RuleError]) -> Any:
    """The document's data, or None with the mistake added to `errors` (too large, bad YAML, a duplicate key)."""
    if source.data is not None:
        return source.data
    wrong = bounds.mistake(source.text)
    if wrong is not None:
        errors.append(at(source.file, source.lines, wrong))
        return None
    source.data = read_trusted(source, errors)
    return source.data


def read_trusted(source: Source, errors: list[RuleError]) -> Any:
    """As `read`, without bounds: for files of the operator's own."""
    wrong = _load(source)
    if wrong is not None:
        errors.append(at(source.file, source.lines, wrong))
        return None
    if source.tree is None:
        errors.append(at(source.file, source.lines, bounds.Mistake("the document is empty")))
    return _plain(source.tree)


def _load(source: Source) -> bounds.Mistake | None:
    """Build the tree of a document within bounds; gives what is wrong with it, or None."""
    loader = YAML(typ="rt")
    loader.allow_duplicate_keys = False
    try:
        source.tree = loader.load(source.text)
    except MarkedYAMLError as error:
        return bounds.Mistake.of(error)
    except YAMLError as error:
        return bounds.Mistake(str(error))
    except (ValueError, ArithmeticError) as error:  # what looks like a number or a date and is none: 2026-13-45
        return bounds.Mistake(f"a value cannot be read: {error}")
    return None


def _plain(node: Any) -> Any:
    """The same data without what remembers places: dicts, lists, text, integers."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    return str(node) if isinstance(node, str) else node
