"""Double entry: an entry is a set of legs that add up to zero. Cents; positive where the account gains."""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple


class SystemAccount(IntEnum):
    """The bank's own accounts, by key. Their balances may be negative: what members own, the bank owes."""

    FUNDING = 1
    FEES = 2
    VAT = 3
    SETTLEMENT = 4
    BILLERS = 5
    CARD_ISSUERS = 6
    INTEREST = 7


_LAST_OF_THE_BANK = max(SystemAccount)


class Leg(NamedTuple):
    """What one account gains (or, negative, gives) by an entry, and how its history will call it."""

    account: int
    amount: int
    concept: str
    reference: str = ""

    @property
    def is_systems(self) -> bool:
        """Whether the account is one of the bank's own."""
        return self.account <= _LAST_OF_THE_BANK


class Unbalanced(Exception):
    """Legs that create or destroy money: a programming error, never a member's."""


def in_order(legs: Sequence[Leg]) -> list[int]:
    """The places of the legs in the order in which their accounts are moved: members' by key, then the bank's own, and
    the legs of one account as they stand.

    All entries keep to it, so that no two of them wait for each other's accounts; the bank's own come last, because
    nearly every entry has one: it is locked for the shortest time.
    """
    return sorted(range(len(legs)), key=lambda place: (legs[place].is_systems, legs[place].account))


def balanced(legs: Sequence[Leg]) -> Sequence[Leg]:
    """The legs that move something, once they are known to add up to zero. Raises Unbalanced."""
    if len(legs) == 2 and legs[0].amount == -legs[1].amount != 0:  # nearly all entries; seeding makes millions
        return legs
    moving = [leg for leg in legs if leg.amount]
    if len(moving) < 2 or sum(leg.amount for leg in moving) != 0:
        raise Unbalanced([(leg.account, leg.amount) for leg in legs])
    return moving
