"""The profile over HTTP."""

from typing import Annotated

from fastapi import Path

from sandbox.bank.access.problems import (
    CurrentCredentialWrong,
    DeviceLimitReached,
    InvalidPublicKey,
    UsernameTaken,
)
from sandbox.bank.access.schemas import DeviceView
from sandbox.bank.challenges.problems import NoPhoneOnFile
from sandbox.bank.members.route import MemberCall, member_router, open_router
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.bank.profile import changes, service
from sandbox.bank.profile.schemas import (
    Availability,
    Candidate,
    Checklist,
    CredentialRules,
    DeviceRegistration,
    Limits,
    OwnLimits,
    PasswordChange,
    Profile,
    UsernameChange,
)
from sandbox.bank.wire import Listing
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.problems import LimitExceeded, NotFound, PasswordNotAllowed, UsernameNotAllowed

TAG = "1 Profile"
Registration = Annotated[
    str,
    Path(
        description="The `id` of the device in the list; not its `device_id`, which the app gave itself.",
        examples=["dev_3b608cc6f15c7c222e24ae9258ac41d7"],
    ),
]
router = member_router(TAG)
rules = open_router(TAG)


@router.get("/me", operation_id="getProfile", summary="My profile", responses=problems(*MEMBER_PROBLEMS))
async def get_profile(call: MemberCall) -> Profile:
    """The greeting name, contacts (masked) and the last access."""
    return service.profile(call.unit, call.member, call.language)


@router.get("/me/limits", operation_id="getLimits", summary="My limits", responses=problems(*MEMBER_PROBLEMS))
async def get_limits(call: MemberCall) -> Limits:
    """For each kind of transfer: what the rules allow, the member's own lower caps, what is used today."""
    return await service.limits(call.unit, call.member)


@rules.get(
    "/rules/credentials",
    operation_id="getCredentialRules",
    summary="Rules for passwords and usernames",
    responses=problems(),
)
async def get_credential_rules(call: Call) -> CredentialRules:
    """The rules as the app lists them beside the fields, in the caller's language."""
    return service.credential_rules(call.unit, call.language)


@rules.post(
    "/rules/credentials/check",
    operation_id="checkCredential",
    summary="Check a candidate",
    responses=problems(*BODY_PROBLEMS),
)
async def check_credential(request: Candidate, call: Call) -> Checklist:
    """The live checklist: each rule with pass or fail for what was typed so far. Nothing is stored."""
    return service.check_credential(call.unit, request.kind, request.value, call.language)


@rules.get(
    "/usernames/{name}/availability",
    operation_id="getUsernameAvailability",
    summary="Is a username free?",
    responses=problems(),
)
async def get_username_availability(name: Annotated[str, Path(max_length=100)], call: Call) -> Availability:
    """Free, whatever its capitals, and within the rules; with the checklist."""
    return await service.availability(call.unit, name, call.language)


@router.put(
    "/me/limits",
    operation_id="updateLimits",
    summary="Set my own limits",
    responses=problems(LimitExceeded, *MEMBER_PROBLEMS, *BODY_PROBLEMS),
)
async def update_limits(request: OwnLimits, call: MemberCall) -> Limits:
    """Lower caps of one's own, for each kind of transfer; never above what the rules allow. Null takes a cap away."""
    return await service.set_own_limits(call.unit, call.member, request)


@router.post(
    "/me/password-changes",
    operation_id="changePassword",
    summary="Change the password",
    status_code=201,
    responses=problems(
        CurrentCredentialWrong, PasswordNotAllowed, NoPhoneOnFile, *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS
    ),
)
async def change_password(request: PasswordChange, call: MemberCall) -> ProcedureView:
    """Username, current password, the new one twice; the code that goes out changes it and ends other sessions."""
    return await changes.start_password(call.unit, call.member, request)


@router.post(
    "/me/username-changes",
    operation_id="changeUsername",
    summary="Change the username",
    status_code=201,
    responses=problems(
        CurrentCredentialWrong, UsernameNotAllowed, UsernameTaken, NoPhoneOnFile,
        *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS,
    ),
)  # fmt: skip
async def change_username(request: UsernameChange, call: MemberCall) -> ProcedureView:
    """The current username, the new one twice; the code that goes out changes it."""
    return await changes.start_username(call.unit, call.member, request)


@router.get("/me/devices", operation_id="listDevices", summary="My devices", responses=problems(*MEMBER_PROBLEMS))
async def list_devices(call: MemberCall) -> Listing[DeviceView]:
    """The registered device, if there is one. `device_id` is the identifier the app gave itself; `id` is what the other
    operations take."""
    return await changes.devices_of(call.unit, call.member)


@router.post(
    "/me/devices",
    operation_id="registerDevice",
    summary="Register a device",
    status_code=201,
    responses=problems(
        DeviceLimitReached, NotFound, InvalidPublicKey, NoPhoneOnFile,
        *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS,
    ),
)  # fmt: skip
async def register_device(request: DeviceRegistration, call: MemberCall) -> ProcedureView:
    """One device only: a second is refused unless it `replaces` the first, in one step and by one code."""
    return await changes.start_device(call.unit, call.member, request)


@router.delete(
    "/me/devices/{registration_id}",
    operation_id="deleteDevice",
    summary="Delete a device",
    status_code=201,
    responses=problems(NotFound, NoPhoneOnFile, *MEMBER_PROBLEMS),
)
async def delete_device(registration_id: Registration, call: MemberCall) -> ProcedureView:
    """The code that goes out deletes it, and ends its sessions."""
    return await changes.start_deletion(call.unit, call.member, registration_id)
