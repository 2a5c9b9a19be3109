"""Rules as data: YAML documents with conditions in CEL, checked at load, answered with a decision and its reasons."""

from sandbox.domain.rules.book import RuleBook
from sandbox.domain.rules.engine import Decision, Finding
from sandbox.domain.rules.errors import FactsError, RuleError, RulesInvalid
from sandbox.domain.rules.readings import Readings
from sandbox.domain.rules.source import RuleSource

__all__ = ["Decision", "FactsError", "Finding", "Readings", "RuleBook", "RuleError", "RuleSource", "RulesInvalid"]
