"""Sessions over HTTP."""

from typing import Any

from sandbox.bank.access import biometrics, enrolment, recovery, replacement, service
from sandbox.bank.access.operations import ENROLMENT, PASSWORD_RECOVERY, USERNAME_RECOVERY
from sandbox.bank.access.problems import (
    AlreadyEnrolled,
    BiometricsBlocked,
    BiometricsNotEnabled,
    BiometricsRefused,
    DeviceNotRegistered,
    InvalidCredentials,
    InvalidDocument,
    InvalidPublicKey,
    NoActiveAccount,
    NotAMember,
    NotVerified,
    ProcedureOver,
    RefreshTokenReused,
    UsernameTaken,
)
from sandbox.bank.access.schemas import (
    AccessMethods,
    AccessMethodsWanted,
    BiometricChallenge,
    BiometricProof,
    CredentialsChosen,
    DeviceId,
    Identity,
    LogIn,
    NewSession,
    PasswordChosen,
    Refresh,
    SessionView,
)
from sandbox.bank.challenges.problems import CodeLimitReached, NoPhoneOnFile
from sandbox.bank.members.route import MemberCall, member_router, open_router
from sandbox.bank.procedures.schemas import ProcedureView
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.problem import Problem
from sandbox.problems import (
    AccessLocked,
    InvalidToken,
    MemberNotActive,
    NotFound,
    PasswordNotAllowed,
    SessionExpired,
    UsernameNotAllowed,
)

TAG = "0 Enrolment and sessions"
KEPT_OUT: tuple[type[Problem], ...] = (MemberNotActive, AccessLocked)
CHOOSING: tuple[type[Problem], ...] = (
    NotVerified, ProcedureOver, UsernameTaken, UsernameNotAllowed, PasswordNotAllowed,
)  # fmt: skip
entrance = open_router(TAG)
router = member_router(TAG)


@entrance.post(
    "/sessions",
    operation_id="createSession",
    summary="Log in",
    status_code=201,
    response_model=NewSession,
    responses=problems(InvalidCredentials, *KEPT_OUT, DeviceNotRegistered, *BODY_PROBLEMS),
)
async def create_session(request: LogIn, call: Call) -> Any:
    """Username, password and the registered device open a session. Failed attempts are counted and, by rule, lock the
    access for a while; the refusal does not tell whether the username exists. From another device than the registered
    one the answer is 409 `device_not_registered` with the way to replace it."""
    return await service.log_in(call.unit, request, call.language)


@entrance.post(
    "/sessions/refresh",
    operation_id="refreshSession",
    summary="Refresh the session",
    status_code=201,
    response_model=NewSession,
    responses=problems(InvalidToken, SessionExpired, RefreshTokenReused, *KEPT_OUT, *BODY_PROBLEMS),
)
async def refresh_session(request: Refresh, call: Call) -> Any:
    """Spends a refresh token and gives two new ones. A refresh token that comes back after it was spent ends the whole
    session, because someone else may hold it."""
    return await service.refresh(call.unit, request.refresh_token, call.language)


@entrance.post(
    "/sessions/device-replacements",
    operation_id="replaceDevice",
    summary="Log in from a new device",
    status_code=201,
    response_model=ProcedureView,
    responses=problems(InvalidCredentials, *KEPT_OUT, NoPhoneOnFile, CodeLimitReached, *BODY_PROBLEMS),
)
async def replace_device(request: LogIn, call: Call) -> Any:
    """«Elimina el dispositivo antiguo y registra el nuevo» in one step: the right username and password send a code,
    and the code replaces the registered device by this one and answers a session."""
    return await replacement.start(call.unit, request)


@entrance.post(
    "/sessions/biometric/challenge",
    operation_id="startBiometricLogin",
    summary="Start a biometric login",
    status_code=201,
    responses=problems(BiometricsNotEnabled, BiometricsBlocked, *BODY_PROBLEMS),
)
async def start_biometric_login(request: DeviceId, call: Call) -> BiometricChallenge:
    """A nonce of the server for the device's key to sign, good once and for a short while."""
    return await biometrics.challenge(call.unit, request.device_id)


@entrance.post(
    "/sessions/biometric",
    operation_id="createBiometricSession",
    summary="Log in by fingerprint or face",
    status_code=201,
    response_model=NewSession,
    responses=problems(BiometricsRefused, BiometricsNotEnabled, BiometricsBlocked, *KEPT_OUT, *BODY_PROBLEMS),
)
async def create_biometric_session(request: BiometricProof, call: Call) -> Any:
    """The signature of the nonce opens a session. Repeated failure blocks biometrics until a login by password."""
    nonce = call.unit.ids.number(biometrics.PREFIX, request.id)
    return await biometrics.log_in(call.unit, nonce, request, call.language)


@entrance.post(
    "/enrolments",
    operation_id="startEnrolment",
    summary="Enrol",
    status_code=201,
    responses=problems(
        InvalidDocument, NotAMember, AlreadyEnrolled, NoActiveAccount, NoPhoneOnFile, CodeLimitReached, *BODY_PROBLEMS
    ),
)
async def start_enrolment(request: Identity, call: Call) -> ProcedureView:
    """«Valida tu identidad»: cédula or passport of a member with an active account sends a code to the phone on
    file."""
    return await enrolment.start(call.unit, request)


@entrance.get(
    "/enrolments/{enrolment_id}",
    operation_id="getEnrolment",
    summary="Get an enrolment",
    responses=problems(NotFound),
)
async def get_enrolment(enrolment_id: str, call: Call) -> ProcedureView:
    """Whether the code is awaited, was right, or the enrolment is over."""
    return await enrolment.find(call.unit, call.key(ENROLMENT.prefix, enrolment_id))


@entrance.put(
    "/enrolments/{enrolment_id}/credentials",
    operation_id="completeEnrolment",
    summary="Choose username and password",
    responses=problems(NotFound, InvalidPublicKey, AlreadyEnrolled, *KEPT_OUT, *CHOOSING, *BODY_PROBLEMS),
)
async def complete_enrolment(enrolment_id: str, request: CredentialsChosen, call: Call) -> NewSession:
    """After the code: username, password with its confirmation, how to get in, and the first device. Answers a
    session."""
    key = call.key(ENROLMENT.prefix, enrolment_id)
    return await enrolment.complete(call.unit, key, request, call.language)


@entrance.post(
    "/recoveries/username",
    operation_id="recoverUsername",
    summary="«Olvidé mi usuario»",
    status_code=201,
    responses=problems(InvalidDocument, CodeLimitReached, *BODY_PROBLEMS),
)
async def recover_username(request: Identity, call: Call) -> ProcedureView:
    """Identity, then a code; the username goes out by SMS and e-mail, never in an answer. The answer does not tell
    whether there is such a member: without one no code goes out, and none is right."""
    return await recovery.start(call.unit, USERNAME_RECOVERY, request)


@entrance.post(
    "/recoveries/password",
    operation_id="recoverPassword",
    summary="«Olvidé mi contraseña»",
    status_code=201,
    responses=problems(InvalidDocument, CodeLimitReached, *BODY_PROBLEMS),
)
async def recover_password(request: Identity, call: Call) -> ProcedureView:
    """Identity, then a code; then a new password may be set. The answer does not tell whether there is such a member:
    without one no code goes out, and none is right."""
    return await recovery.start(call.unit, PASSWORD_RECOVERY, request)


@entrance.put(
    "/recoveries/{recovery_id}/password",
    operation_id="resetPassword",
    summary="Set a new password",
    responses=problems(NotFound, NotVerified, ProcedureOver, PasswordNotAllowed, *KEPT_OUT, *BODY_PROBLEMS),
)
async def reset_password(recovery_id: str, request: PasswordChosen, call: Call) -> ProcedureView:
    """The new password, under the same rules as at enrolment. Ends every session and lifts a lock."""
    return await recovery.reset_password(call.unit, call.key(PASSWORD_RECOVERY.prefix, recovery_id), request)


@router.get(
    "/me/access-methods",
    operation_id="getAccessMethods",
    summary="Get the access methods",
    responses=problems(*MEMBER_PROBLEMS),
)
async def get_access_methods(call: MemberCall) -> AccessMethods:
    """Password, fingerprint and face, on the device of this session."""
    return await biometrics.access_methods(call.unit, call.member)


@router.put(
    "/me/access-methods",
    operation_id="updateAccessMethods",
    summary="Update the access methods",
    responses=problems(InvalidPublicKey, BiometricsNotEnabled, *MEMBER_PROBLEMS, *BODY_PROBLEMS),
)
async def update_access_methods(request: AccessMethodsWanted, call: MemberCall) -> AccessMethods:
    """Enables or disables fingerprint and face on this device; omitted fields keep their value. The device's public key
    comes along the first time."""
    return await biometrics.set_access_methods(call.unit, call.member, request)


@router.get(
    "/sessions/current",
    operation_id="getSession",
    summary="Get the current session",
    responses=problems(*MEMBER_PROBLEMS),
)
async def get_session(call: MemberCall) -> SessionView:
    """Who is logged in, since when, on which device, and when the session would end."""
    return await service.show_session(call.unit, call.member, call.language)


@router.delete(
    "/sessions/current",
    operation_id="deleteSession",
    summary="Log out",
    status_code=204,
    responses=problems(*MEMBER_PROBLEMS),
)
async def delete_session(call: MemberCall) -> None:
    """Ends the session; its tokens stop working."""
    await service.log_out(call.unit, call.member)
