"""YAML with places: every value of a document leads back to its line and column."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sandbox.domain.rules.errors import RuleError, at

# A few lines of aliases of aliases stand for billions of values.
_MOST_VALUES = 20_000


@dataclass(slots=True)
class Source:
    """A document as it was written, and, once read, where its values stand and what it holds."""

    file: str
    text: str
    tree: Any = field(default=None, compare=False)
    document: Any = field(default=None, compare=False)

    def error(self, path: Sequence[str | int], message: str, offset: int = 0) -> RuleError:
        """The error at the value of a path, `offset` characters into it where it stands on one line."""
        line, column = self._place(path)
        source = self.text.splitlines()[line] if line < len(self.text.splitlines()) else ""
        value = source[column:]
        if value[:1] in "|>" and value:  # a block: its text begins on the line below
            line, column = line + 1, len(self._line(line + 1)) - len(self._line(line + 1).lstrip())
        elif value[:1] in "\"'" and value:
            column += 1
        where = ".".join(str(part) for part in path)
        return at(self.file, self.text, line + 1, column + 1 + offset, f"{where}: {message}" if where else message)

    def _line(self, number: int) -> str:
        lines = self.text.splitlines()
        return lines[number] if number < len(lines) else ""

    def _place(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column (from 0) of the value at a path, or of the nearest thing around it."""
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
    """The document's data, or None with the mistake added to `errors` (bad YAML, a duplicate key)."""
    loader = YAML(typ="rt")
    loader.allow_duplicate_keys = False
    try:
        source.tree = loader.load(source.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        problem = (error.problem or "bad YAML").strip().splitlines()[0]
        errors.append(at(source.file, source.text, line + 1, column + 1, problem))
        return None
    except YAMLError as error:
        errors.append(at(source.file, source.text, 1, 1, str(error)))
        return None
    except RecursionError:
        errors.append(at(source.file, source.text, 1, 1, "it is nested too deeply"))
        return None
    if source.tree is None:
        errors.append(at(source.file, source.text, 1, 1, "the document is empty"))
    try:
        return _plain(source.tree, itertools.count())
    except _TooMuch:
        errors.append(at(source.file, source.text, 1, 1, "it is too large, or an alias means itself"))
        return None


class _TooMuch(Exception):
    """More values than a document may have, aliases written out."""


def _plain(node: Any, counted: Iterator[int]) -> Any:
    """The same data without what remembers places: dicts, lists, text, integers."""
    if next(counted) > _MOST_VALUES:
        raise _TooMuch
    if isinstance(node, dict):
        return {str(key): _plain(value, counted) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item, counted) for item in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    return str(node) if isinstance(node, str) else node
