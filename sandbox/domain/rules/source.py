"""The rules a server answers from: the newest revision that holds."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.domain.rules.book import RuleBook
from sandbox.domain.rules.errors import RuleError, RulesInvalid
from sandbox.domain.rules.readings import Readings
from sandbox.domain.rules.wording import Vocabulary

_BOOKS_KEPT = 100


class RuleSource:
    """A directory of documents. `current` is the last book that held, `problems` what is wrong with a newer edit.

    Raises RulesInvalid when the documents do not hold to begin with.
    """

    def __init__(
        self,
        directory: Path,
        known_codes: frozenset[str] | None = None,
        vocabulary: Vocabulary | None = None,
        readings: Readings | None = None,
    ) -> None:
        self.directory = directory
        self._known_codes = known_codes
        self._vocabulary = vocabulary
        self.current = RuleBook.load(directory, known_codes, vocabulary, readings)
        self.problems: list[RuleError] = []
        self._overridden: dict[tuple[tuple[str, str], ...], RuleBook] = {}

    def overridden(self, documents: Mapping[str, str]) -> RuleBook:
        """`current` with these documents in place of its own; the same book for everybody who asks the same.

        Raises RulesInvalid; KeyError for a document there is not.
        """
        if not documents:
            return self.current
        key = tuple(sorted(documents.items()))
        book = self._overridden.get(key)
        if book is None:
            book = self.current.with_documents(documents)
            if len(self._overridden) >= _BOOKS_KEPT:
                self._overridden.clear()
            self._overridden[key] = book
        return book

    def reload(self) -> list[RuleError]:
        """Read the documents again; the mistakes found, if any, in which case `current` stays as it is."""
        try:
            self.current = RuleBook.load(self.directory, self._known_codes, self._vocabulary)
        except RulesInvalid as invalid:
            self.problems = invalid.errors
        else:
            self.problems = []
            self._overridden.clear()
        return self.problems
