"""What a member changes of itself, each by a code: password, username, device (manual, chapter 1)."""

from sandbox.bank.access import credentials, devices, passwords
from sandbox.bank.access.problems import CurrentCredentialWrong
from sandbox.bank.access.schemas import DeviceView
from sandbox.bank.access.service import show_device
from sandbox.bank.challenges import service as challenges
from sandbox.bank.checks import Checks
from sandbox.bank.members.queries import MEMBER
from sandbox.bank.members.session import LiveSession
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.bank.profile.operations import (
    DEVICE_DELETION,
    DEVICE_REGISTRATION,
    PASSWORD_CHANGE,
    USERNAME_CHANGE,
    ProfileStory,
    require_room,
)
from sandbox.bank.profile.schemas import DeviceRegistration, PasswordChange, UsernameChange
from sandbox.bank.wire import Listing
from sandbox.problem import FieldError, Text
from sandbox.storage.unit import UnitOfWork

_WRONG = Text("No es correcto.", "It is not right.")


async def start_password(unit: UnitOfWork, member: LiveSession, wanted: PasswordChange) -> ProcedureView:
    """A new password that waits for its code.

    Raises CurrentCredentialWrong, PasswordNotAllowed with every rule that fails, NoPhoneOnFile.
    """
    known = await unit.one(MEMBER, member=member.member_id)
    assert known is not None
    checks = Checks()
    with checks.of("username"):
        _require("username", is_right=wanted.username.lower() == known.username_key)
    with checks.of("current_password"):
        _require("current_password", is_right=passwords.verify(known.password_hash, wanted.current_password))
    with checks.of("new_password"):
        credentials.require_password(
            unit,
            wanted.new_password,
            wanted.confirmation,
            wanted.username,
            member.document_number,
            same_as_current=wanted.new_password == wanted.current_password,
        )
    checks.require()
    hashed = passwords.hashed(unit, wanted.new_password, member.member_id)
    return await _start(unit, PASSWORD_CHANGE, member, hashed=hashed, session=member.session_id)


async def start_username(unit: UnitOfWork, member: LiveSession, wanted: UsernameChange) -> ProcedureView:
    """A new username that waits for its code.

    Raises CurrentCredentialWrong, UsernameNotAllowed with every rule that fails, UsernameTaken, NoPhoneOnFile.
    """
    current = member.username or ""
    checks = Checks()
    with checks.of("current_username"):
        _require("current_username", is_right=wanted.current_username.lower() == current.lower())
    with checks.of("new_username"):
        await credentials.require_username(
            unit, wanted.new_username, wanted.confirmation, current, member.document_number
        )
    checks.require()
    return await _start(unit, USERNAME_CHANGE, member, username=wanted.new_username)


async def devices_of(unit: UnitOfWork, member: LiveSession) -> Listing[DeviceView]:
    """What the member has registered."""
    found = await devices.of_member(unit, member.member_id)
    return Listing[DeviceView](items=[show_device(unit, member, device) for device in found])


async def start_device(unit: UnitOfWork, member: LiveSession, wanted: DeviceRegistration) -> ProcedureView:
    """A device that waits for its code, in place of the one it replaces.

    Raises DeviceLimitReached, NotFound for a device to replace that is not the member's, InvalidPublicKey.
    """
    checks, replaced, key = Checks(), None, None
    with checks.of("replaces"):
        replaced = None if wanted.replaces is None else await _owned(unit, member, wanted.replaces)
    with checks.of("public_key"):
        key = None if wanted.public_key is None else devices.as_kept(wanted.public_key)
    checks.require()
    await require_room(unit, member.member_id, replaced)
    offered = wanted.model_dump(exclude={"replaces", "public_key"}) | {"public_key": key}
    return await _start(unit, DEVICE_REGISTRATION, member, device=offered, replaces=replaced)


async def start_deletion(unit: UnitOfWork, member: LiveSession, name: str) -> ProcedureView:
    """A device that goes once the code is right. Raises NotFound."""
    return await _start(unit, DEVICE_DELETION, member, device=await _owned(unit, member, name))


def _require(field: str, *, is_right: bool) -> None:
    if not is_right:
        raise CurrentCredentialWrong(errors=[FieldError(field, "wrong", _WRONG)])


async def _start(unit: UnitOfWork, story: ProfileStory, member: LiveSession, **payload: object) -> ProcedureView:
    return await story.start(unit, challenges.of_session(member), **payload)


async def _owned(unit: UnitOfWork, member: LiveSession, name: str) -> int:
    return (await devices.owned(unit, member.member_id, name)).id
