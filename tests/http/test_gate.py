"""What happens to every request before and after its route."""

import json
import time
from collections.abc import Iterator
from typing import Any, cast

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.http import negotiation
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests import goldens
from tests.answers import assert_problem
from tests.transport import registry_of, serving


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "es"), ("en", "en"), ("en-US,en;q=0.5", "en"), ("es-EC,es;q=0.9,en;q=0.8", "es"), ("fr", "es"),
        ("en;q=0.1,es;q=0.9", "es"), ("fr,en;q=0.3", "en"), ("en;q=x", "es"), ("*", "es"), (",,;q=;", "es"),
    ],
)  # fmt: skip
def test_the_language_with_the_higher_weight_is_spoken(accepted: str, language: str) -> None:
    assert negotiation.language(accepted.encode()) == language


def test_a_request_id_brought_along_comes_back(bank: Sandbox) -> None:
    assert (
        bank.call("GET", "/v1/errors", headers={"X-Request-Id": "mine-1.2_3"}).headers["x-request-id"] == "mine-1.2_3"
    )


@pytest.mark.parametrize("name", ["", "x" * 65, "white space", "emoji\u00e9"])
def test_a_request_id_that_is_none_is_replaced(bank: Sandbox, name: str) -> None:
    answer = bank.call("GET", "/v1/errors", headers={"X-Request-Id": name.encode("latin-1")})
    assert answer.headers["x-request-id"].startswith("req_")


def test_a_sandbox_is_chosen_by_header_or_by_prefix(bank: Sandbox, client: httpx.Client) -> None:
    by_header = client.get("/_sandbox/info", headers={"X-Sandbox": bank.name}).json()
    by_prefix = client.get(f"/s/{bank.name}/_sandbox/info").json()
    assert by_header["sandbox"] == by_prefix["sandbox"] == bank.name
    assert client.get("/_sandbox/info").json()["sandbox"] == "default"


@pytest.mark.parametrize(
    "name", ["nobody", "../default", "..", "a/b", "UPPER", "x" * 64, "default.sqlite", "%2e%2e", "a\\b", "-a"]
)
def test_a_sandbox_there_is_not_is_a_problem_on_both_surfaces(client: httpx.Client, name: str) -> None:
    for path in ("/v1/errors", "/_sandbox/info"):
        assert_problem(client.get(path, headers={"X-Sandbox": name}), 404, "sandbox_not_found")


def test_the_bank_behind_a_prefix_is_whole(bank: Sandbox, client: httpx.Client) -> None:
    member = bank.members.all()[0]
    login = {"username": member["username"], "password": member["password"], "device": member["device"]}
    token = client.post(f"/s/{bank.name}/v1/sessions", json=login).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get(f"/s/{bank.name}/v1/products", headers=bearer).status_code == 200
    assert_problem(client.get("/v1/products", headers=bearer), 401, "invalid_token")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8000"},
    ],
)
def test_no_other_page_and_no_other_host_steers_the_bank(client: httpx.Client, headers: dict[str, str]) -> None:
    assert_problem(client.post("/_sandbox/reset", headers=headers), 403, "forbidden_origin")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "127.9.9.9:1", "bank.localhost"])
def test_the_machines_own_names_are_let_in(client: httpx.Client, host: str) -> None:
    assert client.get("/_sandbox/info", headers={"Host": host, "Origin": f"http://{host}"}).status_code == 200


def test_a_local_page_may_call_the_bank_and_a_foreign_one_may_not(client: httpx.Client) -> None:
    local = {"Origin": "http://localhost:5173"}
    answer = client.get("/v1/errors", headers=local)
    assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"
    preflight = {**local, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert client.options("/v1/transfers", headers=preflight).status_code == 200
    assert (
        "access-control-allow-origin" not in client.get("/v1/errors", headers={"Origin": "http://evil.example"}).headers
    )
    assert "access-control-allow-origin" not in client.get("/_sandbox/health", headers=local).headers


def test_failed_calls_are_in_the_journal_too(phone: Phone) -> None:
    answer = phone.call("POST", "/v1/transfers", json={"kind": "own"})
    entry = phone.sandbox.send(operations.get_request(answer.headers["x-request-id"]))
    assert (entry["status"], entry["operation_id"]) == (422, "createTransfer")
    assert entry["request"]["body"] == {"kind": "own"}
    assert entry["request"]["headers"]["authorization"] == "[redacted]"
    assert entry["response"]["body"]["code"] == "validation_failed"


def test_codes_and_tokens_are_redacted_wherever_they_stand(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    code = phone.sandbox.inbox.code(challenge)
    phone.confirm(challenge, code)
    phone.call(
        "POST",
        f"/v1/challenges/{challenge}/confirm",
        content=b'{"code": "' + code.encode() + b'", ',
        headers={"Content-Type": "application/json"},
    )
    phone.call("GET", f"/v1/transfers?token=secret-{code}&code={code}")
    journal = str(phone.sandbox.send(operations.list_requests()))
    assert f"'{code}'" not in journal
    assert f'"{code}"' not in journal
    assert f"secret-{code}" not in journal
    assert phone.token not in journal


def test_the_journal_is_filtered_and_emptied(phone: Phone) -> None:
    phone.call("GET", "/v1/transfer/secreto")
    found = phone.sandbox.send(operations.list_requests(status=404))["items"]
    assert [entry["path"] for entry in found] == ["/v1/transfer/[redacted]"], "a slip can be seen"
    mine = phone.sandbox.send(operations.list_requests(member_id=phone.member["id"], method="get"))["items"]
    assert all(entry["method"] == "GET" for entry in mine)
    phone.sandbox.journal.clear()
    assert phone.sandbox.send(operations.list_requests())["items"] == []


def test_half_a_surrogate_pair_in_a_body_breaks_no_journal(phone: Phone) -> None:
    phone.call(
        "POST",
        "/v1/transfers",
        content=b'{"kind": "\\ud800", "\\ud800": 1}',
        headers={"Content-Type": "application/json"},
    )
    assert phone.sandbox.send(operations.list_requests(operation_id="createTransfer"))["items"]


def sent(client: httpx.Client, path: str, hosts: list[bytes], version: str = "1.1") -> list[tuple[int, Any]]:
    """What a server would send for a GET with exactly these Host headers, as no client would send it: each message
    with its moment on the machine's steady clock."""
    messages: list[tuple[int, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append((time.perf_counter_ns(), message))

    scope = {
        "type": "http", "http_version": version, "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"host", host) for host in hosts], "scheme": "http", "root_path": "",
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 5000), "state": {},
    }  # fmt: skip
    portal = cast(TestClient, client).portal
    assert portal is not None
    portal.call(cast(TestClient, client).app, scope, receive, send)
    return messages


def raw_get(client: httpx.Client, path: str, hosts: list[bytes], version: str = "1.1") -> tuple[int, str]:
    """Status and code of such a GET."""
    (_, start), (_, body), *_ = sent(client, path, hosts, version)
    return start["status"], json.loads(body["body"]).get("code", "")


@pytest.mark.parametrize("path", ["/v1/app", "/v1/nope", "/_sandbox/info", "/_sandbox/health", "/nope"])
@pytest.mark.parametrize("hosts", [[], [b"127.0.0.1", b"127.0.0.1"], [b"127.0.0.1", b"evil.example"]])
def test_a_request_has_exactly_one_host(client: httpx.Client, path: str, hosts: list[bytes]) -> None:
    assert raw_get(client, path, hosts) == (400, "invalid_host")


def test_a_request_of_http_1_0_may_have_no_host_and_no_two(client: httpx.Client) -> None:
    assert raw_get(client, "/v1/app", [], "1.0") == (200, "")
    assert raw_get(client, "/v1/app", [b"a", b"b"], "1.0") == (400, "invalid_host")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000.evil.example", "127.0.0.1:8000:80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1@evil.example",
        "evil.example@127.0.0.1", "127.0.0.1/evil.example", "[::1]evil.example", "[::1].evil.example:8000", "::1",
        "127.0.0.1 evil.example", "evil.example#127.0.0.1", "evil.example?localhost", "[127.0.0.1", "localhost.evil",
    ],
)  # fmt: skip
def test_what_only_looks_like_this_machine_is_not_let_in(client: httpx.Client, host: str) -> None:
    assert raw_get(client, "/_sandbox/info", [host.encode()]) == (403, "forbidden_origin")


@pytest.fixture(scope="module")
def closed(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with a control token that makes unknown sandboxes."""
    made = settings.model_copy(
        update={"data_dir": tmp_path_factory.mktemp("closed"), "control_token": "t" * 16, "auto_create": True}
    )
    goldens.place(made)
    with serving(create_app(made)) as client:
        yield client


_TOKEN = {"Authorization": "Bearer " + "t" * 16}
_REFUSED = [
    ({}, 401, "control_token_required"),
    ({"Authorization": "Bearer " + "t" * 15 + "x"}, 401, "control_token_required"),
    (_TOKEN | {"Origin": "http://evil.example"}, 403, "forbidden_origin"),
    (_TOKEN | {"Host": "evil.example"}, 403, "forbidden_origin"),
]


@pytest.mark.parametrize(("headers", "status", "code"), _REFUSED)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/info"),
        ("POST", "/reset"),
        ("GET", "/nope"),
        ("GET", "/export"),
        ("POST", "/import"),
        ("GET", "/readyx"),
    ],
)
def test_the_guard_looks_before_an_unknown_sandbox_is_made(
    closed: httpx.Client, headers: dict[str, str], status: int, code: str, method: str, path: str
) -> None:
    by_header = closed.request(method, f"/_sandbox{path}", headers=headers | {"X-Sandbox": "unknown"})
    by_prefix = closed.request(method, f"/s/unknown/_sandbox{path}", headers=headers)
    for answer in (by_header, by_prefix):
        assert_problem(answer, status, code)
    assert names(closed) == ["default"]


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/docs", "/metrics", "/nope", "/_sandbox", "/_sandbox/health", "/s/x"]
)
def test_what_needs_no_sandbox_makes_none(closed: httpx.Client, path: str) -> None:
    closed.get(path, headers=_TOKEN | {"X-Sandbox": "unknown"})
    closed.get(f"/s/unknown{path}", headers=_TOKEN)
    assert names(closed) == ["default"]


def test_who_may_pass_makes_one_on_both_surfaces(closed: httpx.Client) -> None:
    assert closed.get("/v1/errors", headers={"X-Sandbox": "bank1"}).status_code == 200
    assert closed.get("/s/bank2/v1/errors").status_code == 200
    assert closed.get("/s/bank3/_sandbox/info", headers=_TOKEN).status_code == 200
    assert names(closed) == ["bank1", "bank2", "bank3", "default"]
    for name in ("bank1", "bank2", "bank3"):
        assert closed.delete(f"/_sandbox/sandboxes/{name}", headers=_TOKEN).status_code == 204


def names(client: httpx.Client) -> list[str]:
    return [each["name"] for each in client.get("/_sandbox/sandboxes", headers=_TOKEN).json()["items"]]


def test_the_selected_sandbox_does_not_matter_where_sandboxes_are_named(client: httpx.Client) -> None:
    """Also one that was deleted: a test's clean-up goes on sending its name."""
    gone = {"X-Sandbox": "gone"}
    for name in ("gone", "other"):
        assert client.post("/_sandbox/sandboxes", json={"name": name}).status_code == 201
    assert client.delete("/_sandbox/sandboxes/gone", headers=gone).status_code == 204
    assert client.get("/_sandbox/sandboxes/other", headers=gone).status_code == 200
    assert client.delete("/_sandbox/sandboxes/other", headers=gone).status_code == 204
    assert client.post("/_sandbox/sandboxes", json={"name": "gone"}, headers=gone).status_code == 201
    assert client.delete("/s/gone/_sandbox/sandboxes/gone").status_code == 204
    assert_problem(client.get("/_sandbox/sandboxes/other", headers=gone), 404, "sandbox_not_found")
    assert client.get("/_sandbox/health", headers=gone).status_code == 200


@pytest.mark.parametrize(
    ("path", "instance", "status"),
    [
        ("/v1/accounts/%00", "/v1/accounts/%00", 422),
        ("/v1/accounts/%FF", "/v1/accounts/%EF%BF%BD", 422),
        ("/v1/accounts/a%20b%22%3C%3E%5C%5E", "/v1/accounts/a%20b%22%3C%3E%5C%5E", 404),
        ("/v1/accounts/%C3%B1", "/v1/accounts/%C3%B1", 404),
        ("/v1/accounts/%25", "/v1/accounts/%25", 404),
        ("/v1/accounts/a%3Fb%23c", "/v1/accounts/a%3Fb%23c", 404),
        ("/v1/nope/a:b@c;d=e,f", "/v1/nope/a:b@c;d=e,f", 404),
        ("//v1/app", "/.//v1/app", 404),
        ("///", "/.///", 404),
        ("/s/default//v1/app", "/.//v1/app", 404),
    ],
)
def test_the_instance_is_a_reference_that_means_the_path(phone: Phone, path: str, instance: str, status: int) -> None:
    authorized = {"Authorization": f"Bearer {phone.token}", "X-Sandbox": phone.sandbox.name}
    answer = phone.sandbox.connection.client.get(f"http://127.0.0.1:8000{path}", headers=authorized)
    assert (answer.status_code, answer.json()["instance"]) == (status, instance)


@pytest.mark.parametrize(
    "wish",
    ["problem=", 'problem=""', "problem", "problem =", " problem= ", "problem=;", "respond-async, problem=",
     "problem=NOPE", "problem=a b", "problem=" + "x" * 65, "PROBLEM=", "problem=%00", "problem==", "problem='x'"],
)  # fmt: skip
def test_a_problem_preferred_that_is_none_is_never_ignored(phone: Phone, wish: str) -> None:
    before = phone.send(operations.list_transfers())
    answer = phone.call("POST", "/v1/transfers", json=phone.order("1.00"), headers={"Prefer": wish})
    problem = assert_problem(answer, 400, "problem_not_declared")
    assert "insufficient_funds" in problem["possible"]
    assert phone.send(operations.list_transfers()) == before


@pytest.mark.parametrize("wish", ["respond-async", "problems=x", "no-problem=x", "wait=5; x-problem=1", ""])
def test_other_preferences_are_ignored(phone: Phone, wish: str) -> None:
    assert phone.call("POST", "/v1/transfers", json=phone.order("1.00"), headers={"Prefer": wish}).status_code == 201


@pytest.mark.parametrize("segment", ["{}", "/", "{account_id}", "*", ":account_id", "GET", "%2FGET"])
def test_no_segment_of_a_path_means_a_branch_of_the_index(phone: Phone, segment: str) -> None:
    answer = phone.sandbox.connection.client.get(
        f"/v1/accounts/{segment.replace('{', '%7B').replace('}', '%7D')}",
        headers={"Authorization": f"Bearer {phone.token}", "X-Sandbox": phone.sandbox.name},
    )
    assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("is_recorded", [False, True])
def test_a_call_is_noted_as_ended_before_its_answer_leaves(bank: Sandbox, *, is_recorded: bool) -> None:
    """What a client asks for once it has an answer comes behind that in the journal, also where another process
    answers it."""
    if is_recorded:
        bank.call("POST", "/_sandbox/recording")
    client = bank.connection.client
    messages = sent(client, f"/s/{bank.name}/v1/errors", [b"localhost"])
    *_, noted = registry_of(client).get(bank.name).notes.journal
    assert noted.path == "/v1/errors"
    assert noted.ended <= messages[-1][0]
