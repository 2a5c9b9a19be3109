"""The day book: the past of a batch of accounts, booked as banks do, with one entry for each day and kind of movement.

A thousand members' purchases of a day are one entry with a leg for each of them, and one for the card issuers. What one
member pays another, or pays to a card, is an entry of its own; so is an instalment, and a deposit that matured.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sandbox.bank.ledger.tables import Entry, Posting
from sandbox.bank.products.tables import InterestCredit
from sandbox.domain import concepts
from sandbox.domain.ledger import SystemAccount
from sandbox.domain.life.booking import BOOKINGS
from sandbox.kernel import clock
from sandbox.kernel.clock import DAY
from sandbox.seeding.books import Books
from sandbox.seeding.past import Movement


class _Style(NamedTuple):
    """How a kind of movement is booked: the entry's kind, what the account's history calls it when it gains and when it
    gives, and the bank's own account on the other side, if it is one, with what that one's history calls it, and what
    that of INTEREST calls its part. Kinds of one `group` share an entry; `operation` is what that was made for."""

    group: str
    entry: str
    gains: str
    gives: str
    other: SystemAccount | None
    others: str
    interest: str = ""
    operation: str = "day"


def _history(kind: str, gains: str, gives: str, other: SystemAccount | None, others: str = "") -> _Style:
    return _Style(kind, "history", gains, gives, other, others or gains or gives)


def _opening(kind: str, gains: str, others: str) -> _Style:
    return _Style(kind, kind, gains, "", SystemAccount.FUNDING, others)


def _move(entry: str, gains: str, gives: str, others: str, interest: str) -> _Style:
    """As `bank.products.moves` books it."""
    return _Style(entry, entry, gains, gives, SystemAccount.FUNDING, others, interest, "holding_move")


_STYLES = {
    "opening": _opening("opening", concepts.OPENING_DEPOSIT, concepts.OPENING_DEPOSIT),
    "contribution": _opening("contribution", concepts.SHARES_RECEIVED, concepts.SHARE_CONTRIBUTION),
    "transfer": _history("transfer", concepts.TRANSFER_RECEIVED, concepts.TRANSFER_SENT, None),
    "card_payment": _history("card_payment", concepts.CARD_PAYMENT_RECEIVED, concepts.CARD_PAYMENT, None),
    "card_purchase": _history("card_purchase", "", concepts.CARD_CONSUMPTION, SystemAccount.CARD_ISSUERS),
    "interest_credit": _Style(
        "interest_credit", "interest_credit", concepts.SAVINGS_INTEREST, "", SystemAccount.INTEREST,
        concepts.SAVINGS_INTEREST,
    ),
    "placement": _history("placement", "", concepts.DEPOSIT_PLACED, SystemAccount.FUNDING),
    "maturity": _move(
        "maturity", concepts.DEPOSIT_MATURITY, "", concepts.DEPOSIT_MATURITY, concepts.DEPOSIT_INTEREST
    ),
    "maturity_interest": _move(
        "maturity", concepts.DEPOSIT_INTEREST, "", concepts.DEPOSIT_MATURITY, concepts.DEPOSIT_INTEREST
    ),
    "loan_instalment": _move(
        "instalment", "", concepts.LOAN_INSTALMENT, concepts.LOAN_INSTALMENT, concepts.LOAN_INTEREST
    ),
} | {
    what: _history(what, booking.concept, booking.concept, booking.other) for what, booking in BOOKINGS.items()
}  # fmt: skip
_GAINS = {kind: style.gains for kind, style in _STYLES.items()}
_GIVES = {kind: style.gives for kind, style in _STYLES.items()}


class _Group:
    """Movements that are one entry: its key, its moment, what the accounts gain in all, and what of it is interest."""

    __slots__ = ("entry", "gained", "interest", "moment", "reference", "style")

    def __init__(self, style: _Style, reference: str) -> None:
        self.style, self.reference = style, reference
        self.entry, self.moment, self.gained, self.interest = 0, 0, 0, 0


_POSTING = len(Posting.model_fields)


class DayBook:
    """Books the pasts of accounts together. What is paid by another account is added with both.

    Every past is booked as it comes, so that its movements can be forgotten while they are in the processor's caches.
    Entries get their keys when all are known.
    """

    def __init__(self, books: Books) -> None:
        self._books = books
        self._begin()

    def _begin(self) -> None:
        self._groups: dict[tuple[int, str, int], _Group] = {}
        self._found: dict[str, dict[int, _Group]] = {kind: {} for kind in _STYLES}  # the same by kind and day
        # Postings as `Books` takes them: one after another, without their keys, and with groups in place of entries.
        self._postings: list[Any] = []
        self._credits: list[tuple[int, int, int, int]] = []

    def add(self, account: int, movements: Iterable[Movement]) -> None:
        """The whole past of an account, in order."""
        gains, gives, offset = _GAINS, _GIVES, -clock.begin_of(0)  # looked up once: the loop is a tenth of the seeding
        found, postings = self._found, self._postings
        balance = self._books.book[account]
        for moment, amount, kind, reference, _, _, of, interest in movements:
            day = (moment + offset) // DAY
            group = self._group_of(day, kind, of, reference) if of else found[kind].get(day)
            if group is None:
                group = found[kind][day] = self._group_of(day, kind, 0, reference)
            if moment > group.moment:  # noqa: PLR1730  # a call of `max` takes as long as half of the rest
                group.moment = moment
            group.gained += amount
            balance += amount
            concept = gains[kind] if amount > 0 else gives[kind]
            postings += (0, group, account, moment, amount, balance, concept, reference)
            if interest:
                group.interest += interest
            elif kind == "interest_credit":
                self._credits.append((account, day, amount, moment))
        self._books.book[account] = balance

    def _group_of(self, day: int, kind: str, of: int, reference: str) -> _Group:
        style = _STYLES[kind]
        group = self._groups.get((day, style.group, of))
        if group is None:
            reference = reference if style.interest else ""
            group = self._groups[day, style.group, of] = _Group(style, reference)
        return group

    def close(self) -> None:
        """Book what was gathered, and forget it."""
        books, postings, credits = self._books, self._postings, self._credits
        first = books.keys(InterestCredit, len(credits))
        books.extend(InterestCredit, [(key, *each) for key, each in enumerate(credits, first)])
        for (day, _, of), group in sorted(self._groups.items()):
            self._close_group(day, of, group)
        number = len(postings) // _POSTING
        first = books.keys(Posting, number)
        postings[0::_POSTING] = range(first, first + number)
        postings[1::_POSTING] = [group.entry for group in postings[1::_POSTING]]
        books.extend_flat(Posting, postings)
        self._begin()

    def _close_group(self, day: int, of: int, group: _Group) -> None:
        """The entry of a group, and the legs of the bank's own accounts."""
        style = group.style
        group.entry = self._books.key(Entry)
        number = day if style.operation == "day" else of
        self._books.extend(Entry, [(group.entry, group.moment, style.entry, style.operation, number, None)])
        if style.other is not None:
            self._close_leg(style.other, group, -group.gained - group.interest, style.others)
        if group.interest:
            self._close_leg(SystemAccount.INTEREST, group, group.interest, style.interest)

    def _close_leg(self, account: SystemAccount, group: _Group, amount: int, concept: str) -> None:
        balance = self._books.book[account] = self._books.book[account] + amount
        self._postings += (0, group, account.value, group.moment, amount, balance, concept, group.reference)
