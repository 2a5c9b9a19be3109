"""What generated members are like. Every trait is spread evenly over them, so that twenty members in a row have some of
each."""

from itertools import product
from struct import Struct
from typing import NamedTuple

from sandbox.domain.life.behaviours import Product
from sandbox.domain.vocabulary import Segment
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, HOUR, MINUTE, Micros
from sandbox.seeding.holdings import Deposit, Loan
from sandbox.seeding.traits import Traits, Words

_DESCRIPTION = Words(es="Socio generado.", en="Generated member.")
ORDINARY = Traits(description=_DESCRIPTION)
PREMIUM = Traits(description=_DESCRIPTION, segment="premium")
_ROUND = 20
_CHANCES = Struct(">4H6I")
_FIRST = Struct(">H")
_SAVINGS = (1, 2, 2, 3)  # accounts, for a fourth of the members each
# Of twenty members in a row, so many have the trait. The step deals it out in another order than the others.
_PREMIUM, _CARDS, _LOANS, _DEPOSITS = (1, 1), (7, 7), (3, 3), (2, 9)
_CREDITS = (600_00, 800_00, 1_000_00, 1_500_00, 2_000_00, 3_000_00)
_LOAN_RANGE = 71
_LOAN_RATE, _DEPOSIT_RATE = 15_60, 7_25
_TERMS = (12, 18, 24, 36, 48)
_PREMIUM_TIMES = 5
_PRODUCTS: tuple[Product, ...] = ("card", "loan", "term_deposit")
_HAVING = {
    has: frozenset(each for each, is_had in zip(_PRODUCTS, has, strict=True) if is_had)
    for has in product((False, True), repeat=len(_PRODUCTS))
}
_DEPOSIT_MONTHS = (3, 6, 6, 9, 12)
_RENEWED_WITHIN = 170  # days, all of them in the past that is told
_OPENS, _OPEN = 9 * HOUR, 7 * 60  # counters, the latter in minutes


class Drawn(NamedTuple):
    """A generated member. Amounts in cents; `balances` are those of the savings accounts behind the first one, `wealth`
    is how many hundredths of what comes in in a month the first one has."""

    segment: Segment
    wealth: int
    balances: tuple[int, ...]
    shares: int
    credit: int | None
    loan: Loan | None
    deposit: Deposit | None
    chance: int

    @property
    def has(self) -> frozenset[Product]:
        """The products whose days are in the plan of the member's life."""
        return _HAVING[self.credit is not None, self.loan is not None, self.deposit is not None]


def renewed_on(deposit: Deposit) -> int:
    """The local day on which a deposit was placed, and the one before it matured."""
    return clock.day_of(deposit.placed)


def drawn(index: int, chance: bytes, start: int) -> Drawn:
    """The `index`th member, for 32 bytes of chance, of a bank that starts at a moment."""
    savings, shares, credit, term, wealth, second, third, loan, deposit, last = _CHANCES.unpack(chance)
    is_premium = _has(index, *_PREMIUM)
    times = _PREMIUM_TIMES if is_premium else 1
    number = _SAVINGS[savings % 4] - 1
    loaned = deposited = None
    if _has(index, *_LOANS):
        hundreds = loan % _LOAN_RANGE
        longer = max(term % len(_TERMS), hundreds * len(_TERMS) // _LOAN_RANGE)  # so that a salary pays the instalment
        amount = (10 + hundreds) * 100_00 * times
        loaned = Loan("Crédito de consumo", "Consumer loan", amount, _LOAN_RATE, _TERMS[longer])
    if _has(index, *_DEPOSITS):
        deposited = _deposit((2 + deposit % 49) * 100_00 * times, deposit >> 6, start)
    return Drawn(
        segment="premium" if is_premium else "standard",
        wealth=_skewed(wealth, 40, 160) if wealth % 5 == 0 else 400 + (wealth >> 16) * 400 // 65_536,
        balances=tuple(_skewed(each, 25_00, 2_500_00) * times for each in (second, third)[:number]),
        shares=(5 + shares % 56) * 1_00 * times,
        credit=_CREDITS[credit % len(_CREDITS)] * times if _has(index, *_CARDS) else None,
        loan=loaned,
        deposit=deposited,
        chance=last,
    )


def numbers_of(index: int, chance: bytes) -> tuple[int, int, int, int]:
    """How many savings accounts, cards, loans and term deposits the `index`th member has, for the same chance."""
    [savings] = _FIRST.unpack_from(chance)
    return _SAVINGS[savings % 4], _has(index, *_CARDS), _has(index, *_LOANS), _has(index, *_DEPOSITS)


def _has(index: int, of_twenty: int, step: int) -> bool:
    """Whether a member is among those of twenty who have a trait. The next twenty are dealt out in another order, so
    that no trait always comes with another."""
    return (index * step + index // _ROUND * (step + 2)) % _ROUND < of_twenty


def _skewed(chance: int, least: int, most: int) -> int:
    """Between two numbers, small ones more often."""
    return least + ((most - least) * (chance >> 16) ** 2 >> 32)


def _deposit(amount: int, chance: int, start: int) -> Deposit:
    """A term deposit that was renewed in the last months, in office hours."""
    months = _DEPOSIT_MONTHS[chance % len(_DEPOSIT_MONTHS)]
    ago = 1 + (chance >> 8) % min(months * 30 - 2, _RENEWED_WITHIN)
    placed = Micros(clock.midnight_of(start - ago * DAY) + _OPENS + (chance >> 16) % _OPEN * MINUTE)
    due = clock.months_after(placed, months)
    return Deposit("Depósito a plazo", "Term deposit", amount, _DEPOSIT_RATE, placed, months, due)
