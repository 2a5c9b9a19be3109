"""What the areas of the control plane share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing.wire import Request, Result

__tracebackhide__ = True  # pytest shows where the test called

PAGE = 200
"""The largest page that the server gives."""


class AsyncSender(Protocol):
    """What sends requests: a sandbox, or a member's phone."""

    async def send(self, request: Request[Result], headers: dict[str, str] | None = None) -> Result:
        """The answer to a request. Raises Problem."""
        ...


class AsyncArea:
    """A part of a sandbox's control plane."""

    def __init__(self, sandbox: AsyncSender) -> None:
        self._sandbox = sandbox


async def every(sender: AsyncSender, page: Callable[[str | None], Request[Any]]) -> list[Any]:
    """The items of all pages of a list; `page` describes the request of one, from its cursor."""
    items: list[Any] = []
    cursor: str | None = None
    while True:
        answer = await sender.send(page(cursor))
        items += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return items
