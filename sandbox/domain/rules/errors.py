"""What can be wrong with a rule document, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.domain.rules.bounds import Mistake

# A document may be one line of 64 KiB, and each of its mistakes would repeat it.
_LONGEST_LINE = 500
MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class RuleError:
    """A mistake in a document: file, line and column (from 1), what it is, and the line it stands in."""

    file: str
    line: int
    column: int
    message: str
    source: str

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}:{self.column}: {self.message}"
        if not self.source.strip():
            return head
        number = str(self.line)
        return f"{head}\n  {number} | {self.source}\n  {' ' * len(number)} | {' ' * (self.column - 1)}^"


class RulesInvalid(Exception):
    """Documents that do not hold; `errors` lists the mistakes found, the first hundred of them."""

    def __init__(self, errors: list[RuleError]) -> None:
        errors = errors[:MOST_ERRORS]
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


class FactsError(Exception):
    """Facts that are not those of the question; `fields` lists path and what is wrong."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields))
        self.fields = fields


def at(file: Path | str, lines: Sequence[str], mistake: Mistake) -> RuleError:
    """The error of a mistake in a document, with the line it stands in."""
    line = mistake.line
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    return RuleError(str(file), line, max(1, mistake.column), mistake.message, source[:_LONGEST_LINE])
