"""Members with their accounts, beneficiaries and past."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from sandbox.bank.access.tables import Device
from sandbox.bank.ledger.tables import Account
from sandbox.bank.members.searching import searched_of
from sandbox.bank.members.tables import Member
from sandbox.domain.life.behaviours import Living, Order
from sandbox.domain.vocabulary import AccountStatus, MemberAccountType
from sandbox.kernel.clock import DAY, HOUR, MINUTE
from sandbox.kernel.folding import folded
from sandbox.seeding import belongings, generated, lives, today
from sandbox.seeding.cards import add_card, live_with_card
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.daybook import DayBook
from sandbox.seeding.lives import Span
from sandbox.seeding.past import Movement, fitted
from sandbox.seeding.people import Person
from sandbox.seeding.personas import Persona
from sandbox.seeding.traits import Traits

FIRST_MEMBER_ACCOUNT = 101
# Its private key was thrown away.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
"""
_MAXIMUM = 500_00  # that a generated member sends to a beneficiary
_LEAST_INCOME = 100_00
_NAMES: Mapping[MemberAccountType, str] = {
    "savings": "Cuenta de Ahorros",
    "share_certificate": "Certificados de Aportación",
}
_FOLDED = {kind: folded(name) for kind, name in _NAMES.items()}


class Neighbour(NamedTuple):
    """A member that another one's traits name: the person, and the account that receives money."""

    person: Person
    account: int


class _Begun(NamedTuple):
    """A member whose rows are begun. `account` is the first savings account, `balance` what it has after `movements`,
    which are not sorted yet; `pays` are transfers that the member orders."""

    member: int
    person: Person
    traits: Traits
    accounts: list[int]
    account: int
    balance: int
    when: Span
    movements: list[Movement]
    pays: list[Order]


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
        self._behaviours = here.first_day.life.as_planned
        self._machines = lives.machines_of(self._behaviours)
        self._day_book = DayBook(here.books)

    def add_personas(self, personas: Sequence[Persona]) -> None:
        """Every persona, with what they have to do with each other."""
        begun: list[_Begun] = []
        for index, persona in enumerate(personas, 1):
            begun.append(self._start_member(index, persona, _received(personas, persona)))
        known = {persona.id: Neighbour(one.person, one.account) for persona, one in zip(personas, begun, strict=True)}
        by_account = {one.account: one for one in begun}
        for one in begun:
            friends = [(by_account[known[each.of].account], each.maximum) for each in one.traits.beneficiaries]
            self._transfer(one, friends)
        self._live(begun)
        for one in begun:
            self._furnish(one)
        self._day_book.close()
        for one in begun:
            self._connect(one, known)
        for one in begun:
            self._send(one)

    def add_made(self, index: int, traits: Traits, known: Mapping[str, Neighbour]) -> None:
        """One member by traits, among others that its traits name."""
        one = self._start_member(index, traits, 0)
        self._live([one])
        self._furnish(one)
        self._day_book.close()
        self._connect(one, known)
        self._send(one)

    def add_people(self, first: int, count: int) -> None:
        """`count` generated members, from index `first` on."""
        begun = [self._start_generated(index) for index in range(first, first + count)]
        friends = [_friends(begun, place) for place in range(count)]
        for one, known in zip(begun, friends, strict=True):
            self._transfer(one, [(other, _MAXIMUM) for other in known])
        self._live(begun)
        self._day_book.close()
        for one, known in zip(begun, friends, strict=True):
            for other in known:
                belongings.befriend(self._here, one.member, other.person, other.account, _MAXIMUM, None)

    def _start_member(self, index: int, traits: Traits, received: int) -> _Begun:
        """A member by traits, who has received so much today."""
        person = self._people.person(index, traits.first_names, traits.last_names)
        until = self._here.today(before=HOUR)
        living = Living(index, traits.segment)
        lively = lives.liveliness(self._here.plans.accounts, self._behaviours, living, traits.movements)
        when = lives.span(self._start, until, lively.months, index)
        self._add_member(index, person, traits, when)
        accounts = [self._add_account(index, trait.type, trait.status, when) for trait in traits.accounts]
        place = next(place for place, trait in enumerate(traits.accounts) if trait.type == "savings")
        for each, (trait, account) in enumerate(zip(traits.accounts, accounts, strict=True)):
            if each != place and trait.balance:
                kind = "opening" if trait.type == "savings" else "contribution"
                self._day_book.add(account, [Movement(when.opened, trait.balance, kind, "")])
        orders: Sequence[Order] = []
        if traits.movements:
            orders = self._here.plans.accounts.between(lively.living, "typical", when.begun, until, lively.factor)
            orders = lives.last_of(orders, lively, traits.movements)
        balance = traits.accounts[place].balance + today.spent_today(self._here, traits) - received
        # What a shop does to others would be more than their own lives can hold.
        pays = [] if lively.living.places else [each for each in orders if each.behaviour.what == "transfer"]
        movements = lives.movements_of(orders)
        return _Begun(index, person, traits, accounts, accounts[place], balance, when, movements, pays)

    def _start_generated(self, index: int) -> _Begun:
        """A generated member, who lives at the pace of the past."""
        person, drawn = self._people.person(index), generated.drawn(index, self._people.traits(index))
        traits = generated.PREMIUM if drawn.segment == "premium" else generated.ORDINARY
        when = lives.span(self._start, self._start, lives.MONTHS, drawn.chance)
        self._add_member(index, person, traits, when)
        account, *others = (self._add_account(index, "savings", "active", when) for _ in (0, *drawn.balances))
        for other, balance in zip(others, drawn.balances, strict=True):
            self._day_book.add(other, [Movement(when.opened, balance, "opening", "")])
        shares = self._add_account(index, "share_certificate", "active", when)
        self._day_book.add(shares, [Movement(when.opened, drawn.shares, "contribution", "")])
        for holding in drawn.holdings:
            belongings.add_holding(self._here, index, holding)
        living, pace = Living(index, drawn.segment), self._here.first_day.life.settings.past
        orders = self._here.plans.accounts.between(living, pace, when.begun, when.until)
        movements = lives.movements_of(orders)
        income = max((each.amount for each in movements), default=0)
        balance = max(income, _LEAST_INCOME) * drawn.wealth // 100 + drawn.chance % 100
        if drawn.credit:
            movements += live_with_card(self._here, self._day_book, living, account, drawn.credit)
        pays = [each for each in orders if each.behaviour.what == "transfer"]
        return _Begun(index, person, traits, [account], account, balance, when, movements, pays)

    def _transfer(self, one: _Begun, friends: Sequence[tuple[_Begun, int]]) -> None:
        """What the member sent to others: to each as much as a beneficiary may get."""
        for order in one.pays:
            if not friends:
                continue
            other, maximum = friends[order.pick % len(friends)]
            if order.amount is None or order.amount > maximum or order.moment < other.when.begun:
                continue
            for each, amount in ((one, -order.amount), (other, order.amount)):
                each.movements.append(
                    Movement(order.moment, amount, "transfer", order.label, order.pick, None, one.account)
                )

    def _live(self, begun: Sequence[_Begun]) -> None:
        """Book the past of members' first accounts, so that each ends with its balance."""
        for one in begun:
            one.movements.sort(key=itemgetter(0))
            past = fitted(one.movements, one.balance, one.when.until, self._machines)
            opening = [Movement(one.when.opened, past.opening, "opening", "")] if past.opening else []
            self._day_book.add(one.account, opening + past.movements)

    def _furnish(self, one: _Begun) -> None:
        """What the member has: holds, cards, loans, schedules."""
        for trait, account in zip(one.traits.accounts, one.accounts, strict=True):
            for hold in trait.holds:
                self._books.hold(account, hold.amount, hold.reason, self._start - 3 * DAY)
        for card in one.traits.cards:
            add_card(self._here, self._day_book, one.member, card)
        for holding in one.traits.holdings:
            belongings.add_holding(self._here, one.member, holding)
        belongings.add_schedules(self._here, one.member, one.account, one.traits)

    def _connect(self, one: _Begun, known: Mapping[str, Neighbour]) -> None:
        """What the member has to do with others."""
        traits = one.traits
        for trait in traits.beneficiaries:
            other = known[trait.of]
            belongings.befriend(self._here, one.member, other.person, other.account, trait.maximum, trait.alias)
        for abroad in traits.interbank_beneficiaries:
            belongings.befriend_abroad(self._here, one.member, abroad)
        if traits.used_today is not None:
            other = known[traits.used_today.to]
            today.use_up(self._here, one.member, one.account, other.person, other.account, traits)

    def _send(self, one: _Begun) -> None:
        """What is on its way, which was sent after all transfers within the cooperative."""
        if one.traits.in_flight is not None:
            today.send_abroad(self._here, one.member, one.account, one.traits)

    def _add_member(self, index: int, person: Person, traits: Traits, when: Span) -> None:
        enrolled_at = self._enrolled(when, index) if traits.enrolled else None
        username = person.username if traits.enrolled else None
        document, phone = traits.passport or person.document_number, person.phone if traits.phone else None
        locked = self._start + traits.locked_minutes * MINUTE if traits.locked_minutes else None
        self._books.add(
            Member,
            id=index,
            document_type="passport" if traits.passport else "cedula",
            document_number=document,
            first_names=person.first_names,
            last_names=person.last_names,
            phone=phone,
            email=person.email,
            language=traits.language,
            segment=traits.segment,
            status=traits.status,
            username=username,
            username_key=username,
            password_hash=self._hash if traits.enrolled else None,
            password_plain=self._password if traits.enrolled else None,
            enrolled_at=enrolled_at,
            failed_logins=self._here.first_day.failed_logins if locked else 0,
            locked_until=locked,
            last_access_at=self._start - (1 + index % 20) * DAY - index % 600 * MINUTE if traits.enrolled else None,
            life=traits.life,
            persona=traits.persona,
            description=traits.description.es,
            description_en=traits.description.en,
            searched=searched_of(
                first_names=person.first_names,
                last_names=person.last_names,
                document_number=document,
                username=username,
                persona=traits.persona,
                phone=phone,
                email=person.email,
                description=traits.description.es,
                description_en=traits.description.en,
            ),
            created_at=when.opened - HOUR,
        )
        if enrolled_at is not None and traits.device:
            self._add_device(index, person, enrolled_at, is_blocked=traits.biometrics_blocked)

    def _add_device(self, member: int, person: Person, registered_at: int, *, is_blocked: bool) -> None:
        self._books.add(
            Device,
            id=self._books.key(Device),
            member_id=member,
            device_key=person.device_key,
            name=person.device_name,
            platform=person.platform,
            registered_at=registered_at,
            public_key=PUBLIC_KEY if is_blocked else None,
            fingerprint=int(is_blocked),
            biometric_failures=self._here.first_day.biometric_failures if is_blocked else 0,
        )

    @staticmethod
    def _enrolled(when: Span, index: int) -> int:
        """When a member enrolled: on one of the days after the account was opened."""
        return when.opened + (1 + index % 20) * DAY + index % 400 * MINUTE

    def _add_account(self, member: int, kind: MemberAccountType, status: AccountStatus, when: Span) -> int:
        account = self._books.key(Account)
        number = self._here.numbers[account] = self._people.account_number(account, self._prefix)
        self._books.book[account] = 0  # known to be new, so that the database is not asked
        self._books.add(
            Account,
            id=account,
            number=number,
            member_id=member,
            type=kind,
            name=_NAMES[kind],
            status=status,
            book=0,
            held=0,
            overdraft=0,
            created_at=when.opened,
            searched=f"{number}\n{_FOLDED[kind]}",
        )
        return account


def _friends(begun: Sequence[_Begun], place: int) -> list[_Begun]:
    """The others of a batch who are a member's beneficiaries."""
    others = (1, 7, 19) if begun[place].member % 4 == 0 else (1, 7)
    places = {(place + step) % len(begun) for step in others} - {place}
    return [begun[each] for each in sorted(places)]


def _received(personas: Sequence[Persona], persona: Persona) -> int:
    """What other personas have sent to one today, in cents."""
    used = (each.used_today for each in personas)
    return sum(sum(each.amounts) for each in used if each is not None and each.to == persona.id)
