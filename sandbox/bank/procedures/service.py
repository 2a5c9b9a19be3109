"""The life of a procedure, whatever its kind: an operation that moves no money, and may start before a session."""

import json
from typing import Any, NamedTuple

from pydantic import BaseModel

from sandbox.bank.challenges.service import Applicant
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Plan, Story
from sandbox.bank.procedures import queries
from sandbox.bank.procedures.schemas import ProcedureKind, ProcedureStatus, ProcedureView
from sandbox.bank.procedures.tables import Procedure
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import clock
from sandbox.problems import NotFound
from sandbox.storage.unit import UnitOfWork

__all__ = ["Procedure", "ProcedureStory", "payload_of"]


class ProcedureStory(Story[Procedure, Plan, BaseModel]):
    """A procedure. What a code does, a subclass says in `finish`."""

    kind: ProcedureKind
    opened = "started"
    view: type[BaseModel] = ProcedureView

    async def start(self, unit: UnitOfWork, applicant: Applicant, **payload: Any) -> ProcedureView:
        """A procedure that waits for its code. Raises, before a session, the rules' refusals (code limit reached)."""
        procedure = await unit.insert(
            queries.ADD_PROCEDURE,
            binding=unit.sandbox.entropy.binding(self.prefix, applicant.recipient.person, self.kind),
            member_id=applicant.member,
            kind=self.kind,
            status=PENDING,
            payload=json.dumps(payload, ensure_ascii=False),
            created_at=unit.now,
            changed_at=unit.now,
        )
        challenge = await self.ask(unit, applicant, procedure, {})
        return ProcedureView(
            id=unit.ids.name(self.prefix, procedure),
            kind=self.kind,
            status=PENDING,
            created_at=clock.show(unit.now),
            challenge=challenge,
        )

    async def row(self, unit: UnitOfWork, key: int) -> Procedure:
        """The procedure, if it is one of this kind. Raises NotFound."""
        found = await unit.one(queries.PROCEDURE, procedure=key, kind=self.kind)
        if found is None:
            raise NotFound
        return found

    async def row_to_complete(self, unit: UnitOfWork, key: int) -> Procedure:
        """As `row`, for a unit that is going to complete it: no other one does so meanwhile. Raises NotFound."""
        found = await unit.one(queries.PROCEDURE_TO_CHANGE, procedure=key, kind=self.kind)
        if found is None:
            raise NotFound
        return found

    async def seen(self, unit: UnitOfWork, key: int) -> ProcedureView:
        """Where it stands, with the challenge it waits for. Raises NotFound."""
        row = await self.row(unit, key)
        waiting = await self.waiting(unit, [row])
        return await self.show(unit, row, Beside(waiting.get(key)))

    async def show(self, unit: UnitOfWork, row: Procedure, beside: Beside) -> ProcedureView:
        """The procedure as its owner sees it."""
        return ProcedureView(
            id=unit.ids.name(self.prefix, row.id),
            kind=row.kind,
            status=row.status,
            created_at=clock.show(row.created_at),
            challenge=beside.challenge,
        )

    async def reach(self, unit: UnitOfWork, row: Procedure, status: ProcedureStatus) -> ProcedureView:
        """Bring it to `verified` or `completed`; gives it as it is then."""
        await unit.later(queries.SET_STATUS, procedure=row.id, outcome=status, now=unit.now)
        return await self.show(unit, await self.row(unit, row.id), Beside())

    async def reached(
        self, unit: UnitOfWork, row: Procedure, status: ProcedureStatus, notice: "NamedTuple | None" = None
    ) -> Finished:
        """The same, as what a code made of it, with the notice that tells of it."""
        return Finished(await self.reach(unit, row, status), f"{self.kind}.{status}", {}, notice)

    async def close(self, unit: UnitOfWork, row: Procedure, outcome: Ending) -> None:
        """Nothing was done, and nothing will be."""
        await unit.later(queries.SET_STATUS, procedure=row.id, outcome=outcome, now=unit.now)


def payload_of(procedure: Procedure) -> dict[str, Any]:
    """What the procedure was started with."""
    payload: dict[str, Any] = json.loads(procedure.payload)
    return payload
