"""What ties between the keeper and a worker do to the sandboxes of a process, both in this one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from sandbox.sandboxes.hands import RegistryHands
from sandbox.sandboxes.registry import Registry
from sandbox.workers.ties import WorkersTie
from tests.workers.hands import Machine, machine


@pytest.fixture
async def here(registry: Registry) -> AsyncIterator[Machine]:
    """Ends before the sandboxes do."""
    async with machine() as made:
        yield made


async def test_a_worker_that_stops_while_the_keeper_works_on_a_sandbox_lets_go_of_it(
    registry: Registry, here: Machine
) -> None:
    keeper, hands = await here.keeper(), RegistryHands(registry)
    sandbox = await registry.create("mine")
    async with AsyncExitStack() as working, AsyncExitStack() as worker:
        working.push_async_callback(hands.release, "mine")  # where the test fails
        worker.push_async_callback(hands.close)  # in the order of `Application`
        await worker.enter_async_context(WorkersTie(2, here.path).running(hands, lambda: ["mine"]))
        assert len(await working.enter_async_context(keeper.ties.held("mine"))) == 1
        assert not sandbox.store.is_idle
        await worker.aclose()
        assert sandbox.store.is_idle, "or the sandboxes could not be closed"


async def test_a_sandbox_that_was_made_anew_is_advanced_beside_an_advance_of_the_former(
    registry: Registry, here: Machine
) -> None:
    keeper, worker = await here.keeper(), await here.worker(2)
    registry.peers = keeper.ties
    former = await registry.create("mine")
    async with AsyncExitStack() as planning:
        await planning.enter_async_context(former.moving.going_on())
        await registry.delete("mine")
        sandbox = await registry.create("mine")
        worker.hands.asked.clear()
        async with sandbox.moving.going_on():
            await planning.aclose()
            assert worker.hands.asked == ["follow mine"]
        assert worker.hands.asked == ["follow mine", "settle mine"]
