"""Beneficiaries over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import Query

from sandbox.bank.beneficiaries import service
from sandbox.bank.beneficiaries.problems import (
    AccountHolderNotFound,
    BeneficiaryExists,
    InvalidHolderDocument,
    OwnAccountAsBeneficiary,
)
from sandbox.bank.beneficiaries.schemas import (
    AccountHolder,
    AnyNewBeneficiary,
    BeneficiaryDetail,
    BeneficiaryEdit,
    BeneficiaryKind,
    BeneficiaryStatus,
    BeneficiaryView,
    InstitutionView,
    Lookup,
)
from sandbox.bank.challenges.listing import Everything, Wanted
from sandbox.bank.challenges.problems import NoPhoneOnFile
from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.wire import Listing, Page
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, From, Limit, To
from sandbox.problems import InvalidCursor, NotFound, RateLimited

router = member_router("4 Transfers")


@router.get(
    "/beneficiaries",
    operation_id="listBeneficiaries",
    summary="Beneficiaries",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_beneficiaries(
    call: MemberCall,
    q: Annotated[
        str | None,
        Query(max_length=100, description="Part of name, alias or account number; case and accents do not matter."),
    ] = None,
    kind: BeneficiaryKind | None = None,
    status: Literal[BeneficiaryStatus, Everything] | None = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BeneficiaryView]:
    """Whom the member may send money to; «Buscar» by name, alias or number. Another `status` shows those that wait for
    a code, with their challenge, and those that were deleted or abandoned."""
    wanted = service.BeneficiariesWanted(q, kind, Wanted(status, since, until))
    return await service.page(call.unit, call.member, wanted, limit, cursor)


@router.post(
    "/beneficiaries",
    operation_id="createBeneficiary",
    summary="New beneficiary",
    status_code=201,
    responses=problems(
        AccountHolderNotFound, BeneficiaryExists, OwnAccountAsBeneficiary, InvalidHolderDocument, NotFound,
        NoPhoneOnFile,
        *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS,
    ),
)  # fmt: skip
async def create_beneficiary(request: AnyNewBeneficiary, call: MemberCall) -> BeneficiaryView:
    """Registers an account, of the cooperative or of another institution, once the code that goes out is confirmed."""
    return await service.create(call.unit, call.member, request)


@router.post(
    "/account-holders/lookup",
    operation_id="lookupAccountHolder",
    summary="Look up an account holder",
    response_model=AccountHolder,
    responses=problems(AccountHolderNotFound, RateLimited, *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS),
)
async def look_up_account_holder(request: Lookup, call: MemberCall) -> Any:
    """The name behind an account number of the cooperative, so that the member sees whom it is about to register.
    Limited in number by rule."""
    return await service.look_up(call.unit, call.member, request.account_number)


@router.get(
    "/beneficiaries/{beneficiary_id}",
    operation_id="getBeneficiary",
    summary="One beneficiary, to edit",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_beneficiary(beneficiary_id: str, call: MemberCall) -> BeneficiaryDetail:
    """The edit form: account, document and e-mail unmasked, as in the manual. With the challenge it waits for."""
    return await service.find(call.unit, call.member, call.key("ben", beneficiary_id))


@router.patch(
    "/beneficiaries/{beneficiary_id}",
    operation_id="updateBeneficiary",
    summary="Edit a beneficiary",
    responses=problems(NotFound, NoPhoneOnFile, *MEMBER_PROBLEMS, *BODY_PROBLEMS),
)
async def update_beneficiary(beneficiary_id: str, request: BeneficiaryEdit, call: MemberCall) -> BeneficiaryView:
    """E-mail, alias and maximum. A maximum that rises waits for a code; everything else counts at once."""
    return await service.edit(call.unit, call.member, call.key("ben", beneficiary_id), request)


@router.delete(
    "/beneficiaries/{beneficiary_id}",
    operation_id="deleteBeneficiary",
    summary="Delete a beneficiary",
    status_code=204,
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def delete_beneficiary(beneficiary_id: str, call: MemberCall) -> None:
    """Delete a beneficiary. Transfers made stay in the history."""
    await service.delete(call.unit, call.member, call.key("ben", beneficiary_id))


@router.get(
    "/institutions",
    operation_id="listInstitutions",
    summary="Institutions",
    responses=problems(*MEMBER_PROBLEMS),
)
async def list_institutions(call: MemberCall) -> Listing[InstitutionView]:
    """Banks, cooperatives and mutualists of the interbank network."""
    return await service.institutions(call.unit)
