"""Holding and moving money. Nothing else in the bank changes a balance."""

import json
from collections.abc import Collection, Sequence

from sandbox.bank.ledger import queries
from sandbox.bank.ledger.tables import Account, Hold
from sandbox.bank.wire import Party
from sandbox.domain.ledger import Leg, balanced, in_order
from sandbox.domain.vocabulary import PartyAccount
from sandbox.kernel import masks
from sandbox.kernel.clock import Micros
from sandbox.problems import AccountNotActive, AccountNotDebitable, InsufficientFunds, NotFound
from sandbox.storage.unit import UnitOfWork


async def owned(unit: UnitOfWork, member: int, account: int) -> Account:
    """The member's own account. Raises NotFound for an account of another member."""
    found = await unit.one(queries.OWNED_ACCOUNT, account=account, member=member)
    if found is None:
        raise NotFound
    return found


async def accounts_of(unit: UnitOfWork, member: int) -> list[Account]:
    """The member's accounts, in the order in which they were opened."""
    return await unit.all(queries.ACCOUNTS_OF, member=member)


async def holds_on(unit: UnitOfWork, account: int) -> list[Hold]:
    """What is held on an account now, the oldest hold first."""
    return await unit.all(queries.HOLDS_ON, account=account)


async def parties(unit: UnitOfWork, accounts: Collection[int]) -> dict[int, Party]:
    """Accounts of members as ends of a payment, by their keys: one query for all of them."""
    if not accounts:
        return {}
    found = await unit.all(queries.HOLDERS, accounts=json.dumps(sorted(accounts)))
    ours = unit.sandbox.institution.name
    return {each.id: party(f"{each.first_names} {each.last_names}", each.number, ours, each.type) for each in found}


def party(name: str, number: str, institution: str, account_type: PartyAccount) -> Party:
    """One end of a payment, its number masked."""
    return Party(name=name, number=masks.number(number), institution=institution, account_type=account_type)


async def debitable(unit: UnitOfWork, member: int, account: int) -> Account:
    """The member's own account, from which money may be taken.

    Raises NotFound, AccountNotDebitable for share certificates, AccountNotActive.
    """
    found = await owned(unit, member, account)
    if found.type != "savings":
        raise AccountNotDebitable
    if found.status != "active":
        raise AccountNotActive
    return found


async def hold(unit: UnitOfWork, account: int, amount: int, operation: str, operation_id: int) -> None:
    """Set `amount` cents aside for an operation that waits for its code; where the rules hold no funds, only see that
    they are there. Raises InsufficientFunds."""
    if not unit.rules.limits.settings.hold_funds:
        await require_available(unit, account, amount)
        return
    if not await unit.change(queries.SET_ASIDE, account=account, amount=amount):
        raise InsufficientFunds
    await unit.add(
        queries.ADD_HOLD,
        account_id=account,
        amount=amount,
        reason="operation",
        operation=operation,
        operation_id=operation_id,
        placed_at=unit.now,
    )


async def require_available(unit: UnitOfWork, account: int, amount: int) -> None:
    """Raises InsufficientFunds when less than `amount` cents is available."""
    found = await unit.one(queries.ACCOUNT, account=account)
    if found is None or found.book - found.held < amount:
        raise InsufficientFunds


async def release(unit: UnitOfWork, operation: str, operation_id: int, at: Micros | None = None) -> None:
    """Give back what was held for the operation, if anything still is."""
    held = await unit.one(queries.RELEASE_HOLD, of_operation=operation, of_id=operation_id, now=at or unit.now)
    if held is not None:
        await unit.later(queries.GIVE_BACK, account=held.account_id, amount=held.amount)


async def post(unit: UnitOfWork, kind: str, operation: str, operation_id: int, legs: Sequence[Leg]) -> int:
    """Write a balanced entry and move the balances; gives the entry's key.

    Raises InsufficientFunds when a leg would take more than its account has available.
    """
    entry = await unit.insert(
        queries.ADD_ENTRY,
        moment=unit.now,
        kind=kind,
        operation=operation,
        operation_id=operation_id,
        request_id=unit.request_id,
    )
    moving = balanced(legs)
    left: dict[int, int] = {}
    for place in in_order(moving):
        moved = await unit.one(queries.MOVE, account=moving[place].account, amount=moving[place].amount)
        if moved is None:
            raise InsufficientFunds
        left[place] = moved.book
    postings = [
        {
            "entry_id": entry,
            "account_id": leg.account,
            "moment": unit.now,
            "amount": leg.amount,
            "balance": left[place],
            "concept": leg.concept,
            "reference": leg.reference,
        }
        for place, leg in enumerate(moving)
    ]
    await unit.insert_all(queries.ADD_POSTING, postings)
    return entry


async def lock(unit: UnitOfWork, legs: Sequence[Leg]) -> None:
    """Have the members' accounts of an entry to be posted wait for no other unit later: for a unit that moves or holds
    money on one of them before it posts. Two units that take the same two accounts in different orders would wait for
    each other. Only called for a unit that is `shared`."""
    accounts = {leg.account for leg in legs if not leg.is_systems}
    if len(accounts) > 1:
        await unit.lock(queries.LOCK_ACCOUNTS, accounts=json.dumps(sorted(accounts)))


async def hold_by_order(unit: UnitOfWork, account: int, amount: int, reason: str) -> int:
    """Set `amount` cents aside by order of a judge, a pledge or a cheque to be cleared; gives the hold's key.

    Raises InsufficientFunds.
    """
    if not await unit.change(queries.SET_ASIDE, account=account, amount=amount):
        raise InsufficientFunds
    return await unit.insert(
        queries.ADD_HOLD,
        account_id=account,
        amount=amount,
        reason=reason,
        operation=None,
        operation_id=None,
        placed_at=unit.now,
    )


async def release_ordered(unit: UnitOfWork, hold: int) -> None:
    """Lift a hold that was placed by order. Raises NotFound when there is no such live hold."""
    held = await unit.one(queries.RELEASE_ORDERED_HOLD, hold=hold, now=unit.now)
    if held is None:
        raise NotFound
    await unit.later(queries.GIVE_BACK, account=held.account_id, amount=held.amount)
