"""What generated members are like. Every trait is spread evenly over them, so that twenty members in a row have some of
each."""

from functools import cache
from struct import Struct
from typing import NamedTuple

from sandbox.domain import deferral
from sandbox.domain.vocabulary import Segment
from sandbox.seeding.belongings import HELD_DAYS
from sandbox.seeding.traits import HoldingTrait, Traits, Words

_DESCRIPTION = Words(es="Socio generado.", en="Generated member.")
ORDINARY = Traits(description=_DESCRIPTION)
PREMIUM = Traits(description=_DESCRIPTION, segment="premium")
_ROUND = 20
_CHANCES = Struct(">4H6I")
# Of twenty members in a row, so many have the trait. The step deals it out in another order than the others.
_PREMIUM, _CARDS, _LOANS, _DEPOSITS = (1, 1), (7, 7), (3, 3), (2, 9)
_CREDITS = (600_00, 800_00, 1_000_00, 1_500_00, 2_000_00, 3_000_00)
_LOAN_RANGE = 71
_LOAN_RATE, _DEPOSIT_RATE = 15_60, 7_25
_TERMS = (12, 18, 24, 36, 48)
_PREMIUM_TIMES = 5
_PAID = HELD_DAYS // 30  # instalments of a loan


class Drawn(NamedTuple):
    """A generated member. Amounts in cents; `balances` are those of the savings accounts behind the first one, `wealth`
    is how many hundredths of what comes in in a month the first one has."""

    segment: Segment
    wealth: int
    balances: tuple[int, ...]
    shares: int
    credit: int | None
    holdings: tuple[HoldingTrait, ...]
    chance: int


def drawn(index: int, chance: bytes) -> Drawn:
    """The `index`th member, for 32 bytes of chance."""
    savings, shares, credit, term, wealth, second, third, loan, deposit, last = _CHANCES.unpack(chance)
    is_premium = _has(index, *_PREMIUM)
    times = _PREMIUM_TIMES if is_premium else 1
    number = (0, 1, 1, 2)[savings % 4]
    holdings = []
    if _has(index, *_LOANS):
        hundreds = loan % _LOAN_RANGE
        longer = max(term % len(_TERMS), hundreds * len(_TERMS) // _LOAN_RANGE)  # so that a salary pays the instalment
        holdings.append(_loan((10 + hundreds) * 100_00 * times, _TERMS[longer]))
    if _has(index, *_DEPOSITS):
        holdings.append(_deposit((2 + deposit % 49) * 100_00 * times, 1 + deposit % 12))
    return Drawn(
        segment="premium" if is_premium else "standard",
        wealth=_skewed(wealth, 40, 160) if wealth % 5 == 0 else 400 + (wealth >> 16) * 400 // 65_536,
        balances=tuple(_skewed(each, 25_00, 2_500_00) * times for each in (second, third)[:number]),
        shares=(5 + shares % 56) * 1_00 * times,
        credit=_CREDITS[credit % len(_CREDITS)] * times if _has(index, *_CARDS) else None,
        holdings=tuple(holdings),
        chance=last,
    )


def _has(index: int, of_twenty: int, step: int) -> bool:
    """Whether a member is among those of twenty who have a trait. The next twenty are dealt out in another order, so
    that no trait always comes with another."""
    return (index * step + index // _ROUND * (step + 2)) % _ROUND < of_twenty


def _skewed(chance: int, least: int, most: int) -> int:
    """Between two numbers, small ones more often."""
    return least + ((most - least) * (chance >> 16) ** 2 >> 32)


@cache
def _loan(amount: int, term: int) -> HoldingTrait:
    """A consumer loan, of which the first instalments are paid."""
    balance = deferral.schedule(amount, _LOAN_RATE, term)[_PAID - 1].balance
    return HoldingTrait.model_construct(
        type="loan", name="Crédito de consumo", name_en="Consumer loan", amount=amount, balance=balance,
        rate=_LOAN_RATE, months_left=term - _PAID,
    )  # fmt: skip


def _deposit(amount: int, months_left: int) -> HoldingTrait:
    return HoldingTrait.model_construct(
        type="term_deposit", name="Depósito a plazo", name_en="Term deposit", amount=amount, balance=amount,
        rate=_DEPOSIT_RATE, months_left=months_left,
    )  # fmt: skip
