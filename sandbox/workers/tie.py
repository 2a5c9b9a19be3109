"""One connection between the keeper and another worker, seen from either end: it asks, answers, and carries news."""

import asyncio
import itertools
import logging
from typing import Any, Literal, NamedTuple, Protocol, cast

from sandbox.problem import Problem
from sandbox.workers.frames import BrokenStream, Frames, packed

log = logging.getLogger("sandbox")

Verb = Literal["hold", "release", "reread", "follow", "settle", "give", "uses", "awake", "create"]
_APART = 0.005
"""Seconds between two frames of news: what is told meanwhile goes together."""


class Hello(NamedTuple):
    """The first frame of a worker: which one it is, and its process."""

    worker: int
    process: int


class Welcome(NamedTuple):
    """The keeper's answer: its process, the sandboxes that are being worked on as a whole, and those whose clock jobs
    move."""

    process: int
    held: tuple[str, ...]
    moving: tuple[str, ...]


class Asked(NamedTuple):
    """A call of one of the other end's `Hands`."""

    number: int
    verb: Verb
    name: str


class Answered(NamedTuple):
    """What a call gave."""

    number: int
    value: object


class Refused(NamedTuple):
    """The problem that a call raised."""

    number: int
    problem: Problem


class Failed(NamedTuple):
    """The kind of error that a call raised; its own log has the rest."""

    number: int
    kind: str


class Bye(NamedTuple):
    """The last frame of a worker that was told to stop."""


class Told(NamedTuple):
    """Sandboxes in which something was committed."""

    names: frozenset[str]


class Slept(NamedTuple):
    """A sandbox that the keeper has closed."""

    name: str


class Ping(NamedTuple):
    """Asks for a sign of life."""


class Pong(NamedTuple):
    """The sign of life, given by the loop."""


Notice = Hello | Welcome | Bye | Told | Slept
"""Frames that ask for no answer."""


class PeerGone(Exception):
    """The other process ended before it answered."""


class PeerFailed(Exception):
    """The other process failed to do what it was asked for."""


class End(Protocol):
    """What a process does with its end of a tie."""

    async def serve(self, verb: Verb, name: str) -> object:
        """Do what the other end asks for. What it raises is told there."""

    def hear(self, tie: "Tie", message: Notice) -> None:
        """Take a frame that asks for nothing."""

    def lose(self, tie: "Tie") -> None:
        """The connection has ended."""


class Tie(asyncio.Protocol):
    """A connection over a stream socket."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._news: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._told_at = 0.0
        self._is_full = False
        self._ended = asyncio.Event()
        self.unanswered = 0
        """How often a sign of life was asked for since anything has come."""
        self.is_late = False
        """Whether an answer was given up that took too long, and nothing has come since."""

    async def ask(self, verb: Verb, name: str) -> Any:
        """What the other end gives. Raises PeerGone, PeerFailed, and the Problem that it raises."""
        if self._transport is None:
            raise PeerGone
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self.send(Asked(number, verb, name))
        try:
            return await answer
        finally:
            del self._asked[number]

    async def ask_soon(self, verb: Verb, name: str, seconds: float) -> Any:
        """What the other end gives, or None where it fails, ends, or takes longer than that. One that has just taken
        too long is not asked."""
        if self.is_late:
            return None
        try:
            async with asyncio.timeout(seconds):
                return await self.ask(verb, name)
        except TimeoutError:
            self.is_late = True
        except (PeerGone, PeerFailed):
            pass
        return None

    def tell(self, name: str) -> None:
        """Have the other end know that something was committed in a sandbox: at once, or with what else is told within
        a few milliseconds. Names wait while it does not read, each once."""
        if self._transport is None:
            return
        self._news.add(name)
        if self._timer is None and not self._is_full:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._told_at + _APART, loop.time()), self._tell)

    def send(self, message: object) -> None:
        """Send a frame; nothing where the connection has ended."""
        if self._transport is not None:
            self._transport.write(packed(message))

    def ask_for_a_sign(self) -> None:
        """Ask for a sign of life."""
        self.unanswered += 1
        self.send(Ping())

    def close(self) -> None:
        """End the connection now. What was asked is not answered."""
        if self._transport is not None:
            self._transport.abort()

    async def ended(self) -> None:
        """Wait until the connection has ended, with all that was being answered over it."""
        await self._ended.wait()
        await asyncio.gather(*self._answering, return_exceptions=True)

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(PeerGone())
        for task in self._answering:
            task.cancel()
        self._ended.set()
        self._end.lose(self)

    def data_received(self, data: bytes) -> None:
        self.unanswered = 0
        self.is_late = False
        try:
            for message in self._frames.feed(data):
                self._take(message)
        except BrokenStream as broken:
            log.warning("the connection between two workers is broken: %s", broken)
            self.close()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        if self._news and self._timer is None:
            self._tell()

    def _tell(self) -> None:
        self._timer = None
        if not self._is_full:
            self._told_at = asyncio.get_running_loop().time()
            self.send(Told(frozenset(self._news)))
            self._news.clear()

    def _take(self, message: object) -> None:
        match message:
            case Asked():
                task = asyncio.get_running_loop().create_task(self._answer(message))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
            case Answered(number, value):
                self._settle(number, value, None)
            case Refused(number, problem):
                self._settle(number, None, problem)
            case Failed(number, kind):
                self._settle(number, None, PeerFailed(kind))
            case Ping():
                self.send(Pong())
            case Pong():
                pass  # that it has come is all
            case Hello() | Welcome() | Bye() | Told() | Slept():
                self._end.hear(self, message)
            case _:
                raise BrokenStream("a frame says nothing")

    def _settle(self, number: int, value: Any, error: Exception | None) -> None:
        answer = self._asked.get(number)
        if answer is None or answer.done():  # its caller was cancelled
            return
        if error is None:
            answer.set_result(value)
        else:
            answer.set_exception(error)

    async def _answer(self, asked: Asked) -> None:
        try:
            answer = packed(Answered(asked.number, await self._end.serve(asked.verb, asked.name)))
        except Problem as problem:
            answer = packed(Refused(asked.number, problem))
        except Exception as error:
            log.exception("what another worker asked for (%s) failed", asked.verb)
            answer = packed(Failed(asked.number, type(error).__name__))
        if self._transport is not None:
            self._transport.write(answer)
