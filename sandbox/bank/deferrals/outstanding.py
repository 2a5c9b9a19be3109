"""What deferrals still wait for: the part of their service on which cards build, while the rest builds on cards."""

from sandbox.bank.deferrals import queries
from sandbox.storage.unit import UnitOfWork


async def on_card(unit: UnitOfWork, card: int) -> int:
    """The principal of the card's deferrals that is not yet due, in cents."""
    return await unit.one(queries.OUTSTANDING, card=card) or 0
