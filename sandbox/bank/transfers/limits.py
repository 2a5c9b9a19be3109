"""What a member may transfer: own caps, and what the day took of them."""

from sandbox.bank.transfers import queries
from sandbox.bank.transfers.queries import Use
from sandbox.domain.vocabulary import TransferKind
from sandbox.kernel import clock
from sandbox.storage.unit import UnitOfWork


async def use_of(unit: UnitOfWork, member: int, kind: TransferKind) -> Use:
    """What the member used today of one kind of transfer, and the member's own caps."""
    use = await unit.one(queries.USE, member=member, day=clock.day_of(unit.now), kind=kind)
    assert use is not None
    return use


async def set_own_cap(
    unit: UnitOfWork, member: int, kind: TransferKind, per_transaction: int | None, per_day: int | None
) -> None:
    """Cap the member's transfers of one kind from now on, in cents; None lifts a cap."""
    await unit.later(queries.SET_OWN_CAP, member_id=member, kind=kind, per_transaction=per_transaction, per_day=per_day)
