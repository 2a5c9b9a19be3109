"""What requests did, in short: their events, ledger postings and messages, one line of text each.

A recording holds them beside the answers, so that a replay notices a bank that answers the same and does another thing.
They are read from the database, where each row names its request. What came due while the clock moved was asked for by
no request: it belongs to the one that moved the clock beyond its moment.
"""

import hashlib
from bisect import bisect_left
from collections.abc import AsyncIterator
from itertools import accumulate
from typing import NamedTuple, Protocol, TypeVar

from pydantic_core import to_json
from sqlmodel import col, select

from sandbox.bank.ledger.tables import Entry, Posting
from sandbox.bank.notifications.tables import Message
from sandbox.control import events
from sandbox.domain import redaction
from sandbox.domain.redaction import HIDDEN
from sandbox.kernel import clock, money
from sandbox.kernel.clock import Micros
from sandbox.kernel.ids import PublicIds
from sandbox.sandboxes.journal import Recording
from sandbox.storage.events import Event
from sandbox.storage.queries import Query, one, one_of, param, pick
from sandbox.storage.unit import UnitOfWork

MOST = 100
"""How many lines of one request are told; the last one then says how many more there are, and tells them apart."""
_PAGE = 500
_DUE = "clock"
_CODE = "[code]"


class _Row(Protocol):
    """What has a key, by which it is read in pages."""

    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=_Row)


class Posted(NamedTuple):
    """A leg of a ledger entry."""

    id: int
    moment: int
    request_id: str | None
    kind: str
    operation: str
    operation_id: int
    account_id: int
    amount: int
    balance: int
    concept: str


EVENTS = one(
    select(Event)
    .where(col(Event.id) > param("after"), col(Event.moment) >= param("since"))
    .order_by(col(Event.id))
    .limit(param("limit"))
)
MESSAGES = one(
    select(Message)
    .where(col(Message.id) > param("after"), col(Message.sent_at) >= param("since"))
    .order_by(col(Message.id))
    .limit(param("limit"))
)
POSTINGS = one_of(
    Posted,
    pick(
        Posting.id, Entry.moment, Entry.request_id, Entry.kind, Entry.operation, Entry.operation_id,
        Posting.account_id, Posting.amount, Posting.balance, Posting.concept,
    )
    .join(Entry, col(Entry.id) == col(Posting.entry_id))
    .where(col(Posting.id) > param("after"), col(Posting.moment) >= param("since"))
    .order_by(col(Posting.id))
    .limit(param("limit")),
)  # fmt: skip


class _Told:
    """The lines of one request: the first of them, and of the others the number and the hash."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.more = 0
        self.hash = hashlib.sha256()

    def add(self, line: str) -> None:
        """Take the next line."""
        if len(self.lines) < MOST:
            self.lines.append(line)
        else:
            self.more += 1
            self.hash.update(line.encode())

    def all(self) -> list[str]:
        """What is told."""
        return [*self.lines, f"{self.more} more, SHA-256 {self.hash.hexdigest()}"] if self.more else self.lines


class Effects:
    """The effects of recorded exchanges, by their place in the recording; None of those before the sandbox's database
    was last replaced."""

    def __init__(self, recording: Recording, start: Micros) -> None:
        self._start = start
        self._lost = recording.lost
        self._told: list[_Told] = [_Told() for _ in recording.exchanges[self._lost :]]
        kept = recording.exchanges[self._lost :]
        self._by_id = {exchange.id: told for exchange, told in zip(kept, self._told, strict=True)}
        self._moments = list(accumulate((exchange.moment for exchange in kept), max))

    async def read(self, unit: UnitOfWork) -> None:
        """Read them from the database, a page at a time: others have their turn in between."""
        ids = unit.ids
        async for event in self._rows(unit, EVENTS):
            self._add(event.request_id, event.moment, _event(ids, event))
        async for leg in self._rows(unit, POSTINGS):
            self._add(leg.request_id, leg.moment, _posting(ids, leg))
        async for message in self._rows(unit, MESSAGES):
            self._add(message.request_id, message.sent_at, _message(ids, message))

    async def _rows(self, unit: UnitOfWork, query: Query[R]) -> AsyncIterator[R]:
        after = 0
        while rows := await unit.all(query, after=after, since=self._start, limit=_PAGE):
            for row in rows:
                yield row
            after = rows[-1].id
            await unit.pause()

    def of(self, place: int) -> list[str] | None:
        """The lines of the exchange at that place."""
        return self._told[place - self._lost].all() if self._lost <= place < self._lost + len(self._told) else None

    def _add(self, request: str | None, moment: int, line: str) -> None:
        told = self._by_id.get(request or "")
        if request == _DUE and moment > self._start:
            place = bisect_left(self._moments, moment)
            told = self._told[place] if place < len(self._told) else None
        if told is not None:
            told.add(line)


def _event(ids: PublicIds, row: Event) -> str:
    told = events.show(ids, row)
    data = to_json(told.data).decode() if told.data else ""
    return _line(row.moment, "event", row.kind, told.member_id, told.subject_id, data, _print(row.data))


def _posting(ids: PublicIds, leg: Posted) -> str:
    return _line(
        leg.moment, "posting", leg.kind, ids.name("acc", leg.account_id), money.show(leg.amount), "→",
        money.show(leg.balance), _print(f"{leg.operation} {leg.operation_id} {leg.concept}"),
    )  # fmt: skip


def _message(ids: PublicIds, row: Message) -> str:
    member = None if row.member_id is None else ids.name("mem", row.member_id)
    text = row.text.replace(row.code, _CODE) if row.code else row.text
    shown = text if redaction.is_words(text) else HIDDEN
    return _line(row.sent_at, "message", row.channel, row.kind, member, shown, _print(f"{row.destination} {row.text}"))


def _line(moment: int, *parts: str | None) -> str:
    return " ".join([clock.show(moment), *(part for part in parts if part)])


def _print(text: str) -> str:
    """What tells texts apart that are not shown whole."""
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:12]}"
