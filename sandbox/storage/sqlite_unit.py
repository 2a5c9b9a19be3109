"""The unit of work over SQLite: its statements run on the spot, in a savepoint of the common transaction."""

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.storage.connection import Connection
from sandbox.storage.driver import SqliteStore
from sandbox.storage.events import ADD_EVENT
from sandbox.storage.queries import Command, Query, T
from sandbox.storage.unit import Refresh, Surroundings, UnitOfWork


class SqliteUnit(UnitOfWork):
    """Reads begin nothing; the first write begins a savepoint. The turn goes from the first statement to the end."""

    __slots__ = ("_store", "_turn")

    def __init__(self, sandbox: Surroundings, request_id: str, correlation_id: str | None = None) -> None:
        # Written out, as it is on the path of every request: a call of another function costs more than all of it.
        self.sandbox = sandbox
        self.request_id = request_id
        self._correlation_id = correlation_id
        self.warnings = []
        self._turn = False
        self._on_commit = []
        self._events = []
        self.ids = sandbox.ids
        self.now = sandbox.clock.now()
        self.rules = sandbox.rules
        self._store: SqliteStore = sandbox.store  # type: ignore[assignment]  # that of its engine
        self._revision = self._store.revision

    async def one(self, query: Query[T], **params: object) -> T | None:
        if not self._turn:
            await self._take_turn()
        if query.writes and not self._store.writing:
            self._store.begin()
        return self._store.one(query, params)

    async def all(self, query: Query[T], **params: object) -> list[T]:
        if not self._turn:
            await self._take_turn()
        return self._store.all(query, params)

    async def insert(self, command: Command, **params: object) -> int:
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        return self._store.insert(command, params)

    async def add(self, command: Command, **params: object) -> None:
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        self._store.insert(command, params)

    async def insert_all(self, command: Command, rows: list[dict[str, Any]]) -> None:
        await self.write()
        self._store.insert_all(command, rows)

    async def change(self, command: Command, **params: object) -> int:
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        return self._store.change(command, params)

    async def later(self, command: Command, **params: object) -> None:
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()
        self._store.change(command, params)

    async def lock(self, query: Query[int], **params: object) -> None:
        await self.hold_turn()

    async def write(self) -> None:
        if not self._turn:
            await self._take_turn()
        if not self._store.writing:
            self._store.begin()

    async def in_bulk(self, work: Callable[[Connection], T]) -> T:
        await self.write()
        return await self._store.in_bulk(work)

    async def hold_turn(self) -> None:
        if not self._turn:
            await self._take_turn()

    async def commit(self) -> None:
        told = bool(self._events)
        if told:
            await self.insert_all(ADD_EVENT, self._events)
            self._events = []
        store = self._store
        if self._turn:
            store.keep()
        refreshers, self._on_commit = self._on_commit, []
        for refresh in refreshers:
            refresh(store.connection)
        outcome = store.outcome()
        self._end_turn()
        if outcome is not None:
            try:
                await outcome
            except BaseException:
                await self._refresh_again(refreshers)  # what they read was rolled back
                raise
        if told:
            self.sandbox.news.tell()

    def forget(self) -> None:
        """No unit of SQLite is begun again."""

    def rollback(self) -> None:
        if self._turn:
            self._store.undo()
            self._end_turn()

    async def pause(self) -> None:
        if self._turn:
            if self._store.writing:
                raise RuntimeError("a unit that has written keeps its turn")
            self._end_turn()
        await asyncio.sleep(0)

    async def _refresh_again(self, refreshers: list[Refresh]) -> None:
        if refreshers:
            await self._take_turn()
            for refresh in refreshers:
                refresh(self._store.connection)
            self._end_turn()

    async def _take_turn(self) -> None:
        store = self._store
        await store.take_turn(self)
        if store.closed or store.revision != self._revision:
            # The sandbox slept, or its database was replaced while this unit waited: go on with what is there now.
            try:
                if store.closed:
                    await self.sandbox.resume()
                self._look_around()
            except BaseException:
                store.end_turn(self)
                raise
        self._turn = True

    def _end_turn(self) -> None:
        if self._turn:
            self._turn = False
            self._store.end_turn(self)
