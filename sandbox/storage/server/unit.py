"""The unit of work over PostgreSQL: a transaction of its own in READ COMMITTED, on a connection of its own."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, cast

from sandbox.domain.rules import Decision
from sandbox.storage.connection import Connection
from sandbox.storage.errors import Lost, ServerError, ServerGone
from sandbox.storage.events import ADD_EVENT, ADD_EVENT_OF_ROW
from sandbox.storage.queries import Command, Query, T
from sandbox.storage.schema import CLOCK_FACTS
from sandbox.storage.server.link import Link
from sandbox.storage.server.plain import PlainConnection
from sandbox.storage.server.store import ServerStore
from sandbox.storage.threads import in_thread
from sandbox.storage.unit import LoggedDecision, Refresh, Surroundings, UnitOfWork

log = logging.getLogger("sandbox")
_LOCKS = " FOR NO KEY UPDATE"
_NOT_YET = 0  # the key of a row that is written with the COMMIT


class ServerUnit(UnitOfWork):
    """The first statement takes a connection and begins; what has written nothing ends without waiting for an answer.

    Its statements may fail because of what other units do at the same time (`Conflict`): the whole unit is then to be
    done again.
    """

    shared = True
    __slots__ = ("_appended", "_decided", "_link", "_store", "_time_is_due", "_wrote")

    def __init__(self, sandbox: Surroundings, request_id: str, correlation_id: str | None = None) -> None:
        self.sandbox = sandbox
        self.request_id = request_id
        self._correlation_id = correlation_id
        self.warnings = []
        self._on_commit = []
        self._events = []
        self._decided: list[LoggedDecision] = []
        self._appended: dict[str, list[tuple[Command, Mapping[str, object]]]] = {}  # by table
        self._store = cast(ServerStore, sandbox.store)
        self._link: Link | None = None
        self._wrote = False
        self._time_is_due = False
        self._look_around()

    async def one(self, query: Query[T], **params: object) -> T | None:
        link = self._link or await self._begin(query)
        self._wrote = self._wrote or query.writes
        found = await link.one(query.postgresql(), query.values(params), query.shape)
        if self._time_is_due:
            await self._take_time(link)
        return found

    async def all(self, query: Query[T], **params: object) -> list[T]:
        link = self._link or await self._begin()
        return await link.all(query.postgresql(), query.values(params), query.shape)

    async def insert(self, command: Command, **params: object) -> int:
        link = self._link or await self._begin()
        self._wrote = True
        key = await link.one(command.returning(), command.values(params), _key)
        assert key is not None  # or it would have failed
        return key

    async def add(self, command: Command, **params: object) -> None:
        link = self._link or await self._begin()
        self._wrote = True
        link.later(command.postgresql(), command.values(params))

    async def insert_all(self, command: Command, rows: list[dict[str, Any]]) -> None:
        link = self._link or await self._begin()
        self._wrote = True
        sql = command.postgresql()
        for row in rows:
            link.later(sql, command.values(row))

    async def append(
        self,
        command: Command,
        row: Mapping[str, object],
        kind: str,
        member: int | None,
        subject: str,
        /,
        **data: object,
    ) -> None:
        rows = self._appended.setdefault(command.table, [])
        self.record(kind, member, subject, _NOT_YET, **data)
        self._events[-1] |= {"table": command.table, "place": len(rows)}
        rows.append((command, row))

    async def change(self, command: Command, **params: object) -> int:
        link = self._link or await self._begin()
        self._wrote = True
        return await link.count(command.postgresql(), command.values(params))

    async def later(self, command: Command, **params: object) -> None:
        await self.add(command, **params)

    async def lock(self, query: Query[int], **params: object) -> None:
        link = self._link or await self._begin(query)
        link.later(query.postgresql(), query.values(params))
        if self._time_is_due:
            await self._take_time(link)

    async def write(self) -> None:
        await self.hold_turn()
        self._wrote = True

    async def in_bulk(self, work: Callable[[Connection], T]) -> T:
        link = self._link or await self._begin()
        self._wrote = True
        return await self._lend(link, work)

    async def hold_turn(self) -> None:
        if self._link is None:
            await self._begin()

    async def commit(self) -> None:
        told = bool(self._events)
        if told:
            await self._write_what_is_followed()
        refreshers, self._on_commit = self._on_commit, []
        link = self._link
        if link is not None:
            if self._wrote:
                self._wrote = False
                try:
                    await link.commit(self._note_commit)
                except ServerGone as gone:
                    if not isinstance(gone, Lost):
                        self._note_open_end(has_events=told, has_refreshers=bool(refreshers))
                    raise
            else:
                link.leave()
            if refreshers:
                await self._refresh(link, refreshers)
            self._end()
            if refreshers:
                await self.sandbox.sharing.catch_up()
        self._note_decisions()
        if told:
            self.sandbox.news.tell()

    def _note_open_end(self, *, has_events: bool, has_refreshers: bool) -> None:
        """It may have been committed, or not: who follows looks, and memory is read again."""
        if has_events:
            self.sandbox.news.tell()
        if has_refreshers:
            self._forget_memory()

    def _note_commit(self) -> None:
        self._store.note_change()
        self.sandbox.sharing.tell()

    def forget(self) -> None:
        self._decided.clear()

    def _log(self, decision: Decision) -> None:
        self._decided.append(LoggedDecision(self.request_id, self.now, decision, time.perf_counter_ns()))

    def _note_decisions(self) -> None:
        if self._decided:
            self.sandbox.decisions.extend(self._decided)
            self._decided.clear()

    async def _write_what_is_followed(self) -> None:
        """Write the rows that are followed as they are added: others wait for their keys until this has committed."""
        link = self._link or await self._begin()
        self._wrote = True
        appended, self._appended = self._appended, {}
        for command, row in chain.from_iterable(appended.values()):
            link.later(command.postgresql(), command.values(row))
        events, self._events = self._events, []
        for event in events:
            if "table" in event:
                event["back"] = len(appended[event["table"]]) - 1 - event["place"]
                link.later(ADD_EVENT_OF_ROW.postgresql(), ADD_EVENT_OF_ROW.values(event))
            else:
                link.later(ADD_EVENT.postgresql(), ADD_EVENT.values(event))

    def rollback(self) -> None:
        self._note_decisions()
        if self._link is not None:
            self._link.undo()
            self._wrote = False
            self._end()

    async def pause(self) -> None:
        if self._link is not None:
            if self._wrote:
                raise RuntimeError("a unit that has written keeps its turn")
            self._link.leave()
            self._end()
        await asyncio.sleep(0)

    async def _begin(self, first: Query[Any] | None = None) -> Link:
        store = self._store
        await store.enter()
        try:
            if store.closed or store.revision != self._revision:
                # The sandbox slept, or its database was replaced while this unit waited: go on with what is there now.
                if store.closed:
                    await self.sandbox.resume()
                self._look_around()
            link = await store.link()
            link.later("BEGIN")
        except BaseException:
            store.leave()
            raise
        self._link = link
        if self.sandbox.moving.is_on:
            if first is not None and _LOCKS in first.postgresql():
                self._time_is_due = True  # once it has waited: a job that it waits for takes the clock with it
            else:
                await self._take_time(link)
        return link

    async def _take_time(self, link: Link) -> None:
        """Have the unit's moment be that of the clock in the database, unless it is a job's, which is ahead."""
        self._time_is_due = False
        query = CLOCK_FACTS
        self.sandbox.take_clock(dict(await link.all(query.postgresql(), query.values({}), query.shape)))
        self.now = max(self.now, self.sandbox.clock.now())

    def _end(self) -> None:
        assert self._link is not None
        self._store.give_back(self._link)
        self._link = None
        self._store.leave()

    async def _lend(self, link: Link, work: Callable[[Connection], T]) -> T:
        try:
            return await link.lend(lambda connection: work(PlainConnection(connection)), in_thread)
        except ServerGone as gone:
            raise Lost(str(gone), gone.state) from None

    async def _refresh(self, link: Link, refreshers: list[Refresh]) -> None:
        """Read again what memory holds. What was committed stays so also where that fails: then the next unit opens the
        database anew, which reads everything."""
        try:
            async with self._store.refreshing:
                await self._lend(link, lambda connection: _refresh(refreshers, connection))
        except ServerError as error:
            log.warning("what was changed could not be read again at once: %s", error)
            self._forget_memory()

    def _forget_memory(self) -> None:
        """Have the next unit open the database anew, which reads everything that memory holds of it."""
        self._store.detach()
        self.sandbox.sharing.note_closed()


def _key(row: tuple[int, ...]) -> int:
    return row[0]


def _refresh(refreshers: list[Refresh], connection: Connection) -> None:
    for refresh in refreshers:
        refresh(connection)
