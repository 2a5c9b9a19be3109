"""A new phone before there is a session: the code replaces the registered device, and lets the member in."""

from sandbox.bank.access import devices, queries, service, sessions, texts
from sandbox.bank.access.schemas import LogIn, NewSession
from sandbox.bank.challenges import service as challenges
from sandbox.bank.members import admission
from sandbox.bank.members.queries import MEMBER
from sandbox.bank.notifications import service as notifications
from sandbox.bank.procedures import service as procedures
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.bank.procedures.service import Procedure
from sandbox.problems import Problem
from sandbox.storage.unit import UnitOfWork

PREFIX = "chg"


async def start(unit: UnitOfWork, request: LogIn) -> ProcedureView | Problem:
    """A code for a member who knows username and password. Refusals that count are returned, as at login; raises as
    login does, NoPhoneOnFile, and the rules' refusals (code limit reached)."""
    member = await service.recognise(unit, request)
    if isinstance(member, Problem):
        return member
    recipient = challenges.by_sms(member)
    payload = devices.as_payload(request.device)
    return await procedures.start(
        unit, "device_replacement", PREFIX, member.id, recipient, in_session=False, device=payload
    )


class DeviceReplacementOperation(procedures.ProcedureOperation):
    """The old device goes, the new one comes, a session begins."""

    kind = "device_replacement"
    prefix = PREFIX
    view = NewSession

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> NewSession:
        """Replace and let in. Raises AccessLocked and the rules' refusals (member not active)."""
        known = await unit.one(MEMBER, member=member)
        assert known is not None
        service.require_unlocked(unit, known)
        admission.require(unit, known)
        offered = procedures.payload_of(procedure)["device"]
        device = await devices.replace_all(unit, member, offered)
        await procedures.finish(unit, procedure, self.prefix, "completed")
        _, tokens = await sessions.begin(unit, known, device)
        await unit.change(queries.NOTE_ACCESS, member=member, now=unit.now, no_lock=None)
        await notifications.notice(unit, member, "device", texts.DeviceReplaced(offered["name"]))
        return service.new_session(unit, known, tokens)
