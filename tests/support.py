"""The client of `sandbox.testing` as the bank's own tests hold it: paths and whole answers, since they assert statuses,
headers and bodies that its typed calls read and check themselves."""

from dataclasses import dataclass, field
from typing import Any, cast

import httpx2 as httpx

from sandbox.sandboxes.registry import Registry
from sandbox.testing import Connection
from sandbox.testing import Sandbox as Client
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
        self.typed = Client(name, connection=Connection(client=client))

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.typed.call(method, path, **options)

    def control(self, method: str, path: str, **options: Any) -> Any:
        """A control-plane call that must succeed; its JSON."""
        answer = self.call(method, f"/_sandbox{path}", **options)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def persona(self, name: str) -> Json:
        return cast(Json, self.typed.members.persona(name))

    def members(self) -> list[Json]:
        return self.control("GET", "/members", params={"limit": 200})["items"]

    def phone(self, member: Json) -> "Phone":
        return Phone(self, member).log_in()

    def code(self, challenge_id: str) -> str:
        return self.typed.inbox.code(challenge_id, wait=0)

    def advance(self, by: str) -> Json:
        return cast(Json, self.typed.clock.advance(by))

    def freeze(self) -> None:
        self.typed.clock.freeze()

    def audit(self) -> Json:
        return cast(Json, self.typed.ledger.audit())

    def assert_balanced(self) -> None:
        self.typed.ledger.assert_balanced()


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
