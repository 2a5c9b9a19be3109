"""What a client raises where the server refuses: a class for each `code`, all of them a `Problem`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.testing.wire import Reply, Request, Result

__tracebackhide__ = True  # pytest shows where the test called

_ERRORS = 400
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """The server refused a call with a problem document (RFC 9457).

    `code` is stable and says which refusal it is. Each code of the catalogue has a subclass in
    `sandbox.testing.problems`, so that `except problems.InsufficientFunds` catches one refusal.
    """

    code: str = ""
    by_code: ClassVar[dict[str, type[Problem]]] = {}
    """Every class by its code; filled when `sandbox.testing.problems` is imported."""

    def __init__(self, call: str, reply: Reply, document: Mapping[str, Any]) -> None:
        super().__init__(call, reply, document)
        self.call = call
        """The method and the path."""
        self.reply = reply
        self.document = document
        """The whole problem document, with what this problem alone has (`attempts_left`, …)."""
        self.code = document["code"]
        self.status = reply.status
        self.title: str = document["title"]
        self.detail: str = document["detail"]
        """The sentence to show to the member."""
        self.request_id: str = document["request_id"]
        self.retry_after: int | None = document.get("retry_after")
        """Seconds to wait before another try; None where it is not said."""
        rule: Mapping[str, str] | None = document.get("rule")
        self.rule = rule and rule["id"]
        """The id of the rule that refused; None where no rule did."""
        self.errors: dict[str, str] = {each["field"]: each["code"] for each in document.get("errors", ())}
        """The code of each failing field."""

    def __init_subclass__(cls) -> None:
        cls.by_code[cls.code] = cls

    def __str__(self) -> str:
        rule = f" [rule {self.rule}]" if self.rule else ""
        fields = "".join(f"\n  {each['field']}: {each['message']}" for each in self.document.get("errors", ()))
        return f"{self.call}: {self.status} {self.code}: {self.detail}{rule}{fields}"


class UnexpectedAnswer(Exception):
    """The server answered with an error that is no problem document: a broken answer, or another server."""

    def __init__(self, call: str, reply: Reply) -> None:
        super().__init__(call, reply)
        self.call = call
        self.reply = reply

    def __str__(self) -> str:
        return f"{self.call}: {self.reply.status}, and no problem document: {self.reply.content[:200]!r}"


def result_of(request: Request[Result], reply: Reply) -> Result:
    """What a request is answered with. Raises Problem, and UnexpectedAnswer for errors that are no problem."""
    if reply.status >= _ERRORS:
        raise _refusal(f"{request.method} {request.path}", reply)
    return request.parse(reply)


def _refusal(call: str, reply: Reply) -> Problem | UnexpectedAnswer:
    from sandbox.testing import problems  # noqa: F401  # fills `by_code`; most runs meet no refusal

    if not reply.headers.get("content-type", "").startswith(MEDIA_TYPE):
        return UnexpectedAnswer(call, reply)
    try:
        document = json.loads(reply.content)
        return Problem.by_code.get(document["code"], Problem)(call, reply, document)
    except (ValueError, KeyError, TypeError):
        return UnexpectedAnswer(call, reply)
