"""The past of an account, fitted to the balance it ends with.

What its member did is planned without a look at the account. Walked backwards from the final balance, every movement
tells the balance before it: what was spent makes it higher, what came in lower. Money that could not have been there is
spent after it came in, at cash machines; what is left at the beginning is the opening deposit.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from sandbox.domain.life.behaviours import Part
from sandbox.domain.life.plan import part_before
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY, HOUR, SECOND

_NOTE = 10_00  # cash machines give tens
_MOST = 300_00
_TIMES = 60  # withdrawals after one movement, at most
_LEAST_LEFT = 5_00
_MOST_LEFT = 60_00
_SPENT_WITHIN = 25 * DAY  # before the next month's pay
_OPENS, _OPEN = 7 * HOUR, 14 * HOUR
_new = tuple.__new__


class Movement(NamedTuple):
    """Something that moves an account: `amount` is positive where the account gains. Where `part` is given, that part
    of what is there is spent.

    `kind` says how it is booked. `of` is what makes it an entry of its own: the account that pays where it is another
    member's or the member's own, the move of a loan or a deposit; 0 otherwise. `interest` are the cents that the bank
    earns of it, and `pick` 32 bits of chance.
    """

    moment: int
    amount: int
    kind: str
    reference: str
    pick: int = 0
    part: Part | None = None
    of: int = 0
    interest: int = 0


def movement(moment: int, amount: int, kind: str, reference: str) -> Movement:
    """A movement with the bank's own account on the other side. A NamedTuple's own constructor takes four times as
    long, and seeding makes a dozen for each member."""
    return _new(Movement, (moment, amount, kind, reference, 0, None, 0, 0))


class Past(NamedTuple):
    """Movements in their order, all of known amounts, and the cents there were before the first."""

    opening: int
    movements: list[Movement]


def fitted(movements: Sequence[Movement], balance: int, until: int, machines: Sequence[str]) -> Past:
    """The past that ends with `balance`, all of it before `until`, for movements that are sorted and before it, too.

    The balance is never negative, and it is positive at the beginning where there is a movement or a balance at all.
    `machines` are what withdrawals may refer to.
    """
    kept: list[Movement] = []
    left, is_mixed = balance, False
    usual = max([balance, *[each[1] for each in movements if not each[6]]])
    for each in reversed(movements):
        _, amount, kind, _, _, part, _, _ = each
        if part is not None:
            # Above what is usual there are no withdrawals: each would make what was there before more still.
            amount = -part_before(part, left) if left <= usual else 0
            if not amount:
                continue
            kept.append(movement(each[0], amount, each[2], each[3]))
        else:
            least = _LEAST_LEFT if kind != "interest_credit" else 0
            if amount > left - least:
                taken = _withdrawals(each, amount - left + least, until, machines)
                left -= sum(withdrawal.amount for withdrawal in taken)
                kept += taken
                is_mixed = True
            kept.append(each)
        left -= amount
    kept.reverse()  # what happened at the same moment stays in its order
    if is_mixed:
        kept.sort(key=itemgetter(0))
    return Past(left, kept)


def _withdrawals(after: Movement, least: int, until: int, machines: Sequence[str]) -> list[Movement]:
    """Cash taken in the weeks after something came in: so much in all, and a little more."""
    spent = -(-(least + after.pick % _MOST_LEFT) // _NOTE) * _NOTE
    # A member may be made with any balance: what is more than so many times the usual is taken in larger sums.
    most = max(_MOST, -(-spent // (_TIMES * _NOTE)) * _NOTE)
    times = -(-spent // most)
    apart = min(_SPENT_WITHIN, until - after.moment) // (times + 1)
    taken = []
    for number in range(times):
        pick = after.pick >> number
        moment = _by_day(after.moment + (number + 1) * apart, pick, after.moment, until)
        amount = min(most, spent - number * most)
        taken.append(movement(moment, -amount, "withdrawal", machines[pick % len(machines)] if machines else ""))
    return taken


def _by_day(moment: int, chance: int, after: int, until: int) -> int:
    """A time of the moment's day at which people are about, where one is between the two; else the moment itself."""
    usual = clock.midnight_of(moment) + _OPENS + chance % (_OPEN // SECOND) * SECOND
    return usual if after < usual < until else moment
