"""Proof that no cent was lost: the audit, and the entries to look at."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from pydantic import Field
from sqlmodel import col, select

from sandbox.bank.ledger.tables import Entry, Posting
from sandbox.bank.wire import Moment, Money, Page, View
from sandbox.control.route import control_router
from sandbox.domain import owed
from sandbox.http import paging
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.paging import Cursor, Limit
from sandbox.kernel import clock, money
from sandbox.problems import InvalidCursor
from sandbox.storage.driver import unchanging
from sandbox.storage.queries import one, param
from sandbox.storage.threads import in_thread

router = control_router("ledger")

_MOST_VIOLATIONS = 100


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
    postings: list[PostingView]


ENTRIES_AFTER = one(select(Entry).where(col(Entry.id) > param("after")).order_by(col(Entry.id)).limit(param("limit")))
POSTINGS_OF = one(select(Posting).where(Posting.entry_id == param("entry")).order_by(col(Posting.id)))


@router.get("/ledger/audit", operation_id="auditLedger", summary="Audit the ledger")
async def audit_ledger(call: Call) -> Audit:
    """Debits equal credits, every balance equals its postings, holds equal pending operations, nothing is negative that
    may not be. Reads a copy of the database, so that it holds up neither requests nor the log."""
    file = await call.server.registry.export(call.sandbox.name)
    return await in_thread(_audit_and_remove, file, call.server.checks)


@router.get(
    "/ledger/entries", operation_id="listEntries", summary="The ledger's entries", responses=problems(InvalidCursor)
)
async def list_entries(call: Call, limit: Limit = 50, cursor: Cursor = None) -> Page[EntryView]:
    """Every entry with its postings, in order."""
    unit = call.unit
    after = paging.unseal(cursor, int)[0] if cursor else 0
    rows = await unit.all(ENTRIES_AFTER, after=after, limit=limit + 1)
    items = [
        EntryView(
            id=unit.ids.name("ent", row.id),
            at=clock.show(row.moment),
            kind=row.kind,
            operation=row.operation,
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
        for row in rows[:limit]
    ]
    return Page[EntryView](items=items, next_cursor=paging.seal(rows[limit - 1].id) if len(rows) > limit else None)


def _audit_and_remove(path: Path, checks: Mapping[str, str]) -> Audit:
    try:
        return audit_file(path, checks)
    finally:
        path.unlink()


def audit_file(path: Path, checks: Mapping[str, str]) -> Audit:
    """Check the database at `path`, a whole file that nothing writes to: `checks` are selects of what violates them.

    All of them read one snapshot.
    """
    with closing(unchanging(path)) as connection:
        connection.create_function("total_payment", 3, owed.total_payment, deterministic=True)
        violations = [
            Violation(check=check, subject=subject, detail=detail)
            for check, sql in checks.items()
            for subject, detail in connection.execute(sql).fetchmany(_MOST_VIOLATIONS)
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
