"""Workers are told when jobs move a clock, and when they no longer do, whatever ends in between."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from tests.workers.hands import Keeper, Machine
from tests.workers.test_ties import asked, soon


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


async def test_what_moves_in_the_next_sandbox_of_a_name_is_said_as_well_and_over_behind_the_last(here: Machine) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    async with AsyncExitStack() as former, keeper.ties.moving("mine"):
        await former.enter_async_context(keeper.ties.moving("mine"))
        assert second.hands.asked == ["follow mine", "follow mine"]
        await former.aclose()
        third = await here.worker(3)
        assert third.hands.asked == ["follow mine"]
    assert second.hands.asked == ["follow mine", "follow mine", "settle mine"]
    assert third.hands.asked == ["follow mine", "settle mine"]


async def test_what_begins_to_move_while_workers_settle_is_said_behind_that(
    here: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    hands, may_settle = second.hands, asyncio.Event()

    async def settle(name: str) -> None:
        hands.asked.append(f"settle {name}")
        await may_settle.wait()
        hands.asked.append(f"settled {name}")

    monkeypatch.setattr(hands, "settle", settle)
    former, following = AsyncExitStack(), AsyncExitStack()
    await former.enter_async_context(keeper.ties.moving("mine"))
    ending = asyncio.create_task(former.aclose())
    await asked(hands, "follow mine", "settle mine")
    beginning = asyncio.create_task(following.enter_async_context(keeper.ties.moving("mine")))
    await keeper.ties.uses()  # what was asked before has come, too
    may_settle.set()
    await soon(asyncio.gather(ending, beginning))
    assert hands.asked == ["follow mine", "settle mine", "uses", "settled mine", "follow mine"]
    await following.aclose()
    assert hands.asked[5:] == ["settle mine", "settled mine"]


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
