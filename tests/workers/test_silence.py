"""A process that hangs without ending, seen from the other end of its tie."""

import asyncio
import logging
import os
import subprocess
import sys

import pytest

from sandbox.workers.frames import packed
from sandbox.workers.silence import kill
from sandbox.workers.tie import Hello, Tie, Welcome
from tests.workers.hands import Machine
from tests.workers.test_ties import asked, soon

SHORT = 0.1
PROCESS = 1 << 22  # no process has this number


async def until_killed(killed: list[int]) -> None:
    async with asyncio.timeout(10):
        while not killed:
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("wait", ["hold", "reread", "gather", "moving"])
async def test_what_waits_for_a_worker_that_hangs_goes_on_once_it_is_ended(
    here: Machine, caplog: pytest.LogCaptureFixture, wait: str
) -> None:
    keeper, third = await here.keeper(silence=SHORT), await here.worker(3)
    connection = here.silent(Hello(2, PROCESS))

    async def work() -> None:
        match wait:
            case "reread":
                await keeper.ties.reread("mine")
            case "gather":
                assert len(await keeper.ties.gather("mine")) == 1
            case "hold":
                async with keeper.ties.held("mine") as uses:
                    assert len(uses) == 1
            case "moving":
                async with keeper.ties.moving("mine"):
                    pass

    async with asyncio.timeout(10):
        while len(keeper.ties._ties) < 2:
            await asyncio.sleep(0.001)
    working = asyncio.create_task(work())
    with caplog.at_level(logging.ERROR):
        await until_killed(keeper.killed)
    assert set(keeper.killed) == {PROCESS}
    assert f"worker 2 hangs: no sign of life for 0.1 seconds; process {PROCESS} is ended" in caplog.text
    assert not working.done(), "until it has ended, it may go on with an old memory"
    connection.close()
    await soon(working)
    assert "mine" in third.hands.asked[-1]


async def test_a_worker_that_waits_gives_signs_of_life(here: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = asyncio.Semaphore(0)
    real = Tie.ask_for_a_sign

    def ask(tie: Tie) -> None:
        real(tie)
        wanted.release()

    monkeypatch.setattr(Tie, "ask_for_a_sign", ask)
    keeper, second = await here.keeper(silence=SHORT), await here.worker(2, silence=SHORT)
    second.hands.busy = asyncio.Event()

    async def work() -> None:
        async with keeper.ties.held("mine"):
            pass

    working = asyncio.create_task(work())
    await asked(second.hands, "hold mine")
    for _ in range(12):  # six times at each end
        await soon(wanted.acquire())
    assert (keeper.killed, second.killed) == ([], [])
    second.hands.busy.set()
    await soon(working)


async def test_a_keeper_that_hangs_is_ended_by_a_worker(here: Machine, caplog: pytest.LogCaptureFixture) -> None:
    starting = asyncio.create_task(here.worker(2, silence=SHORT))
    accepted, _ = await asyncio.to_thread(here.listener.accept)
    accepted.sendall(packed(Welcome(PROCESS, (), ())))
    second = await starting
    with caplog.at_level(logging.ERROR):
        await until_killed(second.killed)
    assert second.killed[0] == PROCESS
    assert "the keeper hangs" in caplog.text
    accepted.close()
    await soon(second.tie._lost.wait())


@pytest.mark.slow
def test_a_process_is_ended_whatever_it_does_and_once_it_has_ended_nothing_is() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    kill(process.pid)
    assert process.wait(30) == -9
    kill(process.pid)
    with pytest.raises(AssertionError):
        kill(os.getpid())
