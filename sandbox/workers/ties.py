"""How the keeper and the other workers reach each other: `Peers` at both ends, over a socket of the file system.

The socket is the supervisor's, and outlives the keeper: a worker that has lost its keeper connects at once, and waits
for the next one to accept.
"""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from sandbox.problems import KeeperUnreachable
from sandbox.sandboxes.peers import Hands, Noted, Use
from sandbox.storage.threads import to_the_end
from sandbox.workers.tie import Hello, PeerGone, Tie, Told, Verb, Welcome

log = logging.getLogger("sandbox")

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds for which what needs the keeper waits for one to be started."""
_RETRY = 0.05
_BACKLOG = 2048


class KeepersTies:
    """The keeper's ties with the other workers. Those of `expected` were there before this keeper: they may have
    databases open, so nothing begins before they have connected again."""

    keeps: Literal[True] = True

    def __init__(self, listener: socket.socket, expected: Iterable[int] = ()) -> None:
        self._listener = listener
        self._missing = set(expected)
        self._complete = asyncio.Event()
        self._hands: Hands | None = None
        self._all: set[Tie] = set()
        self._ties: dict[int, Tie] = {}
        self._holding: dict[str, set[Tie]] = {}

    @asynccontextmanager
    async def running(self, hands: Hands) -> AsyncIterator[None]:
        """Be there for the other workers."""
        self._hands = hands
        server = await listen(self._connected, self._listener)
        try:
            await self._wait_for_expected()
            yield
        finally:
            server.close()
            ties = list(self._all)
            for tie in ties:
                tie.close()
            for tie in ties:
                await tie.ended()

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[list[Use]]:
        """As `Peers.held`. A worker that connects meanwhile keeps away as well."""
        assert name not in self._holding, f"{name} is held already"
        ties = self._holding[name] = set(self._ties.values())
        try:
            yield await self._each(ties, "hold", name)
        finally:
            del self._holding[name]
            await to_the_end(self._each(ties, "release", name))

    async def reread(self, name: str) -> None:
        await self._each(self._ties.values(), "reread", name)

    async def gather(self, name: str) -> list[Noted]:
        return await self._each(self._ties.values(), "give", name)

    def tell(self, name: str) -> None:
        for tie in self._ties.values():
            tie.tell(name)

    async def create(self, name: str) -> None:
        raise AssertionError("the keeper makes sandboxes by itself")

    # The end of each tie.

    async def serve(self, verb: Verb, name: str) -> object:
        assert self._hands is not None
        assert verb == "create", f"the keeper does not {verb}"
        await self._hands.create(name)
        return None

    def hear(self, tie: Tie, message: Hello | Welcome | Told) -> None:
        match message:
            case Hello(worker):
                self._welcome(tie, worker)
            case Told(names):
                self._pass_on(tie, names)

    def lose(self, tie: Tie) -> None:
        self._all.discard(tie)
        for worker in [worker for worker, tied in self._ties.items() if tied is tie]:
            del self._ties[worker]
            if self._hands is not None:
                self._hands.lost()
        for ties in self._holding.values():
            ties.discard(tie)

    def _connected(self) -> Tie:
        tie = Tie(self)
        self._all.add(tie)
        return tie

    def _welcome(self, tie: Tie, worker: int) -> None:
        former = self._ties.get(worker)
        if former is not None:
            former.close()
        self._ties[worker] = tie
        for ties in self._holding.values():
            ties.add(tie)
        tie.send(Welcome(tuple(self._holding)))
        self._missing.discard(worker)
        if not self._missing:
            self._complete.set()

    def _pass_on(self, teller: Tie, names: frozenset[str]) -> None:
        assert self._hands is not None
        for name in names:
            self._hands.told(name)
            for tie in self._ties.values():
                if tie is not teller:
                    tie.tell(name)

    async def _wait_for_expected(self) -> None:
        if not self._missing:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._complete.wait()
        except TimeoutError:
            log.warning("workers %s do not connect", sorted(self._missing))

    async def _each(self, ties: Iterable[Tie], verb: Verb, name: str) -> list[Any]:
        """What each of the others gives, without those that end. Raises what one of them fails with, once all have
        answered."""
        answers = await asyncio.gather(*(tie.ask(verb, name) for tie in ties), return_exceptions=True)
        there = [answer for answer in answers if not isinstance(answer, PeerGone)]
        for answer in there:
            if isinstance(answer, BaseException):
                raise answer
        return there


class WorkersTie:
    """The tie of another worker with the keeper: made again whenever it breaks. What is held for a keeper is released
    when it ends. What memory holds is read again when there is a new one: the last one may have changed it."""

    keeps: Literal[False] = False

    def __init__(self, worker: int, path: Path) -> None:
        self._worker = worker
        self._path = path
        self._hands: Hands | None = None
        self._known: Callable[[], Iterable[str]] = tuple
        self._tie: Tie | None = None  # once the keeper has welcomed this worker
        self._tied = asyncio.Event()
        self._lost = asyncio.Event()
        self._lost.set()
        self._caught_up = asyncio.Event()
        self._holds: dict[str, asyncio.Task[Use]] = {}
        self._unsure: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def running(self, hands: Hands, known: Callable[[], Iterable[str]]) -> AsyncIterator[None]:
        """Be there for the keeper; begins when there is one. `known` gives the sandboxes that memory knows."""
        self._hands = hands
        self._known = known
        staying = asyncio.create_task(self._stay())
        try:
            await self._caught_up.wait()
            yield
        finally:
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

    async def gather(self, name: str) -> list[Noted]:
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

    # The end of the tie.

    async def serve(self, verb: Verb, name: str) -> object:
        hands = self._hands
        assert hands is not None
        await self._caught_up.wait()
        match verb:
            case "hold":
                return await asyncio.shield(self._hold(name))
            case "release":
                await self._release(name)
            case "reread":
                await hands.reread(name)
            case "give":
                return await hands.give(name)
            case "create":
                raise _not_the_keeper()
        return None

    def hear(self, tie: Tie, message: Hello | Welcome | Told) -> None:
        assert self._hands is not None
        match message:
            case Welcome(held):
                self._tie = tie
                self._lost.clear()
                self._tied.set()
                self._begin(self._catch_up(tie, held))
            case Told(names):
                for name in names:
                    self._hands.told(name)

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
                tie.send(Hello(self._worker))
                await tie.ended()
            finally:
                tie.close()
                await tie.ended()
            log.warning("the keeper has ended")
            await asyncio.sleep(_RETRY)  # one that ends each connection at once is not asked a thousand times a second

    async def _catch_up(self, tie: Tie, held: tuple[str, ...]) -> None:
        """Keep away from what the keeper is working on, and look again at what memory knows of the rest."""
        others = self._tasks - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)  # what the last keeper held is released first
        self._unsure.update(self._known())
        holds = [self._hold(name) for name in held]
        for name in self._unsure.difference(held):
            self._hold(name)
            await self._release(name)
        await asyncio.gather(*holds, return_exceptions=True)
        if tie is self._tie:
            self._caught_up.set()

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
