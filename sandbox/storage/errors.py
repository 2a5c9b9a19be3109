"""What a database server tells when something fails. Not of the driver, which not every installation has."""

MOST_TRIES = 5
"""How often a unit of work is done at most where conflicts stand in its way."""

AWAY = 0.25
"""Seconds after which a server that was away is asked again by what goes on without a request."""


class ServerError(Exception):
    """A statement failed. `state` is its SQLSTATE (PostgreSQL's manual, appendix A), empty where none was told."""

    def __init__(self, message: str, state: str = "") -> None:
        super().__init__(message)
        self.state = state


class ServerGone(ServerError):
    """The connection was lost, or there is none to be had."""


class Conflict(ServerError):
    """What was done at the same time stands in the way: the same unit of work, begun again, may succeed."""


class Lost(ServerGone, Conflict):
    """A connection was lost before the COMMIT of its transaction was sent: nothing of it was done."""
