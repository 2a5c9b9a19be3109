"""Names that the server knows are closed vocabularies: what means nothing is refused, not kept and never met."""

import ast
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.bank.challenges.story import Story
from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.domain.events import EVENTS, FILTERS, KINDS
from sandbox.testing import Phone, Sandbox, operations
from tests import openapi
from tests.answers import Json, assert_problem, failing
from tests.functional.processes import ROOT

pytestmark = pytest.mark.sqlite("words")


def recorded() -> set[str]:
    """The kind in every `record` in the package, and in every `Finished`, which a story records; `*` stands for what a
    running program fills in."""
    found = set()
    for path in (ROOT / "sandbox").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                if isinstance(node.func, ast.Name) and node.func.id == "Finished":
                    found.add(_written(node.args[1]))
                if isinstance(node.func, ast.Attribute) and node.func.attr == "record":
                    passed_on = ast.unparse(node.args[0]) in ("done.event", "kind")
                    found.add("*" if passed_on else _written(node.args[0]))
                if isinstance(node.func, ast.Attribute) and node.func.attr == "append" and len(node.args) > 2:
                    found.add(_written(node.args[2]))
    return found


def _written(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr), ast.unparse(node)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)


def test_every_kind_that_is_recorded_is_declared_and_every_noun_is_recorded() -> None:
    kinds = recorded()
    assert len(kinds) > 40
    assert {kind for kind in kinds if "*" not in kind} <= KINDS
    nouns = {kind.partition(".")[0] for kind in kinds} - {"*"}
    assert nouns <= EVENTS.keys()
    stories = [operation for operation in Chapters(CHAPTERS).operations if isinstance(operation, Story)]
    assert EVENTS.keys() - nouns <= {story.noun for story in stories}
    ends = ("cancelled", "expired", "locked")
    assert {f"{story.noun}.{verb}" for story in stories for verb in (story.opened, *ends)} <= KINDS


def hook(bank: Sandbox, **more: Any) -> httpx.Response:
    return bank.call("POST", "/_sandbox/webhooks", json={"url": "http://127.0.0.1:9/x", **more})


@pytest.mark.parametrize(
    "kind",
    [
        "transfr",
        "transfer.complete",
        "Transfer",
        "transfer.",
        ".completed",
        "",
        "*",
        "transfer.completed.x",
        "transfer ",
    ],
)
def test_a_kind_of_event_that_there_is_not_is_refused_everywhere(bank: Sandbox, kind: str) -> None:
    told = assert_problem(hook(bank, kinds=["transfer", kind]), 422, "validation_failed")
    assert failing(told) == {"kinds.1": "not_an_option"}
    for path in ("events", "events/stream"):
        told = assert_problem(bank.call("GET", f"/_sandbox/{path}", params={"kind": kind}), 422, "validation_failed")
        assert failing(told) == {"kind": "not_an_option"}
    assert bank.webhooks.all() == []


def test_every_kind_there_is_may_be_asked_for(bank: Sandbox, client: httpx.Client) -> None:
    for start in range(0, len(FILTERS), 50):
        assert hook(bank, kinds=FILTERS[start : start + 50]).status_code == 201
    for kind in FILTERS:
        found = bank.send(operations.list_events(kind=kind))["items"]
        assert {each["kind"] for each in found} <= {kind, *(f"{kind}.{verb}" for verb in EVENTS.get(kind, ()))}
    document = openapi.fetched(client)
    told = document["components"]["schemas"]["NewWebhook"]["properties"]["kinds"]["items"]["enum"]
    assert told == list(FILTERS)


def test_a_mistyped_verb_is_answered_with_those_of_its_noun(bank: Sandbox) -> None:
    told = assert_problem(hook(bank, kinds=["session.stopped"]), 422, "validation_failed")
    assert told["errors"][0]["message"] == "Debe ser una de: session.started, session.ended o session.refused."


MATCHES: list[tuple[Json, str]] = [
    ({"method": "FOO"}, "match.method"),
    ({"method": "get"}, "match.method"),
    ({"method": "GET "}, "match.method"),
    ({"path": "v1/faqs"}, "match.path"),
    ({"path": "/v1"}, "match.path"),
    ({"path": "/v1/faq*"}, "match.path"),
    ({"path": "/v1/*x*y*"}, "match.path"),
    ({"path": "/v1/faqs?q=x"}, "match.path"),
    ({"path": "/_sandbox/clock"}, "match.path"),
    ({"path": "*"}, "match.path"),
    ({"operation_id": "createTransfr"}, "match.operation_id"),
    ({"operation_id": "getClock"}, "match.operation_id"),
    ({"operation_id": ""}, "match.operation_id"),
]


@pytest.mark.parametrize(("match", "field"), MATCHES, ids=str)
def test_a_match_that_nothing_can_meet_is_refused(bank: Sandbox, match: Json, field: str) -> None:
    fault = bank.call("POST", "/_sandbox/faults", json={"match": match, "effect": {"delay": {"ms": 1}}})
    assert failing(assert_problem(fault, 422, "validation_failed")) == {field: "not_an_option"}
    count = {"match": match, "count": {"exactly": 0}}
    verified = bank.call("POST", "/_sandbox/requests/verify", json=count)
    assert failing(assert_problem(verified, 422, "validation_failed")) == {field: "not_an_option"}
    assert bank.faults.all() == []


@pytest.mark.parametrize("path", ["/v1/nope", "/v1/faqs/x", "/v1/*/*/*/*/*/*", "/v1/transfers/{}/x"])
def test_a_fault_on_a_path_that_no_operation_has_is_refused(bank: Sandbox, path: str) -> None:
    fault = bank.call("POST", "/_sandbox/faults", json={"match": {"path": path}, "effect": {"delay": {"ms": 1}}})
    assert failing(assert_problem(fault, 422, "validation_failed")) == {"match.path": "not_an_option"}
    # The journal holds it, once an app has called it.
    assert bank.send(operations.verify_requests({"match": {"path": path}, "count": {"exactly": 0}}))["verified"]


@pytest.mark.parametrize(
    "path",
    ["/v1/faqs", "/v1/accounts/*", "/v1/accounts/{}/movements", "/v1/*", "/v1/*/{id}", "/v1/transfers/trf_x/receipt"],
)
def test_a_fault_on_a_path_of_the_bank_is_taken(bank: Sandbox, path: str) -> None:
    wanted = {"match": {"path": path}, "effect": {"delay": {"ms": 1}}}
    assert bank.send(operations.create_fault(wanted))["match"] == {"path": path}


@pytest.mark.parametrize(
    ("name", "value"), [("operation_id", "getClock"), ("method", "FOO"), ("operation_id", "x"), ("method", "GETS")]
)
def test_a_filter_of_the_journal_that_nothing_can_meet_is_refused(bank: Sandbox, name: str, value: str) -> None:
    told = assert_problem(bank.call("GET", "/_sandbox/requests", params={name: value}), 422, "validation_failed")
    assert list(failing(told)) == [name]


def test_a_number_that_no_answer_can_show_is_refused(phone: Phone) -> None:
    phone.call("POST", "/v1/transfers", json=phone.order("1.00"))
    body = b'{"match": {"operation_id": "createTransfer", "body": {"amount": 1e999}}, "count": {"exactly": 1}}'
    sent = {"content": body, "headers": {"Content-Type": "application/json"}}
    told = assert_problem(phone.sandbox.call("POST", "/_sandbox/requests/verify", **sent), 422, "validation_failed")
    assert failing(told) == {"match.body": "bad_number"}
