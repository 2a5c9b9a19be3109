"""Feeds: the rows of a growing table as they are committed, read and rendered once for all followers.

A feed reads each new row once and keeps the newest `KEPT` as rendered lines. A follower is a position in the table: it
takes the lines behind its position, and reads the database where those are no longer kept. So a slow client costs the
others nothing, gets nothing twice and misses nothing. Followers are woken a few at a time, and only one of them reads a
page in a turn of the event loop: between two slices the loop answers requests.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from sandbox.kernel.ids import PublicIds
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes.news import News
from sandbox.sandboxes.whole import Whole
from sandbox.storage.errors import AWAY, ServerGone
from sandbox.storage.failures import ENGINE_ERRORS, is_damage
from sandbox.storage.queries import Query
from sandbox.storage.schema import LAST_KEY
from sandbox.storage.unit import Surroundings

log = logging.getLogger("sandbox")

KEPT = 1000
"""How many of the newest rows a feed keeps in memory."""
PAGE = 50
"""How many rows are read and rendered in one turn of the event loop."""
BREATH = 15.0
"""Seconds between signs of life."""
_SLICE = 32  # followers woken in one turn of the loop: 1 to 2 ms
_MOST_LINES = 100  # given to a follower at once

Why = Literal["unknown", "gap", "replaced"]
"""Why a stream begins anew: the id is not known, rows behind it are gone, or another database took its place."""


class Line(NamedTuple):
    """A row, and how it is sent."""

    row: Any
    text: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """A table that only grows at its end, apart from deletions.

    `behind` selects the rows behind `after` by key, at most `limit`; `render` makes what is sent of one, `restart` what
    tells that the stream begins anew, and `alive` is a sign of life.
    """

    table: str
    behind: Query[Any]
    render: Callable[[PublicIds, Any], bytes]
    restart: Callable[[Why], bytes]
    alive: bytes


class Fed(Surroundings, Protocol):
    """What a feed knows of its sandbox."""

    name: str
    closing: bool
    whole: Whole
    feeds: "dict[str, Feed]"

    @property
    def news(self) -> News:
        """Told of every commit."""

    @property
    def generation(self) -> int:
        """Grows whenever another database is put in place."""


class Start(NamedTuple):
    """Where a follower begins: behind the key `position`, in the database of `generation` whose last key is `newest`.

    `restart` tells why it has to begin with the oldest row instead.
    """

    generation: int
    newest: int
    position: int
    restart: Why | None = None


class Feed:
    """The one reader of a table. Lives as long as it has followers."""

    def __init__(self, sandbox: Fed, source: Source, start: Start) -> None:
        self.source = source
        self.generation = start.generation
        self.position = start.newest  # everything up to this key has been read
        self.floor = start.newest  # every row read behind this key is kept
        self.found = start.newest  # the last key when this database was met
        self.beats = 0
        self.ended = False
        self._sandbox = sandbox
        self._lines: deque[Line] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._paging = asyncio.Lock()
        self._followers = 0
        self._reader = asyncio.get_running_loop().create_task(self._run())

    @classmethod
    def of(cls, sandbox: Fed, source: Source, start: Start) -> "Feed":
        """The sandbox's feed of this table, begun if there is none."""
        feed = sandbox.feeds.get(source.table)
        if feed is None:
            feed = sandbox.feeds[source.table] = cls(sandbox, source, start)
        return feed

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Have a follower for as long as the block runs. The last one ends the feed."""
        self._followers += 1
        try:
            yield
        finally:
            self._followers -= 1
            if not self._followers:
                self._reader.cancel()
                self._close()

    async def wait(self) -> None:
        """Wait until there is something new, or a sign of life is due."""
        woken = asyncio.get_running_loop().create_future()
        self._waiting.append(woken)
        await woken

    def lines(self, after: int) -> list[Line]:
        """The lines behind the key `after`, which must not lie below `floor`."""
        found: list[Line] = []
        for line in reversed(self._lines):
            if line.row.id <= after:
                break
            found.append(line)
        found.reverse()
        return found

    async def page(self, after: int) -> list[Line] | None:
        """A page of the rows behind the key `after`, from the database; None where it has to be read again."""
        async with self._paging:
            lines = await self._read(after)
            await asyncio.sleep(0)  # with the lock held: the next page is read in another turn of the loop
        return lines

    async def _run(self) -> None:
        try:
            await self._keep_reading()
        except SandboxNotFound:
            pass  # removed while the feed waited for its turn
        except Exception as error:
            log.exception("the feed of %s of sandbox %s failed", self.source.table, self._sandbox.name)
            if is_damage(error):
                self._sandbox.whole.suspect()
        self._close()
        await self._wake()

    def _close(self) -> None:
        self.ended = True
        if self._sandbox.feeds.get(self.source.table) is self:
            del self._sandbox.feeds[self.source.table]

    async def _keep_reading(self) -> None:
        sandbox, news, time = self._sandbox, self._sandbox.news, asyncio.get_running_loop().time
        due = time() + BREATH
        while not (sandbox.whole.removed or sandbox.closing):
            told = news.told
            lines = await self._read(self.position)
            if lines:
                self._keep(lines)
            is_due = time() >= due
            if is_due:
                self.beats += 1
                due = time() + BREATH
            if lines or is_due:
                await self._wake()
            is_read = lines is not None and len(lines) < PAGE
            if is_read and news.told == told:
                await news.wait(max(0.0, due - time()))

    async def _read(self, after: int) -> list[Line] | None:
        """A page of the rows behind `after`, rendered; None where it has to be read again: at once, or after a while
        where the server is away."""
        try:
            return await self._read_now(after)
        except ServerGone:
            await self._sandbox.news.wait(AWAY)
            return None

    async def _read_now(self, after: int) -> list[Line] | None:
        sandbox, generation = self._sandbox, self.generation
        unit = sandbox.unit("stream")
        try:
            rows = await unit.all(self.source.behind, after=after, limit=PAGE)
            if generation != sandbox.generation:  # replaced while this waited for its turn, or before
                if self.generation != sandbox.generation:
                    self._begin_anew(sandbox.generation, await unit.one(LAST_KEY, table=self.source.table) or 0)
                return None
            lines = [Line(row, self.source.render(unit.ids, row)) for row in rows]
        finally:
            unit.rollback()
        try:
            await sandbox.store.durable()
        except ENGINE_ERRORS:
            return None  # the commit failed: these rows never were, and their keys are given to others
        return lines if generation == sandbox.generation else None

    def _begin_anew(self, generation: int, newest: int) -> None:
        self.generation, self.found = generation, newest
        self.position = self.floor = 0
        self._lines.clear()

    def _keep(self, lines: list[Line]) -> None:
        self._lines.extend(lines)
        self.position = lines[-1].row.id
        while len(self._lines) > KEPT:
            self.floor = self._lines.popleft().row.id

    async def _wake(self) -> None:
        """Wake all who wait now, a few in each turn of the loop."""
        left = len(self._waiting)
        while True:
            for _ in range(min(_SLICE, left)):
                woken = self._waiting.popleft()
                if not woken.done():
                    woken.set_result(None)
            left -= _SLICE
            await asyncio.sleep(0)  # also without waiting clients: other tasks run between two pages
            if left <= 0:
                return


class Follower:
    """A position in a feed, and what to give behind it."""

    def __init__(self, feed: Feed, start: Start, matches: Callable[[Any], bool]) -> None:
        self._feed = feed
        self._matches = matches
        self._generation = start.generation
        self._position = start.position
        self._restart = start.restart
        self._excused = start.newest if start.restart else 0  # a gap up to this key has been told
        self._beats = feed.beats

    async def take(self) -> bytes:
        """What comes next, as it is sent. Waits for it; empty once the feed has ended."""
        feed = self._feed
        while not feed.ended:
            text = self._restarted() or self._sign_of_life()
            if not text and self._generation == feed.generation and self._position < feed.position:
                text = self._given(await self._lines())
            elif not text:
                await feed.wait()
            if text:
                return text
        return b""

    def _restarted(self) -> bytes:
        """The word that the stream begins anew, where it has to."""
        feed = self._feed
        if self._generation < feed.generation:
            self._generation = feed.generation
            self._begin_anew("replaced", feed.found)
        why, self._restart = self._restart, None
        return feed.source.restart(why) if why else b""

    def _begin_anew(self, why: Why, excused: int) -> None:
        self._restart, self._position, self._excused = why, 0, excused

    def _sign_of_life(self) -> bytes:
        if self._beats == self._feed.beats:
            return b""
        self._beats = self._feed.beats
        return self._feed.source.alive

    async def _lines(self) -> list[Line]:
        feed = self._feed
        if self._position >= feed.floor:
            lines = feed.lines(self._position)
            if len(lines) > _MOST_LINES:
                await asyncio.sleep(0)
            return lines[:_MOST_LINES]
        generation, read_to = feed.generation, feed.position
        page = await feed.page(self._position)
        if page is None or generation != feed.generation:
            return []
        if not page:
            self._pass(read_to)
        return page

    def _pass(self, key: int) -> None:
        """Go on behind `key`, up to which there are no rows."""
        if key > max(self._position, self._excused):
            self._begin_anew("gap", key)
        else:
            self._position = key

    def _given(self, lines: list[Line]) -> bytes:
        """The lines that match, up to the first gap, as they are sent."""
        texts: list[bytes] = []
        for row, text in lines:
            if row.id - 1 > max(self._position, self._excused):
                if not texts:
                    self._begin_anew("gap", max(self._feed.position, row.id))
                break
            self._position = row.id
            if self._matches(row):
                texts.append(text)
        return b"".join(texts)
