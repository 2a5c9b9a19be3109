"""A new phone before there is a session: the code replaces the registered device, and lets the member in."""

from sandbox.bank.access import devices, service
from sandbox.bank.access.operations import DEVICE_REPLACEMENT
from sandbox.bank.access.schemas import LogIn
from sandbox.bank.challenges import service as challenges
from sandbox.bank.challenges.service import Applicant
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.problem import Problem
from sandbox.storage.unit import UnitOfWork


async def start(unit: UnitOfWork, request: LogIn) -> ProcedureView | Problem:
    """A code for a member who knows username and password. Refusals that count are returned, as at login; raises as
    login does, NoPhoneOnFile, and the rules' refusals (code limit reached)."""
    member = await service.recognise(unit, request)
    if isinstance(member, Problem):
        return member
    applicant = Applicant(member.id, challenges.by_sms(member), in_session=False)
    return await DEVICE_REPLACEMENT.start(unit, applicant, device=devices.as_payload(request.device))
