"""What each process that serves a sandbox notes of it, and how that comes together in the keeper.

Journal, recording, decisions and counts are kept in the memory of the process that answered the call, so that a call
costs no word to another one. They are moved when a client asks for them, and while one follows them.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from sandbox.domain.life.behaviours import Level
from sandbox.sandboxes.bounds import RingSizes
from sandbox.sandboxes.counts import Counts
from sandbox.sandboxes.journal import Journal, Recording, Taken
from sandbox.sandboxes.peers import ALONE, Noted, Peers
from sandbox.storage.threads import to_the_end
from sandbox.storage.unit import LoggedDecision

log = logging.getLogger("sandbox")

_EVERY = 0.1  # seconds
_NOTHING = Taken([], None, None)


def nothing() -> Noted:
    """What a process noted that does not know the sandbox."""
    return Noted(0, [], _NOTHING, [], Counts())


class Notes:
    """What this process noted of the sandbox `name` and, in the keeper, what the others did.

    Exchanges that have just ended are `noted`. In the keeper they get their place in the `journal` once the others have
    been asked: something may have ended earlier there. The file `mark` tells the others that the keeper records, and
    when that recording began.
    """

    def __init__(self, name: str, rings: RingSizes, peers: Peers, mark: Path) -> None:
        self.counts = Counts()
        self.journal = Journal(rings.journal, rings.journal_bytes)
        self.noted = self.journal if peers is ALONE else Journal(rings.journal, rings.journal_bytes)
        self.recording: Recording | None = None  # every exchange that steers the sandbox, while it is recorded
        self.decisions: deque[LoggedDecision] = deque(maxlen=rings.decisions)
        self.gathering = Gathering(self.gather, peers)
        self._name = name
        self._peers = peers
        self._mark = mark
        self._recording_bytes = rings.recording_bytes
        self._asking = asyncio.Lock()
        self._asked = 0  # when the others were asked last, by the clock of exchanges
        self._has_ended = False

    def start_recording(self, life: Level) -> None:
        """Record from now on. A recording under way is forgotten. For the holder of all turns: other processes look for
        it when they open the sandbox again."""
        self.forget_recording()
        recording = Recording(self._recording_bytes, life)
        if self._peers is not ALONE:
            self._mark.write_text(str(recording.began))
        self.recording = recording
        self.gathering.begin()

    async def stop_recording(self) -> None:
        """Forget the recording that is under way, in every process."""
        self.forget_recording()
        await self._peers.reread(self._name)

    def forget_recording(self) -> None:
        """Forget the recording that is under way, if there is one. Other processes do so when they look for it."""
        if self.recording is None:
            return
        self.recording = None
        self.gathering.end()
        if self._peers is not ALONE:
            self._mark.unlink(missing_ok=True)

    def look_for_recording(self) -> None:
        """Record for the keeper, if it records: anew where it has begun another recording."""
        if self._peers.keeps:
            return
        began = self._marked()
        if began is None:
            self.recording = None
        elif self.recording is None or self.recording.began != began:
            self.recording = Recording(self._recording_bytes, began=began)

    def _marked(self) -> int | None:
        """When the recording of the keeper began, if it records."""
        try:
            text = self._mark.read_text()
        except FileNotFoundError:
            return None
        return int(text) if text else None  # a disk without room left no more than the name

    def forget_database(self) -> None:
        """Forget what was noted of the database that was in place before, but for what was counted."""
        self.journal.clear()
        self.noted.clear()
        self.decisions.clear()
        if self.recording is not None:
            self.recording.note_replaced()

    def note_loss(self) -> None:
        """Another process has ended, with what it had noted since it was last asked. A recording is whole up to then,
        and takes no more."""
        if self.recording is not None and self.recording.is_whole:
            self.recording.cut(self._asked)
            log.warning(
                "the recording of sandbox %s takes no more: another process ended with a part of it", self._name
            )

    def end(self, home: Path | None = None) -> None:
        """Gather and record no more, whatever asks for it: the sandbox was moved to `home`, or the server stops. What
        others note from now on is of the next sandbox of that name, and so is a mark in the former place."""
        self._has_ended = True
        self.recording = None
        self.gathering.end_for_good()
        if self._peers.keeps and self._peers is not ALONE:
            ((home or self._mark.parent) / self._mark.name).unlink(missing_ok=True)

    def take(self) -> Noted:
        """What was noted since the last time, to be forgotten here."""
        dropped, exchanges = self.noted.take()
        recorded = _NOTHING if self.recording is None else self.recording.take()
        decisions, counts = list(self.decisions), self.counts
        self.decisions.clear()
        self.counts = Counts()
        return Noted(dropped, exchanges, recorded, decisions, counts)

    async def gather(self) -> None:
        """Have what the other processes noted here as well."""
        if self._peers is not ALONE and self._peers.keeps:
            await to_the_end(self._gather())

    async def _gather(self) -> None:
        async with self._asking:
            if self._has_ended:
                return
            asked = time.perf_counter_ns()
            self._join(await self._peers.gather(self._name), asked)
            self._asked = asked

    def _join(self, others: Sequence[Noted], asked: int) -> None:
        """Bring together what was noted here and what the others gave that were asked at `asked`. What ended later
        waits for the next time: another process may yet tell of an earlier end."""
        dropped, exchanges = self.noted.take()
        self.journal.skip(dropped + sum(noted.dropped for noted in others))
        for exchange in sorted(chain(exchanges, *(noted.exchanges for noted in others)), key=lambda each: each.ended):
            (self.journal if exchange.ended <= asked else self.noted).add(exchange)
        if self.recording is not None:
            self.recording.join([noted.recorded for noted in others])
        if any(noted.decisions for noted in others):
            told = chain(self.decisions, *(noted.decisions for noted in others))
            decisions = sorted(told, key=lambda each: each.noted)
            self.decisions.clear()
            self.decisions.extend(decisions)
        for noted in others:
            self.counts.join(noted.counts)


class Gathering:
    """Gathers again and again, as long as there is a reason to and there are others to gather from."""

    def __init__(self, gather: Callable[[], Awaitable[None]], peers: Peers) -> None:
        self._gather = gather
        self._is_needed = peers is not ALONE
        self._reasons = 0
        self._running: asyncio.Task[None] | None = None

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Gather for as long as the block runs."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    def begin(self) -> None:
        """There is one reason more."""
        self._reasons += 1
        if self._running is None and self._is_needed:
            self._running = asyncio.get_running_loop().create_task(self._run())

    def end(self) -> None:
        """There is one reason less."""
        self._reasons -= 1
        if not self._reasons:
            self.stop()

    def end_for_good(self) -> None:
        """Gather no more, whatever reasons there are and come."""
        self._is_needed = False
        self.stop()

    def stop(self) -> None:
        """Gather no more until there is one reason more."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self._gather()
            except Exception:
                log.exception("what other processes noted could not be gathered")
