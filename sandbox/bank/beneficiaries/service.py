"""Beneficiaries (manual, chapter 4, «Administración de Beneficiarios»).

A beneficiary is `pending_confirmation` until its code makes it `active`; abandoned, it ends `cancelled`, `expired` or
`locked`. One account is active once a member.
"""

from typing import Any

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.beneficiaries import statements
from sandbox.bank.beneficiaries.problems import (
    AccountHolderNotFound,
    BeneficiaryExists,
    InvalidHolderDocument,
    OwnAccountAsBeneficiary,
)
from sandbox.bank.beneficiaries.schemas import (
    AccountHolder,
    BeneficiaryDetail,
    BeneficiaryEdit,
    BeneficiaryView,
    InstitutionView,
    NewBeneficiary,
    NewInterbankBeneficiary,
)
from sandbox.bank.beneficiaries.tables import Beneficiary, Institution
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.notifications import service as notifications
from sandbox.bank.wire import Listing, Page
from sandbox.http import paging
from sandbox.kernel import clock, masks, money
from sandbox.kernel.clock import SECOND
from sandbox.problems import NotFound, Problem, RateLimited
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


async def create(
    unit: UnitOfWork, member: LiveSession, request: NewBeneficiary | NewInterbankBeneficiary
) -> BeneficiaryView:
    """A beneficiary that waits for its code.

    Raises AccountHolderNotFound, OwnAccountAsBeneficiary, InvalidHolderDocument, NotFound for an institution there is
    not, BeneficiaryExists, NoPhoneOnFile.
    """
    recipient = challenges.by_sms(member)
    if isinstance(request, NewBeneficiary):
        who = await _of_ours(unit, member, request)
    else:
        who = await _of_another(unit, request)
    await _refuse_a_second(unit, member.member_id, who["institution"], who["account_number"])
    beneficiary = await unit.insert(
        statements.ADD_BENEFICIARY,
        **who,
        member_id=member.member_id,
        kind=request.kind,
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


async def _of_ours(unit: UnitOfWork, member: LiveSession, request: NewBeneficiary) -> dict[str, Any]:
    holder = await unit.one(statements.HOLDER, number=request.account_number)
    if holder is None or holder.status != "active" or holder.type != "savings":
        raise AccountHolderNotFound
    if holder.member_id == member.member_id:
        raise OwnAccountAsBeneficiary
    return {
        "institution": OURS,
        "account_type": holder.type,
        "account_number": holder.number,
        "account_id": holder.account_id,
        "holder_name": f"{holder.first_names} {holder.last_names}",
        "document_type": None,
        "document_number": None,
    }


async def _of_another(unit: UnitOfWork, request: NewInterbankBeneficiary) -> dict[str, Any]:
    where = await institution(unit, request.institution_id)
    number = request.document_number.upper()
    if not unit.rules.identity.are_of(request.document_type, number):
        raise InvalidHolderDocument
    return {
        "institution": where.name,
        "account_type": request.account_type,
        "account_number": request.account_number,
        "account_id": None,
        "holder_name": request.holder_name,
        "document_type": request.document_type,
        "document_number": number,
    }


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> BeneficiaryDetail:
    """The edit form, unmasked. Raises NotFound."""
    row = await _owned(unit, member, key)
    return BeneficiaryDetail(
        **show(unit, row).model_dump()
        | {
            "account_number": row.account_number,
            "email": row.email,
            "document_type": row.document_type,
            "document_number": row.document_number,
        }
    )


async def edit(unit: UnitOfWork, member: LiveSession, key: int, wanted: BeneficiaryEdit) -> BeneficiaryView:
    """E-mail, alias and a lower maximum count at once; a higher maximum waits for a code. Raises NotFound,
    NoPhoneOnFile."""
    row = await _owned(unit, member, key)
    raised = wanted.maximum_amount is not None and wanted.maximum_amount > row.maximum
    maximum = row.maximum if wanted.maximum_amount is None or raised else wanted.maximum_amount
    await unit.change(
        statements.EDIT,
        beneficiary=key,
        new_email=row.email if wanted.email is None else wanted.email,
        new_alias=row.alias if wanted.alias is None else wanted.alias,
        new_maximum=maximum,
        new_pending=wanted.maximum_amount if raised else None,
    )
    unit.record("beneficiary.edited", member.member_id, PREFIX, key)
    view = show(unit, await _beneficiary(unit, key))
    if not raised:
        return view
    recipient = challenges.by_sms(member)
    challenge = await challenges.require(unit, member.member_id, recipient, "beneficiary_maximum", key)
    return view.model_copy(update={"challenge": challenge})


async def delete(unit: UnitOfWork, member: LiveSession, key: int) -> None:
    """It is no longer there to send to; what was sent stays in the history. Raises NotFound."""
    await _owned(unit, member, key)
    await unit.change(statements.DELETE, beneficiary=key, now=unit.now)
    unit.record("beneficiary.deleted", member.member_id, PREFIX, key)


async def institution(unit: UnitOfWork, name: str) -> Institution:
    """The institution with that public id. Raises NotFound."""
    found = await unit.one(statements.INSTITUTION, institution=unit.ids.number("ins", name) or 0)
    if found is None:
        raise NotFound
    return found


async def institutions(unit: UnitOfWork) -> Listing[InstitutionView]:
    """Where interbank money can go, by name."""
    rows = await unit.all(statements.INSTITUTIONS)
    return Listing[InstitutionView].model_validate(
        {
            "items": [
                {"id": unit.ids.name("ins", row.id), "code": row.code, "name": row.name, "kind": row.kind}
                for row in rows
            ]
        }
    )


class MaximumOperation:
    """What a code does to a maximum that was raised."""

    kind = "beneficiary_maximum"
    prefix = PREFIX
    view = BeneficiaryView
    refusals: tuple[type[Problem], ...] = ()

    async def confirm(self, unit: UnitOfWork, key: int) -> BeneficiaryView:
        """The higher maximum counts. Raises NotFound when the beneficiary was deleted meanwhile."""
        row = await _beneficiary(unit, key)
        if row.status != "active":
            raise NotFound
        maximum = row.pending_maximum or row.maximum
        await self._set(unit, row, maximum)
        text = f"El máximo de {row.holder_name} es ahora ${money.show(maximum)}."
        await notifications.notice(unit, row.member_id, self.kind, "Monto máximo", text)
        unit.record("beneficiary.maximum_raised", row.member_id, PREFIX, key)
        return show(unit, await _beneficiary(unit, key))

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """The maximum stays as it was."""
        row = await _beneficiary(unit, key)
        await self._set(unit, row, row.maximum)

    @staticmethod
    async def _set(unit: UnitOfWork, row: Beneficiary, maximum: int) -> None:
        await unit.change(
            statements.EDIT,
            beneficiary=row.id,
            new_email=row.email,
            new_alias=row.alias,
            new_maximum=maximum,
            new_pending=None,
        )


class BeneficiaryOperation:
    """What a code does to a new beneficiary."""

    kind = "beneficiary"
    prefix = PREFIX
    view = BeneficiaryView
    refusals: tuple[type[Problem], ...] = (BeneficiaryExists,)

    async def confirm(self, unit: UnitOfWork, key: int) -> BeneficiaryView:
        """Make it active. Raises BeneficiaryExists when its twin was confirmed first."""
        found = await _beneficiary(unit, key)
        await _refuse_a_second(unit, found.member_id, found.institution, found.account_number)
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
operations.offer(MaximumOperation())


async def page(
    unit: UnitOfWork, member: LiveSession, search: str | None, kind: str | None, limit: int, cursor: str | None
) -> Page[BeneficiaryView]:
    """The member's active beneficiaries, in the order of registration: all, or those whose name, alias or number has
    `search` in it. Raises InvalidCursor."""
    after = paging.unseal(cursor, int)[0] if cursor else 0
    like = None if search is None else f"%{_literally(search)}%"
    rows = await unit.all(
        statements.BENEFICIARIES_AFTER, member=member.member_id, after=after, kind=kind, like=like, limit=limit + 1
    )
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
        pending_maximum_amount=money.show(row.pending_maximum) if row.pending_maximum else None,
        created_at=clock.show(row.created_at),
    )


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> Beneficiary:
    found = await unit.one(statements.OWNED_BENEFICIARY, beneficiary=key, member=member.member_id)
    if found is None or found.status != "active":
        raise NotFound
    return found


def _literally(text: str) -> str:
    """Text in which LIKE sees no wildcard."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def _beneficiary(unit: UnitOfWork, key: int) -> Beneficiary:
    found = await unit.one(statements.BENEFICIARY, beneficiary=key)
    assert found is not None
    return found


async def _refuse_a_second(unit: UnitOfWork, member: int, institution: str, number: str) -> None:
    if await unit.one(statements.SAME_BENEFICIARY, member=member, institution=institution, number=number):
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
