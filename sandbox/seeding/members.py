"""Members with their accounts, beneficiaries and past."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from sandbox.bank.access.tables import Device
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.tables import Member
from sandbox.kernel.clock import DAY, HOUR, MINUTE
from sandbox.seeding import belongings, history, today
from sandbox.seeding.cards import add_card
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.people import Person
from sandbox.seeding.personas import Persona
from sandbox.seeding.traits import AccountTrait, Traits

FIRST_MEMBER_ACCOUNT = 101
# Its private key was thrown away.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
"""
_NAMES = {"savings": "Cuenta de Ahorros", "share_certificate": "Certificados de Aportación"}


class Neighbour(NamedTuple):
    """A member that another one's traits name: the person, and the account that receives money."""

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

    def __init__(self, here: Circumstances, password: str, password_hash: str) -> None:
        self._here = here
        self._books = here.books
        self._people = here.people
        self._start = here.start
        self._password = password
        self._hash = password_hash
        self._prefix = here.institution.prefixes.account

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

    def add_made(self, index: int, traits: Traits, known: Mapping[str, Neighbour]) -> None:
        """One member by traits, among others that its traits name."""
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
            add_card(self._here, one.member, card)
        belongings.add_holdings(self._here, one.member, one.traits)
        belongings.add_schedules(self._here, one.member, self._first_savings(one.traits, one.accounts), one.traits)

    def _connect(self, one: "_Begun", known: Mapping[str, Neighbour]) -> None:
        """What the member has to do with others."""
        traits, savings = one.traits, self._first_savings(one.traits, one.accounts)
        for trait in traits.beneficiaries:
            other = known[trait.of]
            belongings.befriend(self._here, one.member, other.person, other.account, trait.maximum, trait.alias)
        for abroad in traits.interbank_beneficiaries:
            belongings.befriend_abroad(self._here, one.member, abroad)
        if traits.used_today is not None:
            other = known[traits.used_today.to]
            today.use_up(self._here, one.member, savings, other.person, other.account, traits)

    def _send(self, one: "_Begun") -> None:
        """What is on its way, which was sent after all transfers within the cooperative."""
        if one.traits.in_flight is not None:
            today.send_abroad(self._here, one.member, self._first_savings(one.traits, one.accounts), one.traits)

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
                    belongings.befriend(self._here, index, person, account, 500_00, None)

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
            language=persona.language if persona else "es",
            segment=persona.segment if persona else "standard",
            status=persona.status if persona else "active",
            username=person.username if enrolled else None,
            username_key=person.username if enrolled else None,
            password_hash=self._hash if enrolled else None,
            password_plain=self._password if enrolled else None,
            enrolled_at=self._start - history.SPAN_DAYS * DAY if enrolled else None,
            failed_logins=self._here.first_day.failed_logins if locked else 0,
            locked_until=locked,
            last_access_at=self._start - (1 + index % 20) * DAY - index % 600 * MINUTE if enrolled else None,
            life=persona.life if persona else None,
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
                biometric_failures=self._here.first_day.biometric_failures
                if persona and persona.biometrics_blocked
                else 0,
            )

    def _add_account(self, member: int, trait: AccountTrait) -> int:
        account = self._books.key(Account)
        number = self._here.numbers[account] = self._people.account_number(account, self._prefix)
        self._books.book[account] = 0  # known to be new, so that the database is not asked
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
            spent = today.spent_today(self._here, persona) if account == self._first_savings(persona, accounts) else 0
            if trait.type == "savings":
                history.reach(self._books, account, trait.balance + spent, self._start - HOUR)
            for hold in trait.holds:
                self._books.hold(account, hold.amount, hold.reason, self._start - 3 * DAY)

    @staticmethod
    def _first_savings(persona: Traits, accounts: list[int]) -> int:
        return next(
            account for trait, account in zip(persona.accounts, accounts, strict=True) if trait.type == "savings"
        )
