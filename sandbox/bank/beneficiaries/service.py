"""Beneficiaries of the cooperative's own accounts (manual, chapter 4).

A beneficiary is `pending_confirmation` until its code makes it `active`; abandoned, it ends `cancelled`, `expired` or
`locked`. One account is active once a member.
"""

from typing import Any

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.beneficiaries import statements
from sandbox.bank.beneficiaries.problems import AccountHolderNotFound, BeneficiaryExists, OwnAccountAsBeneficiary
from sandbox.bank.beneficiaries.schemas import AccountHolder, BeneficiaryView, NewBeneficiary
from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.notifications import service as notifications
from sandbox.bank.wire import Page
from sandbox.http import paging
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import SECOND
from sandbox.problems import Problem, RateLimited
from sandbox.storage.unit import UnitOfWork

PREFIX = "ben"
OURS = "Cooprogreso"


async def look_up(unit: UnitOfWork, member: LiveSession, number: str) -> AccountHolder | Problem:
    """Whose account `number` is. Each lookup counts, so AccountHolderNotFound is returned; raises RateLimited."""
    await _count_lookup(unit, member.member_id)
    holder = await unit.one(statements.HOLDER, number=number)
    if holder is None or holder.status != "active" or holder.type != "savings":
        return AccountHolderNotFound()
    kind: Any = holder.type
    return AccountHolder(
        name=f"{holder.first_names} {holder.last_names}",
        account_number=masks.number(holder.number),
        account_type=kind,
        institution=OURS,
    )


async def create(unit: UnitOfWork, member: LiveSession, request: NewBeneficiary) -> BeneficiaryView:
    """A beneficiary that waits for its code.

    Raises AccountHolderNotFound, OwnAccountAsBeneficiary, BeneficiaryExists, NoPhoneOnFile.
    """
    recipient = challenges.by_sms(member.phone)
    holder = await unit.one(statements.HOLDER, number=request.account_number)
    if holder is None or holder.status != "active" or holder.type != "savings":
        raise AccountHolderNotFound
    if holder.member_id == member.member_id:
        raise OwnAccountAsBeneficiary
    await _refuse_a_second(unit, member.member_id, request.account_number)
    beneficiary = await unit.insert(
        statements.ADD_BENEFICIARY,
        member_id=member.member_id,
        kind="cooperative",
        institution=OURS,
        account_type=holder.type,
        account_number=holder.number,
        account_id=holder.account_id,
        holder_name=f"{holder.first_names} {holder.last_names}",
        email=request.email,
        alias=request.alias,
        maximum=request.maximum_amount,
        status="pending_confirmation",
        created_at=unit.now,
    )
    challenge = await challenges.require(unit, member.member_id, recipient, "beneficiary", beneficiary)
    unit.record("beneficiary.created", member.member_id, PREFIX, beneficiary)
    found = await _beneficiary(unit, beneficiary)
    return show(unit, found).model_copy(update={"challenge": challenge})


class BeneficiaryOperation:
    """What a code does to a new beneficiary."""

    kind = "beneficiary"
    prefix = PREFIX
    view = BeneficiaryView
    refusals: tuple[type[Problem], ...] = (BeneficiaryExists,)

    async def confirm(self, unit: UnitOfWork, key: int) -> BeneficiaryView:
        """Make it active. Raises BeneficiaryExists when its twin was confirmed first."""
        found = await _beneficiary(unit, key)
        await _refuse_a_second(unit, found.member_id, found.account_number)
        await unit.change(statements.SET_STATUS, beneficiary=key, outcome="active")
        await notifications.notice(
            unit, found.member_id, "beneficiary", "Nuevo beneficiario", f"Registraste a {found.holder_name}."
        )
        unit.record("beneficiary.confirmed", found.member_id, PREFIX, key)
        return show(unit, await _beneficiary(unit, key))

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """It never was."""
        await unit.change(statements.SET_STATUS, beneficiary=key, outcome=outcome)


operations.offer(BeneficiaryOperation())


async def page(unit: UnitOfWork, member: LiveSession, limit: int, cursor: str | None) -> Page[BeneficiaryView]:
    """The member's active beneficiaries, in the order of registration. Raises InvalidCursor."""
    after = paging.unseal(cursor, int)[0] if cursor else 0
    rows = await unit.all(statements.BENEFICIARIES_AFTER, member=member.member_id, after=after, limit=limit + 1)
    items = [show(unit, row) for row in rows[:limit]]
    return Page[BeneficiaryView](
        items=items, next_cursor=paging.seal(rows[limit - 1].id) if len(rows) > limit else None
    )


def show(unit: UnitOfWork, row: Beneficiary) -> BeneficiaryView:
    """A beneficiary as lists show it: masked."""
    kind: Any = row.kind
    status: Any = row.status
    return BeneficiaryView(
        id=unit.ids.name(PREFIX, row.id),
        kind=kind,
        status=status,
        institution=row.institution,
        account_type=row.account_type,
        account_number=masks.number(row.account_number),
        holder_name=row.holder_name,
        email=masks.email(row.email) if row.email else None,
        alias=row.alias,
        maximum_amount=money.show(row.maximum),
        created_at=clock.show(row.created_at),
    )


async def _beneficiary(unit: UnitOfWork, key: int) -> Beneficiary:
    found = await unit.one(statements.BENEFICIARY, beneficiary=key)
    assert found is not None
    return found


async def _refuse_a_second(unit: UnitOfWork, member: int, number: str) -> None:
    if await unit.one(statements.SAME_BENEFICIARY, member=member, institution=OURS, number=number):
        raise BeneficiaryExists


async def _count_lookup(unit: UnitOfWork, member: int) -> None:
    policy = unit.rules.limits.settings.holder_lookups
    window = policy.seconds * SECOND
    start = unit.now // window * window
    used = await unit.one(statements.LOOKUPS, member=member, start=start)
    if used is not None and used.lookups >= policy.maximum:
        seconds = -(-(start + window - unit.now) // SECOND)
        raise RateLimited(
            seconds=seconds,
            headers={
                "Retry-After": str(seconds),
                "RateLimit": f'"holder-lookups";r=0;t={seconds}',
                "RateLimit-Policy": f'"holder-lookups";q={policy.maximum};w={policy.seconds}',
            },
        )
    await unit.change(statements.COUNT_LOOKUP, member_id=member, window_start=start)
