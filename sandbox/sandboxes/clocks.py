"""The clock of a sandbox as its database keeps it: three facts."""

from collections.abc import Mapping

from sandbox.kernel.clock import Clock, Micros
from sandbox.storage import schema
from sandbox.storage.connection import Connection
from sandbox.storage.unit import UnitOfWork


def read(connection: Connection, former: Clock) -> Clock:
    """The clock of a sandbox whose clock was `former`, and has begun."""
    return of(schema.facts(connection), former)


def of(known: Mapping[str, str], former: Clock) -> Clock:
    """The same, by its facts."""
    anchor, origin, rate_millis = (int(known[key]) for key in schema.CLOCK)
    return former.again(Micros(anchor), Micros(origin), rate_millis)


def write(connection: Connection, clock: Clock) -> None:
    """Keep a clock."""
    schema.state(connection, **_facts(clock))


async def write_with(unit: UnitOfWork, clock: Clock) -> None:
    """Keep a clock, with what else the unit writes."""
    for key, value in _facts(clock).items():
        await unit.later(schema.STATE_FACT, key=key, value=value)


def _facts(clock: Clock) -> dict[str, str]:
    return dict(zip(schema.CLOCK, map(str, (clock.anchor, clock.origin, clock.rate_millis)), strict=True))
