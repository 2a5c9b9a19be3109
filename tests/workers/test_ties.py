import asyncio
import logging
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress

import pytest

from sandbox.problems import KeeperUnreachable, SandboxNotFound
from sandbox.sandboxes.peers import Use
from sandbox.workers import keepers, ties
from sandbox.workers.tie import Hello, PeerFailed
from tests.workers.hands import Hands, Keeper, Machine


async def soon(work: Awaitable[object]) -> None:
    """What waits for nothing that a test has still to do."""
    await asyncio.wait_for(work, 10)


async def asked(hands: Hands, *wanted: str) -> None:
    """Wait until a process was asked for exactly that."""
    async with asyncio.timeout(10):
        while hands.asked != list(wanted):
            await asyncio.sleep(0.001)


async def test_a_whole_database_is_worked_on_while_every_other_worker_keeps_away(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    async with keeper.ties.held("mine") as uses:
        assert uses == [Use(1.5, is_left_alone=True)] * 2
        assert second.hands.asked == third.hands.asked == ["hold mine", "held mine"]
    assert second.hands.asked == third.hands.asked == ["hold mine", "held mine", "release mine"]


async def test_nothing_is_worked_on_before_the_last_worker_has_let_go(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    third.hands.busy = asyncio.Event()
    operation = AsyncExitStack()
    entered = asyncio.create_task(operation.enter_async_context(keeper.ties.held("mine")))
    await asked(second.hands, "hold mine", "held mine")
    await asked(third.hands, "hold mine")
    assert not entered.done()
    third.hands.busy.set()
    await soon(entered)
    await operation.aclose()


async def test_a_caller_that_gives_up_while_workers_let_go_has_them_go_on(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    third.hands.busy = asyncio.Event()

    async def work() -> None:
        async with keeper.ties.held("mine"):
            raise AssertionError("it was cancelled")

    working = asyncio.create_task(work())
    await asked(third.hands, "hold mine")
    working.cancel()
    await asked(second.hands, "hold mine", "held mine", "release mine")
    third.hands.busy.set()
    with suppress(asyncio.CancelledError):
        await working
    await asked(third.hands, "hold mine", "held mine", "release mine")
    async with keeper.ties.held("mine") as uses:
        assert len(uses) == 2


async def test_a_worker_that_cannot_let_go_fails_the_operation_and_the_others_go_on(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    third.hands.failing = RuntimeError("it holds a secret")
    with pytest.raises(PeerFailed, match=r"^RuntimeError$"):
        async with keeper.ties.held("mine"):
            raise AssertionError("not all have let go")
    assert second.hands.asked == ["hold mine", "held mine", "release mine"]
    assert third.hands.asked == ["hold mine"]


async def test_a_worker_that_ends_is_not_waited_for(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    third.hands.busy = asyncio.Event()
    operation = AsyncExitStack()
    entering = asyncio.create_task(operation.enter_async_context(keeper.ties.held("mine")))
    await asked(third.hands, "hold mine")
    await third.stop()
    await soon(entering)
    assert len(entering.result()) == 1
    assert second.hands.asked == ["hold mine", "held mine"]
    assert keeper.hands.asked == ["lost"]  # what it committed last may not have been told
    await operation.aclose()


async def test_what_a_worker_noted_is_lost_with_it_and_not_without_a_word(
    here: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = await here.keeper()
    connection = here.silent(Hello(2, 1))
    async with asyncio.timeout(10):
        while not keeper.ties._ties:
            await asyncio.sleep(0.001)
    with caplog.at_level(logging.WARNING):
        connection.close()
        await asked(keeper.hands, "lost")
    assert "worker 2 has ended; what it noted since it was last asked (journal, decisions, counts" in caplog.text


async def test_the_end_of_a_worker_that_was_told_to_stop_is_no_warning(
    here: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    with caplog.at_level(logging.INFO):
        await second.stop()
        await asked(keeper.hands, "lost")
    assert [record.levelname for record in caplog.records if "is lost" in record.message] == ["INFO"]


async def test_the_end_of_the_keeper_is_no_loss_of_workers(here: Machine, caplog: pytest.LogCaptureFixture) -> None:
    keeper, _ = await here.keeper(), await here.worker(2)
    with caplog.at_level(logging.INFO):
        await keeper.stop()
    assert keeper.hands.asked == []
    assert "is lost" not in caplog.text


async def test_a_worker_that_is_back_before_its_end_was_noticed_has_ended_all_the_same(here: Machine) -> None:
    keeper = await here.keeper()
    connections = [here.silent(Hello(2, 1)) for _ in range(2)]
    await asked(keeper.hands, "lost")
    assert len(keeper.ties._ties) == 1
    for connection in connections:
        connection.close()
    await asked(keeper.hands, "lost", "lost")


async def test_a_worker_that_starts_meanwhile_keeps_away_from_its_first_moment_on(here: Machine) -> None:
    keeper = await here.keeper()
    async with keeper.ties.held("mine") as uses:
        assert uses == []
        second = await here.worker(2)
        assert second.hands.asked == ["hold mine", "held mine"]
    assert second.hands.asked == ["hold mine", "held mine", "release mine"]


async def test_what_changed_is_read_again_by_all_before_the_change_is_answered(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    await keeper.ties.reread("mine")
    assert second.hands.asked == third.hands.asked == ["reread mine"]


async def test_notes_are_gathered_from_all(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    assert len(await keeper.ties.gather("mine")) == 2
    assert second.hands.asked == third.hands.asked == ["give mine"]


async def test_all_are_asked_once_when_they_used_each_sandbox_last(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    second.hands.used = {"mine": 2.0, "yours": 1.5}
    third.hands.used = {"mine": 1.0, "theirs": 0.5}
    assert await keeper.ties.uses() == {"mine": 2.0, "yours": 1.5, "theirs": 0.5}
    assert second.hands.asked == third.hands.asked == ["uses"]


async def test_what_is_open_anywhere_is_used_as_all_say_together(
    here: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepers, "_SOON", 60)
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    second.hands.open = {"mine": Use(2.0, is_left_alone=True), "yours": Use(1.5, is_left_alone=True)}
    third.hands.open = {"mine": Use(1.0, is_left_alone=False), "theirs": Use(0.5, is_left_alone=False)}
    assert await keeper.ties.awake() == {
        "mine": Use(2.0, is_left_alone=False),
        "yours": Use(1.5, is_left_alone=True),
        "theirs": Use(0.5, is_left_alone=False),
    }
    assert second.hands.asked == third.hands.asked == ["awake"]


async def test_who_makes_room_waits_for_no_worker_that_hangs_and_asks_it_again_once_it_goes_on(
    here: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    second.hands.open = {"mine": Use(1.5, is_left_alone=True)}
    third.hands.open = {"yours": Use(1.5, is_left_alone=True)}
    third.hands.busy = asyncio.Event()
    monkeypatch.setattr(keepers, "_SOON", 0.05)
    await soon(keeper.ties.awake())
    monkeypatch.setattr(keepers, "_SOON", 10)
    async with asyncio.timeout(10):
        while await keeper.ties.awake() != second.hands.open:  # it may have been late, too, on a busy machine
            await asyncio.sleep(0.001)
    assert third.hands.asked == ["awake"]
    third.hands.busy.set()
    async with asyncio.timeout(10):
        while await keeper.ties.awake() != second.hands.open | third.hands.open:
            await asyncio.sleep(0.001)


async def test_who_makes_room_asks_no_worker_that_has_ended_and_bears_one_that_fails(
    here: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepers, "_SOON", 60)
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    second.hands.open = {"mine": Use(1.5, is_left_alone=True)}
    third.hands.busy = asyncio.Event()
    asking = asyncio.create_task(keeper.ties.awake())
    await asked(third.hands, "awake")
    await third.stop()
    assert await asyncio.wait_for(asking, 10) == second.hands.open
    second.hands.open = {"mine": lambda: "functions stay where they are"}
    assert await keeper.ties.awake() == {}


async def test_what_the_keeper_has_put_to_sleep_is_put_to_sleep_by_all(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    keeper.ties.put_to_sleep("mine")
    for worker in (second, third):
        await asked(worker.hands, "sleep mine")


async def test_an_answer_that_cannot_be_sent_is_a_failure_and_no_silence(here: Machine) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    second.hands.noted = [lambda: "functions stay where they are"]
    with pytest.raises(PeerFailed):
        await asyncio.wait_for(keeper.ties.gather("mine"), 10)


async def test_news_reach_every_process_but_the_one_that_tells_them(here: Machine) -> None:
    keeper, second, third = await here.keeper(), await here.worker(2), await here.worker(3)
    second.tie.tell("mine")
    await asked(third.hands, "told mine")
    assert keeper.hands.asked == ["told mine"]
    keeper.ties.tell("yours")
    await asked(third.hands, "told mine", "told yours")
    await asked(second.hands, "told yours")


async def test_news_that_come_at_once_go_together(here: Machine) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    for _ in range(500):
        second.tie.tell("mine")
    await soon(keeper.hands.told_at_all.wait())
    second.tie.tell("yours")
    await asked(keeper.hands, "told mine", "told yours")


async def test_the_keeper_makes_a_sandbox_that_another_worker_was_asked_for(here: Machine) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    await second.tie.create("new")
    assert keeper.hands.asked == ["create new"]


async def test_a_refusal_of_the_keeper_is_told_by_the_worker(here: Machine) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    keeper.hands.failing = SandboxNotFound(name="new")
    with pytest.raises(SandboxNotFound) as refused:
        await second.tie.create("new")
    assert "“new”" in refused.value.detail.en


async def test_what_is_held_for_a_keeper_that_ends_is_released(here: Machine) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    async with keeper.ties.held("mine"):
        await keeper.stop()
        await asked(second.hands, "hold mine", "held mine", "release mine")


async def test_a_hold_that_still_waits_when_the_keeper_ends_is_released_once_it_has_begun(here: Machine) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    second.hands.busy = asyncio.Event()
    operation = AsyncExitStack()
    entering = asyncio.create_task(operation.enter_async_context(keeper.ties.held("mine")))
    await asked(second.hands, "hold mine")
    await keeper.stop()
    await soon(entering)
    await soon(second.tie._lost.wait())
    second.hands.busy.set()
    await asked(second.hands, "hold mine", "held mine", "release mine")
    await operation.aclose()


async def test_a_hold_that_was_given_up_is_released_also_where_the_keeper_ends_before_it_has_begun(
    here: Machine,
) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    second.hands.busy = asyncio.Event()
    operation = AsyncExitStack()
    entering = asyncio.create_task(operation.enter_async_context(keeper.ties.held("mine")))
    await asked(second.hands, "hold mine")
    entering.cancel()
    async with asyncio.timeout(10):
        while second.tie._holds:
            await asyncio.sleep(0.001)
    await keeper.stop()
    await soon(second.tie._lost.wait())
    second.hands.busy.set()
    await asked(second.hands, "hold mine", "held mine", "release mine")
    with suppress(asyncio.CancelledError):
        await entering


async def test_all_that_a_worker_knows_is_looked_at_again_before_it_does_what_a_new_keeper_asks_for(
    here: Machine,
) -> None:
    first, second = await here.keeper(), await here.worker(2)
    await first.stop()
    second.known = ["mine", "yours"]
    keeper = await here.keeper(2)
    await keeper.ties.reread("mine")
    again = [[f"{verb} {name}" for verb in ("hold", "held", "release", "reread")] for name in second.known]
    assert second.hands.asked in ([*again[0], *again[1], "reread mine"], [*again[1], *again[0], "reread mine"])


async def test_what_a_new_keeper_is_working_on_is_read_again_behind_it(here: Machine) -> None:
    first, second = await here.keeper(), await here.worker(2)
    second.known = ["mine"]
    await first.stop()
    await soon(second.tie._lost.wait())
    keeper = Keeper(here.listener.dup())
    async with keeper.ties.held("mine"):
        await keeper.start()
        await asked(second.hands, "hold mine", "held mine")
    assert second.hands.asked == ["hold mine", "held mine", "release mine", "reread mine"]
    await keeper.stop()


async def test_a_new_keeper_begins_once_the_workers_that_were_there_have_connected(here: Machine) -> None:
    first, second = await here.keeper(), await here.worker(2)
    second.known = ["mine"]
    await first.stop()
    keeper = await here.keeper(2)
    async with keeper.ties.held("mine") as uses:
        assert len(uses) == 1


async def test_a_new_keeper_does_not_wait_for_ever(
    here: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ties, "PATIENCE", 0.01)
    with caplog.at_level(logging.WARNING):
        await soon(here.keeper(7))
    assert "workers [7] do not connect" in caplog.text


async def test_a_worker_begins_once_there_is_a_keeper(here: Machine) -> None:
    starting = asyncio.create_task(here.worker(2))
    await asyncio.sleep(0)
    assert not starting.done()
    await here.keeper()
    await soon(starting)


async def test_what_needs_the_keeper_waits_for_the_next_one(here: Machine) -> None:
    first, second = await here.keeper(), await here.worker(2)
    await first.stop()
    creating = asyncio.create_task(second.tie.create("new"))
    keeper = await here.keeper()
    await soon(creating)
    assert keeper.hands.asked == ["create new"]


async def test_what_needs_the_keeper_is_refused_where_none_comes(
    here: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await here.keeper(), await here.worker(2)
    await first.stop()
    monkeypatch.setattr(ties, "PATIENCE", 0.01)
    with pytest.raises(KeeperUnreachable) as refused:
        await second.tie.create("new")
    assert refused.value.headers == {"Retry-After": "1"}


async def test_a_connection_that_breaks_is_made_again(here: Machine, caplog: pytest.LogCaptureFixture) -> None:
    keeper, second = await here.keeper(), await here.worker(2)
    ((_, tie),) = keeper.ties._ties.values()
    assert tie._transport is not None
    tie._transport.write(b"\xff\xff\xff\xff")
    await soon(second.tie._lost.wait())
    assert "a frame of 4294967295 bytes is too large" in caplog.text
    await soon(second.tie.wait())
    await keeper.ties.reread("mine")
    assert second.hands.asked == ["reread mine"]


async def test_only_the_keeper_steers_the_others(here: Machine) -> None:
    _, second = await here.keeper(), await here.worker(2)
    for steer in (second.tie.reread("mine"), second.tie.gather("mine"), second.tie.uses(), second.tie.awake()):
        with pytest.raises(AssertionError, match="only the keeper"):
            await steer
    with pytest.raises(AssertionError, match="only the keeper"):
        second.tie.put_to_sleep("mine")
    with pytest.raises(AssertionError, match="only the keeper"):
        second.tie.held("mine")
