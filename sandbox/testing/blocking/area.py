# Written by `python -m clients.python`; do not edit.
"""What the areas of the control plane share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from typing_extensions import TypeVar

from sandbox.testing.refusals import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing.wire import Request, Result

__tracebackhide__ = True  # pytest shows where the test called

PAGE = 200
"""The largest page that the server gives."""
_SHOWN = 200
Refusal = TypeVar("Refusal", bound=Problem, default=Problem)


class Sender(Protocol):
    """What sends requests: a sandbox, or a member's phone."""

    def send(self, request: Request[Result], headers: dict[str, str] | None = None) -> Result:
        """The answer to a request. Raises Problem."""
        ...


class Area:
    """A part of a sandbox's control plane."""

    def __init__(self, sandbox: Sender) -> None:
        self._sandbox = sandbox


def every(sender: Sender, page: Callable[[str | None], Request[Any]]) -> list[Any]:
    """The items of all pages of a list; `page` describes the request of one, from its cursor."""
    items: list[Any] = []
    cursor: str | None = None
    while True:
        answer = sender.send(page(cursor))
        items += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return items


def refusal(sender: Sender, request: Request[Any], kind: type[Refusal], headers: dict[str, str] | None) -> Refusal:
    """The refusal of a request. Raises AssertionError where it is accepted, and any other Problem as it is."""
    try:
        answer = sender.send(request, headers)
    except kind as refused:
        return refused
    raise AssertionError(f"{request.method} {request.path} was accepted: {str(answer)[:_SHOWN]}")
