"""What is shown is known to be harmless; the rest is not."""

from typing import Any

import pytest

from sandbox.domain.redaction import (
    ASKED,
    HEADERS,
    HIDDEN,
    TOLD,
    Declared,
    header,
    is_name,
    is_words,
    known,
    path,
)

ID = "acc_3b608cc6f15c7c222e24ae9258ac41d7"
MONEY = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"}
TEXT = {"type": "string"}
SCHEMA: dict[str, Any] = {
    "$defs": {"Card": {"type": "object", "properties": {"number": TEXT, "limit": MONEY}}},
    "properties": {
        "kind": {"enum": ["own", "interbank"]}, "currency": {"const": "USD"}, "amount": MONEY, "open": {"type": "boolean"},
        "months": {"type": "integer", "minimum": 1, "maximum": 36}, "day": {"type": "string", "format": "date"},
        "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "account_id": TEXT,
        "alias": TEXT, "password": TEXT, "pin": {"type": "string", "pattern": "^[0-9]{4}$"},
        "cards": {"type": "array", "items": {"$ref": "#/$defs/Card"}},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "own"), ("currency", "USD"), ("amount", "-10.00"), ("open", False), ("months", 36), ("months", 1),
        ("day", "2026-11-23"), ("at", "2026-11-23T09:15:00-05:00"), ("at", None), ("account_id", ID), ("alias", "Casa"),
        ("cards", [{"number": "999XXXXXXXXXX123", "limit": "1.00"}]), ("cards", []),
    ],
)  # fmt: skip
def test_what_is_declared_and_harmless_is_shown(name: str, value: Any) -> None:
    assert Declared(SCHEMA, TOLD).body({name: value}) == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "Progreso1@"), ("currency", "904817"), ("amount", "904817"), ("amount", 904817), ("amount", True),
        ("amount", {"password": "x"}), ("amount", "10.00 Progreso1@"), ("open", "true"), ("open", 1), ("months", 37),
        ("months", 0), ("months", 904817), ("months", True), ("months", 1.5), ("day", "904817"), ("at", "2026-11-23"),
        ("at", 904817), ("account_id", "ab" * 32), ("account_id", ID + "0"), ("alias", "Progreso1@"), ("alias", "a904817"),
        ("alias", "x" * 1001), ("alias", ["x"] * 2 + [{"y": 1}]), ("alias", "ca0a51" * 10), ("password", "x"),
        ("password", 1), ("pin", "9048"), ("unknown", "x"), ("unknown", 1), ("unknown", True), ("unknown", None),
        ("unknown", {"amount": "1.00"}), ("cards", {"number": "999XXXXXXXXXX123"}), ("cards", "999XXXXXXXXXX123"),
        ("cards", [{"number": "9999991234567895"}]), ("cards", [{"limit": {"number": "999XXX123"}}]), ("kind", None),
    ],
)  # fmt: skip
def test_anything_else_is_not(name: str, value: Any) -> None:
    told = Declared(SCHEMA, TOLD).body({name: value})
    assert list(told) == [name]
    assert not set(leaves(told)) - {HIDDEN}, told


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("value", ["x", 1, None, True, ["x"], "amount"])
def test_a_body_that_is_no_object_is_not_shown(value: Any) -> None:
    assert not set(leaves(Declared(SCHEMA, TOLD).body(value))) - {HIDDEN}


@pytest.mark.parametrize(
    ("name", "text", "is_shown"),
    [
        ("open", "true", True), ("months", "36", True), ("months", "37", False), ("kind", "own", True),
        ("kind", "x", False), ("account_id", ID, True), ("account_id", "x", False), ("day", "2026-11-23", True),
        ("q", "Carmen", False), ("password", "", False), ("at", "x", False),
    ],
)  # fmt: skip
def test_parameters_of_a_query_are_read_as_what_they_are(name: str, text: str, is_shown: bool) -> None:
    assert Declared(SCHEMA, ASKED).text(name, text) == (text if is_shown else HIDDEN)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Type", "application/problem+json; charset=utf-8"), ("accept", "*/*"), ("accept", "text/csv;q=0.9, */*;q=0.8"),
        ("accept-language", "es-EC,es;q=0.9"), ("content-length", "1024"), ("idempotency-key", "pago-2026-11-23-001"),
        ("idempotency-key", "123e4567-e89b-12d3-a456-426614174000"), ("origin", "http://localhost:5173"),
        ("user-agent", "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.43"),
        ("user-agent", "Dalvik/2.1.0 (Linux; U; Android 14; SM-A546B Build/UP1A.231005.007)"), ("user-agent", "okhttp/4.12.0"),
        ("www-authenticate", 'Bearer realm="cooprogreso", error="invalid_token"'), ("retry-after", "30"),
        ("ratelimit", '"default";r=50;t=3600'), ("warning", '299 - "transfer.large"'), ("x-app-version", "4.1.0"),
        ("prefer", "problem=insufficient_funds"), ("date", "Mon, 23 Nov 2026 14:15:00 GMT"), ("x-sandbox", "t1"),
    ],
)  # fmt: skip
def test_headers_that_are_known_are_shown(name: str, value: str) -> None:
    assert header(name, value) == (name, value)


@pytest.mark.parametrize("value", ["Progreso1@", "ca0a51" * 10 + "beef", "Bearer ca0a51beefca0a51", "MEUCIQCa4na5y=="])
def test_a_secret_is_shown_in_no_header(value: str) -> None:
    for name in (set(HEADERS) - {"idempotency-key", "x-request-id", "x-correlation-id", "host"}) | {
        "authorization",
        "cookie",
        "x-new",
    }:
        assert header(name, value) == (name, HIDDEN)


def test_names_are_shown_where_they_read_as_names() -> None:
    assert all(map(is_name, ("amout", "X-App-Version", "sha256", "new_password")))
    assert not any(map(is_name, ("", "904817", "a904817", "Progreso1@", "x" * 41, "ñ", "a b")))
    assert header("ca0a51beef904817", "x") == (HIDDEN, HIDDEN)
    assert Declared(SCHEMA, TOLD).body({"Progreso1@": "own"}) == {HIDDEN: HIDDEN}


@pytest.mark.parametrize(
    "text", ["Pago de noviembre 2026", "1634 - TRANSFERENCIA", "a la tarjeta 999XXXXXXXXXX014.", ""]
)
def test_words_are_words(text: str) -> None:
    assert is_words(text)


def test_of_a_path_ids_and_its_template_are_shown() -> None:
    template = "/v1/accounts/{account_id}/movements"
    words = ["v1", "accounts", "movements"]
    assert path(f"/v1/accounts/{ID}/movements", template, words) == f"/v1/accounts/{ID}/movements"
    assert path("/v1/accounts/Progreso1@/movements", template, words) == "/v1/accounts/[redacted]/movements"
    assert path("/v1/acounts/Progreso1@", None, words) == "/v1/acounts/[redacted]"


def test_of_what_the_bank_wrote_down_known_texts_are_shown() -> None:
    data = {"amount": "1.00", "left": 2, "reason": "x", "more": {"kind": "own", "value": "Progreso1@"}, "kinds": ["x"]}
    assert known(data, {"amount": is_words, "kind": is_words}) == {
        "amount": "1.00", "left": 2, "reason": HIDDEN, "more": {"kind": "own", "value": HIDDEN}, "kinds": [HIDDEN],
    }  # fmt: skip
