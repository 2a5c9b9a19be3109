"""A member's phone, as tests hold it: log in, order, read the code, confirm."""

from dataclasses import dataclass, field
from typing import Any, cast

import httpx2 as httpx

from sandbox.sandboxes.registry import Registry
from tests import refusals

Json = dict[str, Any]


def registry_of(client: httpx.Client) -> Registry:
    """The registry of the application behind a test client."""
    registry: Registry = cast(Any, client).app.registry
    return registry


class Sandbox:
    """One private bank behind a client: `v1` paths and `_sandbox` paths go to the same sandbox."""

    def __init__(self, client: httpx.Client, name: str) -> None:
        self.client = client
        self.name = name

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"X-Sandbox": self.name} | options.pop("headers", {})
        return self.client.request(method, path, headers=headers, **options)

    def control(self, method: str, path: str, **options: Any) -> Any:
        """A control-plane call that must succeed; its JSON."""
        answer = self.call(method, f"/_sandbox{path}", **options)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def persona(self, name: str) -> Json:
        members = self.control("GET", "/members", params={"persona": name})["items"]
        assert members, f"no persona {name}"
        return members[0]

    def members(self) -> list[Json]:
        return self.control("GET", "/members", params={"limit": 200})["items"]

    def phone(self, member: Json) -> "Phone":
        return Phone(self, member).log_in()

    def code(self, challenge_id: str) -> str:
        message = self.control("GET", "/messages/next", params={"challenge_id": challenge_id, "wait": 0})
        return str(message["code"])

    def advance(self, by: str) -> Json:
        return self.control("POST", "/clock/advance", json={"by": by})

    def freeze(self) -> None:
        self.control("PUT", "/clock", json={"rate": 0})

    def audit(self) -> Json:
        return self.control("GET", "/ledger/audit")

    def assert_balanced(self) -> None:
        audit = self.audit()
        assert audit["balanced"], audit["violations"]


@dataclass
class Phone:
    """A member with the app in hand."""

    bank: Sandbox
    member: Json
    token: str = ""
    refresh_token: str = ""
    last: Json = field(default_factory=dict)

    def log_in(self) -> "Phone":
        answer = self.bank.call("POST", "/v1/sessions", json=self.credentials)
        assert answer.status_code == 201, answer.text
        self.last = answer.json()
        self.token, self.refresh_token = self.last["access_token"], self.last["refresh_token"]
        return self

    @property
    def credentials(self) -> Json:
        device = self.member["device"] or {"id": "dev-new", "name": "Otro", "platform": "ios"}
        return {"username": self.member["username"], "password": self.member["password"], "device": device}

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return self.bank.call(method, f"/v1{path}", headers=headers, **options)

    def get(self, path: str, **options: Any) -> Json:
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def accounts(self) -> list[Json]:
        groups = {group["type"]: group["items"] for group in self.get("/products")["groups"]}
        return groups["accounts"]

    def savings(self) -> list[Json]:
        return [account for account in self.accounts() if account["debitable"]]

    def available(self, account_id: str) -> str:
        return str(self.get(f"/accounts/{account_id}")["available_balance"])

    def order(self, amount: str = "10.00", **changes: Any) -> Json:
        """An order between this member's first two savings accounts."""
        first, second = self.savings()[:2]
        return {
            "kind": "own",
            "origin_account_id": first["id"],
            "destination_account_id": second["id"],
            "amount": amount,
            "reference": "prueba",
        } | changes

    def transfer(self, amount: str = "10.00", **changes: Any) -> Json:
        answer = self.call("POST", "/transfers", json=self.order(amount, **changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def confirm(self, challenge_id: str, code: str | None = None) -> httpx.Response:
        code = self.bank.code(challenge_id) if code is None else code
        return self.call("POST", f"/challenges/{challenge_id}/confirm", json={"code": code})

    def wrong_code(self, challenge_id: str) -> str:
        return f"{(int(self.bank.code(challenge_id)) + 1) % 1_000_000:06d}"


def assert_problem(answer: httpx.Response, status: int, code: str) -> Json:
    """The answer is a whole problem document with this status and code."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    refusals.note(answer, code)
    assert body["status"] == status
    assert {"type", "title", "detail", "instance", "request_id"} <= body.keys()
    assert body["request_id"] == answer.headers["x-request-id"]
    assert status != 401 or answer.headers["www-authenticate"].startswith("Bearer realm=")  # RFC 9110, 15.5.2
    refusals.require_rehearsed(answer, body)
    return body


def failing(problem: Json) -> dict[str, str]:
    """field → code of every failing field."""
    return {error["field"]: error["code"] for error in problem["errors"]}
