"""A rule book: one revision of all documents, checked as a whole before anyone is answered from it."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

from pydantic import ValidationError

from sandbox.domain.cel_alone import cel
from sandbox.domain.rules import costs
from sandbox.domain.rules.bounds import Mistake
from sandbox.domain.rules.country import Calendar, Identity
from sandbox.domain.rules.documents import Document, Rule
from sandbox.domain.rules.engine import CompiledRule, Decision, Finding, Ruleset
from sandbox.domain.rules.errors import MOST_ERRORS, FactsError, RuleError, RulesInvalid, at
from sandbox.domain.rules.expressions import Checker, Constant, ExpressionError, Typed, type_of
from sandbox.domain.rules.facts import QUESTIONS, fitting
from sandbox.domain.rules.kinds import (
    KINDS,
    App,
    Credentials,
    Devices,
    Fees,
    Limits,
    Otp,
    Requests,
    Schedules,
    Services,
    Sessions,
    Settlement,
)
from sandbox.domain.rules.life import Life
from sandbox.domain.rules.products import Cards, Deferral, ProductTerms
from sandbox.domain.rules.reading import Source, read
from sandbox.domain.rules.readings import Readings
from sandbox.domain.rules.wording import Texts, Vocabulary, Wording, mistakes
from sandbox.kernel import words

# What each rule adds to the cost of its document, besides its expressions.
_COMPILING = 10
_CEL_TYPES: dict[Any, str] = {int: "int", str: "string", bool: "bool"}


def fact_types(facts: type[Any], prefix: str = "") -> Iterator[tuple[str, str, bool]]:
    """Every fact of a question: its dotted path, its CEL type, and whether it is money."""
    for name, hint in get_type_hints(facts, include_extras=True).items():
        if name.startswith("__"):
            continue
        is_annotated = get_origin(hint) is Annotated
        is_money = is_annotated and "cents" in get_args(hint)
        plain = get_args(hint)[0] if is_annotated else hint
        if plain in _CEL_TYPES:
            yield f"{prefix}{name}", _CEL_TYPES[plain], is_money
        elif plain == list[str]:
            yield f"{prefix}{name}", "list of string", False
        else:
            yield from fact_types(plain, f"{prefix}{name}.")


class RuleBook:
    """Immutable. Made by `load` or `with_document`, which raise RulesInvalid rather than give a book that does not
    hold."""

    def __init__(
        self, sources: Mapping[str, Source], known_codes: frozenset[str] | None, vocabulary: Vocabulary | None
    ) -> None:
        self._sources = dict(sources)
        self._known_codes = known_codes
        self._vocabulary = vocabulary
        errors: list[RuleError] = []
        self.documents: dict[str, Document] = {}
        for name, source in sources.items():
            document = _document(name, source, errors)
            if document is not None:
                self.documents[name] = document
        if errors:
            raise RulesInvalid(errors)
        self._rulesets = self._compile(errors)
        texts = cast(Texts, self.documents["texts"])
        if vocabulary is not None:
            errors += [sources["texts"].error(*mistake) for mistake in mistakes(texts, vocabulary)]
        if errors:
            raise RulesInvalid(errors)
        together = "".join(document.revision for document in self.documents.values())
        self.revision = hashlib.sha256(together.encode()).hexdigest()[:12]
        self.business_days = cast(Calendar, self.documents["calendar"]).business_days
        self.identity = cast(Identity, self.documents["identity"]).documents
        self.cards = cast(Cards, self.documents["cards"])
        self.deferral = cast(Deferral, self.documents["deferral"])
        self.app = cast(App, self.documents["app"])
        self.requests = cast(Requests, self.documents["requests"])
        self.schedules = cast(Schedules, self.documents["schedules"])
        self.services = cast(Services, self.documents["services"])
        self.credentials = cast(Credentials, self.documents["credentials"])
        self.devices = cast(Devices, self.documents["devices"])
        self.fees = cast(Fees, self.documents["fees"])
        self.life = cast(Life, self.documents["life"])
        self.limits = cast(Limits, self.documents["limits"])
        self.otp = cast(Otp, self.documents["otp"])
        self.products = cast(ProductTerms, self.documents["products"])
        self.sessions = cast(Sessions, self.documents["sessions"])
        self.settlement = cast(Settlement, self.documents["settlement"])
        self.wording = Wording(texts, vocabulary or Vocabulary())

    @classmethod
    def load(
        cls,
        directory: Path,
        known_codes: frozenset[str] | None = None,
        vocabulary: Vocabulary | None = None,
        readings: Readings | None = None,
    ) -> "RuleBook":
        """The documents of a directory. Raises RulesInvalid with every mistake found.

        Without `known_codes` no code is checked; without a `vocabulary` no text is, and nothing can be told. Documents
        that `readings` knows are not read again.
        """
        sources = {}
        errors = []
        for name in sorted(KINDS):
            path = directory / f"{name}.yaml"
            try:
                text = path.read_text(encoding="utf-8")
                sources[name] = Source(str(path), text, data=readings and readings.of(text))
            except OSError as error:
                errors.append(at(path, (), Mistake(f"cannot be read: {error.strerror}")))
            except UnicodeDecodeError as error:
                errors.append(at(path, (), Mistake(f"is not UTF-8: {error.reason}")))
        if errors:
            raise RulesInvalid(errors)
        book = cls(sources, known_codes, vocabulary)
        if readings is not None:
            for source in sources.values():
                readings.note(source.text, source.data)
        return book

    def with_documents(self, texts: Mapping[str, str]) -> "RuleBook":
        """This book with some documents replaced, checked together: one may rely on another. Raises RulesInvalid
        with every mistake found; KeyError for a document there is not."""
        for name in texts:
            if name not in KINDS:
                raise KeyError(name)
        own = {name: Source(f"{name}.yaml", text) for name, text in texts.items()}
        return RuleBook({**self._sources, **own}, self._known_codes, self._vocabulary)

    def decide(self, subject: str, facts: Mapping[str, Any]) -> Decision:
        """What the rules say. The facts must be those of the question, which the type checker sees to."""
        rules = self._rulesets[subject]
        return Decision(subject, self.revision, facts, rules, rules.failed(facts))

    def decide_checked(self, subject: str, facts: Mapping[str, Any]) -> Decision:
        """What the rules say to facts that came from outside. Raises FactsError when they do not fit the question."""
        if subject not in QUESTIONS:
            raise FactsError([("subject", f"unknown; known are {', '.join(QUESTIONS)}")])
        fitting(QUESTIONS[subject], facts)
        long = [path for path, text in _texts(facts) if len(text) > costs.LONGEST_FACT]
        if long:
            raise FactsError([(path, f"longer than {costs.LONGEST_FACT} characters") for path in long])
        return self.decide(subject, facts)

    def checklist(self, subject: str, facts: Mapping[str, Any]) -> list[Finding]:
        """Every rule of a subject with pass or fail."""
        return self._rulesets[subject].all(facts)

    def _compile(self, errors: list[RuleError]) -> dict[str, Ruleset]:
        compiled: dict[str, list[CompiledRule]] = {subject: [] for subject in QUESTIONS}
        used: dict[str, set[str]] = {subject: set() for subject in QUESTIONS}
        seen: dict[str, str] = {}
        for name, document in self.documents.items():
            source = self._sources[name]
            cost = 0
            for index, rule in enumerate(document.rules):
                self._check_names(rule, source, index, seen, errors)
                seen.setdefault(rule.id, name)
                for subject in (each for each in rule.applies_to if each in QUESTIONS):
                    ready = _compile_rule(rule, document, source, index, subject, used[subject], errors)
                    if ready is not None:
                        compiled[subject].append(ready)
                        cost += ready.cost
                if cost > costs.MOST_OF_A_DOCUMENT:
                    errors.append(source.error(("rules", index), "with this rule the document is too costly"))
                if len(errors) >= MOST_ERRORS or cost > costs.MOST_OF_A_DOCUMENT:
                    return {}
        if errors:
            return {}
        return {subject: Ruleset(rules, sorted(used[subject])) for subject, rules in compiled.items()}

    def _check_names(
        self, rule: Rule, source: Source, index: int, seen: Mapping[str, str], errors: list[RuleError]
    ) -> None:
        """Notes a second rule of the same id, a code that no problem has, and subjects that are unknown or repeated.
        `seen` has the rules before it, each with its document."""
        place = ("rules", index)
        if rule.id in seen:
            words = f"a second rule called {rule.id}: there is one in {seen[rule.id]}.yaml"
            errors.append(source.error((*place, "id"), words))
        if self._known_codes is not None and rule.code not in self._known_codes:
            errors.append(source.error((*place, "code"), f"no problem has the code {rule.code}"))
        for position, subject in enumerate(rule.applies_to):
            if subject not in QUESTIONS:
                known = ", ".join(QUESTIONS)
                errors.append(source.error((*place, "applies_to", position), f"unknown subject; known are {known}"))
        if len(set(rule.applies_to)) < len(rule.applies_to):
            errors.append(source.error((*place, "applies_to"), "a subject is named twice"))


def _document(name: str, source: Source, errors: list[RuleError]) -> Document | None:
    if source.document is not None:
        return cast(Document, source.document)
    data = read(source, errors)
    if data is None:
        return None
    try:
        document = KINDS[name].model_validate(data)
    except ValidationError as error:
        errors += [
            source.error(each["loc"], _plain(each["msg"]))
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        return None
    document.keep(hashlib.sha256(source.text.encode()).hexdigest()[:12], source.text)
    source.document = document
    return document


def _texts(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every text among facts, by its dotted path."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _texts(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            yield f"{prefix}{name}", value


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def _constants(rule: Rule, document: Document) -> dict[str, Constant]:
    constants: dict[str, Constant] = {f"params.{name}": value for name, value in rule.params.items()}
    settings = getattr(document, "settings", None)
    if settings is not None:
        for name in type(settings).model_fields:
            value = getattr(settings, name)
            if isinstance(value, (bool, int, str)):
                constants[f"settings.{name}"] = value
    return constants


def _compile_rule(
    rule: Rule,
    document: Document,
    source: Source,
    index: int,
    subject: str,
    used: set[str],
    errors: list[RuleError],
) -> CompiledRule | None:
    facts = list(fact_types(QUESTIONS[subject]))
    types = {path: kind for path, kind, _ in facts}
    constants = _constants(rule, document)
    cost = _COMPILING

    def checked(part: str, expression: str) -> Typed | None:
        nonlocal cost
        try:
            checker = Checker(expression, types, constants)
            typed = checker.check("bool")
        except ExpressionError as error:
            errors.append(source.error(("rules", index, part), f"{subject}: {error.message}", error.position))
            return None
        used.update(checker.used)
        cost += checker.cost
        return typed

    require = checked("require", rule.require)
    when = checked("when", rule.when) if rule.when is not None else None
    _check_message(
        rule, source, index, {**types, **{name: type_of(value) for name, value in constants.items()}}, errors
    )
    if require is None or (rule.when is not None and when is None):
        return None
    return CompiledRule(
        rule=rule,
        revision=document.revision,
        cost=cost,
        when=when.text if when else None,
        require=require.text,
        when_program=cel.compile(when.text) if when else None,
        require_program=cel.compile(require.text),
        constants=constants,
        money_facts=frozenset(path for path, _, is_money in facts if is_money),
    )


def _check_message(rule: Rule, source: Source, index: int, known: Mapping[str, str], errors: list[RuleError]) -> None:
    for language in ("es", "en"):
        template = rule.message.in_(language)
        for name in words.names(template):
            if not any(path in known for path in (f"params.{name}", f"settings.{name}", name)):
                errors += [source.error(("rules", index, "message", language), f"nothing is called {{{name}}}")]
        if words.has_loose_braces(template):
            errors.append(source.error(("rules", index, "message", language), "a brace that is no {placeholder}"))
