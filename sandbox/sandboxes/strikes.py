"""Applying faults: count the call, draw from the sandbox's seed, and say what happens to it."""

from sandbox.domain.faults import Outage, Standing, Strike
from sandbox.kernel.entropy import Entropy
from sandbox.sandboxes.faults import COUNT_HIT, MEET
from sandbox.storage.unit import UnitOfWork


async def apply_fault(unit: UnitOfWork, standing: Standing) -> Strike | None:
    """What a fault does to a call that it fits, or None when it spares this one. Counts either way."""
    met = await unit.one(MEET, fault=standing.key)
    if met is None:
        return None  # it was deleted while the call waited for its turn
    stream = f"fault {standing.key}"
    if not standing.fault.strikes(met.seen, met.hits, _fraction(unit.sandbox.entropy, stream, 3 * met.seen)):
        return None
    await unit.later(COUNT_HIT, fault=standing.key)
    choice, draw = (_fraction(unit.sandbox.entropy, stream, 3 * met.seen + step) for step in (1, 2))
    return standing.fault.strike(choice, draw)


async def is_out(unit: UnitOfWork, what: Outage) -> bool:
    """Whether a service the bank depends on is out now. Counts with the unit of work."""
    for standing in unit.sandbox.faults.outages:
        if standing.fault.effect.outage == what and await apply_fault(unit, standing) is not None:
            return True
    return False


def _fraction(entropy: Entropy, stream: str, number: int) -> float:
    """A draw from [0, 1)."""
    return int.from_bytes(entropy.draw(stream, number)[:7], "big") / 2**56
