"""Generated members in shares that do not depend on each other, so that several processes can make them.

What a share takes from those before it is counted beforehand: documents, and the keys of accounts, cards and holdings,
of which their numbers are made. All other keys count from 1 in each share, and are moved when it is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast

from sqlalchemy import Table
from sqlmodel import SQLModel

from sandbox.bank.access.tables import Device
from sandbox.bank.beneficiaries.tables import Beneficiary
from sandbox.bank.cards.tables import Card, CardPurchase
from sandbox.bank.ledger.tables import Account, Entry, Posting
from sandbox.bank.members.tables import Member
from sandbox.bank.products.tables import Holding, HoldingMove, InterestCredit
from sandbox.domain.life.behaviours import Living
from sandbox.domain.life.plan import Plan
from sandbox.kernel.entropy import Entropy
from sandbox.seeding import generated, holdings, lives
from sandbox.seeding.books import Books, Flat
from sandbox.seeding.circumstances import Circumstances
from sandbox.seeding.keys import KeysBehind
from sandbox.seeding.members import FIRST_MEMBER_ACCOUNT, MemberSeeder

_SIZE = 500  # members of one day book; more make fewer entries, and longer ones
_NUMBERED = (Account, Card, Holding)
"""What has a number that is made of its key."""
_TABLES: Mapping[str, type[SQLModel]] = {
    str(table.__tablename__): table
    for table in (
        Member, Device, Account, Entry, Posting, InterestCredit, Beneficiary, Card, CardPurchase, Holding, HoldingMove,
    )
}  # fmt: skip
"""What generated members have rows in."""


class Share(NamedTuple):
    """Members from index `first` on, one for each document, and the last keys of `_NUMBERED` before them."""

    first: int
    documents: list[str]
    last: tuple[int, ...]


class Made(NamedTuple):
    """What was made of a share, of types that `marshal` knows: rows by the name of their table and the columns that
    are given, as in `Flat`; the last key by the name of the table; and what the bank's own accounts gained."""

    rows: list[tuple[str, tuple[str, ...], list[Any]]]
    last: dict[str, int]
    gained: dict[int, int]


class Census:
    """Counts what generated members will take, without a look at the rest of their lives."""

    def __init__(self, here: Circumstances, entropy: Entropy) -> None:
        self._here = here
        due = [each for each in here.first_day.life.as_planned if each.what == "maturity"]
        self._maturities = Plan(due, here.first_day.business_days, entropy)

    def shares(self, first: int, last: int) -> Iterator[Share]:
        """The members from one index to another, in shares."""
        before = tuple(self._here.books.keys(table, 0) - 1 for table in _NUMBERED)
        for begin in range(first, last + 1, _SIZE):
            indices = range(begin, min(begin + _SIZE, last + 1))
            documents = [self._here.people.document(index) for index in indices]
            yield Share(begin, documents, before)
            taken = [self._taken_by(index) for index in indices]
            before = tuple(map(sum, zip(before, *taken, strict=True)))

    def _taken_by(self, index: int) -> tuple[int, int, int]:
        """How many of `_NUMBERED` a member has."""
        here, chance = self._here, self._here.people.traits(index)
        savings, cards, held, deposits = generated.numbers_of(index, chance)
        if deposits:
            drawn = generated.drawn(index, chance, here.start)
            assert drawn.deposit is not None
            renewed = (generated.renewed_on(drawn.deposit),)
            when = lives.span(here.start, here.start, lives.MONTHS, drawn.chance)
            living = Living(index, drawn.segment, drawn.has, renewed)
            orders = self._maturities.between(living, here.first_day.life.settings.past, when.begun, when.until)
            held += 1 + len(holdings.renewals(drawn.deposit, orders))
        return savings + 1 + cards, cards, held  # and one of share certificates


class Maker:
    """Makes shares: pure, so that it does not matter which process has one."""

    def __init__(self, here: Circumstances, password: str, password_hash: str) -> None:
        self._here = here
        self._credentials = password, password_hash

    def make(self, share: Share) -> Made:
        """Every row of the members of a share."""
        keys = KeysBehind(dict(zip(_NUMBERED, share.last, strict=True)))
        books = Books(None, keys)
        here = replace(self._here, books=books, numbers={})
        MemberSeeder(here, *self._credentials).add_people(share.first, share.documents)
        rows = [(str(table.__tablename__), columns, values) for table, columns, values in books.gathered()]
        last = {str(table.__tablename__): key for table, key in keys.last.items()}
        return Made(rows, last, {int(account): gained for account, gained in books.book.items()})


def write(books: Books, share: Share, made: Made) -> None:
    """Write what was made of a share, behind all that was written before."""
    last = dict(zip(_NUMBERED, share.last, strict=True))
    behind: dict[str, int] = {}  # by table: what its keys are moved by
    for name, own in made.last.items():
        table = _TABLES[name]
        taken = own - last.get(table, 0)
        before = books.keys(table, taken) - 1
        behind[name] = 0 if table in last else before
        if table in last and before != last[table]:
            raise RuntimeError(f"{name}: {before} keys were taken, {last[table]} were counted")
    for name, columns, values in made.rows:
        each = Flat(_TABLES[name], columns, values)
        _adjust(books, each, behind)
        books.write_moved(each, _moved_columns(each.table, behind))
    for account, gained in made.gained.items():
        books.book[account] += gained


def _moved_columns(table: type[SQLModel], behind: Mapping[str, int]) -> dict[str, int]:
    """By column with a key of a table: what it is moved by."""
    described = cast(Table, table.__table__)  # type: ignore[attr-defined]  # SQLModel hides what it sets
    moved = {"id": behind.get(described.name, 0)}
    for key in described.foreign_keys:
        moved[key.parent.name] = behind.get(key.column.table.name, 0)
    return moved


def _adjust(books: Books, each: Flat, behind: Mapping[str, int]) -> None:
    """Move what no foreign key tells: balances of the bank's own accounts, whose postings come last in a day book, the
    moves that entries are of, and the last purchase on a card's statement."""
    table, names, values = each
    width = len(names)
    if table is Posting:
        account, balance = names.index("account_id"), names.index("balance")
        for begin in range(len(values) - width, -1, -width):
            if values[begin + account] >= FIRST_MEMBER_ACCOUNT:
                break
            values[begin + balance] += books.book[values[begin + account]]
    elif table is Entry:
        operation, number, moves = names.index("operation"), names.index("operation_id"), behind.get("holding_move", 0)
        for begin in range(0, len(values), width):
            if values[begin + operation] == "holding_move":
                values[begin + number] += moves
    elif table is Card:
        for last in range(names.index("last_billed"), len(values), width):
            if values[last]:
                values[last] += behind["card_purchase"]
