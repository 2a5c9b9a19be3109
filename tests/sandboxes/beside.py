"""Two applications that serve the same sandboxes, in one process: what joins them is a call on the other one's loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sandbox.app import create_app
from sandbox.sandboxes.peers import Hands, Noted, Peers, Use
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox
from tests import goldens
from tests.transport import bank_of, serving

T = TypeVar("T")


class Joined:
    """The role of one application, whose peers are the hands of the others."""

    elsewhere = None

    def __init__(self, *, keeps: bool) -> None:
        self.keeps = self.locks = keeps
        self.number = 1 if keeps else 2
        self.others: list[Joined] = []
        self._hands: Hands | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def peers(self) -> Peers:
        return self

    @asynccontextmanager
    async def running(self, hands: Hands, known: Callable[[], Iterable[str]]) -> AsyncIterator[None]:
        """Be there for the others, as long as the block runs."""
        self._loop = asyncio.get_running_loop()
        self._hands = hands
        try:
            yield
        finally:
            self._hands = None

    def held(self, name: str) -> AbstractAsyncContextManager[list[Use]]:
        return self._held(name)

    @asynccontextmanager
    async def _held(self, name: str) -> AsyncIterator[list[Use]]:
        there = [other for other in self.others if other._hands is not None]
        try:
            yield [await other._ask(other.hands.hold(name)) for other in there]
        finally:
            for other in there:
                await other._ask(other.hands.release(name))

    async def reread(self, name: str) -> None:
        for other in self.others:
            await other._ask(other.hands.reread(name))

    def moving(self, name: str) -> AbstractAsyncContextManager[None]:
        return self._moving(name)

    @asynccontextmanager
    async def _moving(self, name: str) -> AsyncIterator[None]:
        try:
            for other in self.others:
                await other._ask(other.hands.follow(name))
            yield
        finally:
            for other in self.others:
                await other._ask(other.hands.settle(name))

    async def gather(self, name: str) -> list[Noted]:
        return [await other._ask(other.hands.give(name)) for other in self.others if other._hands is not None]

    async def uses(self) -> dict[str, float]:
        (other,) = self.others
        return await other._ask(other.hands.uses())

    async def awake(self) -> dict[str, Use]:
        (other,) = self.others
        return {} if other._hands is None else await other._ask(other.hands.awake())

    def put_to_sleep(self, name: str) -> None:
        for other in self.others:
            if other._hands is not None and other._loop is not None:
                asyncio.run_coroutine_threadsafe(other.hands.sleep(name), other._loop)

    def tell(self, name: str) -> None:
        for other in self.others:
            if other._hands is not None and other._loop is not None:
                other._loop.call_soon_threadsafe(other._hands.told, name)

    async def create(self, name: str) -> None:
        (keeper,) = [other for other in self.others if other.keeps]
        await keeper._ask(keeper.hands.create(name))

    @property
    def hands(self) -> Hands:
        assert self._hands is not None
        return self._hands

    async def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))


@dataclass
class Pair:
    """Clients of the keeper and of another process that serve the same sandboxes."""

    keeper: Any
    other: Any

    def banks(self, name: str = "default") -> tuple[Sandbox, Sandbox]:
        """A sandbox, as each of the two reaches it."""
        return bank_of(self.keeper, name), bank_of(self.other, name)

    def phones(self, name: str = "default", persona: str = "al-dia") -> tuple[Phone, Phone]:
        """A member with one session, whose calls go to each of the two."""
        keeper, other = self.banks(name)
        phone = keeper.phone(persona)
        return phone, Phone(other, phone.member, phone.token, phone.refresh_token)


@contextmanager
def pair(settings: Settings) -> Iterator[Pair]:
    """A keeper and another application over the data directory of the settings."""
    goldens.place(settings)
    keeper, other = Joined(keeps=True), Joined(keeps=False)
    keeper.others, other.others = [other], [keeper]
    with ExitStack() as running:
        first = running.enter_context(serving(create_app(settings, role=keeper)))
        second = running.enter_context(serving(create_app(settings, role=other)))
        yield Pair(first, second)


@contextmanager
def pair_over(settings: Settings, data_dir: Path, url: str) -> Iterator[Pair]:
    """The same over a directory of its own, with sandboxes on a server of databases."""
    own = {"data_dir": data_dir, "members": 12, "database_url": url, "database_spares": 1}
    with pair(settings.model_copy(update=own)) as made:
        yield made


def at_once(*works: Any) -> list[Any]:
    """What each gives, all begun at the same time."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [running.result() for running in [pool.submit(work) for work in works]]
