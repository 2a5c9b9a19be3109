"""The keeper's half of how workers reach each other: `Peers` over its ties with all of the others."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any, Literal, NamedTuple

from sandbox.sandboxes.peers import Hands, Noted, Use
from sandbox.storage.threads import to_the_end
from sandbox.workers import ties
from sandbox.workers.silence import SILENCE, Kill, Watched, kill, watching
from sandbox.workers.tie import Bye, Hello, Notice, PeerGone, Slept, Tie, Told, Verb, Welcome

log = logging.getLogger("sandbox")

_NOTED = "journal, decisions, counts, its part of a recording"
_SOON = 0.25
"""Seconds for which one who makes room waits to hear what others use: a worker answers within a few milliseconds. What
is put to sleep because one was slower is opened again as soon as it is used there."""
_ALL = ""  # what is asked of all sandboxes together names none


class Tied(NamedTuple):
    """A worker that has connected: its process, and the tie with it."""

    process: int
    tie: Tie


class Moves:
    """In how many blocks jobs move the clock of a name, and whose turn it is to say so."""

    def __init__(self) -> None:
        self.blocks = 0
        self.saying = asyncio.Lock()


class KeepersTies:
    """The keeper's ties with the other workers. Those of `expected` were there before this keeper: they may have
    databases open, so nothing begins before they have connected again. A worker that gives no sign of life for
    `silence` seconds is ended."""

    keeps: Literal[True] = True

    def __init__(
        self, listener: socket.socket, expected: Iterable[int] = (), silence: float = SILENCE, kill: Kill = kill
    ) -> None:
        self._listener = listener
        self._missing = set(expected)
        self._complete = asyncio.Event()
        self._hands: Hands | None = None
        self._all: set[Tie] = set()
        self._leaving: set[Tie] = set()
        self._silence = silence
        self._kill = kill
        self._ties: dict[int, Tied] = {}
        self._holding: dict[str, set[Tie]] = {}
        self._moving: dict[str, Moves] = {}

    @asynccontextmanager
    async def running(self, hands: Hands) -> AsyncIterator[None]:
        """Be there for the other workers."""
        self._hands = hands
        server = await ties.listen(self._connected, self._listener)
        try:
            async with watching(self._watched, self._silence, self._kill):
                await self._wait_for_expected()
                yield
        finally:
            server.close()
            self._ties.clear()  # it is this process that ends
            left = list(self._all)
            for tie in left:
                tie.close()
            for tie in left:
                await tie.ended()

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[list[Use]]:
        """As `Peers.held`. A worker that connects meanwhile keeps away as well."""
        assert name not in self._holding, f"{name} is held already"
        concerned = self._holding[name] = set(self._tied())
        try:
            yield await self._each(concerned, "hold", name)
        finally:
            del self._holding[name]
            await to_the_end(self._each(concerned, "release", name))

    @asynccontextmanager
    async def moving(self, name: str) -> AsyncIterator[None]:
        """As `Peers.moving`. A worker that connects meanwhile reads the clock in the database as well. There may be
        several blocks of one name: that of a sandbox which was removed meanwhile, and that of the next one, of which
        workers know nothing yet. So each is said, and that it is over behind the last."""
        moves = self._moving.setdefault(name, Moves())
        moves.blocks += 1
        try:
            async with moves.saying:
                await self._each(self._tied(), "follow", name)
            yield
        finally:
            await to_the_end(self._moved(name, moves))

    async def _moved(self, name: str, moves: Moves) -> None:
        async with moves.saying:  # what begins meanwhile is said behind it, or it would be taken for over
            moves.blocks -= 1
            if moves.blocks:
                return
            try:
                await self._each(self._tied(), "settle", name)
            finally:
                if not moves.blocks:
                    del self._moving[name]

    async def reread(self, name: str) -> None:
        await self._each(self._tied(), "reread", name)

    async def gather(self, name: str) -> list[Noted]:
        return await self._each(self._tied(), "give", name)

    async def uses(self) -> dict[str, float]:
        latest: dict[str, float] = {}
        for uses in await self._each(self._tied(), "uses", _ALL):
            for name, used_at in uses.items():
                latest[name] = max(used_at, latest.get(name, used_at))
        return latest

    async def awake(self) -> dict[str, Use]:
        together: dict[str, Use] = {}
        answers = await asyncio.gather(*(tie.ask_soon("awake", _ALL, _SOON) for tie in self._tied()))
        for name, use in chain.from_iterable(uses.items() for uses in answers if uses is not None):
            other = together.get(name, use)
            is_left_alone = use.is_left_alone and other.is_left_alone
            together[name] = Use(max(use.used_at, other.used_at), is_left_alone)
        return together

    def put_to_sleep(self, name: str) -> None:
        for tie in self._tied():
            tie.send(Slept(name))

    def tell(self, name: str) -> None:
        for tie in self._tied():
            tie.tell(name)

    async def create(self, name: str) -> None:
        raise AssertionError("the keeper makes sandboxes by itself")

    # The end of each tie.

    async def serve(self, verb: Verb, name: str) -> object:
        assert self._hands is not None
        assert verb == "create", f"the keeper does not {verb}"
        await self._hands.create(name)
        return None

    def hear(self, tie: Tie, message: Notice) -> None:
        match message:
            case Hello(worker, process):
                self._welcome(tie, worker, process)
            case Bye():
                self._leaving.add(tie)
            case Told(names):
                self._pass_on(tie, names)

    def lose(self, tie: Tie) -> None:
        self._all.discard(tie)
        for worker in [worker for worker, tied in self._ties.items() if tied.tie is tie]:
            self._part_with(worker)
        self._leaving.discard(tie)
        for concerned in self._holding.values():
            concerned.discard(tie)

    def _tied(self) -> list[Tie]:
        return [tied.tie for tied in self._ties.values()]

    def _watched(self) -> Iterable[Watched]:
        return [Watched(f"worker {worker}", tied.process, tied.tie) for worker, tied in self._ties.items()]

    def _connected(self) -> Tie:
        tie = Tie(self)
        self._all.add(tie)
        return tie

    def _welcome(self, tie: Tie, worker: int, process: int) -> None:
        former = self._ties.get(worker)
        if former is not None:
            former.tie.close()
            self._part_with(worker)
        self._ties[worker] = Tied(process, tie)
        for concerned in self._holding.values():
            concerned.add(tie)
        moving = [name for name, moves in self._moving.items() if moves.blocks]
        tie.send(Welcome(os.getpid(), tuple(self._holding), tuple(moving)))
        self._missing.discard(worker)
        if not self._missing:
            self._complete.set()

    def _part_with(self, worker: int) -> None:
        assert self._hands is not None
        tied = self._ties.pop(worker)
        level = logging.INFO if tied.tie in self._leaving else logging.WARNING
        log.log(level, "worker %s has ended; what it noted since it was last asked (%s) is lost", worker, _NOTED)
        self._hands.lost()

    def _pass_on(self, teller: Tie, names: frozenset[str]) -> None:
        assert self._hands is not None
        for name in names:
            self._hands.told(name)
            for tie in self._tied():
                if tie is not teller:
                    tie.tell(name)

    async def _wait_for_expected(self) -> None:
        if not self._missing:
            return
        try:
            async with asyncio.timeout(ties.PATIENCE):
                await self._complete.wait()
        except TimeoutError:
            log.warning("workers %s do not connect", sorted(self._missing))

    async def _each(self, asked: Iterable[Tie], verb: Verb, name: str) -> list[Any]:
        """What each of the others gives, without those that end. Raises what one of them fails with, once all have
        answered."""
        answers = await asyncio.gather(*(tie.ask(verb, name) for tie in asked), return_exceptions=True)
        there = [answer for answer in answers if not isinstance(answer, PeerGone)]
        for answer in there:
            if isinstance(answer, BaseException):
                raise answer
        return there
