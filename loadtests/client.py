"""A member's phone over Locust's fast client: every call is a row of the report, named by its operation."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

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


class Later(NamedTuple):
    """Another answer that is as right once a moment (`since`, perf_counter) has come, and its row of the report."""

    since: float
    status: int
    operation: str


class PhoneClient:
    """One member's app. Calls raise Refused unless the answer is as expected."""

    def __init__(self, session: FastHttpSession, sandbox: str) -> None:
        self._session = session
        self._headers = {"X-Sandbox": sandbox}
        self._begin_anew: Callable[[], None] | None = None
        self._control = control_token()

    def log_in(self, member: Member, device: Device | None = None) -> None:
        """createSession, from the member's registered device or another; later calls carry its token."""
        self._begin_anew = partial(self.log_in, member, device)
        login = {"username": member["username"], "password": member["password"], "device": device or member["device"]}
        self._carry(self.call("createSession", "POST", "/v1/sessions", 201, login)["access_token"])

    def carry(self, take: Callable[[], str]) -> None:
        """Later calls carry the token of a session that `take` begins, as often as one has ended."""
        self._begin_anew = partial(self.carry, take)
        self._carry(take())

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

    def resend_too_early(self, challenge: str, until: float) -> bool:
        """resendChallenge within its cooldown, which lasts until a moment (perf_counter) at least. An answer that comes
        after it says nothing about it: the code may have gone out. Gives whether it has."""
        path, sent = f"/v1/challenges/{challenge}/resend", Later(until, 200, "resendChallenge")
        early = "resendChallenge (too early)"
        told = self.call(early, "POST", path, 429, problem="resend_too_soon", later=sent)
        return "code" not in told  # a problem has one

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
        later: Later | None = None,
    ) -> Any:
        """One call; its JSON. Raises Refused, and counts as a failure, when the status (or the problem) is another than
        expected, and not the one that is right `later` either; when there is no JSON where some must be, or not in it
        what the scenario `needs`. Where the session has ended, as sessions do, it begins one anew and calls again."""
        headers = {**self._headers, **(extra or {})}
        with self._session.request(
            method, path, name=operation, json=body, headers=headers, catch_response=True
        ) as answer:
            is_late = later is not None and time.perf_counter() >= later.since
            told, code = _read(answer)
            missing = [name for name in needs if name not in told]
            if answer.status_code == expected and problem in (None, code) and not missing and code not in UNREADABLE:
                answer.success()
                return told
            if later is not None and is_late and answer.status_code == later.status and code not in UNREADABLE:
                answer.request_meta["name"] = later.operation
                answer.success()
                return told
            code = code or (f"without {', '.join(missing)}" if missing else "")
            if code != "session_expired" or self._begin_anew is None:
                answer.failure(f"{answer.status_code} {code}")
                raise Refused(operation, answer.status_code, code)
            answer.request_meta["name"] = f"{operation} (session_expired)"
            answer.success()
        self._begin_anew()
        return self.call(operation, method, path, expected, body, extra, problem, needs, later)

    def _carry(self, token: str) -> None:
        self._headers["Authorization"] = f"Bearer {token}"


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
