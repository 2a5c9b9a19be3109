"""Workers are told when jobs move a clock, and when they no longer do, whatever ends in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.workers.hands import Keeper, Machine, machine
from tests.workers.test_ties import asked, soon


@pytest.fixture
async def here() -> AsyncIterator[Machine]:
    with TemporaryDirectory(dir="/tmp") as directory:  # the path of a socket has to be short
        async with machine(Path(directory)) as made:
            yield made


async def test_all_know_before_the_first_job_that_the_clock_moves_and_settle_behind_the_last(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    async with keeper.ties.moving("mine"):
        assert second.hands.asked == third.hands.asked == ["follow mine"]
    assert second.hands.asked == third.hands.asked == ["follow mine", "settle mine"]


async def test_a_whole_database_may_be_worked_on_while_its_clock_moves(here: Machine) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    async with keeper.ties.moving("mine"), keeper.ties.held("mine"):
        assert second.hands.asked == ["follow mine", "hold mine", "held mine"]
    assert second.hands.asked == ["follow mine", "hold mine", "held mine", "release mine", "settle mine"]


async def test_a_worker_that_starts_meanwhile_knows_that_the_clock_moves(here: Machine) -> None:
    keeper = await here.keeper()
    async with keeper.ties.moving("mine"):
        second = await here.worker(2)
        assert second.hands.asked == ["follow mine"]
    assert second.hands.asked == ["follow mine", "settle mine"]


async def test_a_worker_that_ends_meanwhile_is_not_waited_for(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    async with keeper.ties.moving("mine"):
        await second.stop()
    assert third.hands.asked == ["follow mine", "settle mine"]


async def test_the_end_of_the_keeper_ends_what_it_moved_once_there_is_another(here: Machine) -> None:
    first, second = await here.keeper(), await here.worker(2)

    async def advance() -> None:
        async with first.ties.moving("mine"):
            await asyncio.Event().wait()

    advancing = asyncio.create_task(advance())
    await asked(second.hands, "follow mine")
    await first.stop()
    await soon(second.tie._lost.wait())
    assert second.hands.asked == ["follow mine"], "what it moved last is known to the database alone"
    await here.keeper(2)
    await asked(second.hands, "follow mine", "settle mine")
    advancing.cancel()
    with suppress(asyncio.CancelledError):
        await advancing


async def test_what_the_next_keeper_moves_as_well_goes_on(here: Machine) -> None:
    first, second = await here.keeper(), await here.worker(2)
    async with first.ties.moving("mine"):
        await first.stop()
    await soon(second.tie._lost.wait())
    keeper = Keeper(here.listener.dup())
    async with keeper.ties.moving("mine"):
        await keeper.start()
        await soon(second.tie._caught_up.wait())
        assert second.hands.asked == ["follow mine", "follow mine"]
    assert second.hands.asked == ["follow mine", "follow mine", "settle mine"]
    await keeper.stop()
