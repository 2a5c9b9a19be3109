"""What is asked and what is answered, as data: the part that blocking and asynchronous clients share.

An operation is a `Request`: its path, its parameters and how its answer is read. What sends it knows nothing of the
operation, so the two clients differ in their HTTP calls alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

CONTROL = "/_sandbox/"
JSON = "application/json"
Result = TypeVar("Result")
Liveliness: TypeAlias = Literal["off", "quiet", "typical", "busy"]
"""How much members do by themselves."""
Scalar = str | int | float | bool
_NONE: Mapping[str, Any] = {}
_LONGEST_NAME = 63  # of a sandbox


class Reply(NamedTuple):
    """An answer as it came: the status, headers with names in lower case, and the bytes of the body."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Request(NamedTuple, Generic[Result]):
    """One call, and how its answer is read. `path` is quoted; parameters and headers that are None are not sent."""

    method: str
    path: str
    parse: Callable[[Reply], Result]
    query: Mapping[str, Scalar | None] = _NONE
    headers: Mapping[str, str | None] = _NONE
    body: object = None
    """What is sent as JSON; None sends nothing."""
    content: bytes | None = None
    """What is sent as it is, with the media type that `headers` name."""

    @property
    def is_control(self) -> bool:
        """Whether it goes to the control plane, which may ask for a token."""
        return is_control(self.path)

    def parameters(self) -> dict[str, str]:
        """The query parameters, as they stand in a URL."""
        return {name: _written(value) for name, value in self.query.items() if value is not None}

    def payload(self) -> bytes | None:
        """The bytes of the body."""
        return self.content if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()

    def sent_headers(self, own: Mapping[str, str]) -> dict[str, str]:
        """The headers to send: the client's `own`, and above them the request's."""
        named = {name: value for name, value in self.headers.items() if value is not None}
        return {**own, **({} if self.body is None else {"Content-Type": JSON}), **named}


def is_control(path: str) -> bool:
    """Whether a path is one of the control plane."""
    return path.startswith(CONTROL) or path == "/metrics"


def as_json(reply: Reply) -> Any:
    """The body as JSON."""
    return json.loads(reply.content)


def as_text(reply: Reply) -> str:
    """The body as text."""
    return reply.content.decode()


def as_bytes(reply: Reply) -> bytes:
    """The body as it came."""
    return reply.content


def as_nothing(reply: Reply) -> None:
    """Nothing: the answer has no body."""


def duration(length: str | timedelta) -> str:
    """A length of time as ISO 8601 has it; text passes as it is."""
    return f"PT{length.total_seconds():f}S" if isinstance(length, timedelta) else length


def moment(when: str | datetime) -> str:
    """A moment as RFC 3339 has it; text passes as it is. Raises ValueError when it has no offset."""
    if isinstance(when, str):
        return when
    if when.utcoffset() is None:
        raise ValueError(f"{when!r} has no offset: it names no moment")
    return when.isoformat()


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def a_name(parent: str = "") -> str:
    """A name for a sandbox that no other client of the server chooses, whatever machine it runs on.

    That of a copy begins as its `parent`'s up to the first `--`: where several processes share sandboxes out by name,
    both belong to the same one. A parent whose name leaves no room for that has to be given a copy's name.
    """
    import secrets  # noqa: TID251  # clients of one server share no stream of chance

    name = f"t-{secrets.token_hex(6)}"
    family = f"{parent.partition('--')[0]}--{name}"
    return family if parent and len(family) <= _LONGEST_NAME else name


def rehearsing(request: Request[Result], code: str) -> Request[Result]:
    """The same request, answered by the refusal `code` and without effect."""
    return request._replace(headers={**request.headers, "Prefer": f"problem={code}"})


def pending_challenge(reply: object) -> str | None:
    """The id of the challenge that an answer waits for; None where it waits for none."""
    challenge = reply.get("challenge") if isinstance(reply, dict) else None
    if isinstance(challenge, dict) and challenge.get("status") == "pending":
        found: str = challenge["id"]
        return found
    return None


def _written(value: Scalar) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
