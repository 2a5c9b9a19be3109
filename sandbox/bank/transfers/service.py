"""Transfers (manual, chapter 4).

A transfer is `pending_confirmation`, with its total held, until its code runs it (`completed`; `in_process` when it
goes
to another institution, and then `settled` or `returned` by the settlement) or it is abandoned
(`cancelled`, `expired`, `locked`), which gives the hold and the day's use back.
"""

from typing import Any

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.ledger import concepts
from sandbox.bank.ledger import service as ledger
from sandbox.bank.ledger.tables import SystemAccount
from sandbox.bank.notifications import service as notifications
from sandbox.bank.transfers import planning, settlement, statements
from sandbox.bank.transfers.problems import (
    BeneficiaryLimitExceeded,
    DestinationNotCreditable,
    ReceiptNotReady,
)
from sandbox.bank.transfers.schemas import (
    AnyOrder,
    LimitsLeft,
    OwnOrder,
    Receipt,
    TransferPreview,
    TransferView,
)
from sandbox.bank.transfers.tables import Transfer
from sandbox.bank.wire import Page
from sandbox.domain.ledger import Leg
from sandbox.http import paging
from sandbox.kernel import clock, masks, money
from sandbox.problems import (
    AccountNotActive,
    AccountNotDebitable,
    DailyLimitExceeded,
    InsufficientFunds,
    LimitExceeded,
    NotFound,
    OwnLimitExceeded,
    Problem,
)
from sandbox.storage.unit import UnitOfWork

PREFIX = "trf"
OURS = "Cooprogreso"
_NEWEST = 2**63 - 1
# What the sender's and the receiver's movement are called.
_CONCEPTS = {
    "own": (concepts.OWN_TRANSFER_SENT, concepts.OWN_TRANSFER_RECEIVED),
    "cooperative": (concepts.TRANSFER_SENT, concepts.TRANSFER_RECEIVED),
    "interbank": (concepts.INTERBANK_SENT, concepts.INTERBANK_SENT),
}


async def preview(unit: UnitOfWork, member: LiveSession, order: AnyOrder) -> TransferPreview:
    """What the transfer would cost, after the same checks as a real one; nothing is held. Raises as `create` does."""
    plan = await planning.plan(unit, member, order)
    return TransferPreview(
        kind=order.kind,
        amount=money.show(plan.amount),
        fee=money.show(plan.fee),
        tax=money.show(plan.tax),
        total=money.show(plan.total),
        destination=plan.party,
        limits_left=LimitsLeft(
            per_transaction=money.show(plan.cap_per_transaction), today=money.show(plan.cap_left_today)
        ),
        settles_at=clock.show(settlement.settles_at(unit, order.kind)),
    )


async def create(unit: UnitOfWork, member: LiveSession, order: AnyOrder) -> TransferView:
    """A transfer that waits for its code, its total held.

    Raises NotFound, SameAccount, DestinationNotCreditable, NoPhoneOnFile, InsufficientFunds and the rules' refusals.
    """
    recipient = challenges.by_sms(member)
    plan = await planning.plan(unit, member, order)
    email = None if isinstance(order, OwnOrder) else order.beneficiary_email
    transfer = await unit.insert(
        statements.ADD_TRANSFER,
        kind=plan.kind,
        member_id=member.member_id,
        origin_id=plan.origin_id,
        origin_number=plan.origin_number,
        destination_id=plan.destination_id,
        beneficiary_id=plan.beneficiary_id,
        destination_number=plan.number,
        destination_name=plan.name,
        destination_institution=plan.institution,
        amount=plan.amount,
        fee=plan.fee,
        tax=plan.tax,
        total=plan.total,
        reference=order.reference,
        beneficiary_email=email,
        status="pending_confirmation",
        created_at=unit.now,
    )
    await ledger.hold(unit, plan.origin_id, plan.total, "transfer", transfer)
    await unit.change(
        statements.USE_MORE,
        member_id=member.member_id,
        day=clock.day_of(unit.now),
        kind=plan.kind,
        amount=plan.amount,
    )
    challenge = await challenges.require(unit, member.member_id, recipient, "transfer", transfer)
    amount, total = money.show(plan.amount), money.show(plan.total)
    unit.record("transfer.created", member.member_id, PREFIX, transfer, amount=amount, total=total)
    return TransferView(
        id=unit.ids.name(PREFIX, transfer),
        kind=order.kind,
        status="pending_confirmation",
        amount=money.show(plan.amount),
        fee=money.show(plan.fee),
        tax=money.show(plan.tax),
        total=money.show(plan.total),
        origin_account_id=order.origin_account_id,
        origin_number=masks.number(plan.origin_number),
        destination=plan.party,
        beneficiary_id=None if isinstance(order, OwnOrder) else order.beneficiary_id,
        beneficiary_email=masks.email(email) if email else None,
        reference=order.reference,
        created_at=clock.show(unit.now),
        confirmed_at=None,
        challenge=challenge,
    )


class TransferOperation:
    """What a code does to a transfer."""

    kind = "transfer"
    prefix = PREFIX
    view = TransferView
    refusals: tuple[type[Problem], ...] = (
        InsufficientFunds, LimitExceeded, DailyLimitExceeded, OwnLimitExceeded, BeneficiaryLimitExceeded,
        DestinationNotCreditable, AccountNotActive, AccountNotDebitable,
    )  # fmt: skip

    async def confirm(self, unit: UnitOfWork, key: int) -> TransferView:
        """Check it a second time, then move the money. Raises InsufficientFunds, the rules' refusals and NotFound."""
        transfer = await _transfer(unit, key)
        await planning.check_again(unit, transfer)
        await ledger.release(unit, self.kind, key)
        between_banks = transfer.kind == "interbank"
        sent, received = _CONCEPTS[transfer.kind]
        entry = await ledger.post(
            unit,
            "transfer",
            self.kind,
            key,
            [
                Leg(transfer.origin_id, -transfer.amount, sent, transfer.reference),
                Leg(transfer.destination_id or SystemAccount.SETTLEMENT, transfer.amount, received, transfer.reference),
                Leg(transfer.origin_id, -transfer.fee, concepts.TRANSFER_FEE),
                Leg(SystemAccount.FEES, transfer.fee, concepts.TRANSFER_FEE),
                Leg(transfer.origin_id, -transfer.tax, concepts.TRANSFER_FEE_VAT),
                Leg(SystemAccount.VAT, transfer.tax, concepts.TRANSFER_FEE_VAT),
            ],
        )
        outcome = "in_process" if between_banks else "completed"
        due = settlement.settles_at(unit, transfer.kind) if between_banks else None
        await unit.change(statements.FINISH, transfer=key, outcome=outcome, entry=entry, now=unit.now, due=due)
        await _tell(unit, transfer)
        unit.record(f"transfer.{outcome}", transfer.member_id, PREFIX, key, amount=money.show(transfer.amount))
        return _view(unit, transfer, outcome, unit.now, due)

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """Give the hold and the day's use back."""
        transfer = await _transfer(unit, key)
        await ledger.release(unit, self.kind, key)
        await unit.change(statements.ABANDON, transfer=key, outcome=outcome)
        await planning.give_back_use(unit, transfer)
        unit.record(f"transfer.{outcome}", transfer.member_id, PREFIX, key)


operations.offer(TransferOperation())


async def find(unit: UnitOfWork, member: LiveSession, transfer: int) -> TransferView:
    """One of the member's transfers, with its challenge while it waits. Raises NotFound."""
    found = await _owned(unit, member, transfer)
    waiting = found.status == "pending_confirmation"
    view = _view(unit, found, found.status, found.confirmed_at, found.settles_at)
    if not waiting:
        return view
    return view.model_copy(update={"challenge": await challenges.of_operation(unit, "transfer", transfer)})


async def page(unit: UnitOfWork, member: LiveSession, limit: int, cursor: str | None) -> Page[TransferView]:
    """The member's transfers, newest first. Raises InvalidCursor."""
    before = paging.unseal(cursor, int)[0] if cursor else _NEWEST
    rows = await unit.all(statements.TRANSFERS_BEFORE, member=member.member_id, before=before, limit=limit + 1)
    items = [_view(unit, row, row.status, row.confirmed_at, row.settles_at) for row in rows[:limit]]
    return Page[TransferView](items=items, next_cursor=paging.seal(rows[limit - 1].id) if len(rows) > limit else None)


async def receipt(unit: UnitOfWork, member: LiveSession, transfer: int) -> Receipt:
    """The voucher. Raises NotFound, ReceiptNotReady before the transfer has run."""
    found = await _owned(unit, member, transfer)
    if found.confirmed_at is None:
        raise ReceiptNotReady
    kind: Any = found.kind
    return Receipt(
        receipt_number=f"{found.entry_id:010d}",
        transfer_id=unit.ids.name(PREFIX, transfer),
        kind=kind,
        status=found.status,
        date=clock.show(found.confirmed_at),
        origin=planning.party(f"{member.first_names} {member.last_names}", found.origin_number, OURS),
        destination=planning.party(found.destination_name, found.destination_number, found.destination_institution),
        amount=money.show(found.amount),
        fee=money.show(found.fee),
        tax=money.show(found.tax),
        total=money.show(found.total),
        reference=found.reference,
    )


async def _tell(unit: UnitOfWork, transfer: Transfer) -> None:
    amount = money.show(transfer.amount)
    to = masks.number(transfer.destination_number)
    await notifications.notice(
        unit,
        transfer.member_id,
        "transfer",
        "Transferencia realizada",
        f"Transferiste ${amount} a {transfer.destination_name}, cuenta {to}.",
    )
    if transfer.beneficiary_email is not None and transfer.kind != "interbank":
        text = f"Recibiste una transferencia de ${amount} en tu cuenta {to}. {transfer.reference}".rstrip()
        await notifications.send(unit, None, "email", transfer.beneficiary_email, "transfer_received", text)


async def _transfer(unit: UnitOfWork, key: int) -> Transfer:
    found = await unit.one(statements.TRANSFER, transfer=key)
    assert found is not None
    return found


async def _owned(unit: UnitOfWork, member: LiveSession, transfer: int) -> Transfer:
    found = await unit.one(statements.OWNED_TRANSFER, transfer=transfer, member=member.member_id)
    if found is None:
        raise NotFound
    return found


def _view(
    unit: UnitOfWork, transfer: Transfer, status: Any, confirmed_at: int | None, settles_at: int | None
) -> TransferView:
    kind: Any = transfer.kind
    email = transfer.beneficiary_email
    return TransferView(
        id=unit.ids.name(PREFIX, transfer.id),
        kind=kind,
        status=status,
        amount=money.show(transfer.amount),
        fee=money.show(transfer.fee),
        tax=money.show(transfer.tax),
        total=money.show(transfer.total),
        origin_account_id=unit.ids.name("acc", transfer.origin_id),
        origin_number=masks.number(transfer.origin_number),
        destination=planning.party(
            transfer.destination_name, transfer.destination_number, transfer.destination_institution
        ),
        beneficiary_id=unit.ids.name("ben", transfer.beneficiary_id) if transfer.beneficiary_id else None,
        beneficiary_email=masks.email(email) if email else None,
        reference=transfer.reference,
        created_at=clock.show(transfer.created_at),
        confirmed_at=clock.show(confirmed_at) if confirmed_at else None,
        settles_at=clock.show(settles_at) if settles_at else None,
        return_reason=transfer.reason,
    )
