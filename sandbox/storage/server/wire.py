"""Values on their way to the server and errors on their way back."""

from collections.abc import Iterable
from typing import Any

from psycopg import pq

from sandbox.storage.errors import Conflict, ServerError, ServerGone

# PostgreSQL's manual, appendix A: a serialization failure, a deadlock, and a key that another transaction has added.
_CONFLICTS = frozenset({"40001", "40P01", "23505"})
# Connection exceptions; operator intervention, such as a shutdown; too many connections; the database was dropped.
_GONE = ("08", "57P", "53300", "3D000")


def encoded(values: Iterable[Any]) -> list[bytes | None]:
    """Values as they are sent: integers and text, in text format. What type a place has, the server infers."""
    return [None if value is None else value.encode() if isinstance(value, str) else b"%d" % value for value in values]


def error_of(result: Any) -> ServerError:
    """The error that a result tells."""
    state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    message = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.error_message or b"").decode()
    if state in _CONFLICTS:
        return Conflict(message, state)
    if state.startswith(_GONE):
        return ServerGone(message, state)
    return ServerError(message, state)
