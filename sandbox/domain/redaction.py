"""Redaction by default: a text is shown only where it is declared, and only in the shape that makes it harmless.

What is shown of JSON follows the JSON Schema that an operation declares. Booleans, integers within their bounds,
options of an enumeration, days, moments and amounts tell no secret by their type. Any other text is shown when its
field stands in a table of harmless names and the text has the shape which that table gives it. Whatever is left reads
`[redacted]`: fields that no schema knows, values of another type than the declared one, texts in fields that no table
names. So a new field is hidden until it is known to be harmless, not shown until it is known to be a secret.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from sandbox.surfaces import BANK, CONTROL

HIDDEN = "[redacted]"

Shape = Callable[[str], object]
"""Whether a text is as harmless as it should be."""
Names = Mapping[str, Shape]
"""Fields that hold text, each with the shape in which the text is harmless."""

_LONGEST_WORDS = 1000
# A credential mixes letters and digits, and is longer than a model's name is (tokens have 64 characters); or has as
# many digits in a row as codes, documents, phones and cards have; or mixes letters, digits and signs, as passwords do.
_SHORTEST_TOKEN = 10
_LONGEST_WORD = 40
_BREAK = re.compile(r"[\s/,;=:().]")
_MANY_DIGITS = re.compile(r"[0-9]{6}")
_SIGNS = re.compile(r"[^\w\s.,;:'’\-()·/—–«»“”¿¡…]|_")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_CENTS = r"\.[0-9]{2}$"
"""How the pattern of every declared amount ends."""


def shape(pattern: str) -> Shape:
    """The texts that match all of a pattern."""
    return re.compile(pattern, re.ASCII).fullmatch


def is_words(text: str) -> bool:
    """Whether a text reads as people write: no token, no code, nothing like a password."""
    return (
        len(text) <= _LONGEST_WORDS
        and text.isprintable()
        and _MANY_DIGITS.search(text) is None
        and not _holds_token(text)
        and not any(_is_mixed(word) for word in text.split())
    )


def is_name(text: str) -> bool:
    """Whether a text can be the name of a field: no longer than names are, with no more digits than they have."""
    return _NAME.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= 3


def name_of(text: str) -> str:
    """The name of a field, a parameter or a header as it may be shown."""
    return text if is_name(text) else HIDDEN


def _is_field(text: str) -> bool:
    return all((part.isdecimal() and len(part) <= 3) or is_name(part) for part in text.split("."))


def _holds_token(text: str) -> bool:
    return any(
        len(piece) > _LONGEST_WORD
        or (len(piece) >= _SHORTEST_TOKEN and any(map(str.isdigit, piece)) and not MASK(piece))
        for piece in _BREAK.split(text)
    )


def _is_mixed(word: str) -> bool:
    return (
        any(letter.isdigit() for letter in word)
        and any(letter.isalpha() for letter in word)
        and _SIGNS.search(word) is not None
    )


PUBLIC_ID = shape(r"[a-z]{2,4}_[0-9a-f]{32}")
SLUG = shape(r"[a-z]{1,30}([_.-][a-z]{1,30}){0,8}")
AMOUNT = shape(r"-?[0-9]{1,12}\.[0-9]{2}")
MASK = shape(r"[0-9]{0,4}X{2,}[0-9]{0,4}|[^@\s]?\*{3}@[A-Za-z0-9.-]{1,100}")
VERSION = shape(r"[0-9]{1,4}(\.[0-9]{1,4}){1,3}")
_DAY = shape(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = shape(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})")
_RATE = shape(r"[0-9]{1,3}(\.[0-9]{1,6})?")


def _either(*shapes: Shape) -> Shape:
    return lambda text: any(each(text) for each in shapes)


ASKED: Names = {
    "id": PUBLIC_ID, "replaces": PUBLIC_ID, "ids": PUBLIC_ID, "category": SLUG,
    **dict.fromkeys(("alias", "holder_name", "name", "note", "q", "reference"), is_words),
}  # fmt: skip
"""What a client writes. Ids of the bank's own; words that the member will read again."""

TOLD: Names = {
    **dict.fromkeys(("ids", "replaces"), PUBLIC_ID),
    "id": _either(PUBLIC_ID, SLUG),
    **dict.fromkeys(
        ("account_type", "category", "cause", "code", "document_type", "kind", "kinds", "outcome", "period", "platform",
         "possible", "reason", "return_reason", "segment", "status"), SLUG
    ),
    **dict.fromkeys(
        ("account_number", "card_number", "destination", "email", "number", "origin_number", "phone"), MASK
    ),
    **dict.fromkeys(("cut_off_date", "date", "due_date"), _DAY),
    **dict.fromkeys(("effective_rate", "nominal_rate", "rate"), _RATE),
    **dict.fromkeys(
        ("alias", "answer", "biller", "concept", "description", "detail", "first_names", "franchise", "greeting",
         "holder", "holder_name", "institution", "last_names", "merchant", "message", "name", "note", "product",
         "question", "reasons", "reference", "reference_label", "text", "title"), is_words
    ),
    "field": _is_field,
    "href": shape(r"(/[a-z0-9-]{1,30}){1,6}"),
    "method": shape(r"[A-Z]{3,7}"),
    "minimum_version": VERSION,
    "period": shape(r"[0-9]{4}-[0-9]{2}"),
    "receipt_number": shape(r"0[0-9]{9}"),
    "request_id": shape(r"[A-Za-z0-9._-]{1,40}"),
    "revision": shape(r"[0-9a-f]{1,16}"),
    "type": _either(SLUG, shape(rf"(?:{BANK}|{CONTROL})/errors#[a-z_]{{1,60}}")),
}  # fmt: skip
"""What the bank answers: its own words and ids, names of made-up people, numbers that are masked."""

HAPPENED: Names = {
    **dict.fromkeys(("amount", "owed", "principal", "total"), AMOUNT),
    **dict.fromkeys(("channel", "document", "kind", "method"), SLUG),
    **dict.fromkeys(("device", "reason"), is_words),
    "fields": is_name,
}
"""What events tell besides whom and what they are about."""

DECIDED: Names = dict.fromkeys(("channel", "kind", "segment", "stage", "status", "type"), SLUG)
"""Facts that rules are asked about, but for credentials on trial and whose they are."""

_CHOSEN = shape(r"[\x21-\x7e]{1,40}")
_WORD = r"[A-Za-z*][A-Za-z*./+_-]{0,39}"
_ELEMENT = shape(rf"{_WORD}|\"{_WORD}\"|-|[0-9]{{1,3}}|[A-Za-z-]{{1,20}}=(\"{_WORD}\"|[A-Za-z0-9.*_-]{{1,8}})")
_HTTP_DATE = shape(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
_PREFERENCE = shape(r"problem=\"?[a-z]{1,20}(_[a-z]{1,20}){0,5}\"?")
_NUMBER = shape(r"[0-9]{1,12}")
_PRODUCT = r"[A-Za-z][A-Za-z._-]{0,30}(/[0-9A-Za-z]{1,6}([.-][0-9A-Za-z]{1,8}){0,6})?"
_REMARK = r"\([A-Za-z0-9 ;:.,/_+-]{0,150}\)"
_AGENT = shape(rf"{_PRODUCT}( ({_PRODUCT}|{_REMARK})){{0,12}}")
_ORIGIN = shape(r"null|https?://[A-Za-z0-9.:\[\]-]{1,100}")


def _is_listed(text: str) -> bool:
    """A list of words, types or names in a header, with parameters; but for those, no word has a digit."""
    return len(text) <= 300 and all(_ELEMENT(each) for each in re.split(r"[\s,;]+", text) if each)


def _is_agent(text: str) -> object:
    return _AGENT(text) and all(len(piece) < 2 * _SHORTEST_TOKEN for piece in _BREAK.split(text))


HEADERS: Names = {
    **dict.fromkeys(
        ("accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges",
         "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods",
         "access-control-expose-headers", "access-control-request-headers", "access-control-request-method", "allow",
         "cache-control", "connection", "content-disposition", "content-encoding", "content-language", "content-type",
         "keep-alive", "pragma", "ratelimit", "ratelimit-policy",
         "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "te", "transfer-encoding", "vary",
         "warning", "www-authenticate"), _is_listed
    ),
    **dict.fromkeys(("age", "content-length", "retry-after", "access-control-max-age", "dnt"), _NUMBER),
    **dict.fromkeys(("origin", "access-control-allow-origin"), _either(_ORIGIN, shape(r"\*"))),
    **dict.fromkeys(("prefer", "preference-applied"), _PREFERENCE),
    "date": _HTTP_DATE,
    **dict.fromkeys(("idempotency-key", "x-correlation-id", "x-request-id"), _CHOSEN),
    "host": shape(r"[A-Za-z0-9.:\[\]-]{1,100}"),
    "idempotency-replayed": SLUG,
    "location": shape(r"(/[a-z0-9_-]{1,34}){1,6}"),
    "user-agent": _is_agent,
    "x-app-version": VERSION,
    "x-sandbox": shape(r"[a-z0-9][a-z0-9-]{0,40}"),
}  # fmt: skip
"""The headers that are known to be harmless."""


def header(name: str, value: str) -> tuple[str, str]:
    """A header as it may be shown."""
    fits = HEADERS.get(name.lower())
    return name_of(name), value if fits is not None and fits(value) else HIDDEN


def path(asked: str, template: str | None, words: Iterable[str]) -> str:
    """A path as it may be shown: ids of the bank, and what the path's template says; without one, words of other
    paths and what comes near to them, so that a slip can be seen."""
    segments = asked.split("/")
    if template is None:
        known = list(words)
        return "/".join(part if _is_near(part, known) else HIDDEN for part in segments)
    return "/".join(
        part if part == wanted or PUBLIC_ID(part) else HIDDEN
        for part, wanted in zip(segments, template.split("/"), strict=True)
    )


def _is_near(part: str, words: list[str]) -> bool:
    return not part or PUBLIC_ID(part) is not None or bool(get_close_matches(part, words, 1, 0.75))


Schema = Mapping[str, Any]


def known(values: Mapping[str, Any], texts: Names) -> dict[str, Any]:
    """What the bank's own code wrote down, as it may be shown: numbers, booleans, and texts that are known."""
    return {name: _known(value, name, texts) for name, value in values.items()}


def _known(value: Any, name: str, texts: Names) -> Any:
    if isinstance(value, str):
        fits = texts.get(name)
        return value if fits is not None and fits(value) else HIDDEN
    if isinstance(value, Mapping):
        return known(value, texts)
    if isinstance(value, list):
        return [_known(each, name, texts) for each in value]
    return value


class Declared(NamedTuple):
    """What is declared of a body or of parameters: a JSON Schema with its definitions, and the texts to be shown."""

    schema: Schema
    texts: Names

    def body(self, value: Any) -> Any:
        """A JSON value as it may be shown."""
        return self._shown(value, [self.schema], "")

    def text(self, name: str, value: str) -> str:
        """A parameter of a query as it may be shown: numbers and booleans are text there."""
        for schema in self._branches([self.schema.get("properties", {}).get(name, {})]):
            if any(self._is_harmless(each, schema, name) for each in (value, _read(value))):
                return value
        return HIDDEN

    def _shown(self, value: Any, schemas: Iterable[Schema], name: str) -> Any:
        branches = list(self._branches(schemas))
        if isinstance(value, dict):
            objects = [branch["properties"] for branch in branches if "properties" in branch]
            return {
                name_of(key): self._shown(inner, [each[key] for each in objects if key in each], key)
                for key, inner in value.items()
            } if objects else HIDDEN  # fmt: skip
        if isinstance(value, list):
            items = [branch["items"] for branch in branches if "items" in branch]
            return [self._shown(inner, items, name) for inner in value] if items else HIDDEN
        return value if any(self._is_harmless(value, branch, name) for branch in branches) else HIDDEN

    def _branches(self, schemas: Iterable[Schema]) -> Iterator[Schema]:
        """The schemas without references and alternatives: one of them describes the value."""
        for schema in schemas:
            if "$ref" in schema:
                yield from self._branches([self.schema["$defs"][schema["$ref"].rpartition("/")[2]]])
            elif "anyOf" in schema or "oneOf" in schema:
                yield from self._branches(schema.get("anyOf") or schema["oneOf"])
            else:
                yield schema

    def _is_harmless(self, value: Any, schema: Schema, name: str) -> bool:
        kind = schema.get("type")
        if value is None:
            return kind == "null"
        if "const" in schema or "enum" in schema:
            return isinstance(value, str) and value in schema.get("enum", (schema.get("const"),))
        if isinstance(value, bool):
            return kind == "boolean"
        if isinstance(value, int):
            return kind == "integer" and schema.get("minimum", value) <= value <= schema.get("maximum", value)
        return isinstance(value, str) and kind == "string" and self._is_tame(value, schema, name)

    def _is_tame(self, text: str, schema: Schema, name: str) -> bool:
        form = schema.get("format")
        if form in ("date", "date-time"):
            return bool((_DAY if form == "date" else _MOMENT)(text))
        if schema.get("pattern", "").endswith(_CENTS):
            return bool(AMOUNT(text))
        fits = self.texts.get(name) or self.texts.get(_stem(name))
        return fits is not None and bool(fits(text))


def _stem(name: str) -> str:
    """`id` for every `…_id`, `ids` for every `…_ids`."""
    stem = name.rpartition("_")[2]
    return stem if stem in ("id", "ids") else ""


NOTHING = Declared({}, {})
"""Where nothing is declared: all of it is redacted."""


def _read(text: str) -> bool | int | str:
    """A boolean or an integer where a query writes one."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else text
