"""The refusals that every operation of a kind declares, met on every operation that declares them."""

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.testing import Phone, Sandbox
from tests import openapi
from tests.answers import Json, assert_problem
from tests.contract.test_every_route import belongings, every_operation, example_body, with_ids
from tests.transport import registry_of

pytestmark = pytest.mark.slow  # every refusal on every operation

JSON = {"Content-Type": "application/json"}


def declaring(client: httpx.Client, code: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation of the bank that declares a refusal."""
    for method, path, operation in every_operation(client):
        if path.startswith("/v1/") and code in openapi.codes(operation):
            yield method.upper(), path, operation


def test_a_sandbox_there_is_not(client: httpx.Client) -> None:
    for method, path, _ in declaring(client, "sandbox_not_found"):
        answer = client.request(method, with_ids(path, {}), headers={"X-Sandbox": "nobody"})
        assert_problem(answer, 404, "sandbox_not_found")


def test_a_token_that_is_none(bank: Sandbox, client: httpx.Client) -> None:
    document = openapi.fetched(client)
    for method, path, operation in declaring(client, "invalid_token"):
        body = example_body(operation, document)
        if operation["operationId"] == "refreshSession":
            answer = bank.call(method, path, json={"refresh_token": "0" * 64})
        else:
            answer = bank.call(method, with_ids(path, {}), json=body, headers={"Authorization": "Bearer nope"})
        assert_problem(answer, 401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_session_that_was_idle_too_long(phone: Phone, client: httpx.Client) -> None:
    document = openapi.fetched(client)
    phone.sandbox.clock.advance("PT5M")
    for method, path, operation in declaring(client, "session_expired"):
        if operation["operationId"] == "refreshSession":
            answer = phone.sandbox.call(method, path, json={"refresh_token": phone.refresh_token})
        else:
            answer = phone.call(
                method, "/v1" + with_ids(path, {}).removeprefix("/v1"), json=example_body(operation, document)
            )
        assert_problem(answer, 401, "session_expired")


@pytest.mark.parametrize(
    ("code", "status", "body", "media"),
    [
        ("malformed_body", 400, b'{"kind": ', "application/json"),
        ("unsupported_media_type", 415, b"kind=own", "application/x-www-form-urlencoded"),
        ("body_too_large", 413, b'"' + b"x" * 300_000 + b'"', "application/json"),
    ],
)
def test_a_body_that_cannot_be_read(
    phone: Phone, client: httpx.Client, code: str, status: int, body: bytes, media: str
) -> None:
    ids = belongings(phone)
    for method, path, _ in declaring(client, code):
        answer = phone.call(method, with_ids(path, ids), content=body, headers={"Content-Type": media})
        assert_problem(answer, status, code)


def test_a_field_there_is_not_and_a_parameter_out_of_bounds(phone: Phone, client: httpx.Client) -> None:
    ids = belongings(phone)
    for method, path, operation in declaring(client, "validation_failed"):
        where = with_ids(path, ids).removeprefix("/v1")
        if "requestBody" in operation:
            told = assert_problem(
                phone.call(method, f"/v1{where}", json={"no_such_field": 1}), 422, "validation_failed"
            )
            assert told["errors"], path
            continue
        bad = {each["name"]: "\x00" * 600 for each in operation["parameters"] if each["in"] == "query"}
        told = assert_problem(phone.call(method, f"/v1{where}", params=bad or {"nope": "1"}), 422, "validation_failed")
        assert told["errors"], path


def test_a_cursor_of_no_list(phone: Phone, client: httpx.Client) -> None:
    ids = belongings(phone)
    for method, path, _ in declaring(client, "invalid_cursor"):
        where = with_ids(path, ids).removeprefix("/v1")
        assert_problem(phone.call(method, f"/v1{where}", params={"cursor": "%%%"}), 422, "invalid_cursor")


def test_keys_on_everything_that_takes_one(phone: Phone, client: httpx.Client) -> None:
    """Malformed, used for another request, and used while the first one runs."""
    document = openapi.fetched(client)
    registry = registry_of(client)
    running = registry.get(phone.sandbox.name).running_keys
    member = registry.get(phone.sandbox.name).ids.number("mem", phone.member["id"])
    ids = belongings(phone)
    answer = phone.call("POST", "/v1/transfers", json=phone.order(), headers={"Idempotency-Key": "used"})
    assert answer.status_code == 201
    for method, path, operation in declaring(client, "idempotency_key_reused"):

        def send(key: str, method: str = method, path: str = path, body: Json | None = None) -> httpx.Response:
            where = with_ids(path, ids).removeprefix("/v1")
            return phone.call(method, f"/v1{where}", json=body, headers={"Idempotency-Key": key})

        body = example_body(operation, document)
        assert_problem(send("used", body=body), 422, "idempotency_key_reused")
        assert_problem(send("x" * 256, body=body), 400, "invalid_idempotency_key")
        running.add((member, "busy"))
        assert_problem(send("busy", body=body), 409, "idempotency_in_progress")
        running.clear()


NOTHING = "0" * 32
NEEDS_IDS: dict[str, Json] = {
    "createServicePayment": {"inquiry_id": f"inq_{NOTHING}"},
    "inquireBill": {"biller_id": f"bil_{NOTHING}", "reference": "200012345678"},
    "createRegisteredService": {"biller_id": f"bil_{NOTHING}", "reference": "200012345678", "alias": "Casa"},
    "createScheduledPayment": {"biller_id": f"bil_{NOTHING}", "reference": "2", "day_of_month": 5, "maximum_amount": "5.00"},
    "createCardPayment": {"card_id": f"crd_{NOTHING}", "amount": "1.00", "reference": "x"},
    "createDeferral": {"simulation_id": f"sim_{NOTHING}"},
    "createProductRequest": {"product_id": f"prd_{NOTHING}"},
    "simulateDeferral": {"card_id": f"crd_{NOTHING}", "kind": "revolving_balance", "amount": "150.00", "term_months": 6},
    "registerDevice": {"id": "dev-x", "name": "X", "platform": "ios", "replaces": f"dev_{NOTHING}"},
    "createExternalCard": {
        "institution_id": f"ins_{NOTHING}", "number": "9999990000000014", "alias": "Otra", "document_type": "cedula",
        "document_number": "1712345675", "holder_name": "Alguien", "maximum_amount": "100.00",
    },
}  # fmt: skip
WITH_ORIGIN = {"createServicePayment", "createScheduledPayment", "createCardPayment"}
IN_QUERY = {"listServicePayments": {"biller_id": f"bil_{NOTHING}"}}
CREDENTIALS = {"new_password": "Otra2026@", "confirmation": "Otra2026@"}
OPEN = {
    "completeEnrolment": {
        "username": "quien2026", "password": "Otra2026@", "confirmation": "Otra2026@", "access_method": "password",
        "device": {"id": "d", "name": "n", "platform": "ios"},
    },
    "resetPassword": CREDENTIALS,
}  # fmt: skip


def test_things_there_are_not(phone: Phone, client: httpx.Client) -> None:
    document = openapi.fetched(client)
    for method, path, operation in declaring(client, "not_found"):
        name = operation["operationId"]
        body = example_body(operation, document)
        if name == "createBeneficiary":
            continue  # its first example is refused for what it is: see tests/bank/test_refusals_one_by_one.py
        if name in ("createTransfer", "previewTransfer"):
            body = phone.order(destination=f"acc_{NOTHING}")
        elif name in NEEDS_IDS:
            body = dict(NEEDS_IDS[name])
            if name in WITH_ORIGIN:
                body["origin_account_id"] = phone.savings()[0]["id"]
        elif name in OPEN:
            body = OPEN[name]
        where = with_ids(path, {}).removeprefix("/v1")
        answer = phone.call(method, f"/v1{where}", json=body, params=IN_QUERY.get(name))
        assert_problem(answer, 404, "not_found")


def test_maintenance(phone: Phone, client: httpx.Client) -> None:
    """Everything rests but what an app asks first; the control plane goes on."""
    app = phone.sandbox.rules.read("app")
    answer = phone.sandbox.call(
        "PUT", "/_sandbox/rules/app", content=app.replace("maintenance: false", "maintenance: true")
    )
    assert answer.status_code == 200, answer.text
    for method, path, _ in declaring(client, "service_unavailable"):
        answer = phone.call(method, "/v1" + with_ids(path, {}).removeprefix("/v1"))
        assert_problem(answer, 503, "service_unavailable")
        assert answer.headers["retry-after"] == "30"
    assert phone.sandbox.call("GET", "/v1/app").json()["maintenance"]
    assert phone.sandbox.call("GET", "/v1/errors").status_code == 200
    phone.sandbox.rules.reset("app")
    assert phone.call("GET", "/v1/me").status_code == 200
