"""Asking what is due, and paying it (manual, chapter 5, «Pago de Servicios», «Historial de Pagos»).

A payment is `pending_confirmation`, its total held, until its code makes it `completed`; abandoned, it ends
`cancelled`,
`expired` or `locked`. One bill (biller, reference, month) is paid once.
"""

import re
from datetime import date
from typing import Any, NamedTuple

from sandbox.bank.access.statements import LiveSession
from sandbox.bank.challenges import operations
from sandbox.bank.challenges import service as challenges
from sandbox.bank.information import service as information
from sandbox.bank.information.service import Entry
from sandbox.bank.ledger import concepts
from sandbox.bank.ledger import service as ledger
from sandbox.bank.ledger.tables import SystemAccount
from sandbox.bank.notifications import service as notifications
from sandbox.bank.services import statements
from sandbox.bank.services.problems import (
    BillAlreadyPaid,
    BillerUnavailable,
    InquiryExpired,
    NotATopUp,
    NothingDue,
    ReferenceMalformed,
    ReferenceUnknown,
)
from sandbox.bank.services.schemas import (
    Biller,
    InquiryView,
    NewInquiry,
    NewServicePayment,
    ServiceCategory,
    ServicePaymentView,
)
from sandbox.bank.services.tables import ServicePayment
from sandbox.bank.wire import Listing, Page
from sandbox.domain.ledger import Leg
from sandbox.http import paging
from sandbox.kernel import clock, money
from sandbox.kernel.clock import DAY, SECOND
from sandbox.problems import FieldError, InsufficientFunds, NotFound, Problem, Text, ValidationFailed
from sandbox.sandboxes import strikes
from sandbox.storage.unit import UnitOfWork

INQUIRY = "inq"
PAYMENT = "pay"
_NEWEST = 2**63 - 1
_HOLDERS = ("María Anrango", "José Tipán", "Rosa Caiza", "Luis Bravo", "Carmen Yánez", "Pedro Vélez")


class Bill(NamedTuple):
    """What a biller says of a reference in a month: `amount` in cents, None without debt."""

    biller: Entry
    reference: str
    period: int
    holder: str
    amount: int | None
    due_at: int | None


class PaymentsWanted(NamedTuple):
    """Which payments: local days, `until` included; by biller; automatic or not."""

    since: date | None
    until: date | None
    biller: int | None
    automatic: bool | None


async def categories(unit: UnitOfWork, language: str) -> Listing[ServiceCategory]:
    """Kinds of services."""
    found = await information.catalogue(unit, "category")
    return Listing[ServiceCategory](items=[ServiceCategory(id=each.key, name=each.data[language]) for each in found])


async def billers(unit: UnitOfWork, category: str | None) -> Listing[Biller]:
    """Companies, all or of a category."""
    found = await information.catalogue(unit, "biller")
    return Listing[Biller].model_validate(
        {
            "items": [
                {"id": unit.ids.name("bil", each.id), **each.data}
                for each in found
                if category is None or each.data["category"] == category
            ]
        }
    )


async def look(unit: UnitOfWork, biller: Entry, reference: str) -> Bill:
    """Ask a biller about this month. Raises ReferenceMalformed, ReferenceUnknown, BillerUnavailable."""
    require_form(biller, reference)
    outcome = unit.rules.services.outcome_of(reference)
    out = bool(unit.sandbox.faults.outages) and await strikes.is_out(unit, "biller")
    if out or outcome == "biller_unavailable":
        raise BillerUnavailable
    if outcome == "unknown_reference":
        raise ReferenceUnknown
    here = clock.local(unit.now)
    period = here.year * 12 + here.month - 1
    draw = unit.sandbox.entropy.draw(f"bills of {biller.key} {reference}", period)
    holder = _HOLDERS[unit.sandbox.entropy.draw(f"holder of {biller.key} {reference}", 0)[0] % len(_HOLDERS)]
    paid = await unit.one(statements.PAID_BILL, biller=biller.id, reference=reference, period=period)
    if outcome == "no_debt" or paid is not None:
        return Bill(biller, reference, period, holder, None, None)
    amount = 5_00 + int.from_bytes(draw[:4], "big") % 80_00
    return Bill(biller, reference, period, holder, amount, unit.now + (5 + draw[4] % 15) * DAY)


def require_form(biller: Entry, reference: str) -> None:
    """Raises ReferenceMalformed for a reference that is not of the biller's form."""
    if re.fullmatch(biller.data["reference_pattern"], reference, re.ASCII) is None:
        raise ReferenceMalformed(label=biller.data["reference_label"], example=biller.data["reference_example"])


async def inquire(unit: UnitOfWork, member: LiveSession, wanted: NewInquiry) -> InquiryView:
    """What is due. Raises as `look`, NotFound, ValidationFailed unless exactly one way of asking is used."""
    biller, reference = await _asked(unit, member, wanted)
    if biller.data["top_up"]:
        raise NothingDue
    bill = await look(unit, biller, reference)
    expires_at = unit.now + unit.rules.services.settings.inquiry_seconds * SECOND
    inquiry = await unit.insert(
        statements.ADD_INQUIRY,
        member_id=member.member_id,
        biller_id=biller.id,
        reference=reference,
        holder=bill.holder,
        period=bill.period,
        amount=bill.amount,
        due_at=bill.due_at,
        expires_at=expires_at,
    )
    fee = money.parse(biller.data["fee"])
    return InquiryView(
        id=unit.ids.name(INQUIRY, inquiry),
        status="no_debt" if bill.amount is None else "debt",
        biller=biller.data["name"],
        reference=reference,
        holder=bill.holder,
        amount_due=None if bill.amount is None else money.show(bill.amount),
        due_date=None if bill.due_at is None else clock.show(bill.due_at)[:10],
        fee=money.show(fee),
        total=None if bill.amount is None else money.show(bill.amount + fee),
        expires_at=clock.show(expires_at),
    )


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewServicePayment) -> ServicePaymentView:
    """A payment that waits for its code, its total held.

    Raises NotFound, InquiryExpired, NothingDue, BillAlreadyPaid, NotATopUp, ReferenceMalformed, NoPhoneOnFile,
    AccountNotDebitable, AccountNotActive, InsufficientFunds, ValidationFailed.
    """
    recipient = challenges.by_sms(member)
    origin = await ledger.debitable(unit, member.member_id, unit.ids.number("acc", wanted.origin_account_id) or 0)
    bill = await _ordered(unit, member, wanted)
    assert bill.amount is not None
    payment = await add(unit, member.member_id, origin.id, bill, automatic=0)
    row = await _payment(unit, payment)
    await ledger.hold(unit, origin.id, row.amount + row.fee, "service_payment", payment)
    challenge = await challenges.require(unit, member.member_id, recipient, "service_payment", payment)
    unit.record("service_payment.created", member.member_id, PAYMENT, payment, amount=money.show(row.amount))
    return show(unit, row).model_copy(update={"challenge": challenge})


async def add(unit: UnitOfWork, member: int, origin: int, bill: Bill, *, automatic: int) -> int:
    """Write a payment that has not run yet; gives its key."""
    is_top_up = bool(bill.biller.data["top_up"])
    return await unit.insert(
        statements.ADD_PAYMENT,
        member_id=member,
        origin_id=origin,
        biller_id=bill.biller.id,
        biller_name=bill.biller.data["name"],
        reference=bill.reference,
        period=None if is_top_up else bill.period,
        amount=bill.amount,
        fee=money.parse(bill.biller.data["fee"]),
        automatic=automatic,
        status="pending_confirmation",
        entry_id=None,
        created_at=unit.now,
        confirmed_at=None,
    )


async def run(unit: UnitOfWork, key: int) -> ServicePayment:
    """Move the money of a payment. Raises InsufficientFunds."""
    payment = await _payment(unit, key)
    concept = concepts.TOP_UP if payment.period is None else concepts.BILL_PAYMENT
    text = f"{payment.biller_name} {payment.reference}"
    entry = await ledger.post(
        unit,
        "service_payment",
        "service_payment",
        key,
        [
            Leg(payment.origin_id, -payment.amount, concept, text),
            Leg(SystemAccount.BILLERS, payment.amount, concept, text),
            Leg(payment.origin_id, -payment.fee, concepts.BILL_FEE, text),
            Leg(SystemAccount.FEES, payment.fee, concepts.BILL_FEE, text),
        ],
    )
    await unit.change(statements.FINISH_PAYMENT, payment=key, outcome="completed", entry=entry, now=unit.now)
    await notifications.notice(
        unit,
        payment.member_id,
        "service_payment",
        "Pago realizado",
        f"Pagaste ${money.show(payment.amount)} a {payment.biller_name}, referencia {payment.reference}.",
    )
    unit.record("service_payment.completed", payment.member_id, PAYMENT, key, amount=money.show(payment.amount))
    return await _payment(unit, key)


class ServicePaymentOperation:
    """What a code does to a payment."""

    kind = "service_payment"
    prefix = PAYMENT
    view = ServicePaymentView
    refusals: tuple[type[Problem], ...] = (InsufficientFunds,)

    async def confirm(self, unit: UnitOfWork, key: int, asked: challenges.Asked) -> ServicePaymentView:
        """Release the hold and pay."""
        payment = await _payment(unit, key)
        await ledger.debitable(unit, payment.member_id, payment.origin_id)
        await ledger.release(unit, self.kind, key)
        return show(unit, await run(unit, key))

    async def abandon(self, unit: UnitOfWork, key: int, outcome: str) -> None:
        """Give the hold back."""
        await ledger.release(unit, self.kind, key)
        await unit.change(statements.FINISH_PAYMENT, payment=key, outcome=outcome, entry=None, now=None)


operations.offer(ServicePaymentOperation())


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> ServicePaymentView:
    """One of the member's payments. Raises NotFound."""
    row = await unit.one(statements.OWNED_PAYMENT, payment=key, member=member.member_id)
    if row is None:
        raise NotFound
    if row.status != "pending_confirmation":
        return show(unit, row)
    return show(unit, row).model_copy(update={"challenge": await challenges.of_operation(unit, "service_payment", key)})


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: PaymentsWanted, limit: int, cursor: str | None
) -> Page[ServicePaymentView]:
    """«Historial de Pagos», newest first. Raises InvalidCursor."""
    rows = await unit.all(
        statements.PAYMENTS_BEFORE,
        member=member.member_id,
        before=paging.unseal(cursor, int)[0] if cursor else _NEWEST,
        since=clock.start_of(wanted.since) if wanted.since else 0,
        until=clock.start_of(wanted.until) + DAY if wanted.until else 2**62,
        automatic=None if wanted.automatic is None else int(wanted.automatic),
        biller=wanted.biller,
        limit=limit + 1,
    )
    return paging.page_of(Page[ServicePaymentView], rows, limit, lambda row: show(unit, row), lambda row: row.id)


def show(unit: UnitOfWork, row: ServicePayment) -> ServicePaymentView:
    """A payment as the history shows it."""
    status: Any = row.status
    return ServicePaymentView(
        id=unit.ids.name(PAYMENT, row.id),
        status=status,
        biller=row.biller_name,
        reference=row.reference,
        amount=money.show(row.amount),
        fee=money.show(row.fee),
        total=money.show(row.amount + row.fee),
        automatic=bool(row.automatic),
        created_at=clock.show(row.created_at),
        confirmed_at=clock.show(row.confirmed_at) if row.confirmed_at else None,
    )


async def _asked(unit: UnitOfWork, member: LiveSession, wanted: NewInquiry) -> tuple[Entry, str]:
    if wanted.registered_service_id is not None and wanted.biller_id is None and wanted.reference is None:
        key = unit.ids.number("srv", wanted.registered_service_id) or 0
        saved = await unit.one(statements.OWNED_REGISTERED, service=key, member=member.member_id)
        if saved is None:
            raise NotFound
        return await information.entry(unit, "biller", saved.biller_id), saved.reference
    if wanted.biller_id is None or wanted.reference is None or wanted.registered_service_id is not None:
        words = Text(
            "Envía biller_id y reference, o registered_service_id.",
            "Send biller_id and reference, or registered_service_id.",
        )
        raise ValidationFailed(errors=[FieldError("biller_id", "one_of", words)])
    return await information.entry(unit, "biller", unit.ids.number("bil", wanted.biller_id)), wanted.reference


async def _ordered(unit: UnitOfWork, member: LiveSession, wanted: NewServicePayment) -> Bill:
    """The bill or top-up a payment is for."""
    by_inquiry = wanted.inquiry_id is not None
    top_up = (wanted.biller_id, wanted.reference, wanted.amount)
    if by_inquiry == any(part is not None for part in top_up) or (not by_inquiry and None in top_up):
        words = Text(
            "Envía inquiry_id, o biller_id, reference y amount de una recarga.",
            "Send inquiry_id, or biller_id, reference and amount of a top-up.",
        )
        raise ValidationFailed(errors=[FieldError("inquiry_id", "one_of", words)])
    if wanted.inquiry_id is not None:
        return await _inquired(unit, member, unit.ids.number(INQUIRY, wanted.inquiry_id) or 0)
    biller = await information.entry(unit, "biller", unit.ids.number("bil", wanted.biller_id or ""))
    if not biller.data["top_up"]:
        raise NotATopUp
    require_form(biller, wanted.reference or "")
    return Bill(biller, wanted.reference or "", 0, "", wanted.amount, None)


async def _inquired(unit: UnitOfWork, member: LiveSession, key: int) -> Bill:
    inquiry = await unit.one(statements.OWNED_INQUIRY, inquiry=key, member=member.member_id)
    if inquiry is None:
        raise NotFound
    if inquiry.expires_at <= unit.now:
        raise InquiryExpired
    if inquiry.amount is None:
        raise NothingDue
    paid = await unit.one(
        statements.PAID_BILL, biller=inquiry.biller_id, reference=inquiry.reference, period=inquiry.period
    )
    if paid is not None:
        raise BillAlreadyPaid
    biller = await information.entry(unit, "biller", inquiry.biller_id)
    return Bill(biller, inquiry.reference, inquiry.period, inquiry.holder, inquiry.amount, inquiry.due_at)


async def _payment(unit: UnitOfWork, key: int) -> ServicePayment:
    row = await unit.one(statements.PAYMENT, payment=key)
    assert row is not None
    return row
