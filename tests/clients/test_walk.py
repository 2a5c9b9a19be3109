"""What the walk hears: the operation of each exchange, and which violations count."""

import json

import httpx2 as httpx
import pytest

from clients.proxying import Listener
from clients.walk import UNREACHED
from tests import openapi

DOCUMENT = {
    "components": {"responses": {}},
    "paths": {
        "/v1/things/{thing_id}": {"get": {"operationId": "getThing", "responses": {}}},
        "/v1/things/first": {"get": {"operationId": "getFirst", "responses": {}}},
    },
}
VIOLATION = {"location": ["request", "query"], "severity": "Error", "message": "there is no such"}


def exchange(path: str, status: int, *violations: dict) -> httpx.Response:
    headers = {"sl-violations": json.dumps(violations)} if violations else {}
    return httpx.Response(status, headers=headers, request=httpx.Request("GET", f"http://127.0.0.1{path}"))


@pytest.fixture
def listener() -> Listener:
    return Listener(DOCUMENT)


def test_a_fixed_path_comes_before_one_with_a_place(listener: Listener) -> None:
    listener.hear(exchange("/v1/things/first", 200))
    listener.hear(exchange("/v1/things/second", 404))
    assert (listener.succeeded, listener.refused, listener.requests) == ({"getFirst"}, {"getThing"}, 2)


def test_a_wrong_request_counts_where_it_was_accepted_alone(listener: Listener) -> None:
    listener.hear(exchange("/v1/things/first", 422, VIOLATION))
    assert listener.violations == []
    listener.hear(exchange("/v1/things/first", 200, VIOLATION))
    assert listener.violations == ["getFirst 200 request.query: there is no such"]


def test_a_wrong_answer_always_counts(listener: Listener) -> None:
    listener.hear(exchange("/v1/things/first", 422, VIOLATION | {"location": ["response", "body"]}))
    assert listener.violations == ["getFirst 422 response.body: there is no such"]


def test_the_first_stands_for_a_list_that_was_cut_off(listener: Listener) -> None:
    found = json.dumps([VIOLATION | {"location": ["response", "body", "kind"]}] * 9)
    headers = {"sl-violations": f"Too many violations! {found[:300]}"}
    answer = exchange("/v1/things/first", 200)
    answer.headers.update(headers)
    listener.hear(answer)
    assert listener.violations == ["getFirst 200 response.body.kind: there is no such"]


def test_excuses_name_operations_that_there_are(client: httpx.Client) -> None:
    known = {operation.name for operation in openapi.operations(openapi.raw(client))}
    assert set().union(*UNREACHED.values()) <= known
