"""Cards over HTTP."""

from typing import Literal

from sandbox.bank.beneficiaries.problems import InvalidHolderDocument
from sandbox.bank.cards import external, payments, service
from sandbox.bank.cards.problems import CardAlreadyRegistered, CardLimitExceeded, InvalidCardNumber, MoreThanOwed
from sandbox.bank.cards.schemas import (
    CardPaymentReceipt,
    CardPaymentStatus,
    CardPaymentView,
    CardView,
    ExternalCardEdit,
    ExternalCardStatus,
    ExternalCardView,
    NewCardPayment,
    NewExternalCard,
    PurchaseView,
)
from sandbox.bank.challenges.listing import Everything, Wanted
from sandbox.bank.challenges.problems import NoPhoneOnFile
from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.receipts import AS_PDF, answer
from sandbox.bank.wire import Listing, Page
from sandbox.http.answers import Answer
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, From, Limit, To
from sandbox.problem import Problem
from sandbox.problems import (
    AccountNotActive,
    AccountNotDebitable,
    InsufficientFunds,
    InvalidCursor,
    NotFound,
    ReceiptNotReady,
)

router = member_router("6 Cards")
_POST: tuple[type[Problem], ...] = (*MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS)


@router.get(
    "/cards",
    operation_id="listCards",
    summary="My cards",
    responses=problems(*MEMBER_PROBLEMS),
)
async def list_cards(call: MemberCall) -> Listing[CardView]:
    """Limit, available, what is owed, cut-off and due date, minimum and total payment."""
    return await service.listing(call.unit, call.member)


@router.get(
    "/cards/{card_id}",
    operation_id="getCard",
    summary="One card",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_card(card_id: str, call: MemberCall) -> CardView:
    """A card of the cooperative."""
    return await service.show(call.unit, await service.owned(call.unit, call.member, call.key(service.PREFIX, card_id)))


@router.get(
    "/cards/{card_id}/purchases",
    operation_id="listCardPurchases",
    summary="Purchases of a card",
    responses=problems(NotFound, InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_card_purchases(
    card_id: str, call: MemberCall, limit: Limit = 50, cursor: Cursor = None
) -> Page[PurchaseView]:
    """Purchases and cash advances, newest first."""
    return await service.purchases(call.unit, call.member, call.key(service.PREFIX, card_id), limit, cursor)


@router.post(
    "/external-cards",
    operation_id="createExternalCard",
    summary="«Nueva tarjeta»",
    status_code=201,
    responses=problems(
        NotFound, InvalidCardNumber, InvalidHolderDocument, CardAlreadyRegistered, NoPhoneOnFile, *_POST
    ),
)
async def create_external_card(request: NewExternalCard, call: MemberCall) -> ExternalCardView:
    """A card of another institution, to be paid once the code is confirmed."""
    return await external.create(call.unit, call.member, request)


@router.get(
    "/external-cards",
    operation_id="listExternalCards",
    summary="Cards of other institutions",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_external_cards(
    call: MemberCall,
    status: Literal[ExternalCardStatus, Everything] | None = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ExternalCardView]:
    """The cards of other institutions the member pays. Another `status` shows those that wait for a code, with their
    challenge, and those that were deleted or abandoned."""
    return await external.page(call.unit, call.member, Wanted(status, since, until), limit, cursor)


@router.get(
    "/external-cards/{external_card_id}",
    operation_id="getExternalCard",
    summary="One card of another institution",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_external_card(external_card_id: str, call: MemberCall) -> ExternalCardView:
    """A card of another institution, with the challenge it waits for."""
    return await external.find(call.unit, call.member, call.key(external.PREFIX, external_card_id))


@router.patch(
    "/external-cards/{external_card_id}",
    operation_id="updateExternalCard",
    summary="Edit a card of another institution",
    responses=problems(NotFound, NoPhoneOnFile, *MEMBER_PROBLEMS, *BODY_PROBLEMS),
)
async def update_external_card(external_card_id: str, request: ExternalCardEdit, call: MemberCall) -> ExternalCardView:
    """Alias and maximum; a maximum that rises waits for a code."""
    return await external.edit(call.unit, call.member, call.key(external.PREFIX, external_card_id), request)


@router.delete(
    "/external-cards/{external_card_id}",
    operation_id="deleteExternalCard",
    summary="Delete a card of another institution",
    status_code=204,
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def delete_external_card(external_card_id: str, call: MemberCall) -> None:
    """Delete a card elsewhere. Payments made stay in the history."""
    await external.delete(call.unit, call.member, call.key(external.PREFIX, external_card_id))


@router.post(
    "/card-payments",
    operation_id="createCardPayment",
    summary="Pay a card",
    status_code=201,
    responses=problems(
        NotFound,
        MoreThanOwed,
        CardLimitExceeded,
        AccountNotActive,
        AccountNotDebitable,
        InsufficientFunds,
        NoPhoneOnFile,
        *_POST,
    ),
)
async def create_card_payment(request: NewCardPayment, call: MemberCall) -> CardPaymentView:
    """To a card of ours, posted when the code is confirmed; or to one of another institution, settled in its next
    cycle."""
    return await payments.create(call.unit, call.member, request)


@router.get(
    "/card-payments",
    operation_id="listCardPayments",
    summary="Card payments made",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_card_payments(
    call: MemberCall,
    status: CardPaymentStatus | None = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CardPaymentView]:
    """Newest first: all, or those of a status or of some days. Those that wait for a code carry their challenge."""
    return await payments.page(call.unit, call.member, Wanted(status, since, until), limit, cursor)


@router.get(
    "/card-payments/{card_payment_id}",
    operation_id="getCardPayment",
    summary="One card payment",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_card_payment(card_payment_id: str, call: MemberCall) -> CardPaymentView:
    """A payment, with its challenge while it waits for the code."""
    return await payments.find(call.unit, call.member, call.key(payments.PREFIX, card_payment_id))


@router.get(
    "/card-payments/{card_payment_id}/receipt",
    operation_id="getCardPaymentReceipt",
    summary="The receipt of a card payment",
    response_model=CardPaymentReceipt,
    responses={**problems(NotFound, ReceiptNotReady, *MEMBER_PROBLEMS), **AS_PDF},
)
async def get_card_payment_receipt(card_payment_id: str, call: MemberCall) -> CardPaymentReceipt | Answer:
    """The voucher of a payment that was made: number, date and time, account and card (masked), holder, fee, tax and
    total; as PDF with `Accept: application/pdf`."""
    return answer(call, await payments.receipt(call.unit, call.member, call.key(payments.PREFIX, card_payment_id)))
