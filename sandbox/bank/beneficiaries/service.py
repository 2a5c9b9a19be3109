"""Beneficiaries (manual, chapter 4, «Administración de Beneficiarios»).

A beneficiary is `pending_confirmation` until its code makes it `active`; abandoned, it ends `cancelled`, `expired` or
`locked`. One account is active once a member.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sandbox import rates
from sandbox.bank.beneficiaries import queries, texts
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
    BeneficiaryKind,
    BeneficiaryView,
    InstitutionView,
    NewBeneficiary,
    NewInterbankBeneficiary,
)
from sandbox.bank.beneficiaries.tables import Beneficiary, Institution
from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.maximum import MaximumStory, asked_maximum
from sandbox.bank.challenges.service import Asked, Waiting
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Story
from sandbox.bank.checks import Checks
from sandbox.bank.members.session import LiveSession
from sandbox.bank.wire import Listing, Page
from sandbox.domain import identity
from sandbox.domain.vocabulary import DocumentType, Ending
from sandbox.kernel import clock, masks, money
from sandbox.kernel.folding import folded, searched
from sandbox.problem import Problem
from sandbox.problems import NotFound, RateLimited
from sandbox.storage.unit import UnitOfWork

PREFIX = "ben"


async def look_up(unit: UnitOfWork, member: LiveSession, number: str) -> AccountHolder | Problem:
    """Whose account `number` is. Each lookup counts, so AccountHolderNotFound is returned; raises RateLimited."""
    await _count_lookup(unit, member.member_id)
    holder = await unit.one(queries.HOLDER, number=number)
    if holder is None or holder.status != "active" or holder.type != "savings":
        return AccountHolderNotFound(institution=unit.sandbox.institution.name)
    return AccountHolder(
        name=f"{holder.first_names} {holder.last_names}",
        account_number=masks.number(holder.number),
        account_type=holder.type,
        institution=unit.sandbox.institution.name,
    )


async def create(
    unit: UnitOfWork, member: LiveSession, request: NewBeneficiary | NewInterbankBeneficiary
) -> BeneficiaryView:
    """A beneficiary that waits for its code.

    Raises AccountHolderNotFound, OwnAccountAsBeneficiary, InvalidHolderDocument, NotFound for an institution there is
    not, BeneficiaryExists, NoPhoneOnFile.
    """
    if isinstance(request, NewBeneficiary):
        who = _of_ours(unit, await _holder(unit, member.member_id, request.account_number))
    else:
        who = await _of_another(unit, request)
    await _refuse_a_second(unit, member.member_id, who["institution"], who["account_number"])
    beneficiary = await unit.insert(
        queries.ADD_BENEFICIARY,
        **who,
        member_id=member.member_id,
        kind=request.kind,
        email=request.email,
        alias=request.alias,
        maximum=request.maximum_amount,
        status=PENDING,
        created_at=unit.now,
        searched=searched(who["holder_name"], request.alias, who["account_number"]),
    )
    challenge = await BENEFICIARIES.begin(unit, member, beneficiary, None, {})
    return _view(unit, await BENEFICIARIES.row(unit, beneficiary), Waiting(challenge, {}))


async def _holder(unit: UnitOfWork, member: int, number: str) -> queries.Holder:
    """Who holds an account of ours that `member` may send to. Raises AccountHolderNotFound, OwnAccountAsBeneficiary."""
    holder = await unit.one(queries.HOLDER, number=number)
    if holder is None or holder.status != "active" or holder.type != "savings":
        raise AccountHolderNotFound(institution=unit.sandbox.institution.name)
    if holder.member_id == member:
        raise OwnAccountAsBeneficiary
    return holder


def _of_ours(unit: UnitOfWork, holder: queries.Holder) -> dict[str, Any]:
    return {
        "institution": unit.sandbox.institution.name,
        "account_type": holder.type,
        "account_number": holder.number,
        "account_id": holder.account_id,
        "holder_name": f"{holder.first_names} {holder.last_names}",
        "document_type": None,
        "document_number": None,
    }


async def _of_another(unit: UnitOfWork, request: NewInterbankBeneficiary) -> dict[str, Any]:
    number = identity.as_kept(request.document_number)
    checks, where = Checks(), None
    with checks.of("institution_id"):
        where = await institution(unit, request.institution_id)
    with checks.of("document_number"):
        require_holder_document(unit, request.document_type, number)
    checks.require()
    assert where is not None
    return {
        "institution": where.name,
        "account_type": request.account_type,
        "account_number": request.account_number,
        "account_id": None,
        "holder_name": request.holder_name,
        "document_type": request.document_type,
        "document_number": number,
    }


def require_holder_document(unit: UnitOfWork, kind: DocumentType, number: str) -> None:
    """Raises InvalidHolderDocument for what cannot be the number of such a document."""
    documents = unit.rules.identity
    if not documents.are_of(kind, number):
        raise InvalidHolderDocument(shortest=documents.shortest_passport, longest=documents.longest_passport)


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> BeneficiaryDetail:
    """The edit form, unmasked; also of one that waits for its code. Raises NotFound."""
    row = await unit.one(queries.OWNED_BENEFICIARY, beneficiary=key, member=member.member_id)
    if row is None or row.status not in ("active", PENDING):
        raise NotFound
    shown = await BENEFICIARIES.shown_one(unit, row)
    return BeneficiaryDetail(
        **shown.model_dump()
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
    alias = row.alias if wanted.alias is None else wanted.alias
    await unit.later(
        queries.EDIT,
        beneficiary=key,
        new_email=row.email if wanted.email is None else wanted.email,
        new_alias=alias,
        new_maximum=row.maximum if wanted.maximum_amount is None or raised else wanted.maximum_amount,
        folded=searched(row.holder_name, alias, row.account_number),
    )
    unit.record("beneficiary.edited", member.member_id, PREFIX, key)
    if wanted.maximum_amount is not None and raised:
        await MAXIMUMS.start(unit, member, key, wanted.maximum_amount)
    return await BENEFICIARIES.shown_one(unit, await BENEFICIARIES.row(unit, key))


async def delete(unit: UnitOfWork, member: LiveSession, key: int) -> None:
    """Delete a beneficiary; transfers made stay in the history. Raises NotFound."""
    await _owned(unit, member, key)
    await unit.later(queries.SET_STATUS, beneficiary=key, outcome="deleted")
    unit.record("beneficiary.deleted", member.member_id, PREFIX, key)


async def institution(unit: UnitOfWork, name: str) -> Institution:
    """The institution with that public id. Raises NotFound."""
    found = await unit.one(queries.INSTITUTION, institution=unit.ids.number("ins", name) or 0)
    if found is None:
        raise NotFound
    return found


async def institutions(unit: UnitOfWork) -> Listing[InstitutionView]:
    """Where interbank money can go, by name."""
    rows = await unit.all(queries.INSTITUTIONS)
    return Listing[InstitutionView].model_validate(
        {
            "items": [
                {"id": unit.ids.name("ins", row.id), "code": row.code, "name": row.name, "kind": row.kind}
                for row in rows
            ]
        }
    )


class BeneficiaryStory(Story[Beneficiary, None, BeneficiaryView]):
    """A new beneficiary."""

    kind = "beneficiary"
    prefix = PREFIX
    view = BeneficiaryView
    refusals: tuple[type[Problem], ...] = (BeneficiaryExists, AccountHolderNotFound)

    async def row(self, unit: UnitOfWork, key: int) -> Beneficiary:
        """The beneficiary."""
        row = await unit.one(queries.BENEFICIARY, beneficiary=key)
        assert row is not None
        return row

    async def plan_again(self, unit: UnitOfWork, row: Beneficiary, asked: Asked) -> None:
        """Raises AccountHolderNotFound when the account was closed, BeneficiaryExists when a twin was confirmed."""
        if row.account_id is not None:
            await _holder(unit, row.member_id, row.account_number)
        await _refuse_a_second(unit, row.member_id, row.institution, row.account_number)

    async def finish(self, unit: UnitOfWork, row: Beneficiary, plan: None, entry: int | None) -> Finished:
        """Active."""
        await unit.later(queries.SET_STATUS, beneficiary=row.id, outcome="active")
        return Finished(
            _view(unit, await self.row(unit, row.id), None),
            "beneficiary.confirmed",
            {},
            texts.BeneficiaryRegistered(row.holder_name),
        )

    async def close(self, unit: UnitOfWork, row: Beneficiary, outcome: Ending) -> None:
        """Cancelled, expired or locked."""
        await unit.later(queries.SET_STATUS, beneficiary=row.id, outcome=outcome)

    async def waiting(self, unit: UnitOfWork, rows: Sequence[Beneficiary]) -> dict[int, Waiting]:
        """A new one waits for its own code, an active one for that of a higher maximum."""
        return await MAXIMUMS.raised(unit, rows) | await super().waiting(unit, rows)

    async def show(self, unit: UnitOfWork, row: Beneficiary, beside: Beside) -> BeneficiaryView:
        """A beneficiary as lists show it: masked."""
        return _view(unit, row, beside.waiting)


class BeneficiaryMaximumStory(MaximumStory[Beneficiary, BeneficiaryView]):
    """A beneficiary's maximum that is raised."""

    kind = "beneficiary_maximum"
    prefix = PREFIX
    view = BeneficiaryView

    def __init__(self, of: Story[Beneficiary, None, BeneficiaryView]) -> None:
        self.of = of

    async def set_maximum(self, unit: UnitOfWork, row: Beneficiary, maximum: int) -> None:
        """Write it."""
        await unit.later(
            queries.EDIT, beneficiary=row.id, new_email=row.email, new_alias=row.alias, new_maximum=maximum,
            folded=row.searched,
        )  # fmt: skip

    def name(self, row: Beneficiary) -> str:
        """As the notice calls it."""
        return row.holder_name


BENEFICIARIES = BeneficiaryStory()
MAXIMUMS = BeneficiaryMaximumStory(BENEFICIARIES)


class BeneficiariesWanted(NamedTuple):
    """Which beneficiaries: by part of name, alias or number; by kind; by status and days."""

    search: str | None
    kind: BeneficiaryKind | None
    orders: Wanted


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: BeneficiariesWanted, limit: int, cursor: str | None
) -> Page[BeneficiaryView]:
    """The member's beneficiaries, in the order of registration: the active ones, unless another status is wanted.
    Raises InvalidCursor."""
    part = None if wanted.search is None else folded(wanted.search)
    return await BENEFICIARIES.page_in_order(
        unit, queries.BENEFICIARIES_AFTER, Page[BeneficiaryView], member, wanted.orders, limit, cursor,
        kind=wanted.kind, part=part,
    )  # fmt: skip


def _view(unit: UnitOfWork, row: Beneficiary, waiting: Waiting | None) -> BeneficiaryView:
    return BeneficiaryView(
        id=unit.ids.name(PREFIX, row.id),
        kind=row.kind,
        status=row.status,
        institution=row.institution,
        account_type=row.account_type,
        account_number=masks.number(row.account_number),
        holder_name=row.holder_name,
        email=masks.email(row.email) if row.email else None,
        alias=row.alias,
        maximum_amount=money.show(row.maximum),
        pending_maximum_amount=asked_maximum(waiting),
        created_at=clock.show(row.created_at),
        challenge=None if waiting is None else waiting.challenge,
    )


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> Beneficiary:
    found = await unit.one(queries.OWNED_BENEFICIARY, beneficiary=key, member=member.member_id)
    if found is None or found.status != "active":
        raise NotFound
    return found


async def _refuse_a_second(unit: UnitOfWork, member: int, institution: str, number: str) -> None:
    if await unit.one(queries.SAME_BENEFICIARY, member=member, institution=institution, number=number):
        raise BeneficiaryExists


async def _count_lookup(unit: UnitOfWork, member: int) -> None:
    policy = unit.rules.limits.settings.holder_lookups
    window = policy.seconds * clock.SECOND
    start = unit.now // window * window
    used = await unit.one(queries.LOOKUPS, member=member, start=start)
    if used is not None and used.lookups >= policy.maximum:
        seconds = clock.seconds_to_wait(start + window, unit.now)
        raise RateLimited(
            seconds=seconds,
            headers=rates.headers("holder-lookups", policy.maximum, policy.seconds, seconds),
        )
    await unit.later(queries.COUNT_LOOKUP, member_id=member, window_start=start)
