"""What a code does before there is a session: enrolment, recoveries, a new phone."""

from sandbox.bank.access import devices, identity, queries, service, sessions, texts
from sandbox.bank.access.schemas import NewSession
from sandbox.bank.challenges.service import Asked
from sandbox.bank.challenges.story import Finished
from sandbox.bank.members import admission
from sandbox.bank.members.tables import Member
from sandbox.bank.notifications import service as notifications
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.bank.procedures.service import Procedure, ProcedureStory, payload_of
from sandbox.storage.unit import UnitOfWork

RECOVERY = "rec"


class VerifyingStory(ProcedureStory[None]):
    """A procedure whose code proves who it is; something is still to be chosen then."""

    async def plan_again(self, unit: UnitOfWork, row: Procedure, asked: Asked) -> None:
        """Whether the member may go on is asked when all was chosen."""

    async def finish(self, unit: UnitOfWork, row: Procedure, plan: None, entry: int | None) -> Finished:
        """Verified."""
        return await self.reached(unit, row, "verified")

    async def complete(self, unit: UnitOfWork, row: Procedure) -> ProcedureView:
        """Everything was chosen."""
        completed = await self.reach(unit, row, "completed")
        unit.record(f"{self.kind}.completed", row.member_id, self.prefix, row.id)
        return completed


class EnrolmentStory(VerifyingStory):
    """The code proves who enrols; credentials may be chosen."""

    kind = "enrolment"
    prefix = "enr"


class PasswordRecoveryStory(VerifyingStory):
    """The code proves who forgot the password; another may be chosen."""

    kind = "password_recovery"
    prefix = RECOVERY


class UsernameRecoveryStory(ProcedureStory[Member]):
    """The code sends the username out; no answer ever carries it."""

    kind = "username_recovery"
    prefix = RECOVERY

    async def plan_again(self, unit: UnitOfWork, row: Procedure, asked: Asked) -> Member:
        """Whose username it is. Raises AccessLocked and the rules' refusals (member not active)."""
        member = await identity.member_of(unit, row)
        admission.require(unit, member)
        return member

    async def finish(self, unit: UnitOfWork, row: Procedure, plan: Member, entry: int | None) -> Finished:
        """By SMS, and by e-mail where there is one."""
        assert plan.username is not None, "a member who is enrolled has one"
        told = texts.UsernameTold(plan.username)
        if plan.phone is not None:
            await notifications.send(unit, plan.id, "sms", plan.phone, "username", told, language=plan.language)
        if plan.email is not None:
            await notifications.send(unit, plan.id, "email", plan.email, "username", told, language=plan.language)
        return await self.reached(unit, row, "completed")


RecoveryStory = PasswordRecoveryStory | UsernameRecoveryStory


class DeviceReplacementStory(ProcedureStory[Member]):
    """The old device goes, the new one comes, a session begins."""

    kind = "device_replacement"
    prefix = "chg"
    view = NewSession

    async def plan_again(self, unit: UnitOfWork, row: Procedure, asked: Asked) -> Member:
        """Who gets in. Raises AccessLocked and the rules' refusals (member not active)."""
        member = await identity.member_of(unit, row)
        service.require_unlocked(unit, member)
        admission.require(unit, member)
        return member

    async def finish(self, unit: UnitOfWork, row: Procedure, plan: Member, entry: int | None) -> Finished:
        """Replace and let in. The member is greeted in its own language: the story does not know the request's."""
        offered = payload_of(row)["device"]
        device = await devices.replace_all(unit, plan.id, offered)
        await self.reach(unit, row, "completed")
        _, tokens = await sessions.begin(unit, plan, device)
        await unit.later(queries.NOTE_ACCESS, member=plan.id, now=unit.now, no_lock=None)
        return Finished(
            service.new_session(unit, plan, tokens, plan.language),
            "device_replacement.completed",
            {},
            texts.DeviceReplaced(offered["name"]),
        )


ENROLMENT = EnrolmentStory()
PASSWORD_RECOVERY = PasswordRecoveryStory()
USERNAME_RECOVERY = UsernameRecoveryStory()
DEVICE_REPLACEMENT = DeviceReplacementStory()
