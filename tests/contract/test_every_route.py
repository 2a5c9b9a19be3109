"""Claims that hold on every route, also on those added later: each is walked from the OpenAPI document."""

import re
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.problem import CATALOGUE
from sandbox.surfaces import BANK, CONTROL
from sandbox.testing import Phone, Sandbox, operations
from tests import openapi
from tests.answers import assert_problem

pytestmark = pytest.mark.sqlite("the document")

METHODS = ("get", "post", "put", "patch", "delete")
PREFIXES = {
    "account_id": "acc", "transfer_id": "trf", "challenge_id": "chl", "beneficiary_id": "ben", "member_id": "mem",
}  # fmt: skip


def every_operation(client: httpx.Client) -> list[tuple[str, str, dict[str, Any]]]:
    document = openapi.fetched(client)
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def with_ids(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], f"{PREFIXES.get(name[1], 'xxx')}_" + "0" * 32), path)


def belongings(phone: Phone) -> dict[str, str]:
    """One of everything the member owns, by path parameter."""
    transfer = phone.transfer("1.00")
    beneficiaries = phone.send(operations.list_beneficiaries())["items"]
    return {
        "account_id": phone.savings()[0]["id"],
        "transfer_id": transfer["id"],
        "challenge_id": transfer["challenge"]["id"],
        "registration_id": phone.send(operations.list_devices())["items"][0]["id"],
        **services_of(phone),
        **({"beneficiary_id": beneficiaries[0]["id"]} if beneficiaries else {}),
    }


def services_of(phone: Phone) -> dict[str, str]:
    biller = next(each["id"] for each in phone.send(operations.list_billers())["items"] if each["name"] == "EEQ")
    asked = phone.call("POST", "/v1/bill-inquiries", json={"biller_id": biller, "reference": "200012345678"}).json()
    origin = {"origin_account_id": phone.savings()[0]["id"]}
    paid = phone.call("POST", "/v1/service-payments", json=origin | {"inquiry_id": asked["id"]}).json()
    saved = {"biller_id": biller, "reference": "200012345678"}
    registered = phone.call("POST", "/v1/registered-services", json=saved | {"alias": "Casa"}).json()
    monthly = origin | saved | {"day_of_month": 5, "maximum_amount": "50.00"}
    scheduled = phone.call("POST", "/v1/scheduled-payments", json=monthly).json()
    product = phone.send(operations.list_requestable_products())["items"][0]["id"]
    requested = phone.call("POST", "/v1/product-requests", json={"product_id": product}).json()
    return {
        "payment_id": paid["id"], "service_id": registered["id"], "schedule_id": scheduled["id"],
        "request_id": requested["id"], **cards_of(phone),
    }  # fmt: skip


def cards_of(phone: Phone) -> dict[str, str]:
    card = phone.send(operations.list_cards())["items"][0]["id"]
    origin = {"origin_account_id": phone.savings()[0]["id"]}
    order = origin | {"card_id": card, "amount": "1.00", "reference": "x"}
    institution = phone.send(operations.list_institutions())["items"][0]["id"]
    external = {
        "institution_id": institution, "number": "9999990000000014", "alias": "Otra", "document_type": "cedula",
        "document_number": "1712345675", "holder_name": "Alguien", "maximum_amount": "100.00",
    }  # fmt: skip
    simulated = {"card_id": card, "kind": "revolving_balance", "amount": "150.00", "term_months": 6}
    simulation = phone.call("POST", "/v1/deferral-simulations", json=simulated).json()["id"]
    return {
        "card_id": card,
        "card_payment_id": phone.call("POST", "/v1/card-payments", json=order).json()["id"],
        "external_card_id": phone.call("POST", "/v1/external-cards", json=external).json()["id"],
        "deferral_id": phone.call("POST", "/v1/deferrals", json={"simulation_id": simulation}).json()["id"],
    }


@pytest.mark.slow  # every operation
def test_another_members_objects_are_not_found_on_any_route(phone: Phone, bank: Sandbox, client: httpx.Client) -> None:
    ids = belongings(phone)
    other = bank.phone(next(m for m in bank.members.all()[1:] if m["persona"] is None and m["device"]))
    document = openapi.fetched(client)
    walked = 0
    for method, path, operation in every_operation(client):
        if not path.startswith("/v1/") or "{" not in path or not operation.get("security"):
            continue
        parameters = re.findall(r"\{(\w+)\}", path)
        unknown = [name for name in parameters if name not in ids]
        if unknown == ["beneficiary_id"]:
            continue
        assert not unknown, f"{path}: this test knows no {unknown}: give `belongings` one"
        body = example_body(operation, document)
        answer = other.call(method.upper(), with_ids(path, ids), json=body)
        assert_problem(answer, 404, "not_found")
        walked += 1
    assert walked >= 8


def example_body(operation: dict[str, Any], document: dict[str, Any]) -> Any:
    """A body that passes the route's own form, from its schema's examples."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    return example_of(content["schema"], document)


def example_of(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return example_of(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    if schema.get("examples"):
        return schema["examples"][0]
    if "oneOf" in schema or "anyOf" in schema:
        return example_of((schema.get("oneOf") or schema["anyOf"])[0], document)
    if schema.get("type") == "object":
        wanted = schema.get("required", [])
        return {name: example_of(schema["properties"][name], document) for name in wanted}
    if "const" in schema:
        return schema["const"]
    return schema["enum"][0] if "enum" in schema else "x"


@pytest.mark.slow  # every operation
def test_made_up_ids_are_not_found_on_any_route(phone: Phone, client: httpx.Client) -> None:
    document = openapi.fetched(client)
    for method, path, operation in every_operation(client):
        if not path.startswith("/v1/") or "_id}" not in path:
            continue
        for made_up in ("trf_" + "0" * 32, "nope", "1", "{}", "*", "GET", "../me", "%00", "acc_" + "ñ" * 32, "x" * 300):
            filled = re.sub(r"\{\w+\}", lambda _, value=made_up: value.replace("/", "%2F"), path)
            answer = phone.call(method.upper(), filled, json=example_body(operation, document))
            assert answer.status_code in (401, 404, 405, 422), (method, filled, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_token_no_member_route_answers(bank: Sandbox, client: httpx.Client) -> None:
    for method, path, operation in every_operation(client):
        if path.startswith("/v1/") and operation.get("security") == [{"member": []}]:
            answer = bank.call(method.upper(), with_ids(path, {}), json={})
            assert_problem(answer, 401, "invalid_token")


def test_every_operation_is_described_with_its_problems(client: httpx.Client) -> None:
    names = []
    for method, path, operation in every_operation(client):
        where = f"{method.upper()} {path}"
        assert operation.get("summary"), where
        assert operation.get("description"), where
        assert operation.get("tags"), where
        names.append(operation["operationId"])
        if not path.startswith("/v1/"):
            continue
        refusals = {code: body for code, body in operation["responses"].items() if code.startswith("4")}
        assert refusals, where
        for code, response in refusals.items():
            content = response["content"].get("application/problem+json")
            assert content, f"{where}: {code}"
            assert content["examples"], f"{where}: {code}"
    assert len(names) == len(set(names))


def test_every_problem_declared_is_in_the_catalogue(client: httpx.Client) -> None:
    catalogues = {
        surface: {entry["code"]: entry for entry in client.get(f"{surface}/errors").json()["items"]}
        for surface in (BANK, CONTROL)
    }
    for method, path, operation in every_operation(client):
        catalogue = catalogues[BANK if path.startswith(BANK) else CONTROL]
        for status, response in operation["responses"].items():
            for code in response.get("content", {}).get("application/problem+json", {}).get("examples", {}):
                assert str(catalogue[code]["status"]) == status, (method, path, code)


def test_the_catalogues_have_every_problem_and_each_its_own(client: httpx.Client) -> None:
    bank, control = (
        {entry["code"] for entry in client.get(f"{surface}/errors").json()["items"]} for surface in (BANK, CONTROL)
    )
    assert bank | control == CATALOGUE.keys()
    assert {
        "sandbox_exists",
        "rules_invalid",
        "no_message",
        "forbidden_origin",
        "control_token_required",
    } & bank == set()
    assert {"wrong_code", "limit_exceeded", "rule_refused", "problem_not_declared"} & control == set()
    assert {"validation_failed", "not_found", "method_not_allowed", "internal_error", "storage_full"} <= bank & control


@pytest.mark.parametrize("surface", [BANK, CONTROL])
def test_the_type_of_a_problem_is_its_entry_in_the_list_of_its_surface(client: httpx.Client, surface: str) -> None:
    problem = assert_problem(client.get(f"{surface}/nothing"), 404, "not_found")
    assert problem["type"] == f"{surface}/errors#not_found"
    entries = {entry["code"]: entry for entry in client.get(f"{surface}/errors").json()["items"]}
    assert entries["not_found"]["type"] == problem["type"]
    assert all(entry["type"] == f"{surface}/errors#{code}" for code, entry in entries.items())


@pytest.mark.parametrize("surface", [BANK, CONTROL])
def test_the_catalogues_speak_both_languages(client: httpx.Client, surface: str) -> None:
    spanish = client.get(f"{surface}/errors").json()["items"]
    english = client.get(f"{surface}/errors", headers={"Accept-Language": "en"}).json()["items"]
    assert [entry["code"] for entry in spanish] == [entry["code"] for entry in english]
    same = [one["code"] for one, other in zip(spanish, english, strict=True) if one["title"] == other["title"]]
    assert same == []


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE", "TRACE"])
def test_a_method_that_is_not_offered_is_a_problem(bank: Sandbox, method: str) -> None:
    answer = bank.call(method, "/v1/transfers")
    assert_problem(answer, 405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nope", "/V1/me", "/v1//me", "/_sandbox/nope", "/s/x/nope"])
def test_a_path_there_is_not_is_a_problem(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
