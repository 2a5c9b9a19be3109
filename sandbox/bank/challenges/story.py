"""The story of an operation that waits for a code. It stands here once for all of them.

    begin    the order was planned and its row is written: hold → daily use → challenge → event
    confirm  plan again → release → post → final state → notice → event
    abandon  release → daily use → final state → event

An operation supplies its plan, its legs, its view and its words. Holds and the day's use, and giving them back, are
steps of the story: an operation says what it takes and cannot forget to return it. A code authorises the row, of which
nothing that was asked ever changes, or what `asked` says, which is stored with the challenge.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel

from sandbox.bank.challenges import service as challenges
from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.schemas import ChallengeView
from sandbox.bank.challenges.service import Applicant, Asked, Waiting
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.bank.wire import Page, Party
from sandbox.domain.ledger import Leg
from sandbox.domain.vocabulary import Ending
from sandbox.http import paging
from sandbox.problem import Problem
from sandbox.storage.queries import Query
from sandbox.storage.unit import UnitOfWork

PENDING = "pending_confirmation"
_NEWEST = 2**63 - 1


class Order(Protocol):
    """A row that waits for a code, or did."""

    @property
    def id(self) -> int: ...

    @property
    def member_id(self) -> int | None: ...

    @property
    def status(self) -> str: ...


Row = TypeVar("Row", bound=Order)
Plan = TypeVar("Plan")
Shown = TypeVar("Shown", bound=BaseModel)


class Take(NamedTuple):
    """What an operation takes, in cents, fee and tax included, and from which account."""

    account: int
    amount: int


class Beside(NamedTuple):
    """What a view shows of a row that is not in it: the challenge it waits for, the account that pays."""

    waiting: Waiting | None = None
    paid_from: Party | None = None

    @property
    def challenge(self) -> ChallengeView | None:
        """The challenge, as the wire has it."""
        return None if self.waiting is None else self.waiting.challenge

    @property
    def origin(self) -> Party:
        """The account that pays, of an operation that names one (see `Story.origin`)."""
        assert self.paid_from is not None
        return self.paid_from


class Finished(NamedTuple):
    """What a code made of an order: the resource as it is now, the event with its data, the notice to the member, if
    there is something to be told."""

    resource: BaseModel
    event: str
    told: Mapping[str, object]
    notice: "NamedTuple | None" = None  # a function at run time, which cannot be joined to a type


class Story(ABC, Generic[Row, Plan, Shown]):
    """An operation that a code authorises. `opened` is the verb of its first event."""

    kind: str
    prefix: str
    opened: str = "created"
    view: type[Shown]
    refusals: tuple[type[Problem], ...] = ()

    @property
    def noun(self) -> str:
        """The noun of its events."""
        return self.kind

    @abstractmethod
    async def row(self, unit: UnitOfWork, key: int) -> Row:
        """The row with that key, which there is."""

    @abstractmethod
    async def plan_again(self, unit: UnitOfWork, row: Row, asked: Asked) -> Plan:
        """The checks of the order, a second time. Raises what the order would be refused for now."""

    @abstractmethod
    async def finish(self, unit: UnitOfWork, row: Row, plan: Plan, entry: int | None) -> Finished:
        """Write the final state. `entry` is the key of the entry that was posted, None where no money moves."""

    @abstractmethod
    async def close(self, unit: UnitOfWork, row: Row, outcome: Ending) -> None:
        """Write that it was abandoned: `outcome` is cancelled, expired or locked."""

    @abstractmethod
    async def show(self, unit: UnitOfWork, row: Row, beside: Beside) -> Shown:
        """The resource, with what stands beside its row."""

    def takes(self, plan: Plan) -> Take | None:
        """What is held until the code comes; None where no money moves."""
        return None

    def legs(self, row: Row, plan: Plan) -> Sequence[Leg]:
        """The entry that the code posts; empty where no money moves."""
        return ()

    async def use(self, unit: UnitOfWork, member: int, plan: Plan) -> None:
        """Count the order against the day's limits, where it has any."""

    async def give_back_use(self, unit: UnitOfWork, row: Row) -> None:
        """Take an abandoned order off the day's limits, where it has any."""

    async def begin(
        self,
        unit: UnitOfWork,
        member: LiveSession,
        key: int,
        plan: Plan,
        told: Mapping[str, object],
        asked: Asked | None = None,
    ) -> ChallengeView:
        """Hold what a planned order takes, and ask for its code. `told` is the data of the event.

        Raises NoPhoneOnFile, InsufficientFunds.
        """
        applicant = challenges.of_session(member)
        take = self.takes(plan)
        if take is not None:
            await ledger.hold(unit, take.account, take.amount, self.kind, key)
        await self.use(unit, member.member_id, plan)
        return await self.ask(unit, applicant, key, told, asked)

    async def ask(
        self,
        unit: UnitOfWork,
        applicant: Applicant,
        key: int,
        told: Mapping[str, object],
        asked: Asked | None = None,
    ) -> ChallengeView:
        """Ask for the code of an order that takes no money: all that `begin` does for it. Raises, before a session, the
        rules' refusals (code limit reached)."""
        challenge = await challenges.require(unit, applicant, self.kind, key, asked)
        unit.record(f"{self.noun}.{self.opened}", applicant.member, self.prefix, key, **told)
        return challenge

    async def require_funds(self, unit: UnitOfWork, plan: Plan) -> None:
        """What `begin` would refuse a plan for, without holding anything. Raises InsufficientFunds."""
        take = self.takes(plan)
        if take is not None:
            await ledger.require_available(unit, take.account, take.amount)

    async def confirm(self, unit: UnitOfWork, key: int, asked: Asked) -> BaseModel:
        """Run the operation. Raises what the second check refuses; the caller then rolls back."""
        row = await self.row(unit, key)
        plan = await self.plan_again(unit, row, asked)
        if unit.shared:
            await ledger.lock(unit, self.legs(row, plan))
        await ledger.release(unit, self.kind, key)
        return await self.carry_out(unit, row, plan)

    async def carry_out(self, unit: UnitOfWork, row: Row, plan: Plan) -> BaseModel:
        """Post, finish and tell: the end of `confirm`, and all there is of an order that needs no code.

        Raises InsufficientFunds.
        """
        legs = self.legs(row, plan)
        entry = await ledger.post(unit, self.kind, self.kind, row.id, legs) if legs else None
        done = await self.finish(unit, row, plan, entry)
        if done.notice is not None and row.member_id is not None:
            await notifications.notice(unit, row.member_id, self.kind, done.notice)
        unit.record(done.event, row.member_id, self.prefix, row.id, **done.told)
        return done.resource

    async def abandon(self, unit: UnitOfWork, key: int, outcome: Ending) -> None:
        """End an order that no code confirmed: `outcome` is cancelled, expired or locked."""
        row = await self.row(unit, key)
        await ledger.release(unit, self.kind, key)
        await self.give_back_use(unit, row)
        await self.close(unit, row, outcome)
        unit.record(f"{self.noun}.{outcome}", row.member_id, self.prefix, key)

    async def waiting(self, unit: UnitOfWork, rows: Sequence[Row]) -> dict[int, Waiting]:
        """The challenges that rows wait for, by their keys."""
        return await challenges.waiting(unit, self.kind, [row.id for row in rows if row.status == PENDING])

    def origin(self, row: Row) -> int | None:
        """The key of the account that pays, where the operation has one."""
        return None

    async def shown(self, unit: UnitOfWork, rows: Sequence[Row]) -> list[Shown]:
        """The resources of rows, with the challenges they wait for and the accounts that pay: a query for each of these
        and not for each row."""
        waiting = await self.waiting(unit, rows)
        origins = {row.id: self.origin(row) for row in rows}
        parties = await ledger.parties(unit, {key for key in origins.values() if key is not None})
        return [
            await self.show(unit, row, Beside(waiting.get(row.id), parties.get(origins[row.id] or 0))) for row in rows
        ]

    async def shown_one(self, unit: UnitOfWork, row: Row) -> Shown:
        """The resource of a row, with the challenge it waits for."""
        (found,) = await self.shown(unit, [row])
        return found

    async def page(
        self,
        unit: UnitOfWork,
        query: Query[Row],
        page: type[Page[Shown]],
        member: LiveSession,
        wanted: Wanted,
        limit: int,
        cursor: str | None,
        **more: object,
    ) -> Page[Shown]:
        """A page of the member's orders, newest first, by a query with `narrowed`. Raises InvalidCursor."""
        before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
        rows = await unit.all(query, member=member.member_id, before=before, limit=limit + 1, **wanted.params(), **more)
        return await self._cut(unit, page, rows, limit)

    async def page_in_order(
        self,
        unit: UnitOfWork,
        query: Query[Row],
        page: type[Page[Shown]],
        member: LiveSession,
        wanted: Wanted,
        limit: int,
        cursor: str | None,
        **more: object,
    ) -> Page[Shown]:
        """A page of what the member registered, in that order, by a query with `narrowed`. Raises InvalidCursor."""
        after = paging.unseal(cursor, int)[0] if cursor else 0
        rows = await unit.all(query, member=member.member_id, after=after, limit=limit + 1, **wanted.params(), **more)
        return await self._cut(unit, page, rows, limit)

    async def _cut(self, unit: UnitOfWork, page: type[Page[Shown]], rows: Sequence[Row], limit: int) -> Page[Shown]:
        """The page of at most `limit` of `rows`, which were asked for with one more."""
        further = paging.seal(rows[limit - 1].id) if len(rows) > limit else None
        return page(items=await self.shown(unit, rows[:limit]), next_cursor=further)
