"""The day book: the past of a batch of accounts, booked as banks do, with one entry for each day and kind of movement.

A thousand members' purchases of a day are one entry with a leg for each of them, and one for the card issuers. What one
member pays another, or pays to a card, is an entry of its own.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sandbox.bank.ledger.tables import Entry, Posting
from sandbox.domain import concepts
from sandbox.domain.ledger import SystemAccount
from sandbox.domain.life.booking import BOOKINGS
from sandbox.kernel import clock
from sandbox.seeding.books import Books
from sandbox.seeding.past import Movement


class _Style(NamedTuple):
    """How a kind of movement is booked: the entry's kind, what the account's history calls it when it gains and when it
    gives, and the bank's own account on the other side, if it is one, with what that one's history calls it."""

    entry: str
    gains: str
    gives: str
    other: SystemAccount | None
    others: str


_STYLES = {
    "opening": _Style(
        "opening", concepts.OPENING_DEPOSIT, "", SystemAccount.FUNDING, concepts.OPENING_DEPOSIT
    ),
    "contribution": _Style(
        "contribution", concepts.SHARES_RECEIVED, "", SystemAccount.FUNDING, concepts.SHARE_CONTRIBUTION
    ),
    "transfer": _Style("history", concepts.TRANSFER_RECEIVED, concepts.TRANSFER_SENT, None, ""),
    "card_payment": _Style("history", concepts.CARD_PAYMENT_RECEIVED, concepts.CARD_PAYMENT, None, ""),
    "card_purchase": _Style(
        "history", "", concepts.CARD_CONSUMPTION, SystemAccount.CARD_ISSUERS, concepts.CARD_CONSUMPTION
    ),
} | {
    what: _Style("history", booking.concept, booking.concept, booking.other, booking.concept)
    for what, booking in BOOKINGS.items()
}  # fmt: skip


class _Group:
    """Movements that are one entry: its key, its moment, what the accounts gain in all."""

    __slots__ = ("entry", "gained", "moment")

    def __init__(self) -> None:
        self.entry, self.moment, self.gained = 0, 0, 0


class DayBook:
    """Gathers the pasts of accounts, and books them together. What is paid by another account is added with both."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._pasts: list[tuple[int, Sequence[Movement]]] = []

    def add(self, account: int, movements: Sequence[Movement]) -> None:
        """The whole past of an account, in order."""
        self._pasts.append((account, movements))

    def close(self) -> None:
        """Book what was gathered."""
        groups: dict[tuple[int, str, int], _Group] = {}
        legs: list[tuple[_Group, int, int, int, int, str, str]] = []
        for account, movements in self._pasts:
            balance = self._books.book[account]
            for moment, amount, kind, reference, _, _, payer in movements:
                key = (clock.day_of(moment), kind, payer)
                group = groups.get(key)
                if group is None:
                    group = groups[key] = _Group()
                group.moment = max(group.moment, moment)
                group.gained += amount
                balance += amount
                style = _STYLES[kind]
                concept = style.gains if amount > 0 else style.gives
                legs.append((group, account, moment, amount, balance, concept, reference))
            self._books.book[account] = balance
        self._pasts.clear()
        for (day, kind, _), group in sorted(groups.items()):
            self._close_day(day, _STYLES[kind], group, legs)
        first = self._books.keys(Posting, len(legs))
        self._books.extend(
            Posting,
            [
                (posting, group.entry, account, moment, amount, balance, concept, reference)
                for posting, (group, account, moment, amount, balance, concept, reference) in enumerate(legs, first)
            ],
        )

    def _close_day(
        self, day: int, style: _Style, group: _Group, legs: list[tuple[_Group, int, int, int, int, str, str]]
    ) -> None:
        """The entry of a group, and the leg of the bank's own account."""
        group.entry = self._books.key(Entry)
        self._books.extend(Entry, [(group.entry, group.moment, style.entry, "day", day, None)])
        if style.other is not None:
            other = int(style.other)
            balance = self._books.book[other] = self._books.book[other] - group.gained
            legs.append((group, other, group.moment, -group.gained, balance, style.others, ""))
