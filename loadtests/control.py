"""The control plane, as a load run needs it: members, banks of its own, the audit, the server's own measures."""

import os
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from loadtests.wire import Json

TIMEOUT_SECONDS = 120
MOST_TRIES = 10
AGAIN = Retry(total=3, status=0, backoff_factor=0.1, allowed_methods=None)
"""A connection that stood idle may be gone; nothing here does harm when it is done twice."""


def control_token() -> dict[str, str]:
    """The header that a control plane with a token wants, out of SANDBOX_CONTROL_TOKEN; none where none is set."""
    token = os.environ.get("SANDBOX_CONTROL_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token else {}


class ControlRefused(Exception):
    """The control plane answered with a problem; `code` is the problem's."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


class ControlPlane:
    """`/_sandbox` of one sandbox, outside the statistics. Calls raise ControlRefused, requests.RequestException."""

    def __init__(self, host: str, sandbox: str) -> None:
        self.host = host
        self.sandbox = sandbox
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.mount("http", HTTPAdapter(max_retries=AGAIN))
        self._http.headers["X-Sandbox"] = sandbox
        self._http.headers["Accept-Language"] = "en"
        self._token = control_token()

    def beside(self, sandbox: str) -> "ControlPlane":
        """The control plane of another sandbox of the same server."""
        return ControlPlane(self.host, sandbox)

    def get(self, path: str, **params: str | int) -> Any:
        """GET `/_sandbox{path}`; its JSON."""
        return self._told("GET", f"/_sandbox{path}", params=params)

    def text(self, path: str) -> str:
        """What `path`, from the root, answers as text."""
        return self._answer("GET", path).text

    def post(self, path: str, body: Json | None = None) -> Any:
        """POST `/_sandbox{path}`; its JSON."""
        return self._told("POST", f"/_sandbox{path}", json=body or {})

    def put(self, path: str, body: Json) -> Any:
        """PUT `/_sandbox{path}`; its JSON."""
        return self._told("PUT", f"/_sandbox{path}", json=body)

    def delete(self, path: str) -> None:
        """DELETE `/_sandbox{path}`."""
        self._answer("DELETE", f"/_sandbox{path}")

    def session_of(self, member: str) -> "Statement":
        """The member's own view of the bank, by tokens without a login."""
        return Statement(self, member)

    def token_of(self, member: str) -> str:
        """The token of a session of a member, begun without a login."""
        return str(self.post(f"/members/{member}/session")["access_token"])

    def as_member(self, token: str, path: str, **params: str | int) -> Any:
        """GET `/v1{path}` with a member's token; its JSON. Asks again where a fault struck the answer."""
        headers = {"Authorization": f"Bearer {token}"}
        for tried in range(MOST_TRIES):
            try:
                answer = self._http.get(f"{self.host}/v1{path}", params=params, headers=headers, timeout=30)
                return self._checked(answer).json()
            except (requests.RequestException, ControlRefused, ValueError) as failure:
                refused = isinstance(failure, ControlRefused) and failure.status < 500
                if refused or tried == MOST_TRIES - 1:
                    raise
        raise AssertionError("the last try raises")

    def _told(self, method: str, path: str, **options: Any) -> Any:
        answer = self._answer(method, path, **options)
        return answer.json() if answer.content else None

    def _answer(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.host}{path}"
        return self._checked(self._http.request(method, url, headers=self._token, timeout=TIMEOUT_SECONDS, **options))

    @staticmethod
    def _checked(answer: requests.Response) -> requests.Response:
        if answer.status_code < 400:
            return answer
        try:
            problem = answer.json()
            code, detail = problem["code"], problem["detail"]
        except (ValueError, KeyError, TypeError):
            code, detail = "no_problem", "is that a sandbox?"
        raise ControlRefused(answer.status_code, code, f"{answer.request.method} {answer.url}: {detail}")


class Statement:
    """What a member sees, read page by page. Its session is begun anew where it has ended, as sessions do."""

    def __init__(self, control: ControlPlane, member: str) -> None:
        self._control = control
        self._member = member
        self._token = control.token_of(member)

    def get(self, path: str, **params: str | int) -> Any:
        """GET `/v1{path}`; its JSON."""
        for _ in range(MOST_TRIES - 1):
            try:
                return self._control.as_member(self._token, path, **params)
            except ControlRefused as refusal:
                if refusal.code != "session_expired":
                    raise
                self._token = self._control.token_of(self._member)
        return self._control.as_member(self._token, path, **params)

    def all(self, path: str) -> list[Json]:
        """Every item of a list, over all its pages."""
        items: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, limit=200, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page.get("next_cursor")
        return items
