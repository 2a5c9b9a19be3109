"""Loans and term deposits with their past: instalments that were paid, a deposit that was renewed. By the arithmetic of
`domain.interest`, on the days that the plan of the member's life has, so that the next month goes on where the last one
ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from sandbox.bank.products.schemas import HoldingStatus, HoldingType, MoveKind
from sandbox.bank.products.tables import Holding, HoldingMove
from sandbox.domain import calendars, interest
from sandbox.domain.interest import Instalment
from sandbox.domain.life.behaviours import Order
from sandbox.kernel import clock, masks
from sandbox.kernel.clock import DAY, HOUR, Micros
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.past import Movement
from sandbox.seeding.traits import HoldingTrait

_OVER: Mapping[HoldingType, HoldingStatus] = {"loan": "paid", "term_deposit": "matured"}
"""The status of a holding on which nothing is left."""
_BASIS = 12 * 10_000  # of a month's interest
_MOST = 480  # instalments that are looked back upon
_HELD_DAYS = 180  # how long ago a deposit of traits was placed
_COUNTERS_OPEN = 10 * HOUR


class Owner(NamedTuple):
    """Whose holding it is: the member, the account that pays and is paid, since when that
    moves, and what of the plan loans and deposits did on their days from then on."""

    member: int
    account: int
    since: int
    orders: Sequence[Order]

    def days_of(self, what: str) -> list[Order]:
        """The orders of one kind."""
        return [order for order in self.orders if order.behaviour.what == what]


class Loan(NamedTuple):
    """A loan as it was granted, in as many instalments as there are months."""

    name: str
    name_en: str | None
    amount: int
    rate: int
    months: int


class Deposit(NamedTuple):
    """A term deposit: when it was placed, for about how many months, and until when."""

    name: str
    name_en: str | None
    amount: int
    rate: int
    placed: int
    months: int
    due: int


class _Owed(NamedTuple):
    """What is left of a loan: the balance, the level instalment, how many there are to come, and in which month the
    next one is due."""

    balance: int
    level: int
    left: int
    due: int


def grant(here: Circumstances, owner: Owner, loan: Loan) -> list[Movement]:
    """A loan of half a year ago, of which the member has paid what the plan says. Gives what the account paid."""
    orders = owner.days_of("loan_instalment")
    first = calendars.month_of(Micros(owner.since if orders else here.start)) + 1
    coming = iter(_instalments(loan))
    due, paid = first, list[tuple[int, Instalment]]()
    for order in orders:
        month = calendars.month_of(Micros(order.moment))
        if not order.is_forgotten and month >= due:
            paid += [(order.moment, part) for part in islice(coming, month + 1 - due)]
            due = month + 1
    balance = paid[-1][1].balance if paid else loan.amount
    level = interest.level_instalment(loan.amount, loan.rate, loan.months)
    left = loan.months - len(paid)
    key = _add_loan(here, owner, loan, _Owed(balance, level, left, first + len(paid)), len(paid))
    return _paid(here, owner, key, paid)


def owe(here: Circumstances, owner: Owner, trait: HoldingTrait) -> list[Movement]:
    """A loan of which so much is left, with the instalments that led there, as far as they can be told. Gives what the
    account paid."""
    orders = {calendars.month_of(Micros(order.moment)): order for order in owner.days_of("loan_instalment")}
    here_and_now = calendars.month_of(Micros(here.start))
    due = here_and_now if orders and here_and_now not in orders else here_and_now + 1
    level = interest.level_instalment(trait.balance, trait.rate, trait.months_left)
    before = list(islice(_before(trait, level), _MOST))
    months = range(due - 1, due - 1 - len(before), -1)
    paid = [(orders[month].moment, part) for month, part in zip(months, before, strict=True) if month in orders]
    paid.reverse()
    key = _add_loan(here, owner, trait, _Owed(trait.balance, level, trait.months_left, due), len(before))
    return _paid(here, owner, key, paid)


def place(here: Circumstances, owner: Owner, deposit: Deposit) -> list[Movement]:
    """A term deposit, and the one that it renewed: that one matured on the day on which this one was placed. Gives what
    the account was paid and paid."""
    moved: list[Movement] = []
    earlier = clock.months_after(Micros(deposit.placed), -deposit.months)
    for order in renewals(deposit, owner.orders):
        key = _add_deposit(here, owner, deposit._replace(placed=earlier, due=deposit.placed), balance=0)
        days = interest.deposit_days(earlier, deposit.placed)
        cents = interest.of_deposit(deposit.amount, deposit.rate, days, here.first_day.term_deposit.day_count)
        moved += _matured(here, owner, key, order.moment, Instalment(deposit.amount, cents, 0))
    key = _add_deposit(here, owner, deposit, balance=deposit.amount)
    if deposit.placed >= owner.since:
        number = masks.number(_number(here, "term_deposit", key))
        moved.append(Movement(deposit.placed, -deposit.amount, "placement", number))
    return moved


def renewals(deposit: Deposit, orders: Iterable[Order]) -> list[Order]:
    """The orders by which a deposit before this one matured, on the day on which this one was placed."""
    day = clock.day_of(deposit.placed)
    return [order for order in orders if order.behaviour.what == "maturity" and clock.day_of(order.moment) == day]


def deposit_of(start: int, trait: HoldingTrait) -> Deposit:
    """The term deposit of a trait, which was placed half a year before the start."""
    placed = clock.midnight_of(start - _HELD_DAYS * DAY) + _COUNTERS_OPEN
    months = trait.months_left + _HELD_DAYS // 30
    due = clock.months_after(Micros(start), trait.months_left)
    return Deposit(trait.name, trait.name_en, trait.balance, trait.rate, placed, months, due)


def add_over(here: Circumstances, owner: Owner, trait: HoldingTrait) -> None:
    """A holding of which nothing is left."""
    _add(
        here, owner, here.books.key(Holding), trait.type,
        name=trait.name, name_en=trait.name_en, status=_OVER[trait.type], amount=trait.amount, balance=0,
        rate=trait.rate, instalment=0 if trait.type == "loan" else None,
        instalments_left=0 if trait.type == "loan" else None, opened_at=here.start - _HELD_DAYS * DAY,
        due_at=clock.months_after(Micros(here.start), trait.months_left),
    )  # fmt: skip


@cache
def _instalments(loan: Loan) -> tuple[Instalment, ...]:
    level = interest.level_instalment(loan.amount, loan.rate, loan.months)
    found, balance = [], loan.amount
    for left in range(loan.months, 0, -1):
        found.append(interest.instalment(balance, loan.rate, level, left))
        balance = found[-1].balance
    return tuple(found)


def _before(trait: HoldingTrait, level: int) -> Iterator[Instalment]:
    """The instalments that led to the balance, the last one first, until more was owed than the loan's amount. Where
    rounding leaves no balance that the next cent follows from, those before are not told."""
    balance, left = trait.balance, trait.months_left
    while True:
        left += 1
        about = (balance + level) * _BASIS // (_BASIS + trait.rate)
        for owed in range(about - 1, about + 3):
            part = interest.instalment(owed, trait.rate, level, left)
            if owed <= trait.amount and part.principal > 0 and part.balance == balance:
                yield part
                balance = owed
                break
        else:
            return


def _paid(here: Circumstances, owner: Owner, key: int, paid: Sequence[tuple[int, Instalment]]) -> list[Movement]:
    number = masks.number(_number(here, "loan", key))
    moved = []
    for place, (moment, part) in enumerate(paid, 1):
        move = _add_move(here, owner, ("instalment", key, place), moment, part)
        moved.append(Movement(moment, -part.amount, "loan_instalment", number, of=move, interest=part.interest))
    return moved


def _matured(here: Circumstances, owner: Owner, key: int, moment: int, part: Instalment) -> list[Movement]:
    number = masks.number(_number(here, "term_deposit", key))
    move = _add_move(here, owner, ("maturity", key, 1), moment, part)
    moved = [Movement(moment, part.principal, "maturity", number, of=move)]
    if part.interest:
        moved.append(Movement(moment, part.interest, "maturity_interest", number, of=move, interest=-part.interest))
    return moved


def _add_move(here: Circumstances, owner: Owner, of: tuple[MoveKind, int, int], moment: int, part: Instalment) -> int:
    """The row of a move: of which kind, on which holding, the how manieth."""
    move = here.books.key(HoldingMove)
    kind, key, number = of
    row = (move, key, owner.account, kind, number, part.principal, part.interest, part.balance, moment)
    here.books.extend(HoldingMove, [row])
    return move


def _add_loan(here: Circumstances, owner: Owner, loan: Loan | HoldingTrait, owed: _Owed, paid: int) -> int:
    """The row of a loan, whose instalments are due on the day of the month on which the member pays."""
    key = here.books.key(Holding)
    orders = owner.days_of("loan_instalment")
    day = clock.local(orders[-1].moment if orders else here.start).day
    opened = calendars.in_month(owed.due - paid - 1, day, 0)  # a month before the first instalment is due
    _add(
        here, owner, key, "loan",
        name=loan.name, name_en=loan.name_en, status="active", amount=loan.amount, balance=owed.balance,
        rate=loan.rate, instalment=owed.level, instalments_left=owed.left, opened_at=opened,
        due_at=calendars.in_month(owed.due + owed.left - 1, day, 0),
    )  # fmt: skip
    return key


def _add_deposit(here: Circumstances, owner: Owner, deposit: Deposit, balance: int) -> int:
    key = here.books.key(Holding)
    _add(
        here, owner, key, "term_deposit",
        name=deposit.name, name_en=deposit.name_en, status="active" if balance else "matured", amount=deposit.amount,
        balance=balance, rate=deposit.rate, instalment=None, instalments_left=None, opened_at=deposit.placed,
        due_at=deposit.due,
    )  # fmt: skip
    return key


def _add(here: Circumstances, owner: Owner, key: int, kind: HoldingType, **values: Any) -> None:
    here.books.add(Holding, id=key, member_id=owner.member, type=kind, number=_number(here, kind, key), **values)


def _number(here: Circumstances, kind: HoldingType, key: int) -> str:
    prefixes = here.institution.prefixes
    return f"{prefixes.loan if kind == 'loan' else prefixes.term_deposit}{key:09d}"
