"""Transfers (manual, chapter 4).

A transfer is `pending_confirmation`, with its total held, until its code runs it (`completed`; `in_process` when it
goes to another institution, and then `settled` or `returned` by the settlement) or it is abandoned (`cancelled`,
`expired`, `locked`), which gives the hold and the day's use back.
"""

from collections.abc import Mapping, Sequence

from sandbox.bank import receipts
from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.service import Asked
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Story, Take
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.bank.transfers import planning, queries, settlement, texts
from sandbox.bank.transfers.planning import Plan
from sandbox.bank.transfers.problems import (
    BeneficiaryLimitExceeded,
    DestinationNotCreditable,
)
from sandbox.bank.transfers.schemas import (
    AnyOrder,
    LimitsLeft,
    OwnOrder,
    Receipt,
    TransferPreview,
    TransferStatus,
    TransferView,
)
from sandbox.bank.transfers.tables import Transfer
from sandbox.bank.wire import Page, Party
from sandbox.domain import concepts
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.vocabulary import Ending, TransferKind
from sandbox.kernel import clock, masks, money
from sandbox.problems import (
    AccountNotActive,
    AccountNotDebitable,
    DailyLimitExceeded,
    InsufficientFunds,
    LimitExceeded,
    NotFound,
    OwnLimitExceeded,
    ReceiptNotReady,
)
from sandbox.storage.unit import UnitOfWork

PREFIX = "trf"
_NEWEST = 2**63 - 1
# What the sender's and the receiver's movement are called.
_CONCEPTS: Mapping[TransferKind, tuple[str, str]] = {
    "own": (concepts.OWN_TRANSFER_SENT, concepts.OWN_TRANSFER_RECEIVED),
    "cooperative": (concepts.TRANSFER_SENT, concepts.TRANSFER_RECEIVED),
    "interbank": (concepts.INTERBANK_SENT, concepts.INTERBANK_SENT),
}


async def preview(unit: UnitOfWork, member: LiveSession, order: AnyOrder) -> TransferPreview:
    """What the transfer would cost, after the same checks as a real one; nothing is held. Raises as `create` does, but
    for NoPhoneOnFile."""
    plan = await planning.plan(unit, member, order)
    await TRANSFER.require_funds(unit, plan)
    return TransferPreview(
        kind=order.kind,
        amount=money.show(plan.amount),
        fee=money.show(plan.fee),
        tax=money.show(plan.tax),
        total=money.show(plan.total),
        origin=plan.origin,
        destination=plan.destination,
        limits_left=LimitsLeft(
            per_transaction=money.show(plan.cap_per_transaction), today=money.show(plan.cap_left_today)
        ),
        settles_at=clock.show(settlement.settles_at(unit, order.kind)),
    )


async def create(unit: UnitOfWork, member: LiveSession, order: AnyOrder) -> TransferView:
    """A transfer that waits for its code, its total held.

    Raises NotFound, SameAccount, DestinationNotCreditable, NoPhoneOnFile, InsufficientFunds and the rules' refusals.
    """
    plan = await planning.plan(unit, member, order)
    email = None if isinstance(order, OwnOrder) else order.beneficiary_email
    transfer = await unit.insert(
        queries.ADD_TRANSFER,
        kind=plan.kind,
        member_id=member.member_id,
        origin_id=plan.origin_id,
        origin_number=plan.origin_number,
        destination_id=plan.destination_id,
        beneficiary_id=plan.beneficiary_id,
        destination_number=plan.number,
        destination_name=plan.name,
        destination_institution=plan.institution,
        destination_type=plan.account_type,
        amount=plan.amount,
        fee=plan.fee,
        tax=plan.tax,
        total=plan.total,
        reference=order.reference,
        beneficiary_email=email,
        status=PENDING,
        created_at=unit.now,
    )
    amount, total = money.show(plan.amount), money.show(plan.total)
    challenge = await TRANSFER.begin(unit, member, transfer, plan, {"amount": amount, "total": total})
    return TransferView(
        id=unit.ids.name(PREFIX, transfer),
        kind=order.kind,
        status="pending_confirmation",
        amount=amount,
        fee=money.show(plan.fee),
        tax=money.show(plan.tax),
        total=total,
        origin_account_id=order.origin_account_id,
        origin_number=masks.number(plan.origin_number),
        origin=plan.origin,
        destination=plan.destination,
        beneficiary_id=None if isinstance(order, OwnOrder) else order.beneficiary_id,
        beneficiary_email=masks.email(email) if email else None,
        reference=order.reference,
        created_at=clock.show(unit.now),
        confirmed_at=None,
        challenge=challenge,
    )


class TransferStory(Story[Transfer, Plan, TransferView]):
    """A transfer: its total is held, and its amount counts against the day's limit, until the code moves the money."""

    kind = "transfer"
    prefix = PREFIX
    view = TransferView
    refusals = (
        InsufficientFunds, LimitExceeded, DailyLimitExceeded, OwnLimitExceeded, BeneficiaryLimitExceeded,
        DestinationNotCreditable, AccountNotActive, AccountNotDebitable,
    )  # fmt: skip

    async def row(self, unit: UnitOfWork, key: int) -> Transfer:
        """The transfer."""
        found = await unit.one(queries.TRANSFER, transfer=key)
        assert found is not None
        return found

    async def plan_again(self, unit: UnitOfWork, row: Transfer, asked: Asked) -> Plan:
        """Accounts, beneficiary and limits may have changed. Raises NotFound and the rules' refusals."""
        return await planning.check_again(unit, row)

    def takes(self, plan: Plan) -> Take:
        """The total."""
        return Take(plan.origin_id, plan.total)

    def legs(self, row: Transfer, plan: Plan) -> Sequence[Leg]:
        """The amount, the fee and its tax; what goes to another institution waits on the settlement account."""
        sent, received = _CONCEPTS[row.kind]
        return [
            Leg(row.origin_id, -row.amount, sent, row.reference),
            Leg(row.destination_id or SystemAccount.SETTLEMENT, row.amount, received, row.reference),
            Leg(row.origin_id, -row.fee, concepts.TRANSFER_FEE),
            Leg(SystemAccount.FEES, row.fee, concepts.TRANSFER_FEE),
            Leg(row.origin_id, -row.tax, concepts.TRANSFER_FEE_VAT),
            Leg(SystemAccount.VAT, row.tax, concepts.TRANSFER_FEE_VAT),
        ]

    async def use(self, unit: UnitOfWork, member: int, plan: Plan) -> None:
        """The amount counts against the day of the order."""
        await unit.later(
            queries.USE_MORE, member_id=member, day=clock.day_of(unit.now), kind=plan.kind, amount=plan.amount
        )

    async def give_back_use(self, unit: UnitOfWork, row: Transfer) -> None:
        """The day of the order gets its use back."""
        await planning.give_back_use(unit, row)

    async def finish(self, unit: UnitOfWork, row: Transfer, plan: Plan, entry: int | None) -> Finished:
        """Completed, or in process until its cycle settles it; the beneficiary gets an e-mail."""
        between_banks = row.kind == "interbank"
        outcome: TransferStatus = "in_process" if between_banks else "completed"
        due = settlement.settles_at(unit, row.kind) if between_banks else None
        await unit.later(queries.FINISH, transfer=row.id, outcome=outcome, entry=entry, now=unit.now, due=due)
        amount, to = money.show(row.amount), masks.number(row.destination_number)
        if row.beneficiary_email is not None and not between_banks:
            received = texts.TransferReceived(amount, to, row.reference)
            await notifications.send(
                unit, None, "email", row.beneficiary_email, "transfer_received", received,
                language=await notifications.language_of(unit, row.member_id),
            )  # fmt: skip
        return Finished(
            _view(unit, row, outcome, unit.now, due, Beside(None, plan.origin)),
            f"transfer.{outcome}",
            {"amount": amount},
            texts.TransferSent(amount, row.destination_name, to),
        )

    async def close(self, unit: UnitOfWork, row: Transfer, outcome: Ending) -> None:
        """Cancelled, expired or locked."""
        await unit.later(queries.ABANDON, transfer=row.id, outcome=outcome)

    def origin(self, row: Transfer) -> int:
        """The account that sends."""
        return row.origin_id

    async def show(self, unit: UnitOfWork, row: Transfer, beside: Beside) -> TransferView:
        """A transfer as lists show it."""
        return _view(unit, row, row.status, row.confirmed_at, row.settles_at, beside)


TRANSFER = TransferStory()


async def find(unit: UnitOfWork, member: LiveSession, transfer: int) -> TransferView:
    """One of the member's transfers, with its challenge while it waits. Raises NotFound."""
    return await TRANSFER.shown_one(unit, await _owned(unit, member, transfer))


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: Wanted, limit: int, cursor: str | None
) -> Page[TransferView]:
    """The member's transfers, newest first. Raises InvalidCursor."""
    return await TRANSFER.page(unit, queries.TRANSFERS_BEFORE, Page[TransferView], member, wanted, limit, cursor)


async def receipt(unit: UnitOfWork, member: LiveSession, transfer: int) -> Receipt:
    """The voucher. Raises NotFound, ReceiptNotReady before the transfer has run."""
    found = await _owned(unit, member, transfer)
    if found.confirmed_at is None or found.entry_id is None:
        raise ReceiptNotReady
    return Receipt(
        receipt_number=receipts.number(found.entry_id),
        transfer_id=unit.ids.name(PREFIX, transfer),
        kind=found.kind,
        status=found.status,
        date=clock.show(found.confirmed_at),
        origin=ledger.party(
            f"{member.first_names} {member.last_names}", found.origin_number, unit.sandbox.institution.name, "savings"
        ),
        destination=_destination(found),
        amount=money.show(found.amount),
        fee=money.show(found.fee),
        tax=money.show(found.tax),
        total=money.show(found.total),
        reference=found.reference,
    )


async def _owned(unit: UnitOfWork, member: LiveSession, transfer: int) -> Transfer:
    found = await unit.one(queries.OWNED_TRANSFER, transfer=transfer, member=member.member_id)
    if found is None:
        raise NotFound
    return found


def _destination(transfer: Transfer) -> Party:
    return ledger.party(
        transfer.destination_name,
        transfer.destination_number,
        transfer.destination_institution,
        transfer.destination_type,
    )


def _view(
    unit: UnitOfWork,
    transfer: Transfer,
    status: TransferStatus,
    confirmed_at: int | None,
    settles_at: int | None,
    beside: Beside,
) -> TransferView:
    email = transfer.beneficiary_email
    return TransferView(
        id=unit.ids.name(PREFIX, transfer.id),
        kind=transfer.kind,
        status=status,
        amount=money.show(transfer.amount),
        fee=money.show(transfer.fee),
        tax=money.show(transfer.tax),
        total=money.show(transfer.total),
        origin_account_id=unit.ids.name("acc", transfer.origin_id),
        origin_number=masks.number(transfer.origin_number),
        origin=beside.origin,
        destination=_destination(transfer),
        beneficiary_id=unit.ids.name("ben", transfer.beneficiary_id) if transfer.beneficiary_id else None,
        beneficiary_email=masks.email(email) if email else None,
        reference=transfer.reference,
        created_at=clock.show(transfer.created_at),
        confirmed_at=clock.show(confirmed_at) if confirmed_at else None,
        settles_at=clock.show(settles_at) if settles_at else None,
        return_reason=transfer.reason,
        challenge=beside.challenge,
    )
