"""Members with their accounts, beneficiaries and past."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from sandbox.bank.access.tables import Device
from sandbox.bank.members.searching import searched_of
from sandbox.bank.members.tables import Member
from sandbox.domain.life.behaviours import Living, Order, Product
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, HOUR, MINUTE
from sandbox.seeding import belongings, generated, holdings, lives, today
from sandbox.seeding.accounts import AccountBook, Kept, Life
from sandbox.seeding.cards import Payer, add_card, live_with_card
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.daybook import DayBook
from sandbox.seeding.holdings import Owner
from sandbox.seeding.lives import Deeds, Span
from sandbox.seeding.past import Movement
from sandbox.seeding.people import Person
from sandbox.seeding.personas import Persona
from sandbox.seeding.traits import HoldingTrait, Traits

FIRST_MEMBER_ACCOUNT = 101
# Its private key was thrown away.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
"""
_MAXIMUM = 500_00  # that a generated member sends to a beneficiary
_LEAST_INCOME = 100_00


class Neighbour(NamedTuple):
    """A member that another one's traits name: the person, and the account that receives money."""

    person: Person
    account: int


class _Begun(NamedTuple):
    """A member whose rows are begun. `account` is the first savings account, which has `balance` at the end of its
    past: to the cent if `is_promised`, otherwise before interest. `deeds` are what it is made of, movements not sorted
    yet."""

    member: int
    person: Person
    traits: Traits
    accounts: list[Kept]
    account: int
    balance: int
    when: Span
    deeds: Deeds
    is_promised: bool


class MemberSeeder:
    """Writes members into the books, personas first."""

    def __init__(self, here: Circumstances, password: str, password_hash: str) -> None:
        self._here = here
        self._books = here.books
        self._people = here.people
        self._start = here.start
        self._password = password
        self._hash = password_hash
        self._behaviours = here.first_day.life.as_planned
        self._day_book = DayBook(here.books)
        self._accounts = AccountBook(here, self._day_book, lives.machines_of(self._behaviours))

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

    def add_people(self, first: int, documents: Sequence[str]) -> None:
        """Generated members with those documents, from index `first` on."""
        begun = [self._start_generated(index, document) for index, document in enumerate(documents, first)]
        friends = [_friends(begun, place) for place in range(len(begun))]
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
        moves_today = traits.used_today or traits.in_flight or received
        until = self._here.today(before=HOUR) if moves_today else self._start
        deposits = [each for each in traits.holdings if each.type == "term_deposit" and each.balance]
        has = frozenset[Product](each.type for each in traits.holdings if each.balance)
        renewed = tuple(clock.day_of(holdings.deposit_of(self._start, each).placed) for each in deposits)
        living = Living(index, traits.segment, has, renewed)
        lively = lives.liveliness(self._here.plan, self._behaviours, living, traits.movements)
        when = lives.span(self._start, until, lively.months, index)
        accounts = [self._accounts.number(trait.type, trait.status, trait.balance) for trait in traits.accounts]
        place = next(place for place, trait in enumerate(traits.accounts) if trait.type == "savings")
        account = accounts[place].account
        orders: Sequence[Order] = []
        if traits.movements:
            orders = self._here.plan.between(lively.living, "typical", when.begun, until, lively.factor)
            orders = lives.last_of(orders, lively, traits.movements)
        deeds = lives.deeds_of(orders)
        if lively.living.places:
            deeds.transfers.clear()  # what a shop does to others would be more than their own lives can hold
        self._add_member(index, person, traits, when)
        since = when.begun if traits.movements else self._start
        deeds.movements.extend(self._hold(Owner(index, account, since, deeds.products), traits.holdings))
        balance = traits.accounts[place].balance + today.spent_today(self._here, traits) - received
        return _Begun(index, person, traits, accounts, account, balance, when, deeds, is_promised=True)

    def _hold(self, owner: Owner, traits: Sequence[HoldingTrait]) -> Iterator[Movement]:
        """Loans and deposits by traits; gives what moved the account."""
        for trait in traits:
            if not trait.balance:
                holdings.add_over(self._here, owner, trait)
            elif trait.type == "loan":
                yield from holdings.owe(self._here, owner, trait)
            else:
                yield from holdings.place(self._here, owner, holdings.deposit_of(self._start, trait))

    def _start_generated(self, index: int, document: str) -> _Begun:
        """A generated member, who lives at the pace of the past."""
        here = self._here
        person = self._people.with_document(index, document)
        drawn = generated.drawn(index, self._people.traits(index), self._start)
        traits = generated.PREMIUM if drawn.segment == "premium" else generated.ORDINARY
        when = lives.span(self._start, self._start, lives.MONTHS, drawn.chance)
        self._add_member(index, person, traits, when)
        number = self._accounts.number
        account = number("savings", "active", 0)
        others = [number("savings", "active", balance) for balance in drawn.balances]
        shares = number("share_certificate", "active", drawn.shares)
        renewed = (generated.renewed_on(drawn.deposit),) if drawn.deposit else ()
        living, pace = Living(index, drawn.segment, drawn.has, renewed), here.first_day.life.settings.past
        deeds = lives.deeds_of(here.plan.between(living, pace, when.begun, when.until))
        movements = deeds.movements
        income = max([_LEAST_INCOME, *[each[1] for each in movements]])
        balance = income * drawn.wealth // 100 + drawn.chance % 100
        owner = Owner(index, account.account, when.begun, deeds.products)
        if drawn.loan:
            movements += holdings.grant(here, owner, drawn.loan)
        if drawn.deposit:
            movements += holdings.place(here, owner, drawn.deposit)
        if drawn.credit:
            payer = Payer(index, account.account)
            movements += live_with_card(here, self._day_book, payer, drawn.credit, deeds.cards)
        accounts = [account, *others, shares]
        return _Begun(index, person, traits, accounts, account.account, balance, when, deeds, is_promised=False)

    def _transfer(self, one: _Begun, friends: Sequence[tuple[_Begun, int]]) -> None:
        """What the member sent to others: to each as much as a beneficiary may get."""
        for order in one.deeds.transfers:
            if not friends:
                continue
            other, maximum = friends[order.pick % len(friends)]
            if order.amount is None or order.amount > maximum or order.moment < other.when.begun:
                continue
            for each, amount in ((one, -order.amount), (other, order.amount)):
                each.deeds.movements.append(
                    Movement(order.moment, amount, "transfer", order.label, order.pick, of=one.account)
                )

    def _live(self, begun: Sequence[_Begun]) -> None:
        """Book the past of members' accounts, so that each ends with its balance."""
        for one in begun:
            one.deeds.movements.sort(key=itemgetter(0))
            life = Life(one.account, one.balance, one.when, one.deeds, one.is_promised)
            self._accounts.open(one.member, one.accounts, life)

    def _furnish(self, one: _Begun) -> None:
        """What the member has: holds, cards, schedules."""
        for trait, kept in zip(one.traits.accounts, one.accounts, strict=True):
            for hold in trait.holds:
                self._books.hold(kept.account, hold.amount, hold.reason, self._start - 3 * DAY)
        for card in one.traits.cards:
            add_card(self._here, self._day_book, one.member, card)
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


def _friends(begun: Sequence[_Begun], place: int) -> list[_Begun]:
    """The others of a batch who are a member's beneficiaries."""
    others = (1, 7, 19) if begun[place].member % 4 == 0 else (1, 7)
    places = {(place + step) % len(begun) for step in others} - {place}
    return [begun[each] for each in sorted(places)]


def _received(personas: Sequence[Persona], persona: Persona) -> int:
    """What other personas have sent to one today, in cents."""
    used = (each.used_today for each in personas)
    return sum(sum(each.amounts) for each in used if each is not None and each.to == persona.id)
