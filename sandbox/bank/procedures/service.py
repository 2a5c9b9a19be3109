"""The life of a procedure, whatever its kind."""

import json
from typing import Any

from sandbox.bank.challenges import service as challenges
from sandbox.bank.procedures import queries
from sandbox.bank.procedures.schemas import ProcedureKind, ProcedureStatus, ProcedureView
from sandbox.bank.procedures.tables import Procedure
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import clock
from sandbox.problems import NotFound, Problem
from sandbox.storage.unit import UnitOfWork

__all__ = ["Procedure", "ProcedureOperation", "find", "finish", "payload_of", "show", "start"]


async def start(
    unit: UnitOfWork,
    kind: ProcedureKind,
    prefix: str,
    member: int | None,
    recipient: challenges.Recipient,
    *,
    in_session: bool,
    **payload: Any,
) -> ProcedureView:
    """A procedure that waits for its code; not `in_session`, the challenge's id is the right to confirm it. `member` is
    None for a decoy. Raises, before a session, the rules' refusals (code limit reached)."""
    procedure = await unit.insert(
        queries.ADD_PROCEDURE,
        binding=unit.sandbox.entropy.binding(prefix, recipient.person, kind),
        member_id=member,
        kind=kind,
        status="pending_confirmation",
        payload=json.dumps(payload, ensure_ascii=False),
        created_at=unit.now,
        changed_at=unit.now,
    )
    if in_session:
        assert member is not None
        challenge = await challenges.require(unit, member, recipient, kind, procedure)
    else:
        challenge = await challenges.require_of_visitor(unit, member, recipient, kind, procedure)
    unit.record(f"{kind}.started", member, prefix, procedure)
    return ProcedureView(
        id=unit.ids.name(prefix, procedure),
        kind=kind,
        status="pending_confirmation",
        created_at=clock.show(unit.now),
        challenge=challenge,
    )


async def find(unit: UnitOfWork, kind: ProcedureKind, key: int) -> Procedure:
    """A procedure of that kind. Raises NotFound."""
    found = await unit.one(queries.PROCEDURE, procedure=key, kind=kind)
    if found is None:
        raise NotFound
    return found


async def finish(unit: UnitOfWork, procedure: Procedure, prefix: str, outcome: ProcedureStatus) -> ProcedureView:
    """Bring it to `verified` or `completed`."""
    await unit.change(queries.SET_STATUS, procedure=procedure.id, outcome=outcome, now=unit.now)
    unit.record(f"{procedure.kind}.{outcome}", procedure.member_id, prefix, procedure.id)
    return show(unit, procedure, prefix, outcome)


def payload_of(procedure: Procedure) -> dict[str, Any]:
    """What the procedure was started with."""
    payload: dict[str, Any] = json.loads(procedure.payload)
    return payload


def show(unit: UnitOfWork, procedure: Procedure, prefix: str, status: ProcedureStatus) -> ProcedureView:
    """The procedure as its owner sees it."""
    return ProcedureView(
        id=unit.ids.name(prefix, procedure.id),
        kind=procedure.kind,
        status=status,
        created_at=clock.show(procedure.created_at),
    )


class ProcedureOperation:
    """What every procedure's operation shares: it is abandoned by its status alone. Subclasses say what a code does."""

    kind: ProcedureKind
    prefix: str
    view: type[Any] = ProcedureView
    refusals: tuple[type[Problem], ...] = ()

    async def confirm(self, unit: UnitOfWork, key: int, asked: challenges.Asked) -> Any:
        """Do it, by `apply`, and finish."""
        procedure = await find(unit, self.kind, key)
        assert procedure.member_id is not None, "no code is right for a decoy"
        return await self.apply(unit, procedure, procedure.member_id)

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> Any:
        """What the code does for the member. Gives the resource as it is afterwards."""
        raise NotImplementedError

    async def abandon(self, unit: UnitOfWork, key: int, outcome: Ending) -> None:
        """Nothing was done, and nothing will be."""
        procedure = await find(unit, self.kind, key)
        await unit.change(queries.SET_STATUS, procedure=key, outcome=outcome, now=unit.now)
        unit.record(f"{self.kind}.{outcome}", procedure.member_id, self.prefix, key)
