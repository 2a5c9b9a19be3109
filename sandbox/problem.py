"""What a refusal is (RFC 9457): the base that all problems share, and the catalogue of them by code.

A problem is raised when nothing may change (the unit of work rolls back), and returned, as a value, when the refusal
itself must be remembered (a wrong code costs an attempt).
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from sandbox.kernel import words
from sandbox.surfaces import BANK, CONTROL


class Text(NamedTuple):
    """What is said, in Spanish as the app shows it, and in English."""

    es: str
    en: str

    def in_(self, language: str) -> str:
        return self.en if language == "en" else self.es

    def filled(self, values: Mapping[str, object]) -> "Text":
        """The same words with `values` in their placeholders (see `words.filled`). A value that is a text itself is
        told in each language."""
        return Text(*(words.filled(text, _in_language(values, language)) for language, text in self._asdict().items()))


def _in_language(values: Mapping[str, object], language: str) -> Callable[[str], object]:
    def value(name: str) -> object:
        found = values[name]
        return found.in_(language) if isinstance(found, Text) else found

    return value


class FieldError(NamedTuple):
    """One failing field: where (`amount`, `device.id`), which check, and its words."""

    field: str
    code: str
    message: Text


class RuleReference(NamedTuple):
    """The declarative rule that refused, and the revision of its document."""

    id: str
    revision: str


class Sample(NamedTuple):
    """What a rehearsed problem is filled with: values of its words, headers, further members, failing fields."""

    values: Mapping[str, object] = MappingProxyType({})
    headers: Mapping[str, str] = MappingProxyType({})
    extra: Mapping[str, Any] = MappingProxyType({})
    errors: Sequence[FieldError] = ()


Extras = Mapping[str, Mapping[str, Any]]
"""JSON Schemas of members by name."""

CATALOGUE: dict[str, type["Problem"]] = {}
# What the words of rehearsed problems are filled with, where a problem says nothing else.
_SAMPLE_VALUES: Mapping[str, object] = {
    "maximum": "500.00", "owed": "125.40", "seconds": 30, "attempts": 2, "minimum": "3.0.0", "until": "10:30",
    "label": "Código único", "example": "200012345678", "name": "demo", "sandbox": "default", "reason": "…",
    "theirs": "a1b2c3d4e5f6", "ours": "f6e5d4c3b2a1", "now": "2026-11-23T09:15:00-05:00",
    "institution": "Modelo", "realm": "modelo",
}  # fmt: skip


class Problem(Exception):
    """A refusal a client can switch on. Subclasses give `code`, `status`, `title` and `says`."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[Text]
    says: ClassVar[Text]
    sample: ClassVar[Sample] = Sample()
    met_on: ClassVar[frozenset[str]] = frozenset()
    """The surfaces on which it may be the answer to any request, whatever its operation declares."""
    extras: ClassVar[Extras] = MappingProxyType({})
    """The JSON Schemas of the members that this problem has besides those of all; its sample has one of each."""

    def __init_subclass__(cls) -> None:
        if cls.extras.keys() != cls.sample.extra.keys():
            raise TypeError(f"{cls.code}: `extras` describes {set(cls.extras)}, its sample has {set(cls.sample.extra)}")
        if cls.code in CATALOGUE:
            raise TypeError(f"two problems share the code {cls.code}")
        CATALOGUE[cls.code] = cls

    def __init__(
        self,
        *,
        errors: Sequence[FieldError] = (),
        rule: RuleReference | None = None,
        detail: Text | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        **values: object,
    ) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.rule = rule
        self.detail = detail or self.says.filled(values)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is told: between processes goes what it says, not the values that were filled in."""
        return _restored, (self.code, self.errors, self.rule, self.detail, self.headers, self.extra)

    @classmethod
    def rehearsed(cls, **known: str) -> "Problem":
        """The problem as it would be told, for examples and rehearsals: with made-up values for what is not `known`."""
        sample = cls.sample
        values = {**_SAMPLE_VALUES, **sample.values, **known}
        headers = {name: value.format(**values) for name, value in sample.headers.items()}
        errors = [error._replace(message=error.message.filled(values)) for error in sample.errors]
        return cls(errors=errors, headers=headers, extra=sample.extra, detail=cls.says.filled(values))

    def body(self, language: str, request_id: str, instance: str) -> dict[str, Any]:
        """The problem document, in `language`."""
        document: dict[str, Any] = {
            "type": type_of(self.code, CONTROL if instance.startswith(f"{CONTROL}/") else BANK),
            "title": self.title.in_(language),
            "status": self.status,
            "detail": self.detail.in_(language),
            "instance": instance,
            "code": self.code,
            "request_id": request_id,
        }
        if "Retry-After" in self.headers:
            document["retry_after"] = int(self.headers["Retry-After"])
        if self.rule is not None:
            document["rule"] = {"id": self.rule.id, "revision": self.rule.revision}
        if self.errors:
            document["errors"] = [
                {"field": error.field, "code": error.code, "message": error.message.in_(language)}
                for error in self.errors
            ]
        return document | self.extra


def type_of(code: str, surface: str) -> str:
    """The URI reference that identifies a problem: the list of the surface's problems, and the code in it."""
    return f"{surface}/errors#{code}"


def _restored(
    code: str,
    errors: Sequence[FieldError],
    rule: RuleReference | None,
    detail: Text,
    headers: Mapping[str, str],
    extra: Mapping[str, Any],
) -> Problem:
    return CATALOGUE[code](errors=errors, rule=rule, detail=detail, headers=headers, extra=extra)
