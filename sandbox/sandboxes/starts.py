"""What the first connection to a database states."""

from sandbox.kernel.clock import Micros, wall
from sandbox.sandboxes.contents import Contents
from sandbox.storage.connection import Connection

# One statement each: several processes may open a database at the same time, and each start has a number of its own.
_COUNT = "UPDATE sandbox_fact SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'starts' RETURNING value"
_BEGIN = "UPDATE sandbox_fact SET value = ? WHERE key = 'clock_origin' AND value = ''"
_BEGAN = "SELECT value FROM sandbox_fact WHERE key = 'clock_origin'"


def begin(connection: Connection, said: Contents) -> Contents:
    """Count the start, and let a clock that has not run yet begin."""
    (starts,) = connection.execute(_COUNT).fetchall()[0]
    if said.clock_origin is None:
        connection.execute(_BEGIN, (str(wall()),))
    (origin,) = connection.execute(_BEGAN).fetchone()
    return said._replace(starts=int(starts), clock_origin=Micros(int(origin)))
