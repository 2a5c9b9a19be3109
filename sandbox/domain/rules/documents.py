"""What rule documents may hold: one model for each kind. Adding a kind is adding a model to KINDS."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, PrivateAttr, WithJsonSchema

from sandbox.domain.rules.expressions import LARGEST_INTEGER
from sandbox.kernel import money

_MONEY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"money": {"type": "string", "pattern": r"^[0-9]{1,9}\.[0-9]{2}$"}},
    "required": ["money"],
    "additionalProperties": False,
}


class Dollars(int):
    """Cents that were written as money, so that a message shows them so."""


def _dollars(value: Any) -> Dollars:
    if isinstance(value, Dollars):
        return value
    if not isinstance(value, dict) or set(value) != {"money"} or not isinstance(value["money"], str):
        raise ValueError('write money as {money: "2000.00"}')
    return Dollars(money.parse(value["money"]))


def _points(value: Any) -> int:
    """A percentage with two decimals, as hundredths of a percent."""
    try:
        points = Decimal(value) * 100 if isinstance(value, str) else None
    except InvalidOperation:
        points = None
    if points is None or points != points.to_integral_value() or not 0 <= points <= 10_000:
        raise ValueError('write a percentage as text with two decimals, as in "15.00"')
    return int(points)


def _minute(value: Any) -> int:
    """A time of day as minutes since midnight."""
    if not isinstance(value, str) or re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value) is None:
        raise ValueError('write a time of day as "HH:MM"')
    return int(value[:2]) * 60 + int(value[3:])


Money = Annotated[Dollars, PlainValidator(_dollars), WithJsonSchema(_MONEY_SCHEMA)]
Percent = Annotated[int, PlainValidator(_points), WithJsonSchema({"type": "string", "examples": ["15.00"]})]
TimeOfDay = Annotated[
    int, PlainValidator(_minute), WithJsonSchema({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"})
]
Positive = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""A count, or seconds: thirty years of them, which stay within every clock and every column."""
Days = Annotated[int, Field(ge=1, le=366)]
Hours = Annotated[int, Field(ge=1, le=87_600)]
Months = Annotated[int, Field(ge=1, le=360)]


def _param(value: Any) -> Any:
    if isinstance(value, dict):
        return _dollars(value)
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise ValueError("too large a number")
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return list(value)
    raise ValueError("a parameter is money, an integer, a truth value, text or a list of texts")


Param = Annotated[
    Any,
    PlainValidator(_param),
    WithJsonSchema({"anyOf": [_MONEY_SCHEMA, {"type": ["integer", "string", "boolean", "array"]}]}),
]


class Part(BaseModel):
    """A part of a document: strict, frozen, nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Keyed(Part):
    """An entry of a catalogue, which its key tells from the others of its kind."""

    key: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")


class Message(Part):
    """What the member is told."""

    es: str
    en: str

    def in_(self, language: str) -> str:
        """The words in that language, `es` or `en`."""
        return self.en if language == "en" else self.es


class Rule(Part):
    """A sentence: when this, then that is required; else the code and the message."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")
    applies_to: list[str] = Field(min_length=1)
    when: str | None = None
    require: str
    params: dict[str, Param] = Field(default_factory=dict)
    field: str | None = None
    code: str = Field(pattern=r"^[a-z0-9_]+$")
    message: Message
    magic: Message | None = Field(None, description="Which input meets this rule; told by the list of scenarios.")
    action: Literal["deny", "warn", "audit"] = "deny"
    on_error: Literal["deny", "allow"] = "deny"

    @property
    def short_id(self) -> str:
        """The last part of the id, which is what a checklist shows."""
        return self.id.rpartition(".")[2]


class Document(Part):
    """What all documents have: a name, settings, rules."""

    kind: ClassVar[str]

    document: str
    description: str = ""
    rules: list[Rule] = Field(default_factory=list)
    _revision: str = PrivateAttr("")
    _text: str = PrivateAttr("")

    @property
    def revision(self) -> str:
        """Changes with the text."""
        return self._revision

    @property
    def text(self) -> str:
        """The document as it was written."""
        return self._text

    def keep(self, revision: str, text: str) -> None:
        """Remember where it came from; called once, by the loader."""
        self._revision, self._text = revision, text
