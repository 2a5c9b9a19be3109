"""The rules a server answers from: the newest revision that holds."""

from pathlib import Path

from sandbox.domain.rules.book import RuleBook
from sandbox.domain.rules.errors import RuleError, RulesInvalid


class RuleSource:
    """A directory of documents. `current` is the last book that held, `problems` what is wrong with a newer edit.

    Raises RulesInvalid when the documents do not hold to begin with.
    """

    def __init__(self, directory: Path, known_codes: frozenset[str] | None = None) -> None:
        self.directory = directory
        self._known_codes = known_codes
        self.current = RuleBook.load(directory, known_codes)
        self.problems: list[RuleError] = []

    def reload(self) -> list[RuleError]:
        """Read the documents again; the mistakes found, if any, in which case `current` stays as it is."""
        try:
            self.current = RuleBook.load(self.directory, self._known_codes)
        except RulesInvalid as invalid:
            self.problems = invalid.errors
        else:
            self.problems = []
        return self.problems
