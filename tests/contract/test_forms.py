"""What the server refuses by its form, the document refuses, too: a client that validates by it sends no such value."""

import base64
import re
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.document import forms
from sandbox.kernel import clock
from sandbox.testing import Phone, Sandbox, operations
from tests import openapi
from tests.answers import Json

pytestmark = pytest.mark.sqlite("forms of requests, which no database is asked about")

ABROAD = {
    "kind": "interbank", "account_type": "savings", "account_number": "2203344556", "document_type": "cedula",
    "document_number": "1712345675", "holder_name": "Rosa Chicaiza", "maximum_amount": "300.00",
}  # fmt: skip
CARD = {
    "number": "9999991234567895", "alias": "Visa", "document_type": "cedula", "document_number": "1712345675",
    "holder_name": "Rosa Chicaiza", "maximum_amount": "300.00",
}  # fmt: skip
BY_KIND = {
    "cedula": [
        "171234567",
        "17123456755",
        "17123A5675",
        "2500000019",
        "1760000016",
        "0000000000",
        "",
        "１７１２３４５６７５",
    ],
    "ruc": ["179045180100", "17904518010011", "179045180100A", "1712345675"],
    "passport": ["AB12", "AB12345678901", "AB-123", "AB 123", "ÑB1234", "ßAB12"],
}
FINE = {"cedula": "1712345675", "ruc": "1790451801001", "passport": "ab123456"}
Send = Callable[[Phone, Json], httpx.Response]


@pytest.fixture(scope="module")
def schemas(client: httpx.Client) -> Json:
    return openapi.raw(client)["components"]["schemas"]


def fits(shape: Json, value: Any) -> bool:
    """Whether a value fits a schema, as far as forms of texts go."""
    if "anyOf" in shape:
        return any(fits(each, value) for each in shape["anyOf"])
    if isinstance(value, dict):
        parts = shape.get("properties", {})
        branch = {}
        if "if" in shape:
            branch = shape["then"] if fits(shape["if"], value) else shape["else"]
        within = all(fits(parts[name], inner) for name, inner in value.items() if name in parts)
        return within and (not branch or fits(branch, value))
    if "const" in shape or "enum" in shape:
        return value in shape.get("enum", [shape.get("const")])
    if isinstance(value, str) and shape.get("type", "string") == "string":
        long_enough = shape.get("minLength", 0) <= len(value) <= shape.get("maxLength", len(value))
        return long_enough and re.search(shape.get("pattern", ""), value, re.ASCII) is not None
    return bool(shape.get("type") != "null")


def institution(phone: Phone) -> str:
    return str(phone.send(operations.list_institutions())["items"][0]["id"])


def enrolment(phone: Phone, body: Json) -> httpx.Response:
    return phone.sandbox.call("POST", "/v1/enrolments", json=body)


def beneficiary(phone: Phone, body: Json) -> httpx.Response:
    return phone.call("POST", "/v1/beneficiaries", json=ABROAD | {"institution_id": institution(phone)} | body)


def external_card(phone: Phone, body: Json) -> httpx.Response:
    return phone.call("POST", "/v1/external-cards", json=CARD | {"institution_id": institution(phone)} | body)


def trait(phone: Phone, body: Json) -> httpx.Response:
    abroad = {"institution": "Banco Pichincha", "account_number": "2203344556", "holder_name": "Rosa Chicaiza"}
    return phone.sandbox.call("POST", "/_sandbox/members", json={"interbank_beneficiaries": [abroad | body]})


@pytest.mark.parametrize(
    ("schema", "send"),
    [
        ("Identity", enrolment), ("NewInterbankBeneficiary", beneficiary), ("NewExternalCard", external_card),
        ("InterbankTrait", trait),
    ],
)  # fmt: skip
def test_numbers_of_documents_have_the_form_of_their_kind(phone: Phone, schemas: Json, schema: str, send: Send) -> None:
    for kind in schemas[schema]["properties"]["document_type"]["enum"]:
        for number in BY_KIND[kind]:
            body = {"document_type": kind, "document_number": number}
            assert send(phone, body).status_code == 422, body
            assert not fits(schemas[schema], body), body
        assert fits(schemas[schema], {"document_type": kind, "document_number": FINE[kind]})


def control(method: str, path: str, field: str) -> Send:
    return lambda phone, body: phone.sandbox.call(method, f"/_sandbox{path}", json={field: body[field]})


def of_match(phone: Phone, body: Json) -> httpx.Response:
    return phone.sandbox.call("POST", "/_sandbox/faults", json={"match": body, "effect": {"status": 500}})


def of_effect(phone: Phone, body: Json) -> httpx.Response:
    return phone.sandbox.call("POST", "/_sandbox/faults", json={"effect": body})


def sought(phone: Phone, body: Json) -> httpx.Response:
    return phone.sandbox.call("POST", "/_sandbox/requests/verify", json={"match": body})


def lookup(phone: Phone, body: Json) -> httpx.Response:
    return phone.call("POST", "/v1/account-holders/lookup", json=body)


def referral(phone: Phone, body: Json) -> httpx.Response:
    return phone.call("POST", "/v1/referrals", json={"name": "Ana"} | body)


def webhook(phone: Phone, body: Json) -> httpx.Response:
    return phone.sandbox.call("POST", "/_sandbox/webhooks", json={"url": "http://127.0.0.1:9/x"} | body)


def code(phone: Phone, body: Json) -> httpx.Response:
    return phone.call("POST", f"/v1/challenges/{phone.transfer('0.01')['challenge']['id']}/confirm", json=body)


BAD: list[tuple[str, str, Send, list[str]]] = [
    ("Lookup", "account_number", lookup, ["", "41000", "4" * 21, "410-000123456", "41000012345A", "４１００００１２３４５６"]),
    ("NewInterbankBeneficiary", "account_number", beneficiary, ["", "41000", "4" * 21, "410 000123456"]),
    ("NewInterbankBeneficiary", "email", beneficiary, ["rosa", "rosa@", "rosa@example", "ro sa@example.com"]),
    ("NewInterbankBeneficiary", "maximum_amount", beneficiary, ["", "0.00", "1", "1.0", "1,00", "-1.00", "1e2"]),
    ("NewExternalCard", "number", external_card, ["", "999999123456", "9" * 20, "9999 9912 3456 7895", "99999912345678X5"]),
    ("NewReferral", "phone", referral, ["", "0812345678", "099123456", "09912345678", "+593991234567"]),
    ("CodeEntered", "code", code, ["", "123", "12345678901", "12345a", "１２３４５６"]),
    ("NewMember", "passport", control("POST", "/members", "passport"), ["AB12", "AB12345678901", "AB-123", "ßAB12"]),
    ("Advance", "by", control("POST", "/clock/advance", "by"),
     ["", "P", "PT", "3D", "P3", "P1DT", "PT1D", "P1M1Y", "P1.5D1H", "P1.5DT1H", "P1,5YT1S", "P-1D", "P1..5D", "p1d"]),
    ("Match", "path", of_match, ["", "/v1", "/v1/", "v1/me", "/v2/me", "/v1/me?x=1", "/v1/*x/me", "/v1/{a b}"]),
    ("RequestMatch", "path", sought, ["", "/v1", "/_sandbox/info", "/v1/transfers/{id"]),
    ("Match", "operation_id", of_match, ["", "createTransfers", "getInfo", "*"]),
    ("RequestMatch", "member_id", sought, ["", "mem_1", "acc_3b608cc6f15c7c222e24ae9258ac41d7", "MEM_" + "0" * 32]),
    ("RequestMatch", "operation_id", sought, ["", "createTransfers", "getInfo", "*"]),
    ("Effect", "problem", of_effect, ["", "no-such", "insufficient_fund", "Insufficient_funds"]),
    ("NewWebhook", "url", webhook, ["", "ftp://127.0.0.1/x", "127.0.0.1:9000", "http:/"]),
    ("NewWebhook", "secret", webhook, [
        "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS=",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==", "whsec_" + "A" * 32 + "AB==", "whsec_" + "A" * 88,
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "field", "send", "values"), BAD, ids=[f"{each[0]}.{each[1]}" for each in BAD])
def test_what_the_server_refuses_by_form_the_schema_refuses(
    phone: Phone, schemas: Json, schema: str, field: str, send: Send, values: list[str]
) -> None:
    for value in values:
        assert send(phone, {field: value}).status_code == 422, value
        assert not fits(schemas[schema], {field: value}), value


@pytest.mark.parametrize("version", ["3", "3.2", "3.2.1.0", "3.2.x", "v3.2.1", "3_0.2.1", "3.-2.1", "3.2.1234567890"])
def test_versions_of_the_app_have_a_form(bank: Sandbox, client: httpx.Client, version: str) -> None:
    assert bank.call("GET", "/v1/app", headers={"X-App-Version": version}).status_code == 422
    (declared,) = (
        each
        for each in openapi.raw(client)["paths"]["/v1/app"]["get"]["parameters"]
        if each.get("name") == "X-App-Version"
    )
    assert not fits(declared["schema"], version)
    assert fits(declared["schema"], "3.2.1")


@pytest.mark.parametrize("length", range(20, 70))
@pytest.mark.parametrize("fill", ["\0", "\xff"])
def test_secrets_of_webhooks_are_24_to_64_bytes_in_base64(schemas: Json, length: int, fill: str) -> None:
    secret = "whsec_" + base64.b64encode(fill.encode("latin-1") * length).decode()
    assert fits(schemas["NewWebhook"], {"secret": secret}) is (24 <= length <= 64)


@pytest.mark.parametrize(
    "duration", ["P3D", "P1M", "PT0.5S", "PT1H30M", "P1Y2M3W4DT5H6M7.25S", "P2W", "PT1,5H", "P0.5Y", "P1DT1S"]
)
def test_durations_that_the_clock_takes_fit(schemas: Json, duration: str) -> None:
    assert clock.after(clock.Micros(0), duration) > 0
    assert fits(schemas["Advance"], {"by": duration})


def test_operations_and_members_are_closed_in_queries_too(bank: Sandbox, client: httpx.Client) -> None:
    listed = openapi.raw(client)["paths"]["/_sandbox/requests"]["get"]["parameters"]
    (declared,) = (each["schema"] for each in listed if each.get("name") == "operation_id")
    assert bank.call("GET", "/_sandbox/requests", params={"operation_id": "createTransfers"}).status_code == 422
    assert not fits(declared, "createTransfers")
    assert fits(declared, "createTransfer")


def test_every_form_is_of_a_field_that_there_is(client: httpx.Client) -> None:
    document = openapi.raw(client)
    fields = {
        (schema, field)
        for schema, shape in document["components"]["schemas"].items()
        for field in shape.get("properties", {})
    } | {
        (described["operationId"], parameter["name"])
        for item in document["paths"].values()
        for described in item.values()
        for parameter in described["parameters"]
        if "name" in parameter
    }
    known = {f"{place}.{field}" for place, field in fields} | {field for _, field in fields}
    assert forms.FIELDS - known == set()
