"""Money and purchases out of nowhere, for the state a test needs: balanced entries like any other."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.cards import service as cards
from sandbox.bank.cards.problems import CardNotActive, CreditExceeded
from sandbox.bank.cards.schemas import PurchaseView
from sandbox.bank.ledger import service as ledger
from sandbox.bank.wire import Amount, Body, CleanText, Money, View
from sandbox.control.members import account_of_a_member
from sandbox.control.route import control_router
from sandbox.domain import concepts
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel import money
from sandbox.problems import NotFound

router = control_router("members")


class Deposit(Body):
    """Cash at the counter."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "100.00"}]})

    amount: Amount


class BalanceView(View):
    """An account after a deposit."""

    id: str
    book_balance: Money
    available_balance: Money


class NewPurchase(Body):
    """Something bought with the card, now."""

    merchant: Annotated[CleanText, Field(min_length=1, max_length=60)] = "Comercio de prueba"
    amount: Amount
    kind: Literal["purchase", "cash_advance"] = "purchase"


@router.post(
    "/accounts/{account_id}/deposits",
    operation_id="depositMoney",
    summary="Deposit cash",
    status_code=201,
    responses=problems(NotFound, *BODY_PROBLEMS),
)
async def deposit_money(account_id: str, request: Deposit, call: Call) -> BalanceView:
    """The account gains, the bank's funding account gives: a balanced entry."""
    unit = call.unit
    key, _ = await account_of_a_member(call, account_id)
    legs = [
        Leg(key, request.amount, concepts.DEPOSIT),
        Leg(SystemAccount.FUNDING, -request.amount, concepts.DEPOSIT),
    ]
    await ledger.post(unit, "deposit", "account", key, legs)
    _, account = await account_of_a_member(call, account_id)
    return BalanceView(
        id=account_id,
        book_balance=money.show(account.book),
        available_balance=money.show(account.book - account.held),
    )


@router.post(
    "/cards/{card_id}/purchases",
    operation_id="buyWithCard",
    summary="Post a card purchase",
    status_code=201,
    responses=problems(NotFound, CardNotActive, CreditExceeded, *BODY_PROBLEMS),
)
async def buy_with_card(card_id: str, request: NewPurchase, call: Call) -> PurchaseView:
    """A purchase posted now, within the card's credit: something to pay, or to defer."""
    key = call.key(cards.PREFIX, card_id)
    return await cards.buy(call.unit, key, request.merchant, request.amount, request.kind)
