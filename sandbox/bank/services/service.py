"""Paying bills and top-ups (manual, chapter 5, «Pago de Servicios», «Historial de Pagos»).

A payment is `pending_confirmation`, its total held, until its code makes it `completed`; abandoned, it ends
`cancelled`, `expired` or `locked`. One bill (biller, reference, month) is paid once.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sandbox.bank import receipts
from sandbox.bank.challenges.listing import Wanted
from sandbox.bank.challenges.service import Asked
from sandbox.bank.challenges.story import PENDING, Beside, Finished, Story, Take
from sandbox.bank.checks import Checks
from sandbox.bank.information import service as information
from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.services import bills, queries, texts
from sandbox.bank.services.bills import Bill
from sandbox.bank.services.problems import BillAlreadyPaid, InquiryExpired, NotATopUp, NothingDue
from sandbox.bank.services.schemas import NewServicePayment, ServicePaymentReceipt, ServicePaymentView
from sandbox.bank.services.tables import ServicePayment
from sandbox.bank.wire import Page
from sandbox.domain import concepts
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.vocabulary import Ending
from sandbox.kernel import clock, money
from sandbox.problem import FieldError, Text
from sandbox.problems import AccountNotActive, InsufficientFunds, NotFound, ReceiptNotReady, ValidationFailed
from sandbox.storage.unit import UnitOfWork

PREFIX = bills.PAYMENT

_WAYS = Text(
    "Envía inquiry_id; o, para una recarga, amount con inquiry_id o con biller_id y reference.",
    "Send inquiry_id; or, for a top-up, amount with inquiry_id or with biller_id and reference.",
)
_TAX = 0
"""No VAT is added to the fee of a payment: billers' fees are final (seed/catalogues/services.yaml)."""


class PaymentPlan(NamedTuple):
    """A payment that may be made: from which account, and what it costs. Amounts in cents."""

    origin: int
    amount: int
    fee: int


class PaymentsWanted(NamedTuple):
    """Which payments: by status and days; by biller; automatic or not."""

    orders: Wanted
    biller: int | None
    automatic: bool | None


async def create(unit: UnitOfWork, member: LiveSession, wanted: NewServicePayment) -> ServicePaymentView:
    """A payment that waits for its code, its total held.

    Raises NotFound, InquiryExpired, NothingDue, BillAlreadyPaid, NotATopUp, ReferenceMalformed, NoPhoneOnFile,
    AccountNotDebitable, AccountNotActive, InsufficientFunds, ValidationFailed.
    """
    checks, bill = Checks(), None
    origin = unit.ids.number("acc", wanted.origin_account_id) or 0
    with checks.of("biller_id" if wanted.inquiry_id is None else "inquiry_id"):
        bill = await _ordered(unit, member, wanted)
    with checks.of("origin_account_id"):
        await ledger.debitable(unit, member.member_id, origin)
    checks.require()
    assert bill is not None
    plan = await _plan(unit, member.member_id, origin, bill.owed.amount, money.parse(bill.biller.data["fee"]))
    if await bills.payment_of(unit, bill.owed) is not None:  # the index `bill_paid_once` keeps it so until the code
        raise BillAlreadyPaid
    payment = await add(unit, member.member_id, origin, bill, automatic=0)
    await PAYMENTS.begin(unit, member, payment, plan, {"amount": money.show(plan.amount)})
    return await PAYMENTS.shown_one(unit, await PAYMENTS.row(unit, payment))


async def _plan(unit: UnitOfWork, member: int, origin: int, amount: int, fee: int) -> PaymentPlan:
    """What order and code are checked for. Raises NotFound, AccountNotDebitable, AccountNotActive."""
    account = await ledger.debitable(unit, member, origin)
    return PaymentPlan(account.id, amount, fee)


async def add(unit: UnitOfWork, member: int, origin: int, bill: Bill, *, automatic: int) -> int:
    """Write a payment that has not run yet; gives its key."""
    return await unit.insert(
        queries.ADD_PAYMENT,
        member_id=member,
        origin_id=origin,
        biller_id=bill.biller.id,
        biller_name=bill.biller.data["name"],
        reference=bill.reference,
        period=bill.owed.period,
        amount=bill.amount,
        fee=money.parse(bill.biller.data["fee"]),
        automatic=automatic,
        status=PENDING,
        entry_id=None,
        created_at=unit.now,
        confirmed_at=None,
    )


async def run(unit: UnitOfWork, key: int) -> None:
    """Move the money of a payment that needs no code. Raises InsufficientFunds."""
    row = await PAYMENTS.row(unit, key)
    await PAYMENTS.carry_out(unit, row, PaymentPlan(row.origin_id, row.amount, row.fee))


class PaymentStory(Story[ServicePayment, PaymentPlan, ServicePaymentView]):
    """A payment: its total is held until the code pays the biller."""

    kind = "service_payment"
    prefix = PREFIX
    view = ServicePaymentView
    refusals = (InsufficientFunds, AccountNotActive)

    async def row(self, unit: UnitOfWork, key: int) -> ServicePayment:
        """The payment."""
        row = await unit.one(queries.PAYMENT, payment=key)
        assert row is not None
        return row

    async def plan_again(self, unit: UnitOfWork, row: ServicePayment, asked: Asked) -> PaymentPlan:
        """The account may have been closed. Raises AccountNotActive."""
        return await _plan(unit, row.member_id, row.origin_id, row.amount, row.fee)

    def takes(self, plan: PaymentPlan) -> Take:
        """The amount and the fee."""
        return Take(plan.origin, plan.amount + plan.fee)

    def legs(self, row: ServicePayment, plan: PaymentPlan) -> Sequence[Leg]:
        """The amount to the biller, the fee to the bank."""
        concept = concepts.TOP_UP if row.period is None else concepts.BILL_PAYMENT
        text = f"{row.biller_name} {row.reference}"
        return [
            Leg(plan.origin, -plan.amount, concept, text),
            Leg(SystemAccount.BILLERS, plan.amount, concept, text),
            Leg(plan.origin, -plan.fee, concepts.BILL_FEE, text),
            Leg(SystemAccount.FEES, plan.fee, concepts.BILL_FEE, text),
        ]

    async def finish(self, unit: UnitOfWork, row: ServicePayment, plan: PaymentPlan, entry: int | None) -> Finished:
        """Paid."""
        await unit.later(queries.FINISH_PAYMENT, payment=row.id, outcome="completed", entry=entry, now=unit.now)
        amount = money.show(plan.amount)
        return Finished(
            await self.shown_one(unit, await self.row(unit, row.id)),
            "service_payment.completed",
            {"amount": amount},
            texts.ServicePaid(amount, row.biller_name, row.reference),
        )

    async def close(self, unit: UnitOfWork, row: ServicePayment, outcome: Ending) -> None:
        """Cancelled, expired or locked: the bill may be paid again."""
        await unit.later(queries.FINISH_PAYMENT, payment=row.id, outcome=outcome, entry=None, now=None)

    def origin(self, row: ServicePayment) -> int:
        """The account that pays."""
        return row.origin_id

    async def show(self, unit: UnitOfWork, row: ServicePayment, beside: Beside) -> ServicePaymentView:
        """A payment as the history shows it."""
        return _view(unit, row, beside)


PAYMENTS = PaymentStory()


async def find(unit: UnitOfWork, member: LiveSession, key: int) -> ServicePaymentView:
    """One of the member's payments. Raises NotFound."""
    return await PAYMENTS.shown_one(unit, await _owned(unit, member, key))


async def receipt(unit: UnitOfWork, member: LiveSession, key: int) -> ServicePaymentReceipt:
    """The voucher. Raises NotFound, ReceiptNotReady before the payment was made."""
    row = await _owned(unit, member, key)
    if row.confirmed_at is None or row.entry_id is None:
        raise ReceiptNotReady
    return ServicePaymentReceipt(
        receipt_number=receipts.number(row.entry_id),
        payment_id=unit.ids.name(PREFIX, row.id),
        status=row.status,
        date=clock.show(row.confirmed_at),
        origin=(await ledger.parties(unit, {row.origin_id}))[row.origin_id],
        biller=row.biller_name,
        biller_id=unit.ids.name("bil", row.biller_id),
        amount=money.show(row.amount),
        fee=money.show(row.fee),
        tax=money.show(_TAX),
        total=money.show(row.amount + row.fee),
        reference=row.reference,
        automatic=bool(row.automatic),
    )


async def _owned(unit: UnitOfWork, member: LiveSession, key: int) -> ServicePayment:
    row = await unit.one(queries.OWNED_PAYMENT, payment=key, member=member.member_id)
    if row is None:
        raise NotFound
    return row


async def page(
    unit: UnitOfWork, member: LiveSession, wanted: PaymentsWanted, limit: int, cursor: str | None
) -> Page[ServicePaymentView]:
    """«Historial de Pagos», newest first: payments that were made, unless another status is wanted. Raises
    InvalidCursor."""
    return await PAYMENTS.page(
        unit,
        queries.PAYMENTS_BEFORE,
        Page[ServicePaymentView],
        member,
        wanted.orders,
        limit,
        cursor,
        automatic=None if wanted.automatic is None else int(wanted.automatic),
        biller=wanted.biller,
    )


def _view(unit: UnitOfWork, row: ServicePayment, beside: Beside) -> ServicePaymentView:
    return ServicePaymentView(
        id=unit.ids.name(PREFIX, row.id),
        status=row.status,
        biller=row.biller_name,
        biller_id=unit.ids.name("bil", row.biller_id),
        reference=row.reference,
        origin_account_id=unit.ids.name("acc", row.origin_id),
        origin=beside.origin,
        amount=money.show(row.amount),
        fee=money.show(row.fee),
        tax=money.show(_TAX),
        total=money.show(row.amount + row.fee),
        automatic=bool(row.automatic),
        created_at=clock.show(row.created_at),
        confirmed_at=clock.show(row.confirmed_at) if row.confirmed_at else None,
        challenge=beside.challenge,
    )


async def _ordered(unit: UnitOfWork, member: LiveSession, wanted: NewServicePayment) -> Bill:
    """The bill or top-up a payment is for."""
    by_name = (wanted.biller_id, wanted.reference)
    by_inquiry = wanted.inquiry_id is not None
    if by_inquiry == any(part is not None for part in by_name) or (
        not by_inquiry and None in (*by_name, wanted.amount)
    ):
        raise ValidationFailed(errors=[FieldError("inquiry_id", "one_of", _WAYS)])
    if wanted.inquiry_id is not None:
        return await _inquired(unit, member, unit.ids.number(bills.INQUIRY, wanted.inquiry_id) or 0, wanted.amount)
    biller = await information.entry(unit, "biller", unit.ids.number("bil", wanted.biller_id or ""))
    if not biller.data["top_up"]:
        raise NotATopUp
    return bills.top_up(unit, biller, wanted.reference or "", wanted.amount or 0)


async def _inquired(unit: UnitOfWork, member: LiveSession, key: int, amount: int | None) -> Bill:
    inquiry = await unit.one(queries.OWNED_INQUIRY, inquiry=key, member=member.member_id)
    if inquiry is None:
        raise NotFound
    if inquiry.expires_at <= unit.now:
        raise InquiryExpired
    biller = await information.entry(unit, "biller", inquiry.biller_id)
    if bool(biller.data["top_up"]) != (amount is not None):
        raise ValidationFailed(errors=[FieldError("amount", "one_of", _WAYS)])
    if amount is not None:
        return bills.top_up(unit, biller, inquiry.reference, amount)
    if inquiry.amount is None:
        raise NothingDue
    return Bill(biller, inquiry.reference, inquiry.period, inquiry.holder, inquiry.amount, inquiry.due_at)
