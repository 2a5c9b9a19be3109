"""A member's phone over Locust's fast client: every call is a row of the report, named by its operation."""

from typing import Any

from locust.contrib.fasthttp import FastHttpSession

from loadtests.control import control_token
from loadtests.wire import AccountItem, Device, Json, Member, Operation, Ordered

UNREADABLE = ("no JSON", "no object")


class Refused(Exception):
    """An answer the scenario did not expect; `status` is HTTP's (0: none came), `code` the problem's."""

    def __init__(self, operation: str, status: int, code: str) -> None:
        super().__init__(f"{operation}: {status} {code}")
        self.status = status
        self.code = code


class PhoneClient:
    """One member's app. Calls raise Refused unless the answer is as expected."""

    def __init__(self, session: FastHttpSession, sandbox: str) -> None:
        self._session = session
        self._headers = {"X-Sandbox": sandbox}
        self._login: tuple[Member, Device] | None = None
        self._control = control_token()

    def log_in(self, member: Member, device: Device | None = None) -> None:
        """createSession, from the member's registered device or another; later calls carry its token."""
        self._login = member, device or member["device"]
        login = {"username": member["username"], "password": member["password"], "device": self._login[1]}
        self.carry(self.call("createSession", "POST", "/v1/sessions", 201, login)["access_token"])

    def carry(self, token: str) -> None:
        """Later calls carry this session's token."""
        self._headers["Authorization"] = f"Bearer {token}"

    def accounts(self) -> list[AccountItem]:
        """getProducts: the accounts that can be debited."""
        groups = self.call("getProducts", "GET", "/v1/products", 200)["groups"]
        return [account for account in groups[0]["items"] if account["debitable"]]

    def create(self, operation: str, path: str, body: Json, key: str) -> Ordered:
        """An order, with its Idempotency-Key; it waits for its code."""
        wanted = {"Idempotency-Key": key}
        ordered: Ordered = self.call(operation, "POST", path, 201, body, wanted, needs=("id", "challenge"))
        return ordered

    def confirm(self, challenge: str, code: str) -> Operation:
        """confirmChallenge with the right code; gives what its operation became."""
        path = f"/v1/challenges/{challenge}/confirm"
        answer = self.call("confirmChallenge", "POST", path, 200, {"code": code}, needs=("resource",))
        became: Operation = answer["resource"]
        return became

    def confirm_refused(self, challenge: str, code: str, status: int, problem: str) -> None:
        """confirmChallenge with a code that must be refused, with that problem and no other."""
        path = f"/v1/challenges/{challenge}/confirm"
        self.call(f"confirmChallenge ({problem})", "POST", path, status, {"code": code}, problem=problem)

    def resend(self, challenge: str) -> None:
        """resendChallenge."""
        self.call("resendChallenge", "POST", f"/v1/challenges/{challenge}/resend", 200)

    def resend_too_early(self, challenge: str) -> None:
        """resendChallenge within its cooldown."""
        path = f"/v1/challenges/{challenge}/resend"
        self.call("resendChallenge (too early)", "POST", path, 429, problem="resend_too_soon")

    def cancel(self, challenge: str) -> None:
        """cancelChallenge."""
        self.call("cancelChallenge", "DELETE", f"/v1/challenges/{challenge}", 204)

    def control(self, operation: str, method: str, path: str, expected: int, body: Json | None = None) -> Any:
        """A call of the control plane that is part of the scenario."""
        return self.call(operation, method, path, expected, body, self._control)

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        expected: int,
        body: Json | None = None,
        extra: dict[str, str] | None = None,
        problem: str | None = None,
        needs: tuple[str, ...] = (),
    ) -> Any:
        """One call; its JSON. Raises Refused, and counts as a failure, when the status (or the problem) is another than
        expected, when there is no JSON where some must be, or not in it what the scenario `needs`. Where the session
        has ended, as sessions do, it logs in anew and calls again."""
        headers = {**self._headers, **(extra or {})}
        with self._session.request(
            method, path, name=operation, json=body, headers=headers, catch_response=True
        ) as answer:
            told, code = _read(answer)
            missing = [name for name in needs if name not in told]
            if answer.status_code == expected and problem in (None, code) and not missing and code not in UNREADABLE:
                answer.success()
                return told
            code = code or (f"without {', '.join(missing)}" if missing else "")
            if code != "session_expired" or self._login is None:
                answer.failure(f"{answer.status_code} {code}")
                raise Refused(operation, answer.status_code, code)
            answer.request_meta["name"] = f"{operation} (session_expired)"
            answer.success()
        self.log_in(*self._login)
        return self.call(operation, method, path, expected, body, extra, problem, needs)


def _read(answer: Any) -> tuple[Json, str]:
    """An answer's JSON and problem code; the code tells when it cannot be read."""
    if answer.status_code == 0:
        return {}, "no answer"
    if answer.status_code == 204:
        return {}, ""
    try:
        told = answer.json()
    except ValueError:
        return {}, "no JSON"
    return (told, str(told.get("code", ""))) if isinstance(told, dict) else ({}, "no object")
