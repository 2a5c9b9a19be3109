"""Interbank transfers after their code: in process until their cycle ends, then settled or returned.

What is in process lies on the settlement account, which is empty again after each cycle.
"""

from operator import attrgetter
from typing import Literal

from sandbox.bank.jobs import service as jobs
from sandbox.bank.ledger import service as ledger
from sandbox.bank.notifications import service as notifications
from sandbox.bank.transfers import queries, texts
from sandbox.bank.transfers.tables import Transfer
from sandbox.domain import concepts
from sandbox.domain.calendars import next_settlement
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.domain.rules.wording import Phrase
from sandbox.domain.vocabulary import TransferKind
from sandbox.kernel import masks, money
from sandbox.kernel.clock import Micros
from sandbox.sandboxes import strikes
from sandbox.storage.unit import UnitOfWork

PREFIX = "trf"


def settles_at(unit: UnitOfWork, kind: TransferKind) -> Micros:
    """When a transfer ordered now reaches its destination: at once within the cooperative."""
    if kind != "interbank":
        return unit.now
    return next_settlement(unit.now, unit.rules.settlement.as_cycles, unit.rules.business_days)


class Settlement:
    """Transfers in process, as due work."""

    kind = "transfer.settlement"

    async def next_due(self, unit: UnitOfWork) -> Micros | None:
        """The end of the first cycle that a transfer waits for."""
        first = await unit.one(queries.FIRST_IN_PROCESS)
        return None if first is None or first.settles_at is None else Micros(first.settles_at)

    async def run_next(self, unit: UnitOfWork, limit: Micros) -> jobs.Done | None:
        """Settle or return one transfer; while the network is out, leave it to the next cycle."""
        transfer = await jobs.first(unit, queries.FIRST_IN_PROCESS, limit, attrgetter("settles_at"))
        if transfer is None:
            return None
        subject = unit.ids.name(PREFIX, transfer.id)
        if unit.sandbox.faults.outages and await strikes.is_out(unit, "settlement"):
            due = settles_at(unit, "interbank")
            await unit.later(queries.POSTPONE, transfer=transfer.id, due=due)
            unit.record("transfer.postponed", transfer.member_id, PREFIX, transfer.id)
            return jobs.Done("transfer.postponement", subject, unit.now)
        returned = unit.rules.settlement.return_of(transfer.destination_number)
        if returned is None:
            await _settle(unit, transfer)
        else:
            await _give_back(unit, transfer, returned.reason, Phrase(returned.message.es, returned.message.en))
        return jobs.Done("transfer.settlement", subject, unit.now)


async def _settle(unit: UnitOfWork, transfer: Transfer) -> None:
    await _leave(unit, transfer, "settlement", SystemAccount.FUNDING, concepts.INTERBANK_SETTLED)
    await unit.later(queries.CLOSE, transfer=transfer.id, outcome="settled", why=None)
    if transfer.beneficiary_email is not None:
        told = texts.InterbankTransferReceived(
            money.show(transfer.amount),
            masks.number(transfer.destination_number),
            transfer.destination_institution,
            transfer.reference,
        )
        await notifications.send(
            unit, None, "email", transfer.beneficiary_email, "transfer_received", told,
            language=await notifications.language_of(unit, transfer.member_id),
        )  # fmt: skip
    unit.record("transfer.settled", transfer.member_id, PREFIX, transfer.id)


async def _give_back(unit: UnitOfWork, transfer: Transfer, reason: str, words: Phrase) -> None:
    """The principal comes back; the fee is kept."""
    await _leave(unit, transfer, "return", transfer.origin_id, concepts.INTERBANK_RETURNED)
    await unit.later(queries.CLOSE, transfer=transfer.id, outcome="returned", why=reason)
    told = texts.TransferReturned(money.show(transfer.amount), transfer.destination_name, words)
    await notifications.notice(unit, transfer.member_id, "transfer_returned", told)
    unit.record("transfer.returned", transfer.member_id, PREFIX, transfer.id, reason=reason)


async def _leave(
    unit: UnitOfWork, transfer: Transfer, kind: Literal["settlement", "return"], to: int, concept: str
) -> None:
    await ledger.post(
        unit,
        kind,
        "transfer",
        transfer.id,
        [
            Leg(SystemAccount.SETTLEMENT, -transfer.amount, concept, transfer.reference),
            Leg(to, transfer.amount, concept, transfer.reference),
        ],
    )
