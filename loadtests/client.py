"""A member's phone over Locust's fast client: every call is a row of the report, named by its operation."""

from typing import Any

from locust.contrib.fasthttp import FastHttpSession

Json = dict[str, Any]


class Refused(Exception):
    """An answer the scenario did not expect; `code` is the problem's."""

    def __init__(self, operation: str, status: int, code: str) -> None:
        super().__init__(f"{operation}: {status} {code}")
        self.code = code


class PhoneClient:
    """One member who is logged in. Calls raise Refused unless the answer is as expected."""

    def __init__(self, session: FastHttpSession, member: Json) -> None:
        self._session = session
        self.member = member
        self._headers: dict[str, str] = {}

    def log_in(self) -> None:
        """createSession; later calls carry its token."""
        login = {
            "username": self.member["username"],
            "password": self.member["password"],
            "device": self.member["device"],
        }
        answer = self.call("createSession", "POST", "/v1/sessions", 201, login)
        self._headers = {"Authorization": f"Bearer {answer['access_token']}"}

    def products(self) -> list[Json]:
        """getProducts: the accounts that can be debited."""
        groups = self.call("getProducts", "GET", "/v1/products", 200)["groups"]
        return [account for account in groups[0]["items"] if account["debitable"]]

    def create_transfer(self, order: Json, key: str) -> Json:
        """createTransfer with an Idempotency-Key."""
        return self.call("createTransfer", "POST", "/v1/transfers", 201, order, {"Idempotency-Key": key})

    def read_code(self, challenge: str) -> str:
        """The code, out of the control plane's inbox."""
        path = f"/_sandbox/messages/next?challenge_id={challenge}&wait=5"
        return str(self.call("nextMessage", "GET", path, 200)["code"])

    def confirm(self, challenge: str, code: str) -> Json:
        """confirmChallenge with the right code."""
        return self.call("confirmChallenge", "POST", f"/v1/challenges/{challenge}/confirm", 200, {"code": code})

    def confirm_refused(self, challenge: str, code: str, status: int, problem: str) -> None:
        """confirmChallenge with a code that must be refused, with that problem and no other."""
        path = f"/v1/challenges/{challenge}/confirm"
        operation = f"confirmChallenge ({problem})"
        self.call(operation, "POST", path, status, {"code": code}, problem=problem)

    def resend_too_early(self, challenge: str) -> None:
        """resendChallenge within its cooldown."""
        path = f"/v1/challenges/{challenge}/resend"
        self.call("resendChallenge (too early)", "POST", path, 429)

    def cancel(self, challenge: str) -> None:
        """cancelChallenge."""
        self.call("cancelChallenge", "DELETE", f"/v1/challenges/{challenge}", 204)

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        expected: int,
        body: Json | None = None,
        extra: Any = None,
        problem: str | None = None,
    ) -> Json:
        """One call; its JSON. Raises Refused, and counts as a failure, when the status (or the problem) is another than
        expected."""
        headers = {**self._headers, **(extra or {})}
        with self._session.request(
            method, path, name=operation, json=body, headers=headers, catch_response=True
        ) as answer:
            try:
                told: Json = answer.json() if answer.content else {}
                code = told.get("code", "")
            except (ValueError, AttributeError):
                told, code = {}, "no answer"
            if answer.status_code == expected and problem in (None, code):
                answer.success()
                return told
            answer.failure(f"{answer.status_code} {code}")
            raise Refused(operation, answer.status_code, code)
