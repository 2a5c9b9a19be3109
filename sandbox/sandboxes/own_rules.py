"""The rules in force in a sandbox: the base documents, and its own in place of some."""

import logging

from sandbox.domain.rules import RuleBook, RulesInvalid, RuleSource

log = logging.getLogger("sandbox")


class OwnRules:
    """The rules of the sandbox `name`, over those of a source, which may change under them."""

    def __init__(self, name: str, source: RuleSource) -> None:
        self.source = source
        self.overrides: dict[str, str] = {}
        self._name = name
        self._book: RuleBook | None = None
        self._base: RuleBook | None = None

    def take(self, overrides: dict[str, str]) -> None:
        """Have these documents in place of the base ones, by name; they fit the base."""
        self.overrides = overrides
        self._book = None

    @property
    def in_force(self) -> RuleBook:
        """The rules, made when they are first asked for."""
        base = self.source.current
        if not self.overrides:
            return base
        if self._book is None or self._base is not base:
            self._base = base
            try:
                self._book = self.source.overridden(self.overrides)
            except (RulesInvalid, KeyError) as invalid:  # the base changed under them: what held before goes on
                log.warning("rules of sandbox %s no longer fit the base: %s", self._name, invalid)
                self._book = self._book or base
        return self._book
