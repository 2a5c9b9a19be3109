"""What a process is among those that serve the same sandboxes."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from socket import socket
from typing import Protocol

from sandbox.http.gate import Elsewhere
from sandbox.sandboxes.peers import ALONE, Hands, Peers
from sandbox.workers.forwarding import Forwarding
from sandbox.workers.keepers import KeepersTies
from sandbox.workers.ties import WorkersTie


class Role(Protocol):
    """How a process is tied to the others."""

    @property
    def number(self) -> int:
        """Which of the processes it is."""

    @property
    def peers(self) -> Peers:
        """The others."""

    @property
    def elsewhere(self) -> Elsewhere | None:
        """Where calls go that are not this process's to answer."""

    @property
    def locks(self) -> bool:
        """Whether the process locks the data directory, which otherwise its supervisor has done."""

    def running(self, hands: Hands, known: Callable[[], Iterable[str]]) -> AbstractAsyncContextManager[None]:
        """Be there for the others. `known` gives the names of the sandboxes that memory knows."""


class Single:
    """The only process."""

    number = 0
    peers: Peers = ALONE
    elsewhere: Elsewhere | None = None
    locks = True

    def running(self, hands: Hands, known: Callable[[], Iterable[str]]) -> AbstractAsyncContextManager[None]:
        return nullcontext()


SINGLE = Single()


class Keeper:
    """Worker 1: it serves the control plane, and all that is done by one process alone. `expected` are the workers that
    were there before it."""

    number = 1
    elsewhere: Elsewhere | None = None
    locks = False

    def __init__(self, listener: socket, expected: Iterable[int], silence: float) -> None:
        self._ties = KeepersTies(listener, expected, silence)

    @property
    def peers(self) -> Peers:
        return self._ties

    def running(self, hands: Hands, known: Callable[[], Iterable[str]]) -> AbstractAsyncContextManager[None]:
        return self._ties.running(hands)


class Worker:
    """Any other worker: it answers calls of the bank, and passes those of the control plane on."""

    locks = False

    def __init__(self, number: int, ties: Path, control: Path, silence: float) -> None:
        self.number = number
        self._tie = WorkersTie(number, ties, silence)
        self._forwarding = Forwarding(self._tie, control)

    @property
    def peers(self) -> Peers:
        return self._tie

    @property
    def elsewhere(self) -> Elsewhere | None:
        return self._forwarding

    @asynccontextmanager
    async def running(self, hands: Hands, known: Callable[[], Iterable[str]]) -> AsyncIterator[None]:
        async with self._tie.running(hands, known), self._forwarding.running():
            yield
