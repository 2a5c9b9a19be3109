"""Who runs what no request asked for, where several processes serve one database: PostgreSQL alone has this table.

Its one row has two parts. The lock on it, until a unit ends, keeps due work from running twice. The lease in it only
tells which process looks for due work, so that the others need not: one that loses it in the middle of a job has still
the lock.
"""

from sqlalchemy import BigInteger, Text, column, or_, select, table, update

from sandbox.kernel.clock import Micros
from sandbox.storage.queries import changes, locks, param
from sandbox.storage.unit import UnitOfWork

_runner = table("runner", column("id", BigInteger), column("owner", Text), column("until", BigInteger))
LOCK_RUNNER = locks(select(_runner.c.id))
TAKE_LEASE = changes(
    update(_runner)
    .where(or_(_runner.c.owner == param("owner_now"), _runner.c.until <= param("now")))
    .values(owner=param("owner_now"), until=param("end"))
)


async def hold(unit: UnitOfWork) -> None:
    """Keep other units of due work waiting until this one ends."""
    if unit.shared:
        await unit.lock(LOCK_RUNNER)


async def take_lease(unit: UnitOfWork, owner: str, now: Micros, end: Micros) -> bool:
    """Whether `owner` is the one that looks for due work until `end`, both in the machine's time."""
    return not unit.shared or await unit.change(TAKE_LEASE, owner_now=owner, now=now, end=end) > 0
