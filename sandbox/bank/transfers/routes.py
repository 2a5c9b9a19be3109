"""Transfers over HTTP."""

from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.problems import NoPhoneOnFile
from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.receipts import AS_PDF, answer
from sandbox.bank.transfers import service
from sandbox.bank.transfers.problems import (
    BeneficiaryKindMismatch,
    BeneficiaryLimitExceeded,
    DestinationNotCreditable,
    SameAccount,
)
from sandbox.bank.transfers.schemas import Receipt, TransferOrder, TransferPreview, TransferStatus, TransferView
from sandbox.bank.wire import Page
from sandbox.http.answers import Answer
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, From, Limit, To
from sandbox.problem import Problem
from sandbox.problems import (
    AccountNotActive,
    AccountNotDebitable,
    DailyLimitExceeded,
    InsufficientFunds,
    InvalidCursor,
    LimitExceeded,
    NotFound,
    OwnLimitExceeded,
    ReceiptNotReady,
)

router = member_router("4 Transfers")

_REFUSALS: tuple[type[Problem], ...] = (
    NotFound, SameAccount, DestinationNotCreditable, BeneficiaryKindMismatch, AccountNotActive, AccountNotDebitable,
    LimitExceeded, DailyLimitExceeded, OwnLimitExceeded, BeneficiaryLimitExceeded,
    *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS,
)  # fmt: skip


@router.post(
    "/transfers/preview",
    operation_id="previewTransfer",
    summary="What a transfer would cost",
    responses=problems(InsufficientFunds, *_REFUSALS),
)
async def preview_transfer(order: TransferOrder, call: MemberCall) -> TransferPreview:
    """Fee, tax, total, what is left of the limits and when the money would arrive. Runs the same checks as the real
    transfer and changes nothing."""
    return await service.preview(call.unit, call.member, order)


@router.post(
    "/transfers",
    operation_id="createTransfer",
    summary="Start a transfer",
    status_code=201,
    responses=problems(InsufficientFunds, NoPhoneOnFile, *_REFUSALS),
)
async def create_transfer(order: TransferOrder, call: MemberCall) -> TransferView:
    """Holds the total on the origin account, sends a code by SMS and answers with the challenge to confirm. The money
    moves when the code is confirmed; it comes back when the challenge is cancelled, locked or expires."""
    return await service.create(call.unit, call.member, order)


@router.get(
    "/transfers",
    operation_id="listTransfers",
    summary="Transfers made",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_transfers(
    call: MemberCall,
    status: TransferStatus | None = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TransferView]:
    """The member's transfers, newest first: all, or those of a status or of some days. Those that wait for a code carry
    their challenge."""
    return await service.page(call.unit, call.member, Wanted(status, since, until), limit, cursor)


@router.get(
    "/transfers/{transfer_id}",
    operation_id="getTransfer",
    summary="One transfer",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_transfer(transfer_id: str, call: MemberCall) -> TransferView:
    """One of the member's transfers, with its challenge while it waits for the code."""
    return await service.find(call.unit, call.member, call.key("trf", transfer_id))


@router.get(
    "/transfers/{transfer_id}/receipt",
    operation_id="getTransferReceipt",
    summary="The receipt of a transfer",
    response_model=Receipt,
    responses={**problems(NotFound, ReceiptNotReady, *MEMBER_PROBLEMS), **AS_PDF},
)
async def get_transfer_receipt(transfer_id: str, call: MemberCall) -> Receipt | Answer:
    """The voucher of a transfer that has run: number, date and time, ends (masked), fee, tax and total; as PDF with
    `Accept: application/pdf`."""
    return answer(call, await service.receipt(call.unit, call.member, call.key("trf", transfer_id)))
