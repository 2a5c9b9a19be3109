"""The accounts of members, each with its past."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple

from sandbox.bank.ledger.tables import Account
from sandbox.domain.vocabulary import AccountStatus, MemberAccountType
from sandbox.kernel import clock
from sandbox.kernel.clock import Micros
from sandbox.kernel.folding import folded
from sandbox.seeding import earnings
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.daybook import DayBook
from sandbox.seeding.earnings import Exactly
from sandbox.seeding.lives import Deeds, Span
from sandbox.seeding.past import Movement, Past, fitted

_NAMES: Mapping[MemberAccountType, str] = {
    "savings": "Cuenta de Ahorros",
    "share_certificate": "Certificados de Aportación",
}
_FOLDED = {kind: folded(name) for kind, name in _NAMES.items()}


class Kept(NamedTuple):
    """An account that has its number. `balance` is what it ends with unless it has a life: to the cent if that is
    promised, otherwise before interest."""

    account: int
    type: MemberAccountType
    status: AccountStatus
    balance: int


class Life(NamedTuple):
    """What moved the first savings account of a member, sorted, and what it ends with; when the member's accounts were
    opened; whether balances are promised."""

    account: int
    balance: int
    when: Span
    deeds: Deeds
    is_promised: bool


class AccountBook:
    """Numbers accounts, and opens them with their past. `machines` are what withdrawals may refer to."""

    def __init__(self, here: Circumstances, day_book: DayBook, machines: Sequence[str]) -> None:
        self._here = here
        self._day_book = day_book
        self._machines = machines
        self._prefix = here.institution.prefixes.account
        self._terms = here.first_day.savings

    def number(self, kind: MemberAccountType, status: AccountStatus, balance: int) -> Kept:
        """The next account."""
        here = self._here
        account = here.books.key(Account)
        here.numbers[account] = here.people.account_number(account, self._prefix)
        here.books.book[account] = 0  # known to be new, so that the database is not asked
        return Kept(account, kind, status, balance)

    def open(self, member: int, accounts: Sequence[Kept], life: Life) -> None:
        """The accounts of a member, one of which has a life."""
        books, numbers = self._here.books, self._here.numbers
        for kept in accounts:
            account, kind, status, _ = kept
            moved = self._past(kept, life)
            self._day_book.add(account, moved)
            books.add(
                Account, id=account, number=numbers[account], member_id=member, type=kind, name=_NAMES[kind],
                status=status, book=0, held=0, overdraft=0, created_at=moved[0].moment if moved else life.when.opened,
                searched=f"{numbers[account]}\n{_FOLDED[kind]}",
            )  # fmt: skip

    def _past(self, kept: Kept, life: Life) -> Sequence[Movement]:
        """All that moved an account: what its member did, or an opening alone, and interest on it."""
        opened = life.when.opened
        if kept.type != "savings":
            return [Movement(opened, kept.balance, "contribution", "")] if kept.balance else []
        moments = life.deeds.credits if kept.status == "active" else ()
        if life.is_promised:
            wanted = Exactly(opened, kept.balance, moments, self._terms)
            return self._settled(life, wanted) if kept.account == life.account else self._still(wanted)
        past = self._fit(life, ()) if kept.account == life.account else Past(kept.balance, [])
        return earnings.with_interest(earnings.opened(opened, past), moments, self._terms)

    def _settled(self, life: Life, wanted: Exactly) -> Sequence[Movement]:
        """The life of an account that ends with its balance; without interest where there is no such life with it."""
        without = earnings.opened(wanted.opened, self._fit(life, ()))
        about = earnings.earned(without, wanted.moments, wanted.terms)
        fit = [each for each in self._fit(life, about).movements if each.kind != "interest_credit"]
        wanted = wanted._replace(balance=life.balance)
        for movements in earnings.varied(fit):
            moved = earnings.settled(movements, wanted)
            if moved is not None and min(accumulate(each.amount for each in moved), default=0) >= 0:
                return moved
        return without

    def _still(self, wanted: Exactly) -> Sequence[Movement]:
        """An account that nothing moved but its interest: it was opened some months later where its balance cannot be
        that of an older one."""
        moved = earnings.settled([], wanted)
        while moved is None:
            wanted = wanted._replace(opened=clock.months_after(Micros(wanted.opened), 1))
            moved = earnings.settled([], wanted)
        return moved

    def _fit(self, life: Life, credits: Sequence[Movement]) -> Past:
        movements: Sequence[Movement] = life.deeds.movements
        if credits:
            movements = sorted([*movements, *credits], key=itemgetter(0))
        return fitted(movements, life.balance, life.when.until, self._machines)
