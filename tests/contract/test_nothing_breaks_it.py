"""Whatever is thrown at any route, the answer is never a 500, is a problem when it refuses, and loses no cent."""

import itertools
import json
import random
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.testing import Phone
from tests import openapi
from tests.contract.test_every_route import belongings, every_operation, example_body, with_ids

NASTY: list[Any] = [
    None, True, 0, -1, 2**63, 1.5, "", "x", "\x00", "ñ" * 300, "9" * 400, "1e9", "-0.01", [], {}, [[]], {"a": {}},
    "2026-02-30", "' OR 1=1 --", "../../etc/passwd", "{{7*7}}", "\ud800", "acc_" + "f" * 32, "0.01", "NaN",
]  # fmt: skip
BODIES = [b"", b"null", b"[]", b"{", b'"x"', b"1", b"\xff", b'{"a":1}', b"[" * 2000, b'{"amount": 1e400}']


JSON = {"Content-Type": "application/json"}


def dispatch(phone: Phone, method: str, path: str, send: dict[str, Any]) -> httpx.Response:
    if path.startswith("/v1"):
        return phone.call(method, path, **send)
    return phone.sandbox.call(method, path, **send)


def spoiled(body: Any, draws: random.Random) -> list[Any]:
    """The body with one field after the other made nasty, missing, or joined by another."""
    if not isinstance(body, dict):
        return []
    made: list[Any] = []
    for name in body:
        made += [{**body, name: value} for value in draws.sample(NASTY, 3)]
        made.append({key: value for key, value in body.items() if key != name})
        if isinstance(body[name], dict):
            made += [{**body, name: inner} for inner in spoiled(body[name], draws)[:3]]
    return [*made, {**body, "extra": 1}]


@pytest.mark.slow
def test_no_route_breaks(phone: Phone, client: httpx.Client) -> None:
    draws = random.Random(7)
    ids = belongings(phone)
    document = openapi.fetched(client)
    spared = {
        "nextMessage",
        "nextEvent",
        "resetSandbox",
        "createSandbox",
        "deleteSandbox",
        "streamMessages",
        "streamEvents",
        "streamSandbox",
        "deleteSession",
        "advanceClock",
        "setClock",
    }
    calls = 0
    for method, path, operation in every_operation(client):
        if operation["operationId"] in spared:
            continue
        filled = with_ids(path, {**ids, "member_id": phone.member["id"], "document": "otp", "name": "x"})
        sends: list[dict[str, Any]] = [
            {"content": body, "headers": {"Content-Type": "application/json"}} for body in BODIES
        ]
        sends += [
            {"content": json.dumps(body), "headers": JSON} for body in spoiled(example_body(operation, document), draws)
        ]
        named = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        values = [str(value) for value in draws.sample(NASTY, 3) if value != "\ud800"]
        sends += [{"params": {name: value}} for name, value in itertools.product(named, values) if name != "wait"]
        for send in sends:
            answer = dispatch(phone, method.upper(), filled, send)
            calls += 1
            assert answer.status_code != 500, (method, path, send, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", (method, path, send)
                assert answer.json()["code"], (method, path, send)
        if phone.call("GET", "/v1/me").status_code == 401:
            phone.log_in()
    assert calls > 1000
    phone.sandbox.ledger.assert_balanced()
