"""The document is complete: each of these walks all of it, and fails for what is missing in one place."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.problem import CATALOGUE
from sandbox.testing import Phone, Sandbox
from tests import openapi
from tests.openapi import PROBLEM, Json, Operation

pytestmark = pytest.mark.sqlite("the document")

VOCABULARY = re.compile(r"(^|_)(kind|status|type|state|channel|platform|segment|plan|outcome|method|operation_id)$")
MOMENT, DAY, MONEY = (
    re.compile(pattern)
    for pattern in (
        r"_at$|^now$|^last_access$",
        r"_date$",
        r"(^|_)(amount|balance|fee|tax|total|principal|interest|owed|outstanding)$|_payment$",
    )
)
# Words that are open: a chapter, a catalogue or the seed may add to them, and a client shows or passes them on.
OPEN = {
    "ProblemKind.type": "a reference, which ends with the code",
    "Problem.type": "a reference, which ends with the code",
    "Effect.media_type": "whatever the test wants",
    "Entry.kind": "chapters post entries of their own",
    "Exchange.method": "what a client sent, whatever it is",
    "Request.method": "what a client sent, whatever it is",
    "TrafficLine.method": "what a client sent, whatever it is",
    "Job.kind": "chapters have jobs of their own",
    "Message.kind": "chapters send messages of their own",
    "NearMiss.method": "what a client sent, whatever it is",
    "Notification.kind": "chapters have notices of their own",
    "WaitingJob.kind": "chapters have jobs of their own",
}


@pytest.fixture(scope="module")
def raw(client: httpx.Client) -> Json:
    return openapi.raw(client)


@pytest.fixture(scope="module")
def operations(raw: Json) -> list[Operation]:
    return list(openapi.operations(openapi.whole(raw)))


def properties(raw: Json) -> Iterator[tuple[str, Json]]:
    """Every property of every schema, by `Schema.name`."""
    for name, schema in raw["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            yield f"{name}.{field}", shape


def nodes(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for name, inner in value.items():
            if name not in ("example", "examples", "default", "const", "enum"):
                yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def test_the_whole_is_introduced(raw: Json) -> None:
    assert {"title", "description", "version", "contact", "license"} <= raw["info"].keys()
    assert [server["url"] for server in raw["servers"]] == ["/", "/s/{sandbox}"]
    assert raw["servers"][1]["variables"]["sandbox"]["default"] == "default"
    assert raw["components"]["securitySchemes"].keys() == {"member", "control"}
    assert all(tag["description"] for tag in raw["tags"])


def test_every_tag_is_described_and_used(raw: Json, operations: list[Operation]) -> None:
    used = {tag for operation in operations for tag in operation.described["tags"]}
    assert used == {tag["name"] for tag in raw["tags"]}


def test_every_operation_says_who_may_call_it(operations: list[Operation]) -> None:
    for operation in operations:
        security = operation.described["security"]
        if operation.path.startswith("/v1"):
            assert security in ([], [{"member": []}], [{"member": []}, {}]), operation.name
            assert ({"member": []} in security) == ("session_expired" in openapi.codes(operation.described)) or (
                operation.name == "refreshSession"
            ), operation.name
        else:
            assert security == ([] if operation.name in ("getHealth", "getReadiness") else [{"control": []}, {}])


def test_every_operation_takes_what_its_surface_takes(operations: list[Operation]) -> None:
    for operation in operations:
        names = [each["name"] for each in operation.described["parameters"]]
        assert len(names) == len(set(names)), operation.name
        assert {"Accept-Language", "X-Request-Id"} <= set(names), operation.name
        assert ("Prefer" in names) == operation.path.startswith("/v1"), operation.name
        if operation.path.startswith("/v1"):
            assert "X-Sandbox" in names, operation.name
        for parameter in operation.described["parameters"]:
            assert parameter.get("description"), (operation.name, parameter["name"])


def test_every_answer_is_described_with_its_headers(operations: list[Operation]) -> None:
    for operation in operations:
        for status, answer in operation.described["responses"].items():
            assert answer["description"] not in ("", "Successful Response"), (operation.name, status)
            assert {"X-Request-Id", "Date", "Vary"} <= answer["headers"].keys(), (operation.name, status)
            if operation.path.startswith("/v1"):
                assert {"Content-Language", "Cache-Control"} <= answer["headers"].keys(), (operation.name, status)
            if status == "429":
                assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= answer["headers"].keys(), operation.name
            if status == "401":  # RFC 9110, 15.5.2
                assert "WWW-Authenticate" in answer["headers"], operation.name


ALWAYS = {"400", "408", "431", "500", "503", "507"}


def test_every_refusal_that_the_server_can_send_is_there(operations: list[Operation]) -> None:
    for operation in operations:
        statuses = operation.described["responses"].keys()
        assert statuses >= ALWAYS, (operation.name, ALWAYS - statuses)
        codes = openapi.codes(operation.described)
        if operation.path.startswith("/v1"):
            assert {"problem_not_declared", "sandbox_not_found", "sandbox_damaged"} <= codes, operation.name
        else:
            assert {"control_token_required", "forbidden_origin"} <= codes, operation.name
        if "requestBody" in operation.described:
            assert "body_too_large" in codes, operation.name


def test_refusals_of_all_operations_are_met_where_they_are_declared(bank: Sandbox, operations: list[Operation]) -> None:
    """A parameter that there is not, and an origin that may not: what the document adds to what routes declare."""
    walked = 0
    for operation in operations:
        path = re.sub(r"\{\w+\}", "x", operation.path)
        if not operation.path.startswith("/v1"):
            answer = bank.call(operation.method, path, headers={"Origin": "https://evil.example"})
            require_documented(operation, answer, 403, "forbidden_origin")
            walked += 1
        elif not operation.described["security"]:
            answer = bank.call(operation.method, path, headers={"Prefer": "problem=nope"})
            require_documented(operation, answer, 400, "problem_not_declared")
            walked += 1
    assert walked > 60


def require_documented(operation: Operation, answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), operation.name
    declared = operation.described["responses"][str(status)]
    assert code in declared["content"][PROBLEM]["examples"], operation.name
    assert {name.lower() for name in declared["headers"]} >= answer.headers.keys() & {"www-authenticate", "retry-after"}


def narrow_codes(schema: Json, schemas: Json) -> Iterator[str]:
    """The codes that the schema of a status allows."""
    if "$ref" in schema:
        yield from narrow_codes(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    elif "oneOf" in schema:
        for each in schema["oneOf"]:
            yield from narrow_codes(each, schemas)
    else:
        code = schema["allOf"][1]["properties"]["code"]
        yield from code.get("enum") or [code["const"]]


def test_a_status_allows_the_codes_that_it_can_have_and_no_others(raw: Json, operations: list[Operation]) -> None:
    for operation in operations:
        for status, answer in operation.described["responses"].items():
            content = answer.get("content", {}).get(PROBLEM)
            if int(status) < 400:
                continue
            assert content, (operation.name, status)
            allowed = sorted(narrow_codes(content["schema"], raw["components"]["schemas"]))
            assert allowed == sorted(content["examples"]), (operation.name, status)
            assert all(str(CATALOGUE[code].status) == status for code in allowed), (operation.name, status)


def test_what_a_problem_has_besides_is_typed(raw: Json) -> None:
    schemas = raw["components"]["schemas"]
    assert schemas["Problem"]["properties"]["code"]["enum"] == sorted(CATALOGUE)
    assert schemas["Problem"]["properties"]["retry_after"]["type"] == "integer"
    for kind in CATALOGUE.values():
        if kind.sample.extra:
            name = "".join(word.title() for word in kind.code.split("_")) + "Problem"
            own = schemas[name]["allOf"][1]
            assert {"code", *kind.sample.extra} == set(own["required"]) == own["properties"].keys()


def test_how_long_to_wait_is_told_in_the_body_as_in_the_header(phone: Phone) -> None:
    answer = phone.call("POST", f"/v1/challenges/{phone.transfer('1.00')['challenge']['id']}/resend")
    assert answer.status_code == 429
    assert answer.json()["retry_after"] == int(answer.headers["retry-after"]) == 120


def test_a_confirmation_says_first_of_which_kind_it_is(phone: Phone, raw: Json) -> None:
    confirmed = phone.confirm(phone.transfer("1.00"))
    assert confirmed["kind"] == confirmed["operation"]["kind"] == "transfer"
    answer = raw["paths"]["/v1/challenges/{challenge_id}/confirm"]["post"]["responses"]["200"]
    union = answer["content"]["application/json"]["schema"]
    assert union["discriminator"]["propertyName"] == "kind"
    assert set(union["discriminator"]["mapping"].values()) == {each["$ref"] for each in union["oneOf"]}


def test_links_lead_from_an_order_to_its_code_and_on_to_what_became_of_it(operations: list[Operation]) -> None:
    links = {
        (operation.name, target): link["parameters"]
        for operation in operations
        for answer in operation.described["responses"].values()
        for target, link in answer.get("links", {}).items()
    }
    assert links["createTransfer", "confirmChallenge"] == {"challenge_id": "$response.body#/challenge/id"}
    assert links["createTransfer", "getTransfer"] == {"transfer_id": "$response.body#/id"}
    assert links["confirmChallenge", "getTransfer"] == {"transfer_id": "$response.body#/resource/id"}
    assert links["listTransfers", "getTransfer"] == {"transfer_id": "$response.body#/items/0/id"}
    named = {operation.name: operation for operation in operations}
    for (_, target), parameters in links.items():
        taken = {each["name"] for each in named[target].described["parameters"]}
        assert parameters.keys() <= taken, target


def test_every_property_is_described(raw: Json) -> None:
    silent = [name for name, shape in properties(raw) if not shape.get("description")]
    assert silent == []


def test_every_schema_has_a_short_name_of_its_own(raw: Json) -> None:
    names = raw["components"]["schemas"].keys()
    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z0-9]{1,39}", name)] == []
    assert len({name.lower() for name in names}) == len(names)


def test_every_reference_leads_somewhere(raw: Json) -> None:
    for node in nodes(raw):
        if "$ref" in node:
            kind, _, name = node["$ref"].removeprefix("#/components/").partition("/")
            assert name in raw["components"][kind], node["$ref"]


def test_defaults_are_what_their_fields_are(raw: Json) -> None:
    kinds = {"string": str, "integer": int, "boolean": bool, "number": (int, float), "array": list, "object": dict}
    for name, shape in properties(raw):
        if "default" in shape and isinstance(shape.get("type"), str) and shape["default"] is not None:
            assert isinstance(shape["default"], kinds[shape["type"]]), name


def test_a_default_makes_no_field_of_a_request_required(raw: Json, operations: list[Operation]) -> None:
    schemas = raw["components"]["schemas"]
    sent = {
        node["$ref"].rpartition("/")[2]
        for operation in operations
        for content in operation.described.get("requestBody", {}).get("content", {}).values()
        for node in nodes(content["schema"])
        if "$ref" in node
    }
    assert len(sent) > 40
    for name in sent:
        required = set(schemas[name].get("required", ()))
        assert not [field for field in required if "default" in schemas[name]["properties"][field]], name


def test_what_is_always_sent_is_required_in_answers(raw: Json) -> None:
    for name in ("Transfer", "Challenge", "AccountDetail", "MovementPage", "Session"):
        schema = raw["components"]["schemas"][name]
        assert set(schema["required"]) == schema["properties"].keys(), name


def texts(shape: Json) -> list[Json]:
    """The alternatives of a property that are texts."""
    return [each for each in (shape, *shape.get("anyOf", ())) if each.get("type") == "string"]


def test_closed_vocabularies_are_closed(raw: Json) -> None:
    closed, open_ = set(), set()
    for name, shape in properties(raw):
        if VOCABULARY.search(name.partition(".")[2]):
            for text in texts(shape):
                (closed if {"enum", "const"} & text.keys() else open_).add(name)
    assert open_ == OPEN.keys()
    assert len(closed) > 100


def test_moments_days_and_amounts_have_their_form(raw: Json) -> None:
    tried = 0
    for name, shape in properties(raw):
        field = name.partition(".")[2]
        for text in texts(shape):
            if MOMENT.search(field):
                assert text.get("format") == "date-time", name
            elif DAY.search(field):
                assert text.get("format") == "date", name
            elif MONEY.search(field):
                assert text["pattern"].endswith("[0-9]{2}$"), name
            else:
                continue
            tried += 1
    assert tried > 120


def test_numbers_and_ids_have_a_pattern(raw: Json) -> None:
    """Of accounts, cards, phones, codes and everything that the bank names."""
    tried = 0
    for name, shape in properties(raw):
        field = name.partition(".")[2]
        if re.search(r"(^|_)(account|card)_number$|^phone$|_account_id$|^(card|challenge|member|biller)_id$", field):
            for text in texts(shape):
                assert text.get("pattern"), name
                tried += 1
    assert tried > 40


@pytest.mark.parametrize(
    ("amount", "taken"), [("0.00", False), ("0.01", True), ("999999999.99", True), ("1000000000.00", False)]
)
def test_what_the_pattern_of_an_amount_refuses_the_bank_refuses(
    phone: Phone, raw: Json, amount: str, taken: bool
) -> None:
    pattern = raw["components"]["schemas"]["OwnOrder"]["properties"]["amount"]["pattern"]
    assert bool(re.search(pattern, amount)) == taken
    answer = phone.call("POST", "/v1/transfers/preview", json=phone.order(amount))
    failed = answer.status_code == 422 and answer.json()["code"] == "validation_failed"
    assert failed != taken, answer.text
