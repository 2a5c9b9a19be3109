"""Proof that no cent was lost: the audit, and the entries to look at."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from fastapi import Query
from pydantic import Field
from sqlalchemy import or_
from sqlmodel import col, select

from sandbox.bank.ledger.tables import Account, Entry, Posting
from sandbox.bank.members.tables import Member
from sandbox.bank.wire import Moment, Money, Page, View
from sandbox.control.route import control_router
from sandbox.domain import owed
from sandbox.domain.vocabulary import AccountType
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock, money
from sandbox.kernel.folding import folded
from sandbox.kernel.ids import PublicIds
from sandbox.problems import InvalidCursor, NotFound
from sandbox.storage.driver import unchanging
from sandbox.storage.queries import begins_with_part, has_part, one, one_of, param, pick
from sandbox.storage.threads import in_thread
from sandbox.storage.unit import UnitOfWork

router = control_router("ledger")

_MOST_VIOLATIONS = 100
_BEYOND_64_BITS = ("integer overflow", "user-defined function raised exception")
"""What SQLite says of a sum, and of a function of ours, that gives more than 64 bits."""
_NEWEST = 2**63 - 1


class Violation(View):
    """Something that must not be."""

    check: str
    subject: str
    detail: str


class Audit(View):
    """What the audit found. `balanced` is true when there is nothing to find."""

    balanced: bool
    accounts: int
    entries: int
    postings: int
    holds: int
    violations: list[Violation]


class PostingView(View):
    """A leg of an entry."""

    account: str
    amount: Money
    balance: Money
    concept: str


class EntryView(View):
    """A balanced entry."""

    id: str
    at: Moment
    kind: str
    operation: str = Field(description="What it belongs to.")
    request_id: str | None = Field(description="The request that posted it; null for one of the seed.")
    postings: list[PostingView]


class BookView(View):
    """An account of the books: a member's, or one of the bank's own."""

    id: str
    number: str = Field(description="The whole number; of an account of the bank itself, SYS- and its name.")
    type: AccountType
    name: str
    member_id: str | None = Field(description="Whose it is; null for one of the bank's own.")
    member: str | None = Field(description="The member's name.")
    book_balance: Money
    available_balance: Money


class Book(NamedTuple):
    """An account with its owner's name."""

    id: int
    number: str
    type: AccountType
    name: str
    member_id: int | None
    book: int
    held: int
    first_names: str | None
    last_names: str | None


_of_account = or_(
    param("account").is_(None),
    col(Entry.id).in_(select(Posting.entry_id).where(col(Posting.account_id) == param("account"))),
)
ENTRIES_AFTER = one(
    select(Entry).where(col(Entry.id) > param("place"), _of_account).order_by(col(Entry.id)).limit(param("limit"))
)
ENTRIES_BEFORE = one(
    select(Entry)
    .where(col(Entry.id) < param("place"), _of_account)
    .order_by(col(Entry.id).desc())
    .limit(param("limit"))
)
BOOKS = one_of(
    Book,
    pick(
        Account.id, Account.number, Account.type, Account.name, Account.member_id, Account.book, Account.held,
        Member.first_names, Member.last_names,
    )
    .outerjoin(Member, col(Member.id) == col(Account.member_id))
    .where(
        col(Account.id) > param("after"),
        or_(
            param("part").is_(None),
            has_part(Account.searched, "part"),
            begins_with_part(Member.searched, "part"),
        ),
    )
    .order_by(col(Account.id))
    .limit(param("limit")),
)  # fmt: skip
POSTINGS_OF = one(select(Posting).where(Posting.entry_id == param("entry")).order_by(col(Posting.id)))


@router.get("/ledger/audit", operation_id="auditLedger", summary="Audit the ledger")
async def audit_ledger(call: Call) -> Audit:
    """Debits equal credits, every balance equals its postings, holds equal pending operations, nothing is negative that
    may not be. Reads a copy of the database, so that it holds up neither requests nor the log."""
    file = await call.server.registry.export(call.sandbox.name)
    return await in_thread(_audit_and_remove, file, call.server.checks)


@router.get(
    "/ledger/entries",
    operation_id="listEntries",
    summary="The ledger's entries",
    responses=problems(InvalidCursor, NotFound),
)
async def list_entries(
    call: Call,
    account_id: Annotated[str | None, Query(max_length=64, description="Entries of this account alone.")] = None,
    order: Annotated[Literal["oldest", "newest"], Query(description="Which entry comes first.")] = "oldest",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EntryView]:
    """Every entry with its postings, in order; the oldest first unless `order` says otherwise."""
    unit, account = call.unit, call.key_of("acc", account_id)
    query, end = (ENTRIES_AFTER, 0) if order == "oldest" else (ENTRIES_BEFORE, _NEWEST)
    place = paging.unseal(cursor, int)[0] if cursor else end
    rows = await unit.all(query, place=place, account=account, limit=limit + 1)
    items = [await show(unit, row) for row in rows[:limit]]
    return Page[EntryView](items=items, next_cursor=paging.seal(rows[limit - 1].id) if len(rows) > limit else None)


@router.get(
    "/ledger/accounts",
    operation_id="listLedgerAccounts",
    summary="The ledger's accounts",
    responses=problems(InvalidCursor),
)
async def list_ledger_accounts(
    call: Call,
    q: Annotated[
        str | None, Query(max_length=100, description="Part of the number, the name or the member's name.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BookView]:
    """The bank's own accounts first, then those of members."""
    ids = call.unit.ids
    after = paging.unseal(cursor, int)[0] if cursor else 0
    rows = await call.unit.all(BOOKS, after=after, part=None if q is None else folded(q), limit=limit + 1)
    return paging.page_of(Page[BookView], rows, limit, lambda row: _book(ids, row), lambda row: row.id)


def _book(ids: PublicIds, row: Book) -> BookView:
    return BookView(
        id=ids.name("acc", row.id),
        number=row.number,
        type=row.type,
        name=row.name,
        member_id=None if row.member_id is None else ids.name("mem", row.member_id),
        member=None if row.first_names is None else f"{row.first_names} {row.last_names}",
        book_balance=money.show(row.book),
        available_balance=money.show(row.book - row.held),
    )


async def show(unit: UnitOfWork, row: Entry) -> EntryView:
    """An entry with its postings."""
    return EntryView(
        id=unit.ids.name("ent", row.id),
        at=clock.show(row.moment),
        kind=row.kind,
        operation=row.operation,
        request_id=row.request_id,
        postings=[
            PostingView(
                account=unit.ids.name("acc", leg.account_id),
                amount=money.show(leg.amount),
                balance=money.show(leg.balance),
                concept=leg.concept,
            )
            for leg in await unit.all(POSTINGS_OF, entry=row.id)
        ],
    )


def _audit_and_remove(path: Path, checks: Mapping[str, str]) -> Audit:
    try:
        return audit_file(path, checks)
    finally:
        path.unlink()


def _found(connection: sqlite3.Connection, sql: str) -> list[tuple[str, str]]:
    """What violates a check; also that its sums cannot be told, where there are amounts that no bank has."""
    try:
        found: list[tuple[str, str]] = connection.execute(sql).fetchmany(_MOST_VIOLATIONS)
    except sqlite3.OperationalError as error:
        if str(error) not in _BEYOND_64_BITS:
            raise
        return [("a sum", "exceeds 64 bits: there are amounts that no bank has")]
    return found


def audit_file(path: Path, checks: Mapping[str, str]) -> Audit:
    """Check the database at `path`, a whole file that nothing writes to: `checks` are selects of what violates them.

    All of them read one snapshot.
    """
    with closing(unchanging(path)) as connection:
        connection.create_function("total_payment", 3, owed.total_payment, deterministic=True)
        violations = [
            Violation(check=check, subject=subject, detail=detail)
            for check, sql in checks.items()
            for subject, detail in _found(connection, sql)
        ]
        accounts, entries, postings, holds = connection.execute(
            "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM entry), (SELECT count(*) FROM posting),"
            " (SELECT count(*) FROM hold WHERE released_at IS NULL)"
        ).fetchone()
    return Audit(
        balanced=not violations,
        accounts=accounts,
        entries=entries,
        postings=postings,
        holds=holds,
        violations=violations,
    )
