"""Members with their accounts, beneficiaries and past."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from sandbox.bank.access.tables import Device
from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.tables import Member
from sandbox.bank.products.tables import Holding
from sandbox.bank.services.tables import ScheduledPayment
from sandbox.bank.transfers.tables import DailyUse, Transfer
from sandbox.domain import calendars, concepts
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, HOUR, MINUTE
from sandbox.seeding import history
from sandbox.seeding.books import Books
from sandbox.seeding.cards import add_card
from sandbox.seeding.first_day import INTERBANK_FEE, INTERBANK_TAX, SCHEDULES_RUN_AT, settles_at
from sandbox.seeding.people import People, Person
from sandbox.seeding.personas import AccountTrait, InterbankTrait, Persona, Traits

FIRST_MEMBER_ACCOUNT = 101
INSTITUTION = "Cooprogreso"
# A key nobody has the other half of.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
"""
_NAMES = {"savings": "Cuenta de Ahorros", "share_certificate": "Certificados de Aportación"}


class Neighbour(NamedTuple):
    """Somebody whom another member's traits mean: who it is, and the account money goes to."""

    person: Person
    account: int


class _Begun(NamedTuple):
    """A member whose rows are begun."""

    member: int
    person: Person
    traits: Traits
    accounts: list[int]
    happenings: list[history.Happening]


class MemberSeeder:
    """Writes members into the books, personas first."""

    def __init__(self, books: Books, people: People, start: int, password: str, password_hash: str) -> None:
        self._books = books
        self._people = people
        self._start = start
        self._password = password
        self._hash = password_hash
        self._numbers: dict[int, str] = {}

    def add_personas(self, personas: Sequence[Persona]) -> None:
        """Every persona, with what they have to do with each other."""
        known: dict[str, Neighbour] = {}
        begun: list[_Begun] = []
        for index, persona in enumerate(personas, 1):
            one = self._start_member(index, persona)
            begun.append(one)
            known[persona.id] = Neighbour(one.person, self._first_savings(persona, one.accounts))
        self._live([happening for one in begun for happening in one.happenings], [])
        for one in begun:
            self._furnish(one)
        for one in begun:
            self._connect(one, known)
        for one in begun:
            self._send(one)

    def add_made(self, index: int, traits: Traits, known: Mapping[str, Neighbour], numbers: Mapping[int, str]) -> None:
        """One member by traits, among others whom its traits mean by name; `numbers` are their accounts'."""
        self._numbers.update(numbers)
        one = self._start_member(index, traits)
        self._live(one.happenings, [])
        self._furnish(one)
        self._connect(one, known)
        self._send(one)

    def _start_member(self, index: int, traits: Traits) -> "_Begun":
        person = self._people.person(index, traits.first_names, traits.last_names)
        self._add_member(index, person, traits)
        accounts = [self._add_account(index, trait) for trait in traits.accounts]
        return _Begun(index, person, traits, accounts, self._begin(index, traits, accounts))

    def _furnish(self, one: "_Begun") -> None:
        """What the member has: balances, cards, loans, schedules."""
        self._finish(one.traits, one.accounts)
        for card in one.traits.cards:
            add_card(self._books, one.member, card, self._start)
        self._add_holdings(one.member, one.traits)
        self._add_schedules(one.member, self._first_savings(one.traits, one.accounts), one.traits)

    def _connect(self, one: "_Begun", known: Mapping[str, Neighbour]) -> None:
        """What the member has to do with others."""
        traits, savings = one.traits, self._first_savings(one.traits, one.accounts)
        for trait in traits.beneficiaries:
            other = known[trait.of]
            self._befriend(one.member, other.person, other.account, trait.maximum, trait.alias)
        for abroad in traits.interbank_beneficiaries:
            self._befriend_abroad(one.member, abroad)
        if traits.used_today is not None:
            other = known[traits.used_today.to]
            self._use_up(one.member, savings, other.person, other.account, traits)

    def _send(self, one: "_Begun") -> None:
        """What is on its way, which was sent after all transfers within the cooperative."""
        if one.traits.in_flight is not None:
            self._send_abroad(one.member, self._first_savings(one.traits, one.accounts), one.traits)

    def _today(self, before: int) -> int:
        """The moment so long before the start, or midnight where that was yesterday."""
        return max(clock.start_of(clock.local(self._start).date()), self._start - before)

    def add_people(self, first: int, count: int) -> None:
        """`count` generated members, from index `first` on."""
        happenings: list[history.Happening] = []
        neighbours: list[tuple[Person, int]] = []
        for index in range(first, first + count):
            person = self._people.person(index)
            draws = self._people.draws(-index)
            self._add_member(index, person, None)
            mine = [self._add_account(index, AccountTrait()) for _ in range(draws.choice((1, 2, 2, 3)))]
            shares = self._add_account(index, AccountTrait(type="share_certificate"))
            history.contribute(self._books, shares, draws.randint(5, 60) * 1_00, self._start)
            for account in mine:
                history.open_account(self._books, account, draws.randint(100_00, 3_000_00), self._start)
            happenings += history.plan(draws, mine[0], self._start, draws.randint(6, 12))
            neighbours.append((person, mine[0]))
        self._live(happenings, [account for _, account in neighbours])
        for place, index in enumerate(range(first, first + count)):
            for step in (1, 7):
                person, account = neighbours[(place + step) % count]
                if account != neighbours[place][1] and count > step:
                    self._befriend(index, person, account, 500_00, None)

    def _live(self, happenings: list[history.Happening], neighbours: list[int]) -> None:
        for happening in sorted(happenings):
            history.happen(self._books, happening, neighbours)

    def _add_member(self, index: int, person: Person, persona: Traits | None) -> None:
        enrolled = persona is None or persona.enrolled
        locked = self._start + persona.locked_minutes * MINUTE if persona and persona.locked_minutes else None
        self._books.add(
            Member,
            id=index,
            document_type="passport" if persona and persona.passport else "cedula",
            document_number=persona.passport if persona and persona.passport else person.document_number,
            first_names=person.first_names,
            last_names=person.last_names,
            phone=None if persona and not persona.phone else person.phone,
            email=person.email,
            segment=persona.segment if persona else "standard",
            status=persona.status if persona else "active",
            username=person.username if enrolled else None,
            username_key=person.username if enrolled else None,
            password_hash=self._hash if enrolled else None,
            password_plain=self._password if enrolled else None,
            enrolled_at=self._start - history.SPAN_DAYS * DAY if enrolled else None,
            failed_logins=3 if locked else 0,
            locked_until=locked,
            last_access_at=self._start - (1 + index % 20) * DAY - index % 600 * MINUTE if enrolled else None,
            persona=persona.persona if persona else None,
            description=persona.description.es if persona else "Socio generado.",
            description_en=persona.description.en if persona else "Generated member.",
            created_at=self._start - 2 * history.SPAN_DAYS * DAY,
        )
        if enrolled and (persona is None or persona.device):
            self._books.add(
                Device,
                id=self._books.key(Device),
                member_id=index,
                device_key=person.device_key,
                name=person.device_name,
                platform=person.platform,
                registered_at=self._start - history.SPAN_DAYS * DAY,
                public_key=PUBLIC_KEY if persona and persona.biometrics_blocked else None,
                fingerprint=int(bool(persona and persona.biometrics_blocked)),
                biometric_failures=3 if persona and persona.biometrics_blocked else 0,
            )

    def _add_account(self, member: int, trait: AccountTrait) -> int:
        account = self._books.key(Account)
        number = self._numbers[account] = self._people.account_number(account)
        self._books.add(
            Account,
            id=account,
            number=number,
            member_id=member,
            type=trait.type,
            name=_NAMES[trait.type],
            status=trait.status,
            book=0,
            held=0,
            overdraft=0,
            created_at=self._start - 2 * history.SPAN_DAYS * DAY,
        )
        return account

    def _begin(self, index: int, persona: Traits, accounts: list[int]) -> list[history.Happening]:
        """The past of a persona's first savings account, and the certificates' contribution."""
        draws: Random = self._people.draws(-index)
        for trait, account in zip(persona.accounts, accounts, strict=True):
            if trait.type == "share_certificate" and trait.balance:
                history.contribute(self._books, account, trait.balance, self._start)
        if not persona.movements:
            return []
        first = self._first_savings(persona, accounts)
        history.open_account(self._books, first, 400_00 + persona.movements * 10_00, self._start)
        return history.plan(draws, first, self._start, persona.movements)

    def _finish(self, persona: Traits, accounts: list[int]) -> None:
        """The balances and holds the persona promises."""
        for trait, account in zip(persona.accounts, accounts, strict=True):
            spent = self._spent_today(persona) if account == self._first_savings(persona, accounts) else 0
            if trait.type == "savings":
                history.reach(self._books, account, trait.balance + spent, self._start - HOUR)
            for hold in trait.holds:
                self._books.hold(account, hold.amount, hold.reason, self._start - 3 * DAY)

    @staticmethod
    def _first_savings(persona: Traits, accounts: list[int]) -> int:
        return next(
            account for trait, account in zip(persona.accounts, accounts, strict=True) if trait.type == "savings"
        )

    def _befriend(self, member: int, other: Person, account: int, maximum: int, alias: str | None) -> None:
        self._books.add(
            Beneficiary,
            id=self._books.key(Beneficiary),
            member_id=member,
            kind="cooperative",
            institution=INSTITUTION,
            account_type="savings",
            account_number=self._numbers[account],
            account_id=account,
            holder_name=f"{other.first_names} {other.last_names}",
            email=other.email,
            alias=alias or other.first_names.split()[0],
            maximum=maximum,
            status="active",
            created_at=self._start - 30 * DAY,
        )

    def _befriend_abroad(self, member: int, trait: InterbankTrait) -> None:
        self._books.add(
            Beneficiary,
            id=self._books.key(Beneficiary),
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
            created_at=self._start - 30 * DAY,
        )

    @staticmethod
    def _spent_today(persona: Traits) -> int:
        """What leaves the first savings account today, after its history."""
        used = sum(persona.used_today.amounts) if persona.used_today else 0
        return used + (persona.in_flight + INTERBANK_FEE + INTERBANK_TAX if persona.in_flight else 0)

    def _add_holdings(self, member: int, persona: Traits) -> None:
        for trait in persona.holdings:
            key = self._books.key(Holding)
            self._books.add(
                Holding,
                id=key,
                member_id=member,
                type=trait.type,
                number=f"{'510' if trait.type == 'loan' else '610'}{key:09d}",
                name=trait.name,
                status="active",
                amount=trait.amount,
                balance=trait.balance,
                rate=trait.rate,
                opened_at=self._start - history.SPAN_DAYS * DAY,
                due_at=clock.months_after(clock.Micros(self._start), trait.months_left),
            )

    def _add_schedules(self, member: int, account: int, persona: Traits) -> None:
        for trait in persona.schedules:
            due = calendars.next_monthly(clock.Micros(self._start), trait.day, SCHEDULES_RUN_AT)
            biller, data = self._books.entry_called("biller", trait.biller)
            self._books.add(
                ScheduledPayment,
                id=self._books.key(ScheduledPayment),
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
                created_at=self._start - 60 * DAY,
            )

    def _send_abroad(self, member: int, origin: int, persona: Traits) -> None:
        """An interbank transfer of today, still in process until its cycle ends."""
        assert persona.in_flight is not None
        to = persona.interbank_beneficiaries[0]
        moment, amount = self._today(before=30 * MINUTE), persona.in_flight
        transfer = self._books.key(Transfer)
        entry = self._books.post(
            moment,
            "transfer",
            "transfer",
            transfer,
            Leg(origin, -amount, concepts.INTERBANK_SENT),
            Leg(SystemAccount.SETTLEMENT, amount, concepts.INTERBANK_SENT),
            Leg(origin, -INTERBANK_FEE, concepts.TRANSFER_FEE),
            Leg(SystemAccount.FEES, INTERBANK_FEE, concepts.TRANSFER_FEE),
            Leg(origin, -INTERBANK_TAX, concepts.TRANSFER_FEE_VAT),
            Leg(SystemAccount.VAT, INTERBANK_TAX, concepts.TRANSFER_FEE_VAT),
        )
        self._books.add(
            Transfer,
            id=transfer,
            kind="interbank",
            member_id=member,
            origin_id=origin,
            origin_number=self._numbers[origin],
            destination_number=to.account_number,
            destination_name=to.holder_name,
            destination_institution=to.institution,
            amount=amount,
            fee=INTERBANK_FEE,
            tax=INTERBANK_TAX,
            total=amount + INTERBANK_FEE + INTERBANK_TAX,
            reference="",
            status="in_process",
            entry_id=entry,
            created_at=moment,
            confirmed_at=moment,
            settles_at=settles_at(clock.Micros(moment)),
        )
        self._books.add(DailyUse, member_id=member, day=clock.day_of(moment), kind="interbank", amount=amount)

    def _use_up(self, member: int, origin: int, other: Person, destination: int, persona: Traits) -> None:
        """Completed transfers of today, and the use of the day they make."""
        assert persona.used_today is not None
        first, last = self._today(before=HOUR), self._today(before=30 * MINUTE)
        apart = min(MINUTE, (last - first) // len(persona.used_today.amounts))
        for number, amount in enumerate(persona.used_today.amounts):
            moment = first + number * apart
            transfer = self._books.key(Transfer)
            entry = self._books.post(
                moment,
                "transfer",
                "transfer",
                transfer,
                Leg(origin, -amount, concepts.TRANSFER_SENT),
                Leg(destination, amount, concepts.TRANSFER_RECEIVED),
            )
            self._books.add(
                Transfer,
                id=transfer,
                kind="cooperative",
                member_id=member,
                origin_id=origin,
                origin_number=self._numbers[origin],
                destination_id=destination,
                destination_number=self._numbers[destination],
                destination_name=f"{other.first_names} {other.last_names}",
                destination_institution=INSTITUTION,
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
        self._books.add(
            DailyUse,
            member_id=member,
            day=clock.day_of(self._start),
            kind="cooperative",
            amount=sum(persona.used_today.amounts),
        )
