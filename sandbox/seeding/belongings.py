"""What members have besides accounts, cards, loans and deposits: beneficiaries, scheduled payments."""

from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.services.tables import ScheduledPayment
from sandbox.domain import calendars
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY
from sandbox.kernel.folding import searched
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.people import Person
from sandbox.seeding.traits import InterbankTrait, Traits


def befriend(here: Circumstances, member: int, other: Person, account: int, maximum: int, alias: str | None) -> None:
    """A beneficiary of the cooperative: another member's account."""
    holder, number = f"{other.first_names} {other.last_names}", here.numbers[account]
    called = alias or other.first_names.split()[0]
    here.books.add(
        Beneficiary,
        id=here.books.key(Beneficiary),
        member_id=member,
        kind="cooperative",
        institution=here.institution.name,
        account_type="savings",
        account_number=number,
        account_id=account,
        holder_name=holder,
        email=other.email,
        alias=called,
        maximum=maximum,
        status="active",
        created_at=here.start - 30 * DAY,
        searched=searched(holder, called, number),
    )


def befriend_abroad(here: Circumstances, member: int, trait: InterbankTrait) -> None:
    """A beneficiary in another institution."""
    here.books.add(
        Beneficiary,
        id=here.books.key(Beneficiary),
        member_id=member,
        kind="interbank",
        institution=trait.institution,
        account_type="savings",
        account_number=trait.account_number,
        holder_name=trait.holder_name,
        document_type=trait.document_type,
        document_number=trait.document_number,
        alias=trait.alias,
        maximum=trait.maximum,
        status="active",
        created_at=here.start - 30 * DAY,
        searched=searched(trait.holder_name, trait.alias, trait.account_number),
    )


def add_schedules(here: Circumstances, member: int, account: int, traits: Traits) -> None:
    """Payments on a day of each month from an account."""
    for trait in traits.schedules:
        due = calendars.next_monthly(clock.Micros(here.start), trait.day, here.first_day.runs_at)
        biller, data = here.books.entry_called("biller", trait.biller)
        here.books.add(
            ScheduledPayment,
            id=here.books.key(ScheduledPayment),
            member_id=member,
            origin_id=account,
            biller_id=biller,
            biller_name=data["name"],
            reference=trait.reference,
            day=trait.day,
            maximum=trait.maximum,
            status="active",
            attempts=0,
            next_at=due,
            due_at=due,
            created_at=here.start - 60 * DAY,
        )
