"""The state a test needs, put in place at once: members, accounts, cards, holds, sessions."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.access import passwords, sessions
from sandbox.bank.access import queries as access
from sandbox.bank.cards import queries as card_queries
from sandbox.bank.cards import service as cards
from sandbox.bank.cards.problems import NothingOwed
from sandbox.bank.ledger import queries as accounts
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members import queries as members
from sandbox.bank.members.searching import searched_with
from sandbox.bank.members.tables import Member
from sandbox.bank.wire import Amount, Body, CleanText, Email, Money, Phone, View
from sandbox.control import life as life_control
from sandbox.control.members import MemberToUse, account_of_a_member, show_one
from sandbox.control.route import control_router
from sandbox.domain.life.behaviours import Level
from sandbox.domain.vocabulary import AccountStatus, CardStatus, HoldReason, Language
from sandbox.http.call import Call
from sandbox.http.describe import BODY_PROBLEMS, problems
from sandbox.kernel import money
from sandbox.kernel.clock import MINUTE
from sandbox.problems import InsufficientFunds, NotFound
from sandbox.sandboxes import life

router = control_router("members")
HOLD = "hld"


class MemberPatch(Body):
    """Fields to change; omitted fields keep their value. `locked_minutes` is a lock by the bank: it ends every session
    and refuses every request while it lasts; 0 lifts it and the lock of failed logins. `phone` null removes it;
    `life` null has the member live as the sandbox does."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"locked_minutes": 30}]})

    status: Literal["active", "inactive"] = "active"
    segment: Literal["standard", "premium"] = "standard"
    language: Annotated[Language, Field(description="Of SMS and e-mails to the member.")] = "es"
    phone: Phone | None = None
    email: Email | None = None
    password: Annotated[CleanText, Field(min_length=1, max_length=128)] | None = None
    locked_minutes: Annotated[int, Field(ge=0, le=525_600)] = 0
    biometrics_blocked: bool = False
    life: Level | None = None


class AccountPatch(Body):
    """An account that is to be active or not."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "inactive"}]})

    status: Literal["active", "inactive"]


class CardPatch(Body):
    """A card that is to be blocked, or overdue."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overdue": True}]})

    status: Literal["active", "blocked"] | None = None
    overdue: bool | None = None


class NewHold(Body):
    """Money set aside by order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "4.75", "reason": "judicial"}]})

    amount: Amount
    reason: Literal["judicial", "pledge", "uncleared"] = "judicial"


class HoldPlaced(View):
    """A hold and the account under it."""

    id: str
    account_id: str
    amount: Money
    reason: HoldReason
    available_balance: Money


class AccountState(View):
    """An account by its status."""

    id: str
    status: AccountStatus


class CardState(View):
    """A card by its status."""

    id: str
    status: CardStatus
    overdue: bool


class SessionGiven(View):
    """A session without the login."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # a scheme's name
    expires_in: int
    member_id: str


@router.patch(
    "/members/{member_id}",
    operation_id="updateMember",
    summary="Change a member",
    responses=problems(NotFound, *BODY_PROBLEMS),
)
async def update_member(member_id: str, request: MemberPatch, call: Call) -> MemberToUse:
    """Status, segment, contacts, password, locks. A member who becomes inactive, or whom the bank locks, is logged out
    at once: 403 `member_not_active` or 423 `access_locked` says so while it lasts."""
    unit = call.unit
    await life_control.catch_up(call)
    member = await _member(call, member_id)
    given = request.model_fields_set
    hashed, plain = member.password_hash, member.password_plain
    if request.password is not None:
        hashed, plain = passwords.hashed(unit, request.password, member.id), request.password
    until, failures, suspended = member.locked_until, member.failed_logins, member.suspended_until
    if "locked_minutes" in given:
        until, failures = None, 0
        suspended = unit.now + request.locked_minutes * MINUTE if request.locked_minutes else None
    phone = request.phone if "phone" in given else member.phone
    email = request.email if "email" in given else member.email
    await unit.later(
        access.ALTER_MEMBER,
        member=member.id,
        status=request.status if "status" in given else member.status,
        segment=request.segment if "segment" in given else member.segment,
        language=request.language if "language" in given else member.language,
        phone=phone,
        email=email,
        hashed=hashed,
        plain=plain,
        failures=failures,
        until=until,
        suspended=suspended,
        life=request.life if "life" in given else member.life,
        folded=searched_with(member, username=member.username, phone=phone, email=email),
    )
    if given & {"life", "segment"} and (call.sandbox.life.goes_on or request.life):
        await life.begin_anew(unit)
    if ("locked_minutes" in given and request.locked_minutes) or ("status" in given and request.status != "active"):
        await sessions.end_by_the_bank(unit, member.id)
    if "biometrics_blocked" in given:
        maximum = unit.rules.devices.settings.biometric_failures
        await unit.later(
            access.BLOCK_BIOMETRICS, member=member.id, failures=maximum if request.biometrics_blocked else 0
        )
    unit.record("member.altered", member.id, "mem", member.id, fields=sorted(given))
    return await show_one(unit, member.id, call.language)


@router.patch(
    "/accounts/{account_id}",
    operation_id="updateAccount",
    summary="Change an account",
    responses=problems(NotFound, *BODY_PROBLEMS),
)
async def update_account(account_id: str, request: AccountPatch, call: Call) -> AccountState:
    """Active or inactive, whatever its balance."""
    key, _ = await account_of_a_member(call, account_id)
    await call.unit.later(accounts.SET_ACCOUNT_STATUS, account=key, new_status=request.status)
    return AccountState(id=account_id, status=request.status)


@router.patch(
    "/cards/{card_id}",
    operation_id="updateCard",
    summary="Change a card",
    responses=problems(NotFound, NothingOwed, *BODY_PROBLEMS),
)
async def update_card(card_id: str, request: CardPatch, call: Call) -> CardState:
    """Blocked or not, overdue or not. What makes a card overdue is a due date of yesterday, of its statement or, once
    the minimum of that is paid, of one over all that is owed; it ends with the minimum or with `overdue` false, which
    gives it a new due date."""
    key = call.key(cards.PREFIX, card_id)
    card = await call.unit.one(card_queries.CARD_TO_CHANGE, card=key)
    if card is None:
        raise NotFound
    if request.status is not None:
        await call.unit.later(card_queries.SET_CARD_STATUS, card=key, new_status=request.status)
    if request.overdue is not None:
        await (cards.set_overdue if request.overdue else cards.extend)(call.unit, card)
    altered = await call.unit.one(card_queries.CARD, card=key)
    assert altered is not None
    return CardState(id=card_id, status=altered.status, overdue=(await cards.account(call.unit, altered)).overdue)


@router.post(
    "/accounts/{account_id}/holds",
    operation_id="holdMoney",
    summary="Hold money",
    status_code=201,
    responses=problems(NotFound, InsufficientFunds, *BODY_PROBLEMS),
)
async def hold_money(account_id: str, request: NewHold, call: Call) -> HoldPlaced:
    """As by order of a judge: the amount stays in the book balance and leaves the available one."""
    key, _ = await account_of_a_member(call, account_id)
    hold = await ledger.hold_by_order(call.unit, key, request.amount, request.reason)
    _, account = await account_of_a_member(call, account_id)
    call.unit.record("hold.placed", account.member_id, HOLD, hold, amount=request.amount, reason=request.reason)
    return HoldPlaced(
        id=call.unit.ids.name(HOLD, hold),
        account_id=account_id,
        amount=money.show(request.amount),
        reason=request.reason,
        available_balance=money.show(account.book - account.held),
    )


@router.delete(
    "/holds/{hold_id}",
    operation_id="releaseHold",
    summary="Lift a hold",
    status_code=204,
    responses=problems(NotFound),
)
async def release_hold(hold_id: str, call: Call) -> None:
    """The money is available again. Holds of operations that wait for a code are lifted by cancelling those."""
    hold = call.key(HOLD, hold_id)
    await ledger.release_ordered(call.unit, hold)
    call.unit.record("hold.lifted", None, HOLD, hold)


@router.post(
    "/members/{member_id}/session",
    operation_id="openSession",
    summary="Open a session",
    status_code=201,
    responses=problems(NotFound),
)
async def open_session(member_id: str, call: Call) -> SessionGiven:
    """A session as a login on the member's device gives it, whatever state the member is in: its requests are refused
    while the member is inactive or locked by the bank."""
    member = await _member(call, member_id)
    devices = await call.unit.all(access.DEVICES_OF, member=member.id)
    _, tokens = await sessions.begin(call.unit, member, devices[0] if devices else None)
    return SessionGiven(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in=tokens.expires_in,
        member_id=member_id,
    )


async def _member(call: Call, name: str) -> Member:
    found = await call.unit.one(members.MEMBER_TO_CHANGE, member=call.key("mem", name))
    if found is None:
        raise NotFound
    return found
