"""What tests say of whole answers: that one is this refusal, and carries all that a refusal does."""

from typing import Any

import httpx2 as httpx

from tests import refusals

Json = dict[str, Any]


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


def answered(answer: httpx.Response) -> Any:
    """The JSON of an answer that is no refusal; None where it has no body."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def failing(problem: Json) -> dict[str, str]:
    """field → code of every failing field."""
    return {error["field"]: error["code"] for error in problem["errors"]}
