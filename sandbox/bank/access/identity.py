"""Whose document it is: the first step of enrolment and of recoveries."""

from sandbox.bank.access import queries
from sandbox.bank.access.problems import InvalidDocument, NotVerified, ProcedureOver
from sandbox.bank.access.schemas import Identity
from sandbox.bank.members.queries import MEMBER_TO_CHANGE
from sandbox.bank.members.tables import Member
from sandbox.bank.procedures.service import Procedure
from sandbox.domain import identity
from sandbox.kernel.clock import SECOND
from sandbox.storage.unit import UnitOfWork


async def identified(unit: UnitOfWork, who: Identity) -> Member | None:
    """The member with that document. Raises InvalidDocument when it cannot be one."""
    number, documents = identity.as_kept(who.document_number), unit.rules.identity
    if not documents.are_of(who.document_type, number):
        raise InvalidDocument(shortest=documents.shortest_passport, longest=documents.longest_passport)
    return await unit.one(queries.MEMBER_BY_DOCUMENT, document_type=who.document_type, document_number=number)


async def member_of(unit: UnitOfWork, procedure: Procedure) -> Member:
    """The member that a procedure is about. A decoy has none, and no code is right for it."""
    assert procedure.member_id is not None
    member = await unit.one(MEMBER_TO_CHANGE, member=procedure.member_id)
    assert member is not None
    return member


def require_verified(unit: UnitOfWork, procedure: Procedure) -> None:
    """Raises NotVerified before the code came, ProcedureOver when it is too long ago or all was done."""
    if procedure.status == "pending_confirmation":
        raise NotVerified
    lasts = unit.rules.sessions.settings.verified_seconds * SECOND
    if procedure.status != "verified" or procedure.changed_at + lasts <= unit.now:
        raise ProcedureOver
