"""Locks for what has no row of its own, such as the budget of a person who is no member.

A name has one of `LATCHES` rows of a table that PostgreSQL alone has. Two names may share one: then one waits for the
other without need.
"""

import json
import zlib

from sqlalchemy import BigInteger, column, select, table

from sandbox.storage.queries import is_among, locks
from sandbox.storage.unit import UnitOfWork

LATCHES = 256
_latch = table("latch", column("id", BigInteger))
LOCK_LATCHES = locks(select(_latch.c.id).where(is_among(_latch.c.id, "latches")).order_by(_latch.c.id))


async def hold(unit: UnitOfWork, *names: str) -> None:
    """Keep other units that hold one of these names waiting until this one ends. Names that are needed together are
    held together: a unit that takes a second one later may wait for one that waits for it."""
    if unit.shared:
        wanted = sorted({zlib.crc32(name.encode()) % LATCHES for name in names})
        await unit.lock(LOCK_LATCHES, latches=json.dumps(wanted))
