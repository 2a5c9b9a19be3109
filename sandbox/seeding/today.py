"""What members did today before the clock starts: transfers made, and one that is on its way."""

from sandbox.bank.transfers.tables import DailyUse, Transfer
from sandbox.domain import concepts
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.kernel import clock
from sandbox.kernel.clock import HOUR, MINUTE
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.people import Person
from sandbox.seeding.traits import Traits


def send_abroad(here: Circumstances, member: int, origin: int, traits: Traits) -> None:
    """An interbank transfer of today, still in process until its cycle ends."""
    assert traits.in_flight is not None
    to = traits.interbank_beneficiaries[0]
    price = here.first_day
    moment, amount = here.today(before=30 * MINUTE), traits.in_flight
    transfer = here.books.key(Transfer)
    entry = here.books.post(
        moment,
        "transfer",
        "transfer",
        transfer,
        Leg(origin, -amount, concepts.INTERBANK_SENT),
        Leg(SystemAccount.SETTLEMENT, amount, concepts.INTERBANK_SENT),
        Leg(origin, -price.fee, concepts.TRANSFER_FEE),
        Leg(SystemAccount.FEES, price.fee, concepts.TRANSFER_FEE),
        Leg(origin, -price.tax, concepts.TRANSFER_FEE_VAT),
        Leg(SystemAccount.VAT, price.tax, concepts.TRANSFER_FEE_VAT),
    )
    here.books.add(
        Transfer,
        id=transfer,
        kind="interbank",
        member_id=member,
        origin_id=origin,
        origin_number=here.numbers[origin],
        destination_number=to.account_number,
        destination_name=to.holder_name,
        destination_institution=to.institution,
        destination_type="savings",
        amount=amount,
        fee=price.fee,
        tax=price.tax,
        total=amount + price.fee + price.tax,
        reference="",
        status="in_process",
        entry_id=entry,
        created_at=moment,
        confirmed_at=moment,
        settles_at=here.first_day.settles_at(clock.Micros(moment)),
    )
    here.books.add(DailyUse, member_id=member, day=clock.day_of(moment), kind="interbank", amount=amount)


def use_up(here: Circumstances, member: int, origin: int, other: Person, destination: int, traits: Traits) -> None:
    """Completed transfers of today, and the use of the day they make."""
    assert traits.used_today is not None
    first, last = here.today(before=HOUR), here.today(before=30 * MINUTE)
    apart = min(MINUTE, (last - first) // len(traits.used_today.amounts))
    for number, amount in enumerate(traits.used_today.amounts):
        moment = first + number * apart
        transfer = here.books.key(Transfer)
        entry = here.books.post(
            moment,
            "transfer",
            "transfer",
            transfer,
            Leg(origin, -amount, concepts.TRANSFER_SENT),
            Leg(destination, amount, concepts.TRANSFER_RECEIVED),
        )
        here.books.add(
            Transfer,
            id=transfer,
            kind="cooperative",
            member_id=member,
            origin_id=origin,
            origin_number=here.numbers[origin],
            destination_id=destination,
            destination_number=here.numbers[destination],
            destination_name=f"{other.first_names} {other.last_names}",
            destination_institution=here.institution.name,
            destination_type="savings",
            amount=amount,
            fee=0,
            tax=0,
            total=amount,
            reference="",
            status="completed",
            entry_id=entry,
            created_at=moment,
            confirmed_at=moment,
        )
    here.books.add(
        DailyUse,
        member_id=member,
        day=clock.day_of(here.start),
        kind="cooperative",
        amount=sum(traits.used_today.amounts),
    )


def spent_today(here: Circumstances, traits: Traits) -> int:
    """What leaves the first savings account today, after its history, in cents."""
    used = sum(traits.used_today.amounts) if traits.used_today else 0
    return used + (traits.in_flight + here.first_day.fee + here.first_day.tax if traits.in_flight else 0)
