"""How workers reach the keeper: `Peers` over a socket of the file system (`keepers` has the other half).

The socket is the supervisor's, and outlives the keeper: a worker that has lost its keeper connects at once, and waits
for the next one to accept.
"""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from sandbox.problems import KeeperUnreachable
from sandbox.sandboxes.peers import Hands, Noted, Use
from sandbox.workers.silence import SILENCE, Kill, Watched, kill, watching
from sandbox.workers.tie import Bye, Hello, Notice, PeerGone, Slept, Tie, Told, Verb, Welcome

log = logging.getLogger("sandbox")

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds for which what needs the keeper waits for one to be started."""
_RETRY = 0.05
_BACKLOG = 2048


class WorkersTie:
    """The tie of another worker with the keeper: made again whenever it breaks. What is held for a keeper is released
    when it ends. What memory holds is read again when there is a new one: the last one may have changed it. A keeper
    that gives no sign of life for `silence` seconds is ended."""

    keeps: Literal[False] = False

    def __init__(self, worker: int, path: Path, silence: float = SILENCE, kill: Kill = kill) -> None:
        self._worker = worker
        self._path = path
        self._silence = silence
        self._kill = kill
        self._keeper = 0  # its process
        self._hands: Hands | None = None
        self._known: Callable[[], Iterable[str]] = tuple
        self._tie: Tie | None = None  # once the keeper has welcomed this worker
        self._tied = asyncio.Event()
        self._lost = asyncio.Event()
        self._lost.set()
        self._caught_up = asyncio.Event()
        self._holds: dict[str, asyncio.Task[Use]] = {}
        self._unsure: set[str] = set()
        self._moving: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def running(self, hands: Hands, known: Callable[[], Iterable[str]]) -> AsyncIterator[None]:
        """Be there for the keeper; begins when there is one. `known` gives the sandboxes that memory knows."""
        self._hands = hands
        self._known = known
        staying = asyncio.create_task(self._stay())
        try:
            async with watching(self._watched, self._silence, self._kill):
                await self._caught_up.wait()
                yield
        finally:
            if self._tie is not None:
                self._tie.send(Bye())
                await asyncio.sleep(0)  # or it might still be in a buffer when the connection ends
            await _cancelled([staying])
            await _cancelled([*self._tasks])

    async def wait(self) -> Tie:
        """The tie with the keeper, once there is one. Raises KeeperUnreachable where that takes too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                while self._tie is None:  # it may be lost again before this goes on
                    await self._tied.wait()
        except TimeoutError:
            raise unreachable() from None
        return self._tie

    async def missed(self) -> None:
        """Returns once there has been no keeper for as long as one is waited for."""
        while True:
            await self._lost.wait()
            try:
                await self.wait()
            except KeeperUnreachable:
                return

    def held(self, name: str) -> AbstractAsyncContextManager[list[Use]]:
        raise _not_the_keeper()

    async def reread(self, name: str) -> None:
        raise _not_the_keeper()

    def moving(self, name: str) -> AbstractAsyncContextManager[None]:
        raise _not_the_keeper()

    async def gather(self, name: str) -> list[Noted]:
        raise _not_the_keeper()

    async def uses(self) -> dict[str, float]:
        raise _not_the_keeper()

    async def awake(self) -> dict[str, Use]:
        raise _not_the_keeper()

    def put_to_sleep(self, name: str) -> None:
        raise _not_the_keeper()

    def tell(self, name: str) -> None:
        if self._tie is not None:
            self._tie.tell(name)

    async def create(self, name: str) -> None:
        """As `Peers.create`; begun again where the keeper ends meanwhile. Raises also KeeperUnreachable."""
        while True:
            tie = await self.wait()
            try:
                await tie.ask("create", name)
            except PeerGone:
                continue
            return

    def _watched(self) -> Iterable[Watched]:
        return [] if self._tie is None else [Watched("the keeper", self._keeper, self._tie)]

    # The end of the tie.

    async def serve(self, verb: Verb, name: str) -> object:
        hands = self._hands
        assert hands is not None
        await self._caught_up.wait()
        match verb:
            case "hold":
                return await asyncio.shield(self._hold(name))
            case "release":
                await asyncio.shield(self._begin(self._release(name)))  # the end of the tie, too, has to be waited for
            case "reread":
                await hands.reread(name)
            case "follow":
                await self._follow(name)
            case "settle":
                await self._settle(name)
            case "give":
                return await hands.give(name)
            case "uses":
                return await hands.uses()
            case "awake":
                return await hands.awake()
            case "create":
                raise _not_the_keeper()
        return None

    def hear(self, tie: Tie, message: Notice) -> None:
        assert self._hands is not None
        match message:
            case Welcome(process, held, moving):
                self._tie = tie
                self._keeper = process
                self._lost.clear()
                self._tied.set()
                self._begin(self._catch_up(tie, held, moving))
            case Told(names):
                for name in names:
                    self._hands.told(name)
            case Slept(name):
                self._begin(self._hands.sleep(name))

    def lose(self, tie: Tie) -> None:
        if tie is self._tie:
            self._tie = None
            self._tied.clear()
            self._lost.set()
            self._caught_up.clear()
            for name in self._holds:
                self._begin(self._release(name))

    async def _stay(self) -> None:
        """Connect, and again whenever the connection ends."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                _, tie = await loop.create_unix_connection(lambda: Tie(self), str(self._path))
            except OSError as error:
                log.warning("the keeper cannot be reached: %s", error)
                await asyncio.sleep(_RETRY)
                continue
            try:
                tie.send(Hello(self._worker, os.getpid()))
                await tie.ended()
            finally:
                tie.close()
                await tie.ended()
            log.warning("the keeper has ended")
            await asyncio.sleep(_RETRY)  # one that ends each connection at once is not asked a thousand times a second

    async def _catch_up(self, tie: Tie, held: tuple[str, ...], moving: tuple[str, ...]) -> None:
        """Keep away from what the keeper is working on, and look again at what memory knows of the rest."""
        others = self._tasks - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)  # what the last keeper held is released first
        for name in moving:
            await self._follow(name)
        self._unsure.update(self._known())
        holds = [self._hold(name) for name in held]
        for name in self._unsure.difference(held):
            self._hold(name)
            await self._release(name)
        await asyncio.gather(*holds, return_exceptions=True)
        for name in self._moving.difference(moving):
            await self._settle(name)
        if tie is self._tie:
            self._caught_up.set()

    async def _follow(self, name: str) -> None:
        assert self._hands is not None
        self._moving.add(name)
        await self._hands.follow(name)

    async def _settle(self, name: str) -> None:
        assert self._hands is not None
        await self._hands.settle(name)
        self._moving.discard(name)

    def _hold(self, name: str) -> asyncio.Task[Use]:
        assert self._hands is not None
        task = self._holds[name] = self._begin(self._hands.hold(name))
        return task

    async def _release(self, name: str) -> None:
        """Let units go on in a sandbox, if it is held; a hold that is still waited for comes first."""
        assert self._hands is not None
        task = self._holds.pop(name, None)
        if task is None:
            return
        await asyncio.wait({task})
        if task.exception() is None:
            await self._hands.release(name)
        if name in self._unsure:
            self._unsure.discard(name)
            await self._hands.reread(name)

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def listen(connected: Callable[[], asyncio.Protocol], listener: socket.socket) -> asyncio.Server:
    """Accept connections of a socket of the file system, which stays there when this process ends."""
    # Without the option no path is removed: asyncio has it from Python 3.13 on.
    options: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
    return await asyncio.get_running_loop().create_unix_server(connected, sock=listener, backlog=_BACKLOG, **options)


def unreachable() -> KeeperUnreachable:
    """The refusal of what only the keeper can do while there is none."""
    return KeeperUnreachable(headers={"Retry-After": "1"})


def _not_the_keeper() -> AssertionError:
    return AssertionError("only the keeper does that")


async def _cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
