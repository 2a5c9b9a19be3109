"""Asking the rules: a subject and its facts in, a decision with its reasons out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple

from sandbox.domain.cel_alone import cel
from sandbox.domain.rules.documents import Dollars, Rule
from sandbox.domain.rules.expressions import flat
from sandbox.kernel import money, words

# What the library raises when an expression cannot be evaluated: overflow, division by zero, a bad pattern.
EVALUATION_ERRORS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its expressions ready to run."""

    rule: Rule
    revision: str
    cost: int
    when: str | None
    require: str
    when_program: cel.Program | None
    require_program: cel.Program
    constants: Mapping[str, Any]
    money_facts: frozenset[str]

    def __reduce__(self) -> tuple[Any, ...]:
        """What it says, for another process: programs stay where they were compiled."""
        said = (self.rule, self.revision, self.cost, self.when, self.require)
        return CompiledRule, (*said, None, None, dict(self.constants), self.money_facts)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that was asked, and what came of it. `message(language)` in `es` or `en`."""

    compiled: CompiledRule
    facts: Mapping[str, Any]
    _: KW_ONLY
    passed: bool

    @property
    def id(self) -> str:
        return self.compiled.rule.id

    @property
    def short_id(self) -> str:
        return self.compiled.rule.short_id

    @property
    def revision(self) -> str:
        return self.compiled.revision

    @property
    def code(self) -> str:
        return self.compiled.rule.code

    @property
    def field(self) -> str | None:
        return self.compiled.rule.field

    @property
    def action(self) -> Literal["deny", "warn", "audit"]:
        return self.compiled.rule.action

    def message(self, language: str) -> str:
        """The rule's words, with its numbers in them."""
        template = self.compiled.rule.message.in_(language)
        return words.filled(template, self._shown)

    def _shown(self, name: str) -> object:
        constants = self.compiled.constants
        for path in (f"params.{name}", f"settings.{name}", name):
            if path in constants:
                value = constants[path]
                return money.show(value) if isinstance(value, Dollars) else words.number(value)
        value = look_up(self.facts, name)
        return money.show(value) if name in self.compiled.money_facts else words.number(value)


class Step(NamedTuple):
    """What one rule did in a decision."""

    rule: str
    revision: str
    applied: bool
    passed: bool | None
    error: str | None

    def view(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict()


class Decision:
    """The rules' answer to one question. `trace` is computed when it is read."""

    __slots__ = ("__dict__", "_rules", "audited", "facts", "refused", "revision", "subject", "warned")

    def __init__(
        self, subject: str, revision: str, facts: Mapping[str, Any], rules: "Ruleset", failed: Sequence[Finding]
    ) -> None:
        self.subject = subject
        self.revision = revision
        self.facts = facts
        self._rules = rules
        self.refused: tuple[Finding, ...] = ()
        self.warned: tuple[Finding, ...] = ()
        self.audited: tuple[Finding, ...] = ()
        if failed:
            self.refused = tuple(finding for finding in failed if finding.action == "deny")
            self.warned = tuple(finding for finding in failed if finding.action == "warn")
            self.audited = tuple(finding for finding in failed if finding.action == "audit")

    @cached_property
    def trace(self) -> tuple[Step, ...]:
        """Each rule of the subject: did it apply, did it pass."""
        return tuple(_step(rule, self._rules.flattened(self.facts)) for rule in self._rules.rules)

    def __reduce__(self) -> tuple[Any, ...]:
        """As it was taken, for another process: with its trace in place of the rules."""
        found = (self.refused, self.warned, self.audited)
        return _recalled, (self.subject, self.revision, dict(self.facts), *found, self.trace)


def _recalled(
    subject: str,
    revision: str,
    facts: dict[str, Any],
    refused: tuple[Finding, ...],
    warned: tuple[Finding, ...],
    audited: tuple[Finding, ...],
    trace: tuple[Step, ...],
) -> Decision:
    decision = Decision(subject, revision, facts, _no_rules(), ())
    decision.refused, decision.warned, decision.audited = refused, warned, audited
    decision.trace = trace
    return decision


@cache
def _no_rules() -> "Ruleset":
    return Ruleset((), ())


class Ruleset:
    """All rules of one subject, compiled into one program: facts are handed over once, whatever the number of rules."""

    def __init__(self, rules: Sequence[CompiledRule], used: Sequence[str]) -> None:
        self.rules = tuple(rules)
        self._readers: tuple[tuple[str, Callable[[Mapping[str, Any]], Any]], ...] = tuple(
            (flat(path), _reader(path)) for path in used
        )
        sentences = ", ".join(f"({rule.when} ? {rule.require} : true)" if rule.when else rule.require for rule in rules)
        self._program = cel.compile(f"[{sentences}]")

    def flattened(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts the rules speak of, as flat variables."""
        return {name: read(facts) for name, read in self._readers}

    def failed(self, facts: Mapping[str, Any]) -> Sequence[Finding]:
        """The rules that are not satisfied."""
        variables = self.flattened(facts)
        try:
            verdicts = self._program.execute(variables)
        except EVALUATION_ERRORS:
            verdicts = [_passes(rule, variables) for rule in self.rules]
        if all(verdicts):
            return ()
        return [
            Finding(rule, facts, passed=False) for rule, passed in zip(self.rules, verdicts, strict=True) if not passed
        ]

    def all(self, facts: Mapping[str, Any]) -> list[Finding]:
        """Every rule, with what came of it."""
        variables = self.flattened(facts)
        return [Finding(rule, facts, passed=_passes(rule, variables)) for rule in self.rules]


def look_up(facts: Mapping[str, Any], path: str) -> Any:
    """The fact at a dotted path."""
    value: Any = facts
    for part in path.split("."):
        value = value[part]
    return value


def _reader(path: str) -> Callable[[Mapping[str, Any]], Any]:
    parts = path.split(".")
    if len(parts) == 1:
        return lambda facts: facts[path]
    if len(parts) == 2:
        first, second = parts
        return lambda facts: facts[first][second]
    return lambda facts: look_up(facts, path)


def _passes(rule: CompiledRule, variables: dict[str, Any]) -> bool:
    """Whether one rule is satisfied; one that cannot be evaluated does what its `on_error` says."""
    try:
        if rule.when_program is not None and not rule.when_program.execute(variables):
            return True
        return bool(rule.require_program.execute(variables))
    except EVALUATION_ERRORS:
        return rule.rule.on_error == "allow"


def _step(rule: CompiledRule, variables: dict[str, Any]) -> Step:
    applied = True
    try:
        applied = rule.when_program is None or bool(rule.when_program.execute(variables))
        passed = bool(rule.require_program.execute(variables)) if applied else None
    except EVALUATION_ERRORS as error:
        return Step(rule.rule.id, rule.revision, applied, rule.rule.on_error == "allow", str(error))
    return Step(rule.rule.id, rule.revision, applied, passed, None)
