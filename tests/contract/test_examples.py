"""Each operation's example, sent unchanged to a fresh sandbox, gets the success that the document shows."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.document import examples
from sandbox.settings import Settings
from sandbox.testing import Sandbox
from tests import goldens, openapi
from tests.answers import Json
from tests.openapi import Operation
from tests.transport import bank_of, serving

pytestmark = pytest.mark.sqlite("the document; each of its operations is called on both engines elsewhere")

# What comes about in the background, in its own time, cannot be named beforehand.
WITHOUT = {"retryDelivery": "the courier makes deliveries when it gets to them"}
# Answers that tell of this process, of the headers that a client sent, or of what has come about in the background by
# then.
OF_THE_PROCESS = {"getMetrics", "listSandboxes", "listRequests", "getRequest", "summarizeTraffic", "listDeliveries"}
_NUMBERS = itertools.count(1)


@pytest.fixture
def fresh(client: httpx.Client) -> Iterator[Sandbox]:
    name = f"x{next(_NUMBERS)}"
    client.delete("/_sandbox/sandboxes/mi-prueba")
    assert client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}).status_code == 201
    yield bank_of(client, name)
    client.delete(f"/_sandbox/sandboxes/{name}")
    client.delete("/_sandbox/sandboxes/mi-prueba")


def token(bank: Sandbox, persona: str) -> dict[str, str]:
    member = bank.members.persona(persona)
    answer = bank.call("POST", f"/_sandbox/members/{member['id']}/session")
    return {"Authorization": f"Bearer {answer.json()['access_token']}"} if answer.status_code == 201 else {}


def send(
    bank: Sandbox, operation: Operation, values: Json, body: Any, headers: dict[str, str], media: str | None
) -> httpx.Response:
    """One request with these values of its parameters and this body."""
    places = {each["name"]: each["in"] for each in operation.described["parameters"]}
    path, query, sent = operation.path, {}, dict(headers if operation.path.startswith("/v1") else {})
    for name, value in values.items():
        match places[name]:
            case "path":
                path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
            case "query":
                query[name] = value
            case "header":
                sent[name] = str(value)
    if body is not None:
        sent["Content-Type"] = media or "application/json"
        body = body if isinstance(body, (str, bytes)) else json.dumps(body)
    method = "HEAD" if path.endswith("/stream") else operation.method
    return bank.call(method, path, params=query, content=body, headers=sent)


@pytest.mark.slow  # a fresh sandbox and a story for every operation
def test_every_example_works_unchanged(client: httpx.Client) -> None:
    document = openapi.fetched(client)
    every = {operation.name: operation for operation in openapi.operations(document)}
    tried = 0
    for operation in every.values():
        if operation.name in WITHOUT:
            continue
        for bank in _sandboxes(client):
            answer = tell(bank, operation, every)
            success = next(status for status in operation.described["responses"] if status.startswith("2"))
            assert str(answer.status_code) == success, (operation.name, answer.text)
            shown = operation.described["responses"][success]
            require_shown(operation, answer, shown)
            tried += 1
    assert tried == len(every) - len(WITHOUT)


def _sandboxes(client: httpx.Client) -> Iterator[Sandbox]:
    name = f"x{next(_NUMBERS)}"
    assert client.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}).status_code == 201
    yield bank_of(client, name)
    for each in (name, "mi-prueba"):
        client.delete(f"/_sandbox/sandboxes/{each}")


def tell(bank: Sandbox, operation: Operation, every: dict[str, Operation]) -> httpx.Response:
    """Send what comes first, then the example."""
    described = operation.described
    headers = token(bank, described["x-member"]) if "x-member" in described else {}
    answers: dict[str, httpx.Response] = {}
    for step in described.get("x-prepare", ()):
        named = every[step["operationId"]]
        answer = send(bank, named, step.get("parameters", {}), step.get("body"), headers, None)
        assert answer.status_code < 300, (operation.name, step, answer.text)
        answers[named.name] = answer
    values = {each["name"]: each["example"] for each in described["parameters"] if "example" in each}
    missing = [each["name"] for each in described["parameters"] if each.get("required") and each["name"] not in values]
    assert missing == [], (operation.name, missing)
    wanted: Json = described.get("requestBody", {})
    contents: Json = wanted.get("content", {})
    media = next(iter(contents), None)
    content = contents[media] if media else {}
    body = content.get("example")
    if "x-body-from" in content:
        body = answers[content["x-body-from"]].content
    assert body is not None or media is None or not wanted.get("required"), operation.name
    return send(bank, operation, values, body, headers, media)


def require_shown(operation: Operation, answer: httpx.Response, shown: Json) -> None:
    """An answer in JSON is the one that the document shows, where it does not tell of the process."""
    content = shown.get("content", {}).get("application/json")
    if content is None or operation.name in OF_THE_PROCESS:
        return
    assert "example" in content, operation.name
    assert shape(answer.json()) == shape(content["example"]), operation.name


def shape(value: Any) -> Any:
    """Names and types, without values: ids and moments are the same in fresh sandboxes, counts of members are not."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_no_example_brings_a_key_that_others_would_share(client: httpx.Client) -> None:
    for operation in openapi.operations(openapi.fetched(client)):
        (key,) = [each for each in operation.described["parameters"] if each["name"] == "Idempotency-Key"] or [{}]
        assert "example" not in key
        assert "examples" not in key.get("schema", {})


@pytest.mark.parametrize("name", ["createTransfer", "confirmChallenge", "getProducts", "createSession"])
def test_an_example_is_the_same_to_the_byte_in_every_fresh_sandbox(fresh: Sandbox, name: str) -> None:
    every = {operation.name: operation for operation in openapi.operations(openapi.fetched(fresh.connection.client))}
    answer = tell(fresh, every[name], every)
    success = every[name].described["responses"][str(answer.status_code)]
    assert answer.json() == success["content"]["application/json"]["example"]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    """A server with another seed, whose document was asked for once."""
    changes = {"seed": "otra", "members": 0, "data_dir": tmp_path_factory.mktemp("otra")}
    other = settings.model_copy(update=changes)
    goldens.place(other)
    with serving(create_app(other)) as client:
        assert client.get("/openapi.json").status_code == 200
    return other


@pytest.mark.slow  # other applications, each with a document of its own
def test_examples_are_made_once_and_kept(elsewhere: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (kept,) = elsewhere.data_dir.glob("examples-*")
    assert kept.suffix == ".json"
    monkeypatch.setattr(examples, "collect", None)
    with serving(create_app(elsewhere)) as client:
        assert client.get("/openapi.json").status_code == 200


@pytest.mark.slow  # other applications, each with a document of its own
def test_examples_of_another_seed_are_of_that_seed(elsewhere: Settings, client: httpx.Client) -> None:
    usual = {each.name: each for each in openapi.operations(openapi.fetched(client))}
    with serving(create_app(elsewhere)) as other:
        every = {each.name: each for each in openapi.operations(openapi.fetched(other))}
        bodies = [
            named["createTransfer"].described["requestBody"]["content"]["application/json"]["example"]
            for named in (usual, every)
        ]
        assert bodies[0]["origin_account_id"] != bodies[1]["origin_account_id"]
        assert tell(bank_of(other), every["createTransfer"], every).status_code == 201


@pytest.mark.slow  # other applications, each with a document of its own
def test_a_disk_that_takes_no_file_does_not_keep_the_document_from_being_read(
    elsewhere: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(examples, "collect", lambda *_: {})
    monkeypatch.setattr(examples, "fingerprint", lambda _: "other")
    with serving(create_app(elsewhere)) as client:
        monkeypatch.setattr(Path, "write_text", full)
        assert client.get("/openapi.json").status_code == 200
    assert "No space left" in caplog.text
