"""Work done in a unit of its own, as jobs do theirs, on the loop of the application behind a test client."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from starlette.testclient import TestClient

from sandbox.kernel.clock import Micros
from sandbox.storage.unit import UnitOfWork
from sandbox.testing import Sandbox
from tests.transport import registry_of

T = TypeVar("T")


def in_unit(bank: Sandbox, work: Callable[[UnitOfWork], Awaitable[T]], at: int | None = None) -> T:
    """What `work` gives for a unit that stands at the moment `at` (the clock's now when not given), and that is
    committed after it."""

    async def run() -> T:
        unit = registry_of(bank.connection.client).get(bank.name).unit("test")
        if at is not None:
            unit.now = Micros(at)
        try:
            result = await work(unit)
            await unit.commit()
        finally:
            unit.rollback()
        return result

    portal = cast(TestClient, bank.connection.client).portal
    assert portal is not None
    return portal.call(run)
