"""Proof that no cent was lost: the audit, and the entries to look at."""

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
from sandbox.storage.statements import one, param
from sandbox.storage.threads import in_thread

router = control_router("ledger")

_MOST_VIOLATIONS = 100

# Each check selects what violates it: a thing, and what is wrong with it. They read one snapshot. CROSS JOIN has
# SQLite begin with the operations, which are fewer than the entries.
CHECKS: dict[str, str] = {
    "entry_unbalanced": """
        SELECT 'entry ' || entry_id, 'postings add up to ' || sum(amount) || ' cents' FROM posting
        GROUP BY entry_id HAVING sum(amount) <> 0""",
    "entry_without_postings": """
        SELECT 'entry ' || id, 'has fewer than two postings' FROM entry
        WHERE (SELECT count(*) FROM posting WHERE entry_id = entry.id) < 2""",
    "book_differs_from_postings": """
        SELECT 'account ' || number, 'book ' || book || ', postings ' || coalesce(posted, 0) FROM account
        LEFT JOIN (SELECT account_id, sum(amount) AS posted FROM posting GROUP BY account_id)
        ON account_id = account.id WHERE book <> coalesce(posted, 0)""",
    "running_balance_wrong": """
        SELECT 'posting ' || id, 'balance ' || balance || ', sum so far ' || so_far FROM (
            SELECT id, balance, sum(amount) OVER
                (PARTITION BY account_id ORDER BY id ROWS UNBOUNDED PRECEDING) AS so_far
            FROM posting NOT INDEXED)
        WHERE balance <> so_far""",
    "held_differs_from_holds": """
        SELECT 'account ' || number, 'held ' || held || ', live holds ' || coalesce(live, 0) FROM account
        LEFT JOIN (SELECT account_id, sum(amount) AS live FROM hold WHERE released_at IS NULL GROUP BY account_id)
        ON account_id = account.id WHERE held <> coalesce(live, 0)""",
    "negative_balance": """
        SELECT 'account ' || number, 'available ' || (book - held) || ' cents' FROM account
        WHERE overdraft = 0 AND book - held < 0""",
    "hold_without_pending_transfer": """
        SELECT 'hold ' || hold.id, 'is live, its transfer is ' || coalesce(transfer.status, 'missing') FROM hold
        LEFT JOIN transfer ON transfer.id = hold.operation_id
        WHERE hold.operation = 'transfer' AND hold.released_at IS NULL
        AND (transfer.id IS NULL OR transfer.status <> 'pending_confirmation' OR transfer.total <> hold.amount)""",
    "pending_transfer_without_hold": """
        SELECT 'transfer ' || id, 'waits for its code and holds nothing' FROM transfer
        WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
            WHERE operation = 'transfer' AND operation_id = transfer.id AND released_at IS NULL)""",
    "pending_transfer_without_challenge": """
        SELECT 'transfer ' || id, 'waits for a code that nobody can enter' FROM transfer
        WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM challenge
            WHERE operation = 'transfer' AND operation_id = transfer.id AND status = 'pending')""",
    "hold_without_pending_service_payment": """
        SELECT 'hold ' || hold.id, 'is live, its payment is ' || coalesce(pay.status, 'missing') FROM hold
        LEFT JOIN service_payment AS pay ON pay.id = hold.operation_id
        WHERE hold.operation = 'service_payment' AND hold.released_at IS NULL
        AND (pay.id IS NULL OR pay.status <> 'pending_confirmation' OR pay.amount + pay.fee <> hold.amount)""",
    "pending_service_payment_without_hold": """
        SELECT 'service payment ' || id, 'waits for its code and holds nothing' FROM service_payment
        WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
            WHERE operation = 'service_payment' AND operation_id = service_payment.id AND released_at IS NULL)""",
    "service_payment_not_posted_once": """
        SELECT 'service payment ' || id, 'is ' || status || ' and has ' || entries || ' entries' FROM (
            SELECT id, status, (SELECT count(*) FROM entry WHERE operation = 'service_payment'
                AND operation_id = service_payment.id) AS entries FROM service_payment)
        WHERE (status = 'completed') <> (entries = 1) OR entries > 1""",
    "hold_without_pending_card_payment": """
        SELECT 'hold ' || hold.id, 'is live, its payment is ' || coalesce(pay.status, 'missing') FROM hold
        LEFT JOIN card_payment AS pay ON pay.id = hold.operation_id
        WHERE hold.operation = 'card_payment' AND hold.released_at IS NULL
        AND (pay.id IS NULL OR pay.status <> 'pending_confirmation' OR pay.amount + pay.fee + pay.tax <>
        hold.amount)""",
    "pending_card_payment_without_hold": """
        SELECT 'card payment ' || id, 'waits for its code and holds nothing' FROM card_payment
        WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
            WHERE operation = 'card_payment' AND operation_id = card_payment.id AND released_at IS NULL)""",
    "card_payment_not_posted_once": """
        SELECT 'card payment ' || id, 'is ' || status || ' and has ' || entries || ' entries' FROM (
            SELECT id, status, (SELECT count(*) FROM entry WHERE operation = 'card_payment' AND kind = 'card_payment'
                AND operation_id = card_payment.id) AS entries FROM card_payment)
        WHERE (status IN ('completed', 'in_process', 'settled')) <> (entries = 1) OR entries > 1""",
    "hold_without_pending_deferral_prepayment": """
        SELECT 'hold ' || hold.id, 'is live, its prepayment is ' || coalesce(pay.status, 'missing') FROM hold
        LEFT JOIN deferral_prepayment AS pay ON pay.id = hold.operation_id
        WHERE hold.operation = 'deferral_prepayment' AND hold.released_at IS NULL
        AND (pay.id IS NULL OR pay.status <> 'pending_confirmation' OR pay.principal + pay.interest <> hold.amount)""",
    "pending_deferral_prepayment_without_hold": """
        SELECT 'deferral prepayment ' || id, 'waits for its code and holds nothing' FROM deferral_prepayment
        WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
            WHERE operation = 'deferral_prepayment' AND operation_id = deferral_prepayment.id
            AND released_at IS NULL)""",
    "operation_posted_with_another_amount": """
        WITH ordered (kind, id, origin_id, total) AS (
            SELECT 'transfer', id, origin_id, total FROM transfer
            UNION ALL SELECT 'service_payment', id, origin_id, amount + fee FROM service_payment
            UNION ALL SELECT 'card_payment', id, origin_id, amount + fee + tax FROM card_payment
            UNION ALL SELECT 'deferral_prepayment', id, origin_id, principal + interest FROM deferral_prepayment)
        SELECT replace(kind, '_', ' ') || ' ' || id, 'costs ' || total || ' cents, its account gave ' || given FROM (
            SELECT ordered.kind, ordered.id, total, (SELECT -coalesce(sum(amount), 0) FROM posting
                WHERE entry_id = entry.id AND account_id = origin_id) AS given
            FROM ordered CROSS JOIN entry ON entry.operation = ordered.kind
                AND entry.operation_id = ordered.id AND entry.kind = ordered.kind)
        WHERE given <> total""",
    "deferral_outstanding_differs_from_instalments": """
        SELECT 'deferral ' || id, 'outstanding ' || outstanding || ', instalments ' || due FROM (
            SELECT id, outstanding, (SELECT coalesce(sum(principal), 0) FROM deferral_instalment
                WHERE deferral_id = deferral.id AND status = 'pending') AS due
            FROM deferral WHERE status IN ('active', 'finished', 'prepaid'))
        WHERE outstanding <> due""",
    "more_deferred_than_owed": """
        SELECT 'card ' || card.number, 'deferred ' || waiting || ', owed ' || -book FROM card
        JOIN account ON account.id = card.account_id
        JOIN (SELECT card_id, sum(outstanding) AS waiting FROM deferral WHERE status = 'active' GROUP BY card_id)
        ON card_id = card.id WHERE waiting > -book""",
    "more_due_than_owed": """
        SELECT 'card ' || number, 'due ' || due || ', owed and not deferred ' || revolving FROM (
            SELECT card.number AS number, total_payment(statement, paid_since, deferred_since) AS due,
                -book - coalesce((SELECT sum(outstanding) FROM deferral
                    WHERE card_id = card.id AND status = 'active'), 0) AS revolving
            FROM card JOIN account ON account.id = card.account_id)
        WHERE due > max(0, revolving)""",
    "bill_paid_twice": """
        SELECT 'bill ' || biller_id || ' ' || reference, 'was paid ' || count(*) || ' times in a month'
        FROM service_payment WHERE status = 'completed' AND period IS NOT NULL
        GROUP BY biller_id, reference, period HAVING count(*) > 1""",
    "completed_transfer_not_posted_once": """
        SELECT 'transfer ' || id, 'is ' || status || ' and has ' || entries || ' entries' FROM (
            SELECT id, status, (SELECT count(*) FROM entry
                WHERE operation = 'transfer' AND operation_id = transfer.id AND kind = 'transfer') AS entries
            FROM transfer)
        WHERE (status IN ('completed', 'in_process', 'settled', 'returned')) <> (entries = 1) OR entries > 1""",
    "settlement_differs_from_transfers_in_process": """
        SELECT 'account ' || number, 'book ' || book || ', in process ' || due FROM account,
            (SELECT (SELECT coalesce(sum(amount), 0) FROM transfer WHERE status = 'in_process')
                + (SELECT coalesce(sum(amount), 0) FROM card_payment WHERE status = 'in_process') AS due)
        WHERE account.id = 4 AND book <> due""",
    "daily_use_differs_from_transfers": """
        SELECT 'member ' || member_id, kind || ' on day ' || day || ': use ' || amount || ', transfers ' || made FROM (
            SELECT member_id, kind, day, amount, (SELECT coalesce(sum(transfer.amount), 0) FROM transfer
                WHERE transfer.member_id = daily_use.member_id AND transfer.kind = daily_use.kind
                AND (transfer.created_at - 18000000000) / 86400000000 = daily_use.day
                AND transfer.status NOT IN ('cancelled', 'expired', 'locked')) AS made
            FROM daily_use) WHERE amount <> made""",
}


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


@router.get("/ledger/audit", operation_id="auditLedger", summary="Is every cent there?")
async def audit_ledger(call: Call) -> Audit:
    """Debits equal credits, every balance equals its postings, holds equal pending operations, nothing is negative that
    may not be. Reads a copy of the database, so that it holds up neither requests nor the log."""
    file = await call.app.state.registry.export(call.sandbox.name)
    return await in_thread(_audit_and_remove, file)


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


def _audit_and_remove(path: Path) -> Audit:
    try:
        return audit_file(path)
    finally:
        path.unlink()


def audit_file(path: Path) -> Audit:
    """Check the database at `path`, a whole file that nothing writes to."""
    with closing(unchanging(path)) as connection:
        connection.create_function("total_payment", 3, owed.total_payment, deterministic=True)
        violations = [
            Violation(check=check, subject=subject, detail=detail)
            for check, sql in CHECKS.items()
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
