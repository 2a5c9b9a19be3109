"""The client's own id of a request, wherever the bank tells of it."""

from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from pydantic import ValidationError

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests import goldens
from tests.transport import bank_of, serving

NAME = "X-Correlation-Id"


@pytest.fixture
def renamed(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A bank whose header has another name."""
    own = settings.model_copy(update={"data_dir": tmp_path / "data", "correlation_header": request.param})
    goldens.place(own)
    with serving(create_app(own)) as client:
        yield bank_of(client)


def test_it_is_echoed_journalled_and_put_on_events(phone: Phone) -> None:
    answer = phone.call("POST", "/v1/transfers", json=phone.order(), headers={NAME: "app-7.a_b"})
    assert answer.headers[NAME] == "app-7.a_b"
    bank = phone.sandbox
    (exchange,) = bank.send(operations.list_requests(correlation_id="app-7.a_b"))["items"]
    assert (exchange["id"], exchange["correlation_id"]) == (answer.headers["x-request-id"], "app-7.a_b")
    assert exchange["request"]["headers"][NAME.lower()] == "app-7.a_b"
    events = bank.send(operations.list_events(correlation_id="app-7.a_b"))["items"]
    assert {event["kind"] for event in events} == {"transfer.created", "message.sent"}
    assert {(event["request_id"], event["correlation_id"]) for event in events} == {(exchange["id"], "app-7.a_b")}


def test_a_refusal_carries_it_and_a_request_without_one_has_none(bank: Sandbox) -> None:
    assert bank.call("GET", "/v1/products", headers={NAME: "app-8"}).headers[NAME] == "app-8"
    assert bank.call("GET", "/_sandbox/nowhere", headers={NAME: "app-9"}).headers[NAME] == "app-9"
    plain = bank.call("GET", "/v1/products")
    assert NAME not in plain.headers
    newest = bank.send(operations.list_requests(limit=1))["items"][0]
    assert newest["correlation_id"] is None


@pytest.mark.parametrize(("value", "taken"), [("x" * 64, True), ("x" * 65, False), ("a b", False), ("", False)])
def test_a_value_that_is_no_id_is_ignored(bank: Sandbox, value: str, taken: bool) -> None:
    answer = bank.call("GET", "/v1/errors", headers={NAME: value})
    assert answer.status_code == 200
    assert answer.headers.get(NAME) == (value if taken else None)


def test_a_page_of_another_origin_may_read_it(bank: Sandbox) -> None:
    answer = bank.call("GET", "/v1/errors", headers={NAME: "app-1", "Origin": "http://localhost:5173"})
    assert NAME in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("renamed", ["traceparent"], indirect=True)
def test_the_settings_name_the_header(renamed: Sandbox) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = renamed.call("GET", "/v1/errors", headers={"traceparent": parent, NAME: "other"})
    assert answer.headers["traceparent"] == parent
    assert NAME not in answer.headers
    assert renamed.send(operations.list_requests(correlation_id=parent))["items"]


@pytest.mark.parametrize("renamed", [""], indirect=True)
def test_an_empty_name_turns_it_off(renamed: Sandbox) -> None:
    answer = renamed.call("GET", "/v1/errors", headers={NAME: "app-1", "Origin": "http://localhost:5173"})
    assert NAME not in answer.headers
    assert NAME not in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-Request-Id", "X-Sandbox", "Content-Length", "a b", "ü"])
def test_a_header_with_a_meaning_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Settings(correlation_header=name)


def test_a_recording_keeps_it_for_the_replay(bank: Sandbox, client: httpx.Client) -> None:
    bank.record()
    bank.call("GET", "/v1/errors", headers={NAME: "app-3"})
    bank.call("GET", "/v1/errors", headers={NAME: "no id at all"})
    recording = bank.call("GET", "/_sandbox/recording").text
    assert '["x-correlation-id", "app-3"]' in recording
    assert "no id at all" not in recording
