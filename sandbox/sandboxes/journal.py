"""The request journal and the recording: exchanges in memory, bounded in number and in bytes.

They stand outside any transaction, so that failed calls are in them, too. The hot path stores raw bytes; decoding and
redacting is done when a client asks, by the control plane.
"""

import asyncio
import hashlib
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import chain, islice
from typing import NamedTuple

from sandbox.domain.life.behaviours import Level

BODY_KEPT = 65_536
"""How many bytes of a body are kept. Of a longer one, the head and the size are."""
LONGEST_RECORDING = 20_000
"""How many exchanges a recording holds at most."""
# What an exchange and each of its headers take besides their text, in CPython's objects (sys.getsizeof, rounded up).
_PER_EXCHANGE = 1024
_PER_HEADER = 128


class Passing:
    """A response body that passes in chunks: keeps its head, its size and, where `hashed`, its SHA-256.

    Never holds more than `BODY_KEPT` bytes, however long the body is.
    """

    __slots__ = ("_chunks", "_hash", "size")

    def __init__(self, *, hashed: bool) -> None:
        self.size = 0
        self._chunks: list[bytes] = []
        self._hash = hashlib.sha256() if hashed else None

    def take(self, chunk: bytes) -> None:
        """Count the next chunk."""
        room = BODY_KEPT - self.size
        if room > 0:
            self._chunks.append(chunk if len(chunk) <= room else chunk[:room])
        self.size += len(chunk)
        if self._hash is not None:
            self._hash.update(chunk)

    @property
    def head(self) -> bytes:
        """The first `BODY_KEPT` bytes."""
        chunks = self._chunks
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    @property
    def digest(self) -> str | None:
        """SHA-256 of the whole body in hexadecimal, where it is asked for and the head is not all of it."""
        return self._hash.hexdigest() if self._hash is not None and self.size > BODY_KEPT else None


class Exchange(NamedTuple):
    """One request and its answer, as bytes went by. Of long bodies the head: the sizes are those of the whole. `ended`
    is in nanoseconds of the machine's steady clock, which all of its processes share."""

    id: str
    moment: int
    method: str
    path: str
    query: bytes
    request_headers: list[tuple[bytes, bytes]]
    request_body: bytes
    request_size: int
    status: int
    response_headers: list[tuple[bytes, bytes]]
    response_body: bytes
    response_size: int
    response_digest: str | None
    duration_us: int
    operation_id: str | None
    member_id: int | None
    fault: str | None
    correlation_id: str | None
    ended: int

    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        headers = self.request_headers + self.response_headers
        return (
            _PER_EXCHANGE
            + _PER_HEADER * len(headers)
            + sum(map(len, chain.from_iterable(headers)))
            + len(self.path)
            + len(self.query)
            + len(self.request_body)
            + len(self.response_body)
        )


class Journal:
    """The latest exchanges, oldest first: at most `exchanges` of them, of at most `size` bytes together."""

    __slots__ = ("_added", "_kept", "_most", "_room", "_weights", "cleared", "newest")

    def __init__(self, exchanges: int, size: int) -> None:
        self._most = exchanges
        self._room = size
        self._kept: deque[Exchange] = deque()
        self._weights: deque[int] = deque()
        self._added: asyncio.Future[None] | None = None  # what those wait for who wait for the next one
        self.newest = 0
        """The position of the latest exchange: how many there have been in this process."""
        self.cleared = 0
        """The position up to which they were forgotten by `clear`."""

    def add(self, exchange: Exchange) -> None:
        """Keep it, and drop as many of the oldest as it takes."""
        weight = exchange.weight()
        self.newest += 1
        self._kept.append(exchange)
        self._weights.append(weight)
        self._room -= weight
        while self._room < 0 or len(self._kept) > self._most:
            self._kept.popleft()
            self._room += self._weights.popleft()
        if self._added is not None:
            self.wake()

    def take(self) -> tuple[int, list[Exchange]]:
        """Every exchange, to be kept elsewhere, and how many there were before them that found no room."""
        taken = list(self._kept)
        dropped = self.newest - self.cleared - len(taken)
        self.clear()
        return dropped, taken

    def skip(self, number: int) -> None:
        """Count exchanges that found no room elsewhere. What is kept of before them is forgotten: positions have no
        holes."""
        if number:
            self._drop()
            self.newest += number

    def behind(self, position: int) -> list[tuple[int, Exchange]]:
        """The exchanges kept behind a position, each with its own, oldest first."""
        number = min(self.newest - position, len(self._kept))
        return list(zip(range(self.newest - number + 1, self.newest + 1), self._tail(number), strict=True))

    def before(self, position: int | None = None) -> Iterator[tuple[int, Exchange]]:
        """The exchanges kept before a position, or all, each with its own, newest first: as they are when the first one
        is taken, whatever is added or forgotten while they are gone through."""
        for place, exchange in zip(range(self.newest, 0, -1), reversed(list(self._kept)), strict=False):
            if position is None or place < position:
                yield place, exchange

    async def wait(self, seconds: float) -> None:
        """Wait until another exchange is added, all are forgotten, or something else happens (`wake`). Raises
        TimeoutError when nothing does in time."""
        if self._added is None:
            self._added = asyncio.get_running_loop().create_future()
        await asyncio.wait_for(asyncio.shield(self._added), seconds)

    def clear(self) -> None:
        """Forget every exchange."""
        self._drop()
        self.cleared = self.newest
        self.wake()

    def wake(self) -> None:
        """End every wait: something has happened to the journal, or to its sandbox."""
        if self._added is not None:
            waiting, self._added = self._added, None
            waiting.set_result(None)

    def _drop(self) -> None:
        self._room += sum(self._weights)
        self._kept.clear()
        self._weights.clear()

    def _tail(self, number: int) -> list[Exchange]:
        found = list(islice(reversed(self._kept), number))
        found.reverse()
        return found

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._kept)

    def __reversed__(self) -> Iterator[Exchange]:
        return reversed(self._kept)


class Recording:
    """Exchanges from a sandbox's first moment on, at which its members lived at `life`, in the order in which they
    ended. Once one finds no room, or is lost with its process, no later one is taken: it has no holes.

    When it `began`, by the same clock as exchanges, tells it from every other recording: each process that records a
    part of it knows that.
    """

    __slots__ = ("_room", "began", "exchanges", "full_at", "life", "lost")

    def __init__(self, size: int, life: Level = "off", began: int | None = None) -> None:
        self._room = size
        self.began = time.perf_counter_ns() if began is None else began
        self.life = life
        self.exchanges: list[Exchange] = []
        self.full_at: int | None = None
        """When the first exchange ended that found no room, or may be lost."""
        self.lost = 0
        """Of how many exchanges the database no longer tells what they did."""

    @property
    def is_whole(self) -> bool:
        """Whether every exchange is there."""
        return self.full_at is None

    def so_far(self) -> "Recording":
        """What it holds now, which stays as it is."""
        copied = copy(self)
        copied.exchanges = list(self.exchanges)
        return copied

    def note_replaced(self) -> None:
        """Another database was put in place of the sandbox's own: by a reset, a restored snapshot, an import."""
        self.lost = len(self.exchanges)

    def cut(self, moment: int) -> None:
        """Keep and take nothing that ended at `moment` or later: another process had a part of it, and is gone."""
        self.full_at = moment if self.full_at is None else min(moment, self.full_at)
        place = bisect_left(self.exchanges, moment, key=_end_of)
        self._room += sum(exchange.weight() for exchange in self.exchanges[place:])
        del self.exchanges[place:]
        self.lost = min(self.lost, place)

    def add(self, exchange: Exchange, request_body: bytes) -> None:
        """Keep it with all of its request's body, which is sent again when the recording is replayed."""
        if self.full_at is None:
            self._keep(exchange._replace(request_body=request_body))

    def take(self) -> "Taken":
        """What was recorded, to be kept elsewhere."""
        taken, self.exchanges = self.exchanges, []
        self._room += sum(exchange.weight() for exchange in taken)
        return Taken(taken, self.full_at, self.began)

    def join(self, others: Sequence["Taken"]) -> None:
        """Keep also what other processes recorded of this recording. What ended after the first exchange that found no
        room anywhere is dropped.

        A process that has not used the sandbox since this began may still give what it has of a former recording.
        """
        parts = [taken for taken in others if taken.began == self.began]
        ends = [taken.full_at for taken in parts if taken.full_at is not None]
        if self.full_at is not None:
            ends.append(self.full_at)
        found = [exchange for taken in parts for exchange in taken.exchanges]
        if not found and not ends:
            return
        first = min([exchange.ended for exchange in found] + ends)
        place = bisect_left(self.exchanges, first, lo=self.lost, key=_end_of)
        behind = sorted(self.exchanges[place:] + found, key=_end_of)
        self._room += sum(exchange.weight() for exchange in self.exchanges[place:])
        del self.exchanges[place:]
        self.full_at = None
        end = min(ends, default=None)
        for exchange in behind:
            if end is not None and exchange.ended >= end:
                break
            self._keep(exchange)
            if self.full_at is not None:
                return
        self.full_at = end

    def _keep(self, exchange: Exchange) -> None:
        weight = exchange.weight()
        if weight > self._room or len(self.exchanges) >= LONGEST_RECORDING:
            self.full_at = exchange.ended
        else:
            self._room -= weight
            self.exchanges.append(exchange)


def _end_of(exchange: Exchange) -> int:
    return exchange.ended


class Taken(NamedTuple):
    """What a process recorded since it was last asked, when the first exchange ended that found no room, and when the
    recording `began` that this is a part of; None where it records nothing."""

    exchanges: list[Exchange]
    full_at: int | None
    began: int | None
