"""The profile over HTTP."""

from sandbox.bank.access.route import MemberCall, member_router, open_router
from sandbox.bank.profile import service
from sandbox.bank.profile.schemas import Candidate, Checklist, CredentialRules, Limits, Profile
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, MEMBER_PROBLEMS, problems

TAG = "1 Profile"
router = member_router(TAG)
rules = open_router(TAG)


@router.get("/me", operation_id="getProfile", summary="My profile", responses=problems(*MEMBER_PROBLEMS))
async def get_profile(call: MemberCall) -> Profile:
    """The greeting name, contacts (masked) and the last access."""
    return service.profile(call.unit, call.member)


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
