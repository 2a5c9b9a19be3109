"""Hands that take note of what they are asked for, and ties between a keeper and workers in one process."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.sandboxes.counts import Counts
from sandbox.sandboxes.journal import Taken
from sandbox.sandboxes.peers import Noted, Use
from sandbox.workers.frames import packed
from sandbox.workers.keepers import KeepersTies
from sandbox.workers.silence import SILENCE
from sandbox.workers.ties import WorkersTie


class Hands:
    """What a process was asked for, in order. `busy` has it wait before it lets go of a sandbox."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.busy: asyncio.Event | None = None
        self.failing: Exception | None = None
        self.noted: list[Any] = []
        self.used: dict[str, float] = {}
        self.open: dict[str, Use] = {}
        self.told_at_all = asyncio.Event()

    async def hold(self, name: str) -> Use:
        self.asked.append(f"hold {name}")
        if self.busy is not None:
            await self.busy.wait()
        self._fail()
        self.asked.append(f"held {name}")
        return Use(1.5, is_left_alone=True)

    async def release(self, name: str) -> None:
        self.asked.append(f"release {name}")

    async def reread(self, name: str) -> None:
        self._fail()
        self.asked.append(f"reread {name}")

    async def follow(self, name: str) -> None:
        self.asked.append(f"follow {name}")

    async def settle(self, name: str) -> None:
        self.asked.append(f"settle {name}")

    async def give(self, name: str) -> Noted:
        self.asked.append(f"give {name}")
        return Noted(0, self.noted, Taken([], None, None), [], Counts())

    async def uses(self) -> dict[str, float]:
        self.asked.append("uses")
        return self.used

    async def awake(self) -> dict[str, Use]:
        self.asked.append("awake")
        if self.busy is not None:
            await self.busy.wait()
        return self.open

    async def sleep(self, name: str) -> None:
        self.asked.append(f"sleep {name}")

    def told(self, name: str) -> None:
        self.asked.append(f"told {name}")
        self.told_at_all.set()

    def lost(self) -> None:
        self.asked.append("lost")

    async def create(self, name: str) -> None:
        self.asked.append(f"create {name}")
        self._fail()

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing


class Worker:
    """A worker besides the keeper, in this process."""

    def __init__(self, number: int, path: Path, silence: float = SILENCE) -> None:
        self.hands = Hands()
        self.killed: list[int] = []
        self.tie = WorkersTie(number, path, silence, self.killed.append)
        self.known: list[str] = []
        self._running = AsyncExitStack()

    async def start(self) -> "Worker":
        await self._running.enter_async_context(self.tie.running(self.hands, lambda: self.known))
        return self

    async def stop(self) -> None:
        await self._running.aclose()


class Keeper:
    """The keeper, in this process."""

    def __init__(self, listener: socket.socket, expected: Iterable[int] = (), silence: float = SILENCE) -> None:
        self.hands = Hands()
        self.killed: list[int] = []
        self.ties = KeepersTies(listener, expected, silence, self.killed.append)
        self._running = AsyncExitStack()

    async def start(self) -> "Keeper":
        await self._running.enter_async_context(self.ties.running(self.hands))
        return self

    async def stop(self) -> None:
        await self._running.aclose()


class Machine:
    """The socket of the supervisor, with a keeper and workers that start and end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen()
        self._processes: list[Worker | Keeper] = []

    async def keeper(self, *expected: int, silence: float = SILENCE) -> Keeper:
        process = Keeper(self.listener.dup(), expected, silence)
        self._processes.append(process)
        return await process.start()

    async def worker(self, number: int, silence: float = SILENCE) -> Worker:
        process = Worker(number, self.path, silence)
        self._processes.append(process)
        return await process.start()

    def silent(self, *frames: object) -> socket.socket:
        """A process that has connected and sent something, and does nothing from then on: its end of the connection."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(str(self.path))
        connection.sendall(b"".join(map(packed, frames)))
        return connection

    async def close(self) -> None:
        for process in reversed(self._processes):
            await process.stop()
        self.listener.close()


@asynccontextmanager
async def machine() -> AsyncIterator[Machine]:
    """One that leaves no task behind, and no file."""
    before = asyncio.all_tasks()
    with TemporaryDirectory(dir="/tmp") as directory:  # the path of a socket has to be short
        made = Machine(Path(directory) / "ties")
        try:
            yield made
        finally:
            await made.close()
    assert asyncio.all_tasks() - before - {asyncio.current_task()} == set()
