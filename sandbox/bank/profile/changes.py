"""What a member changes of itself, each by a code: password, username, device (manual, chapter 1)."""

from typing import NamedTuple

from sandbox.bank.access import credentials, devices, passwords, sessions
from sandbox.bank.access.problems import CurrentCredentialWrong, DeviceLimitReached, UsernameTaken
from sandbox.bank.access.schemas import DeviceView
from sandbox.bank.access.service import show_device
from sandbox.bank.challenges import service as challenges
from sandbox.bank.members.queries import MEMBER
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.bank.procedures import service as procedures
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.bank.procedures.service import Procedure
from sandbox.bank.profile import texts
from sandbox.bank.profile.schemas import DeviceRegistration, PasswordChange, UsernameChange
from sandbox.bank.wire import Listing
from sandbox.problems import FieldError, Problem, Text
from sandbox.storage.unit import UnitOfWork

PREFIX = "chg"
_WRONG = Text("No es correcto.", "It is not right.")


async def start_password(unit: UnitOfWork, member: LiveSession, wanted: PasswordChange) -> ProcedureView:
    """A new password that waits for its code.

    Raises CurrentCredentialWrong, PasswordNotAllowed with every rule that fails, NoPhoneOnFile.
    """
    known = await unit.one(MEMBER, member=member.member_id)
    assert known is not None
    wrong = []
    if wanted.username.lower() != known.username_key:
        wrong.append(FieldError("username", "wrong", _WRONG))
    if not passwords.verify(known.password_hash, wanted.current_password):
        wrong.append(FieldError("current_password", "wrong", _WRONG))
    if wrong:
        raise CurrentCredentialWrong(errors=wrong)
    credentials.require_password(
        unit,
        wanted.new_password,
        wanted.confirmation,
        wanted.username,
        member.document_number,
        same_as_current=wanted.new_password == wanted.current_password,
    )
    hashed = passwords.hashed(unit, wanted.new_password, member.member_id)
    return await _start(unit, "password_change", member, hashed=hashed, session=member.session_id)


async def start_username(unit: UnitOfWork, member: LiveSession, wanted: UsernameChange) -> ProcedureView:
    """A new username that waits for its code.

    Raises CurrentCredentialWrong, UsernameNotAllowed with every rule that fails, UsernameTaken, NoPhoneOnFile.
    """
    current = member.username or ""
    if wanted.current_username.lower() != current.lower():
        raise CurrentCredentialWrong(errors=[FieldError("current_username", "wrong", _WRONG)])
    await credentials.require_username(unit, wanted.new_username, wanted.confirmation, current, member.document_number)
    return await _start(unit, "username_change", member, username=wanted.new_username)


async def devices_of(unit: UnitOfWork, member: LiveSession) -> Listing[DeviceView]:
    """What the member has registered."""
    found = await devices.of_member(unit, member.member_id)
    return Listing[DeviceView](items=[show_device(unit, device) for device in found])


async def start_device(unit: UnitOfWork, member: LiveSession, wanted: DeviceRegistration) -> ProcedureView:
    """A device that waits for its code, in place of the one it replaces.

    Raises DeviceLimitReached, NotFound for a device to replace that is not the member's, InvalidPublicKey.
    """
    replaced = None
    if wanted.replaces is not None:
        replaced = await _owned(unit, member, unit.ids.number("dev", wanted.replaces))
    if wanted.public_key is not None:
        devices.public_key(wanted.public_key)
    await _require_room(unit, member.member_id, replaced)
    offered = wanted.model_dump(exclude={"replaces"})
    return await _start(unit, "device_registration", member, device=offered, replaces=replaced)


async def start_deletion(unit: UnitOfWork, member: LiveSession, device: int) -> ProcedureView:
    """A device that goes once the code is right. Raises NotFound."""
    await _owned(unit, member, device)
    return await _start(unit, "device_deletion", member, device=device)


class PasswordChangeOperation(procedures.ProcedureOperation):
    """The new password counts, and every other session ends."""

    kind = "password_change"
    prefix = PREFIX

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> ProcedureView:
        """Set it."""
        payload = procedures.payload_of(procedure)
        await credentials.set_password(unit, member, payload["hashed"])
        await sessions.end_others(unit, member, payload["session"], "password changed")
        return await _finish(unit, procedure, member, texts.PasswordChanged())


class UsernameChangeOperation(procedures.ProcedureOperation):
    """The new username counts."""

    kind = "username_change"
    prefix = PREFIX
    refusals: tuple[type[Problem], ...] = (UsernameTaken,)

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> ProcedureView:
        """Set it. Raises UsernameTaken when another member was faster."""
        await credentials.set_username(unit, member, procedures.payload_of(procedure)["username"])
        return await _finish(unit, procedure, member, texts.UsernameChanged())


class DeviceRegistrationOperation(procedures.ProcedureOperation):
    """The device is registered; the one it replaces goes."""

    kind = "device_registration"
    prefix = PREFIX
    refusals: tuple[type[Problem], ...] = (DeviceLimitReached,)

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> ProcedureView:
        """Replace and register. Raises DeviceLimitReached when another was registered meanwhile."""
        payload = procedures.payload_of(procedure)
        await _require_room(unit, member, payload["replaces"])
        if payload["replaces"] is not None:
            await devices.remove(unit, member, payload["replaces"])
        await devices.register(unit, member, payload["device"])
        return await _finish(unit, procedure, member, texts.DeviceRegistered(payload["device"]["name"]))


class DeviceDeletionOperation(procedures.ProcedureOperation):
    """The device goes, and its sessions end."""

    kind = "device_deletion"
    prefix = PREFIX

    async def apply(self, unit: UnitOfWork, procedure: Procedure, member: int) -> ProcedureView:
        """Remove it."""
        await devices.remove(unit, member, procedures.payload_of(procedure)["device"])
        return await _finish(unit, procedure, member, texts.DeviceDeleted())


async def _start(unit: UnitOfWork, kind: str, member: LiveSession, **payload: object) -> ProcedureView:
    recipient = challenges.by_sms(member)
    return await procedures.start(unit, kind, PREFIX, member.member_id, recipient, in_session=True, **payload)


async def _finish(unit: UnitOfWork, procedure: Procedure, member: int, told: NamedTuple) -> ProcedureView:
    await notifications.notice(unit, member, procedure.kind, told)
    return await procedures.finish(unit, procedure, PREFIX, "completed")


async def _owned(unit: UnitOfWork, member: LiveSession, device: int | None) -> int:
    return (await devices.owned(unit, member.member_id, device or 0)).id


async def _require_room(unit: UnitOfWork, member: int, replaced: int | None) -> None:
    registered = await devices.of_member(unit, member)
    maximum = unit.rules.devices.settings.maximum
    if len([device for device in registered if device.id != replaced]) >= maximum:
        raise DeviceLimitReached(maximum=maximum)
