"""Half a year of ordinary life: salaries, bills, purchases, transfers between neighbours; never a cent too much."""

from random import Random
from typing import NamedTuple

from sandbox.domain import concepts
from sandbox.domain.ledger import Leg, SystemAccount
from sandbox.kernel.clock import DAY, HOUR, SECOND
from sandbox.seeding.books import Books

SPAN_DAYS = 180
_SPENDING = (
    (concepts.CARD_PURCHASE, SystemAccount.CARD_ISSUERS, 60_00),
    (concepts.BILL_PAYMENT, SystemAccount.BILLERS, 45_00),
    (concepts.WITHDRAWAL, SystemAccount.FUNDING, 100_00),
    (concepts.ASSISTANCE_FEE, SystemAccount.FEES, 1_75),
)


class Happening(NamedTuple):
    """Something that happens to an account: `kind` salary, spending or transfer."""

    moment: int
    account: int
    kind: str
    draw: float
    choice: float


def plan(draws: Random, account: int, start: int, count: int) -> list[Happening]:
    """`count` happenings of an account in the days before `start`, in business hours and in order."""
    happenings = []
    for number in range(count):
        day = draws.randrange(1, SPAN_DAYS)
        local = draws.randrange(8 * HOUR, 20 * HOUR, SECOND)
        midnight = (start - 5 * HOUR) // DAY * DAY + 5 * HOUR
        kind = "salary" if number % 6 == 0 else "transfer" if number % 6 == 3 else "spending"
        happenings.append(Happening(midnight - day * DAY + local, account, kind, draws.random(), draws.random()))
    return sorted(happenings)


def open_account(books: Books, account: int, amount: int, start: int) -> None:
    """The deposit an account begins with, just before its history."""
    moment = start - (SPAN_DAYS + 1) * DAY
    books.post(
        moment,
        "opening",
        "account",
        account,
        Leg(account, amount, concepts.OPENING_DEPOSIT),
        Leg(SystemAccount.FUNDING, -amount, concepts.OPENING_DEPOSIT),
    )


def happen(books: Books, happening: Happening, neighbours: list[int]) -> None:
    """Let it happen, as far as the account's balance goes."""
    account, available = happening.account, books.book[happening.account]
    if happening.kind == "salary":
        amount = 450_00 + int(happening.draw * 1_200_00)
        concept, other, received = concepts.SALARY, int(SystemAccount.FUNDING), concepts.SALARY
        amount, available = -amount, 0
    elif happening.kind == "transfer" and len(neighbours) > 1:
        other = neighbours[int(happening.choice * len(neighbours))]
        if other == account:
            return
        concept, received = concepts.TRANSFER_SENT, concepts.TRANSFER_RECEIVED
        amount = 1_00 + int(happening.draw * 80_00)
    else:
        concept, system, most = _SPENDING[int(happening.choice * len(_SPENDING))]
        other, received = int(system), concept
        amount = most if most < 2_00 else 1_00 + int(happening.draw * most)
    if amount > available:
        return
    books.post(
        happening.moment, "history", "account", account, Leg(account, -amount, concept), Leg(other, amount, received)
    )


def reach(books: Books, account: int, balance: int, start: int) -> None:
    """One last deposit or withdrawal, so that the account ends with `balance`."""
    missing = balance - books.book[account]
    if missing:
        concept = concepts.DEPOSIT if missing > 0 else concepts.WITHDRAWAL
        books.post(
            start - HOUR,
            "history",
            "account",
            account,
            Leg(account, missing, concept),
            Leg(SystemAccount.FUNDING, -missing, concept),
        )


def contribute(books: Books, shares: int, amount: int, start: int) -> None:
    """A contribution to share certificates, paid at the counter."""
    books.post(
        start - SPAN_DAYS * DAY,
        "contribution",
        "account",
        shares,
        Leg(shares, amount, concepts.SHARES_RECEIVED),
        Leg(SystemAccount.FUNDING, -amount, concepts.SHARE_CONTRIBUTION),
    )
