"""What lists of operations can be narrowed to: a status, and the days of the order."""

from datetime import date
from typing import Any, Literal, NamedTuple

from sqlalchemy import and_, or_
from sqlmodel import SQLModel, col

from sandbox.kernel import clock
from sandbox.kernel.clock import DAY
from sandbox.storage.queries import param

_END_OF_TIME = 2**62
Everything = Literal["all"]
"""The status that lists take which usually leave some of their operations out."""


class Wanted(NamedTuple):
    """Which operations a list shows: of a status, ordered on local days from `since` to `until`, both included."""

    status: str | None = None
    since: date | None = None
    until: date | None = None

    def params(self) -> dict[str, object]:
        """The parameters of `narrowed`."""
        return {
            "status": self.status,
            "since": clock.start_of(self.since) if self.since else 0,
            "until": clock.start_of(self.until) + DAY if self.until else _END_OF_TIME,
        }


def narrowed(table: type[SQLModel], *usual: str) -> Any:
    """The condition of a list that takes `Wanted`. Without a status it shows the `usual` ones, or all where none is
    named; a list with usual ones takes `all`."""
    status, created_at = col(table.status), col(table.created_at)  # type: ignore[attr-defined]  # every order has them
    unasked = param("status").is_(None)
    shown = or_(and_(unasked, status.in_(usual)), param("status") == "all") if usual else unasked
    return and_(
        or_(shown, status == param("status")),
        created_at >= param("since"),
        created_at < param("until"),
    )
