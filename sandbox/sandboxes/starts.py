"""The start of a sandbox: a process opens a database that it has not had open before."""

from sandbox.kernel.clock import Micros, wall
from sandbox.sandboxes.contents import Contents
from sandbox.storage import schema
from sandbox.storage.connection import Connection


def begin(connection: Connection, said: Contents) -> Contents:
    """Count the start, and let a clock that has not run yet begin."""
    origin = Micros(said.clock_origin or wall())
    schema.state(connection, starts=str(said.starts + 1), clock_origin=str(origin))
    return said._replace(starts=said.starts + 1, clock_origin=origin)
