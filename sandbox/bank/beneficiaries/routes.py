"""Beneficiaries over HTTP."""

from typing import Any

from sandbox.bank.access.route import MemberCall, member_router
from sandbox.bank.beneficiaries import service
from sandbox.bank.beneficiaries.problems import AccountHolderNotFound, BeneficiaryExists, OwnAccountAsBeneficiary
from sandbox.bank.beneficiaries.schemas import AccountHolder, BeneficiaryView, Lookup, NewBeneficiary
from sandbox.bank.challenges.problems import NoPhoneOnFile
from sandbox.bank.wire import Page
from sandbox.http.answers import answer
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, Limit
from sandbox.problems import InvalidCursor, Problem, RateLimited

router = member_router("4 Transfers")


@router.get(
    "/beneficiaries",
    operation_id="listBeneficiaries",
    summary="Beneficiaries",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_beneficiaries(call: MemberCall, limit: Limit = 50, cursor: Cursor = None) -> Page[BeneficiaryView]:
    """Whom the member may send money to."""
    return await service.page(call.unit, call.member, limit, cursor)


@router.post(
    "/beneficiaries",
    operation_id="createBeneficiary",
    summary="New beneficiary",
    status_code=201,
    responses=problems(
        AccountHolderNotFound, BeneficiaryExists, OwnAccountAsBeneficiary, NoPhoneOnFile,
        *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS,
    ),
)  # fmt: skip
async def create_beneficiary(request: NewBeneficiary, call: MemberCall) -> BeneficiaryView:
    """Registers an account of the cooperative as a beneficiary, once the code that goes out is confirmed."""
    return await service.create(call.unit, call.member, request)


@router.post(
    "/account-holders/lookup",
    operation_id="lookupAccountHolder",
    summary="Whose account is it?",
    response_model=AccountHolder,
    responses=problems(AccountHolderNotFound, RateLimited, *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS),
)
async def look_up_account_holder(request: Lookup, call: MemberCall) -> Any:
    """The name behind an account number of the cooperative, so that the member sees whom it is about to register.
    Limited in number by rule."""
    outcome = await service.look_up(call.unit, call.member, request.account_number)
    return answer(call, outcome) if isinstance(outcome, Problem) else outcome
