"""Planning a transfer, before it is made and again before it runs: its ends, its price, the rules."""

from dataclasses import dataclass

from sandbox.bank.ledger import service as ledger
from sandbox.bank.members.session import LiveSession
from sandbox.bank.transfers import queries
from sandbox.bank.transfers.problems import BeneficiaryKindMismatch, DestinationNotCreditable, SameAccount
from sandbox.bank.transfers.schemas import AnyOrder, OwnOrder
from sandbox.bank.transfers.tables import Transfer
from sandbox.bank.wire import Party
from sandbox.domain.vocabulary import PartyAccount, TransferKind
from sandbox.kernel import clock
from sandbox.problems import NotFound
from sandbox.storage.unit import UnitOfWork

_UNLIMITED = 999_999_999_99


@dataclass(slots=True)
class Plan:
    """A transfer that may be made: its ends, its price, what is left of the limits. Amounts in cents."""

    kind: TransferKind
    origin_id: int
    origin_number: str
    origin_name: str
    origin_institution: str
    destination_id: int | None
    beneficiary_id: int | None
    name: str
    number: str
    institution: str
    account_type: PartyAccount
    amount: int
    fee: int
    tax: int
    cap_per_transaction: int
    cap_left_today: int

    @property
    def total(self) -> int:
        return self.amount + self.fee + self.tax

    @property
    def origin(self) -> Party:
        return ledger.party(self.origin_name, self.origin_number, self.origin_institution, "savings")

    @property
    def destination(self) -> Party:
        return ledger.party(self.name, self.number, self.institution, self.account_type)


async def plan(unit: UnitOfWork, member: LiveSession, order: AnyOrder) -> Plan:
    """Plan an order. Raises NotFound, SameAccount, BeneficiaryKindMismatch, DestinationNotCreditable and the
    rules' refusals."""
    origin = _key(unit, "acc", order.origin_account_id)
    if isinstance(order, OwnOrder):
        destination, beneficiary = _key(unit, "acc", order.destination_account_id), None
    else:
        destination, beneficiary = None, _key(unit, "ben", order.beneficiary_id)
    day = clock.day_of(unit.now)
    situation = await _situation(unit, order.kind, member.member_id, origin, destination, beneficiary, day)
    return _judge(unit, order.kind, order.amount, situation, situation.used or 0, "creation")


async def _situation(
    unit: UnitOfWork,
    kind: TransferKind,
    member: int,
    origin: int,
    destination: int | None,
    beneficiary: int | None,
    day: int,
) -> queries.Situation:
    """What the transfer is judged by. Raises NotFound, SameAccount, BeneficiaryKindMismatch,
    DestinationNotCreditable."""
    if beneficiary is None:
        found = await unit.one(
            queries.OWN_SITUATION, member=member, origin=origin, destination=destination, day=day, kind=kind
        )
    else:
        found = await unit.one(
            queries.BENEFICIARY_SITUATION, member=member, origin=origin, beneficiary=beneficiary, day=day, kind=kind
        )
    if found is None or found.beneficiary_status not in (None, "active"):
        raise NotFound
    if found.beneficiary_kind not in (None, kind):
        raise BeneficiaryKindMismatch
    if found.destination_id == found.origin_id:
        raise SameAccount
    if kind == "interbank":
        return found
    if found.destination_type != "savings" or found.destination_status != "active":
        raise DestinationNotCreditable
    return found


def _judge(
    unit: UnitOfWork,
    kind: TransferKind,
    amount: int,
    situation: queries.Situation,
    used: int,
    stage: str,
) -> Plan:
    """Price the transfer and ask the rules. Raises their refusal."""
    price = unit.rules.fees.for_kind(kind)
    cap = unit.rules.limits.cap_for(kind, situation.segment)
    own_per_transaction = _or_unlimited(situation.own_per_transaction)
    own_per_day = _or_unlimited(situation.own_per_day)
    sender, ours = f"{situation.first_names} {situation.last_names}", unit.sandbox.institution.name
    unit.decide(
        f"transfer.{kind}",
        {
            "stage": stage,
            "kind": kind,
            "amount": amount,
            "fee": price.fee,
            "tax": price.tax,
            "total": amount + price.fee + price.tax,
            "used_today": used,
            "local_hour": clock.hour_of(unit.now),
            "cap": {"per_transaction": cap.per_transaction, "per_day": cap.per_day},
            "own_cap": {"per_transaction": own_per_transaction, "per_day": own_per_day},
            "beneficiary": {
                "maximum": _or_unlimited(situation.maximum),
                "own": situation.beneficiary_id is None,
            },
            "member": {"segment": situation.segment, "status": situation.status},
            "origin": {
                "type": situation.origin_type,
                "status": situation.origin_status,
                "debitable": situation.origin_type == "savings",
            },
        },
    )
    return Plan(
        kind=kind,
        origin_id=situation.origin_id,
        origin_number=situation.origin_number,
        origin_name=sender,
        origin_institution=ours,
        destination_id=situation.destination_id,
        beneficiary_id=situation.beneficiary_id,
        name=situation.name or sender,
        number=situation.number,
        institution=situation.institution or ours,
        account_type=situation.account_type,
        amount=amount,
        fee=price.fee,
        tax=price.tax,
        cap_per_transaction=min(cap.per_transaction, own_per_transaction),
        cap_left_today=max(0, min(cap.per_day, own_per_day) - used),
    )


def _or_unlimited(cents: int | None) -> int:
    return _UNLIMITED if cents is None else cents


async def check_again(unit: UnitOfWork, transfer: Transfer) -> Plan:
    """The second check, at confirmation: accounts, beneficiary and limits may have changed since. Raises as `plan`.

    A limit of a day counts what is debited on it. A transfer that waits counts on the day it was ordered; confirmed on
    a later one, it moves there, if that day's limits allow it.
    """
    ordered, today = clock.day_of(transfer.created_at), clock.day_of(unit.now)
    situation = await _situation(
        unit,
        transfer.kind,
        transfer.member_id,
        transfer.origin_id,
        transfer.destination_id,
        transfer.beneficiary_id,
        today,
    )
    used = situation.used or 0
    used_by_others = used - transfer.amount if ordered == today else used
    plan = _judge(unit, transfer.kind, transfer.amount, situation, used_by_others, "confirmation")
    if ordered != today:
        await give_back_use(unit, transfer)
        await unit.later(
            queries.USE_MORE,
            member_id=transfer.member_id,
            day=today,
            kind=transfer.kind,
            amount=transfer.amount,
        )
    return plan


async def give_back_use(unit: UnitOfWork, transfer: Transfer) -> None:
    """Take a transfer off the limits of the day it was ordered."""
    await unit.later(
        queries.USE_LESS,
        member=transfer.member_id,
        on_day=clock.day_of(transfer.created_at),
        of_kind=transfer.kind,
        less=transfer.amount,
    )


def _key(unit: UnitOfWork, prefix: str, name: str) -> int:
    number = unit.ids.number(prefix, name)
    if number is None:
        raise NotFound
    return number
