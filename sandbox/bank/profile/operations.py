"""What a code does that a member asked for in the profile: password, username, device (manual, chapter 1)."""

from typing import Any

from sandbox.bank.access import credentials, devices, sessions
from sandbox.bank.access.problems import DeviceLimitReached, UsernameTaken
from sandbox.bank.challenges.service import Asked
from sandbox.bank.challenges.story import Finished
from sandbox.bank.procedures.service import Procedure, ProcedureStory, payload_of
from sandbox.bank.profile import texts
from sandbox.problem import Problem
from sandbox.storage.unit import UnitOfWork


class ProfileStory(ProcedureStory[dict[str, Any]]):
    """A change of the profile. Its plan is what it was started with."""

    prefix = "chg"

    async def plan_again(self, unit: UnitOfWork, row: Procedure, asked: Asked) -> dict[str, Any]:
        """What is to be changed."""
        return payload_of(row)


class PasswordChangeStory(ProfileStory):
    """The new password counts, and every other session ends."""

    kind = "password_change"

    async def finish(self, unit: UnitOfWork, row: Procedure, plan: dict[str, Any], entry: int | None) -> Finished:
        """Set it."""
        member = _member(row)
        await credentials.set_password(unit, member, plan["hashed"])
        await sessions.end_others(unit, member, plan["session"], "password changed")
        return await self.reached(unit, row, "completed", texts.PasswordChanged())


class UsernameChangeStory(ProfileStory):
    """The new username counts."""

    kind = "username_change"
    refusals: tuple[type[Problem], ...] = (UsernameTaken,)

    async def finish(self, unit: UnitOfWork, row: Procedure, plan: dict[str, Any], entry: int | None) -> Finished:
        """Set it. Raises UsernameTaken when another member was faster."""
        await credentials.set_username(unit, _member(row), plan["username"])
        return await self.reached(unit, row, "completed", texts.UsernameChanged())


class DeviceRegistrationStory(ProfileStory):
    """The device is registered; the one it replaces goes."""

    kind = "device_registration"
    refusals: tuple[type[Problem], ...] = (DeviceLimitReached,)

    async def plan_again(self, unit: UnitOfWork, row: Procedure, asked: Asked) -> dict[str, Any]:
        """Raises DeviceLimitReached when another was registered meanwhile."""
        payload = payload_of(row)
        await require_room(unit, _member(row), payload["replaces"])
        return payload

    async def finish(self, unit: UnitOfWork, row: Procedure, plan: dict[str, Any], entry: int | None) -> Finished:
        """Replace and register."""
        member = _member(row)
        if plan["replaces"] is not None:
            await devices.remove(unit, member, plan["replaces"])
        await devices.register(unit, member, plan["device"])
        return await self.reached(unit, row, "completed", texts.DeviceRegistered(plan["device"]["name"]))


class DeviceDeletionStory(ProfileStory):
    """The device goes, and its sessions end."""

    kind = "device_deletion"

    async def finish(self, unit: UnitOfWork, row: Procedure, plan: dict[str, Any], entry: int | None) -> Finished:
        """Remove it."""
        await devices.remove(unit, _member(row), plan["device"])
        return await self.reached(unit, row, "completed", texts.DeviceDeleted())


PASSWORD_CHANGE = PasswordChangeStory()
USERNAME_CHANGE = UsernameChangeStory()
DEVICE_REGISTRATION = DeviceRegistrationStory()
DEVICE_DELETION = DeviceDeletionStory()


def _member(row: Procedure) -> int:
    assert row.member_id is not None
    return row.member_id


async def require_room(unit: UnitOfWork, member: int, replaced: int | None) -> None:
    """Raises DeviceLimitReached unless one more device may be registered, once `replaced` is gone."""
    registered = await devices.of_member(unit, member)
    maximum = unit.rules.devices.settings.maximum
    if len([device for device in registered if device.id != replaced]) >= maximum:
        raise DeviceLimitReached(maximum=maximum)
