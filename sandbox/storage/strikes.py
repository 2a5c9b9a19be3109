"""Meeting a fault: counting the call, drawing from the sandbox's seed, and what comes of it."""

from sandbox.domain.faults import Outage, Strike
from sandbox.kernel.entropy import Entropy
from sandbox.storage.faults import COUNT_HIT, MEET, Standing
from sandbox.storage.unit import UnitOfWork


async def meet(unit: UnitOfWork, standing: Standing) -> Strike | None:
    """A call fits the fault: what it does to it, or None when this one is spared. Counts either way."""
    met = await unit.one(MEET, fault=standing.key)
    if met is None:
        return None  # it was withdrawn while the call waited for its turn
    stream = f"fault {standing.key}"
    if not standing.fault.strikes(met.seen, met.hits, _fraction(unit.bank.entropy, stream, 3 * met.seen)):
        return None
    await unit.change(COUNT_HIT, fault=standing.key)
    choice, draw = (_fraction(unit.bank.entropy, stream, 3 * met.seen + step) for step in (1, 2))
    return standing.fault.strike(choice, draw)


async def is_out(unit: UnitOfWork, what: Outage) -> bool:
    """Whether something the bank depends on does not answer now. Counts with the unit of work."""
    for standing in unit.bank.faults.outages:
        if standing.fault.effect.outage == what and await meet(unit, standing) is not None:
            return True
    return False


def _fraction(entropy: Entropy, stream: str, number: int) -> float:
    """A draw from [0, 1)."""
    return int.from_bytes(entropy.draw(stream, number)[:7], "big") / 2**56
