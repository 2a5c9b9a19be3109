# Written by `python -m clients.python`; do not edit.
"""Journal and events of a sandbox: what was asked of it, and what happened in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.testing import operations
from sandbox.testing.blocking.area import PAGE, Area, every
from sandbox.testing.wire import given

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from sandbox.testing import models

__tracebackhide__ = True  # pytest shows where the test called

_SECONDS = 5.0
_MOST = 200


class Journal(Area):
    """The requests that were made of a sandbox, with their answers."""

    def requests(
        self,
        *,
        operation_id: models.OperationId | None = None,
        path: str | None = None,
        status: int | None = None,
        member_id: str | None = None,
        limit: int = _MOST,
    ) -> list[models.Exchange]:
        """The latest exchanges that fit, newest first."""
        answer = self._sandbox.send(
            operations.list_requests(
                operation_id=operation_id, path=path, status=status, member_id=member_id, limit=limit
            )
        )
        return answer["items"]

    def request(self, request_id: str) -> models.Exchange:
        """One exchange. Raises NotFound."""
        return self._sandbox.send(operations.get_request(request_id))

    def verify(
        self,
        match: models.RequestMatch,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        wait: float | None = None,
    ) -> models.Verdict:
        """Whether requests like this were made as often as they should, and the near misses where they were not.

        At least once, if no count is given. `wait` is how many seconds to wait for those that are missing.
        """
        count = given(exactly=exactly, at_least=at_least, at_most=at_most)
        body: Any = {"match": match, **given(count=count or None, wait=wait)}
        return self._sandbox.send(operations.verify_requests(body))

    def assert_called(
        self, *, exactly: int | None = None, wait: float | None = None, **match: Unpack[models.RequestMatch]
    ) -> None:
        """Raises AssertionError, with the near misses, unless requests like this were made.

        `exactly` so often, or at least once.

        `journal.assert_called(operation_id="createTransfer", body={"amount": "10.00"})`
        """
        verdict = self.verify(match, exactly=exactly, wait=wait)
        if not verdict["verified"]:
            misses = "".join(
                f"\n  {miss['method']} {miss['path']} answered {miss['status']}: "
                + ", ".join(f"{each['field']} was {each['actual']!r}" for each in miss["differences"])
                for miss in verdict["near_misses"]
            )
            raise AssertionError(f"{verdict['count']} requests match {match}{misses}")

    def clear(self) -> None:
        """Forget the requests."""
        self._sandbox.send(operations.clear_requests())


class Events(Area):
    """Everything that happened in a sandbox, in order."""

    def all(
        self,
        *,
        kind: models.EventFilter | None = None,
        member_id: str | None = None,
        request_id: str | None = None,
        after: str | None = None,
    ) -> list[models.Event]:
        """The events that fit, oldest first; `after` is the id of an event."""
        return every(
            self._sandbox,
            lambda cursor: operations.list_events(
                kind=kind, member_id=member_id, request_id=request_id, after=after, limit=PAGE, cursor=cursor
            ),
        )

    def next(
        self,
        *,
        kind: models.EventFilter | None = None,
        member_id: str | None = None,
        subject: str | None = None,
        after: str | None = None,
        wait: float = _SECONDS,
    ) -> models.Event:
        """The first event that fits; waits so many seconds for it. Raises NoEvent when none comes.

        `subject` is the id of what it is about, `after` that of an event.
        """
        return self._sandbox.send(
            operations.next_event(kind=kind, member_id=member_id, subject=subject, after=after, wait=wait)
        )
