"""Asking what is due (manual, chapter 5, «Pago de Servicios»)."""

import re
from typing import NamedTuple

from sandbox.bank.checks import Checks
from sandbox.bank.information import service as information
from sandbox.bank.information.service import Entry
from sandbox.bank.members.session import LiveSession
from sandbox.bank.services import queries
from sandbox.bank.services.problems import (
    BillerUnavailable,
    ReferenceMalformed,
    ReferenceUnknown,
)
from sandbox.bank.services.schemas import (
    Biller,
    InquiryStatus,
    InquiryView,
    NewInquiry,
    ServiceCategory,
)
from sandbox.bank.services.tables import ServicePayment
from sandbox.bank.wire import Listing
from sandbox.domain.vocabulary import Language
from sandbox.kernel import clock, money
from sandbox.kernel.clock import DAY, SECOND
from sandbox.kernel.words import either
from sandbox.problem import FieldError, Text
from sandbox.problems import NotFound, ValidationFailed
from sandbox.sandboxes import strikes
from sandbox.storage.unit import UnitOfWork

INQUIRY = "inq"
PAYMENT = "pay"
_OFFERED = Text("Elige uno de estos montos: {options}.", "Choose one of these amounts: {options}.")
_HOLDERS = ("María Anrango", "José Tipán", "Rosa Caiza", "Luis Bravo", "Carmen Yánez", "Pedro Vélez")


class Owed(NamedTuple):
    """What is paid, and once: `amount` cents to a biller for a reference in a month. A top-up has no month."""

    biller: int
    reference: str
    period: int | None
    amount: int


class Bill(NamedTuple):
    """What a biller says of a reference in a month: `amount` in cents, None without debt. `waiting` is the payment of
    it that waits for its code: until then the bill is due, and cannot be paid a second time."""

    biller: Entry
    reference: str
    period: int
    holder: str | None
    amount: int | None
    due_at: int | None
    waiting: ServicePayment | None = None

    @property
    def owed(self) -> Owed:
        """What a payment of it pays. There is no debt to pay where `amount` is None."""
        assert self.amount is not None
        period = None if self.biller.data["top_up"] else self.period
        return Owed(self.biller.id, self.reference, period, self.amount)


async def categories(unit: UnitOfWork, language: str) -> Listing[ServiceCategory]:
    """Kinds of services."""
    found = await information.catalogue(unit, "category")
    return Listing[ServiceCategory](items=[ServiceCategory(id=each.key, name=each.data[language]) for each in found])


async def billers(unit: UnitOfWork, category: str | None, language: Language) -> Listing[Biller]:
    """Companies, all or of a category."""
    found = await information.catalogue(unit, "biller")
    return Listing[Biller].model_validate(
        {
            "items": [
                {
                    "id": unit.ids.name("bil", each.id),
                    **each.data,
                    "reference_label": each.data["reference_label"][language],
                }
                for each in found
                if category is None or each.data["category"] == category
            ]
        }
    )


async def look(unit: UnitOfWork, biller: Entry, reference: str) -> Bill:
    """Ask a biller about this month. Raises ReferenceMalformed, ReferenceUnknown, BillerUnavailable."""
    require_form(biller, reference)
    outcome = unit.rules.services.outcome_of(reference)
    await require_biller(unit)
    if outcome == "biller_unavailable":
        raise BillerUnavailable
    if outcome == "unknown_reference":
        raise ReferenceUnknown
    here = clock.local(unit.now)
    period = here.year * 12 + here.month - 1
    draw = unit.sandbox.entropy.draw(f"bills of {biller.key} {reference}", period)
    holder = _HOLDERS[unit.sandbox.entropy.draw(f"holder of {biller.key} {reference}", 0)[0] % len(_HOLDERS)]
    amount = 5_00 + int.from_bytes(draw[:4], "big") % 80_00
    paid = await payment_of(unit, Owed(biller.id, reference, period, amount))
    if outcome == "no_debt" or (paid is not None and paid.status == "completed"):
        return Bill(biller, reference, period, holder, None, None)
    return Bill(biller, reference, period, holder, amount, unit.now + (5 + draw[4] % 15) * DAY, paid)


def top_up(unit: UnitOfWork, biller: Entry, reference: str, amount: int) -> Bill:
    """A top-up, as what is to be paid. Raises ReferenceMalformed, ValidationFailed for an amount that there is not."""
    checks = Checks()
    with checks.of("reference"):
        require_form(biller, reference)
    with checks.of("amount"):
        _require_offered(unit, amount)
    checks.require()
    return Bill(biller, reference, 0, None, amount, None)


def _require_offered(unit: UnitOfWork, amount: int) -> None:
    allowed = unit.rules.services.settings.top_up_amounts
    if amount not in allowed:
        listed = [money.show(each) for each in allowed]
        options = Text(either(listed, "es"), either(listed, "en"))
        raise ValidationFailed(errors=[FieldError("amount", "not_an_option", _OFFERED.filled({"options": options}))])


async def require_biller(unit: UnitOfWork) -> None:
    """Raises BillerUnavailable while billers are out."""
    if unit.sandbox.faults.outages and await strikes.is_out(unit, "biller"):
        raise BillerUnavailable


def require_form(biller: Entry, reference: str) -> None:
    """Raises ReferenceMalformed for a reference that is not of the biller's form."""
    if re.fullmatch(biller.data["reference_pattern"], reference, re.ASCII) is None:
        raise ReferenceMalformed(label=Text(**biller.data["reference_label"]), example=biller.data["reference_example"])


async def payment_of(unit: UnitOfWork, bill: Owed) -> ServicePayment | None:
    """The payment of the bill that was made, or waits for its code. None for a top-up, which can be paid again."""
    place = {"biller": bill.biller, "reference": bill.reference, "period": bill.period}
    return await unit.one(queries.PAID_BILL, **place)


async def inquire(unit: UnitOfWork, member: LiveSession, wanted: NewInquiry) -> InquiryView:
    """What is due. Raises as `look`, NotFound, ValidationFailed unless exactly one way of asking is used."""
    biller, reference = await _asked(unit, member, wanted)
    if biller.data["top_up"]:
        require_form(biller, reference)
        await require_biller(unit)
        bill = Bill(biller, reference, 0, None, None, None)
    else:
        bill = await look(unit, biller, reference)
    expires_at = unit.now + unit.rules.services.settings.inquiry_seconds * SECOND
    inquiry = await unit.insert(
        queries.ADD_INQUIRY,
        member_id=member.member_id,
        biller_id=biller.id,
        reference=reference,
        holder=bill.holder,
        period=bill.period,
        amount=bill.amount,
        due_at=bill.due_at,
        expires_at=expires_at,
    )
    return _view(unit, member, bill, inquiry, expires_at)


def _view(unit: UnitOfWork, member: LiveSession, bill: Bill, inquiry: int, expires_at: int) -> InquiryView:
    biller, waiting = bill.biller, bill.waiting
    fee = money.parse(biller.data["fee"])
    allowed = [money.show(amount) for amount in unit.rules.services.settings.top_up_amounts]
    own = waiting is not None and waiting.member_id == member.member_id
    return InquiryView(
        id=unit.ids.name(INQUIRY, inquiry),
        status=_status(bill),
        biller=biller.data["name"],
        biller_id=unit.ids.name("bil", biller.id),
        reference=bill.reference,
        holder=bill.holder,
        amount_due=None if bill.amount is None else money.show(bill.amount),
        due_date=None if bill.due_at is None else clock.show(bill.due_at)[:10],
        fee=money.show(fee),
        total=None if bill.amount is None else money.show(bill.amount + fee),
        allowed_amounts=allowed if biller.data["top_up"] else None,
        payment_id=unit.ids.name(PAYMENT, waiting.id) if waiting is not None and own else None,
        expires_at=clock.show(expires_at),
    )


def _status(bill: Bill) -> InquiryStatus:
    if bill.biller.data["top_up"]:
        return "top_up"
    if bill.waiting is not None:
        return "payment_pending"
    return "no_debt" if bill.amount is None else "debt"


async def _asked(unit: UnitOfWork, member: LiveSession, wanted: NewInquiry) -> tuple[Entry, str]:
    if wanted.registered_service_id is not None and wanted.biller_id is None and wanted.reference is None:
        key = unit.ids.number("srv", wanted.registered_service_id) or 0
        saved = await unit.one(queries.OWNED_REGISTERED, service=key, member=member.member_id)
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
