"""What happens to every request before and after its route."""

import httpx2 as httpx
import pytest

from sandbox.http.gate import _language
from tests.support import Phone, Sandbox, assert_problem


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "es"), ("en", "en"), ("en-US,en;q=0.5", "en"), ("es-EC,es;q=0.9,en;q=0.8", "es"), ("fr", "es"),
        ("en;q=0.1,es;q=0.9", "es"), ("fr,en;q=0.3", "en"), ("en;q=x", "es"), ("*", "es"), (",,;q=;", "es"),
    ],
)  # fmt: skip
def test_the_language_with_the_higher_weight_is_spoken(accepted: str, language: str) -> None:
    assert _language(accepted) == language


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
    member = bank.members()[0]
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
    answer = phone.call("POST", "/transfers", json={"kind": "own"})
    entry = phone.bank.control("GET", f"/requests/{answer.headers['x-request-id']}")
    assert (entry["status"], entry["operation_id"]) == (422, "createTransfer")
    assert entry["request"]["body"] == {"kind": "own"}
    assert entry["request"]["headers"]["authorization"] == "[redacted]"
    assert entry["response"]["body"]["code"] == "validation_failed"


def test_codes_and_tokens_are_redacted_wherever_they_stand(phone: Phone) -> None:
    challenge = phone.transfer()["challenge"]["id"]
    code = phone.bank.code(challenge)
    phone.confirm(challenge, code)
    phone.call(
        "POST",
        f"/challenges/{challenge}/confirm",
        content=b'{"code": "' + code.encode() + b'", ',
        headers={"Content-Type": "application/json"},
    )
    phone.call("GET", f"/transfers?token=secret-{code}&code={code}")
    journal = str(phone.bank.control("GET", "/requests"))
    assert f"'{code}'" not in journal
    assert f'"{code}"' not in journal
    assert f"secret-{code}" not in journal
    assert phone.token not in journal


def test_the_journal_is_filtered_and_emptied(phone: Phone) -> None:
    phone.call("GET", "/transfer/secreto")
    found = phone.bank.control("GET", "/requests", params={"status": 404})["items"]
    assert [entry["path"] for entry in found] == ["/v1/transfer/[redacted]"], "a slip can be seen"
    mine = phone.bank.control("GET", "/requests", params={"member_id": phone.member["id"], "method": "get"})["items"]
    assert all(entry["method"] == "GET" for entry in mine)
    phone.bank.control("DELETE", "/requests")
    assert phone.bank.control("GET", "/requests")["items"] == []


def test_half_a_surrogate_pair_in_a_body_breaks_no_journal(phone: Phone) -> None:
    phone.call(
        "POST", "/transfers", content=b'{"kind": "\\ud800", "\\ud800": 1}', headers={"Content-Type": "application/json"}
    )
    assert phone.bank.control("GET", "/requests", params={"operation_id": "createTransfer"})["items"]
