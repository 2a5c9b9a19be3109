"""The audit of the books: entries balance, balances follow from postings, orders cost what they said."""

from sandbox.bank.auditing import Audit, Check

AUDIT = Audit(
    checks=(
        Check(
            "amount_out_of_range",
            """
            SELECT 'posting ' || id, 'moves ' || amount || ' cents' FROM posting
            WHERE amount NOT BETWEEN -{most} AND {most}
            UNION ALL SELECT 'hold ' || id, 'holds ' || amount || ' cents' FROM hold WHERE amount > {most}
            UNION ALL SELECT replace(kind, '_', ' ') || ' ' || id, 'costs ' || total || ' cents' FROM
                (WITH ordered (kind, id, origin_id, total) AS ({orders}) SELECT * FROM ordered)
            WHERE total NOT BETWEEN 0 AND {most}""",
        ),
        Check(
            "entry_unbalanced",
            """
            SELECT 'entry ' || entry_id, 'postings add up to ' || sum(amount) || ' cents' FROM posting
            GROUP BY entry_id HAVING sum(amount) <> 0""",
        ),
        Check(
            "entry_without_postings",
            """
            SELECT 'entry ' || id, 'has fewer than two postings' FROM entry
            WHERE (SELECT count(*) FROM posting WHERE entry_id = entry.id) < 2""",
        ),
        Check(
            "book_differs_from_postings",
            """
            SELECT 'account ' || number, 'book ' || book || ', postings ' || coalesce(posted, 0) FROM account
            LEFT JOIN (SELECT account_id, sum(amount) AS posted FROM posting GROUP BY account_id)
            ON account_id = account.id WHERE book <> coalesce(posted, 0)""",
        ),
        Check(
            "running_balance_wrong",
            """
            SELECT 'posting ' || id, 'balance ' || balance || ', sum so far ' || so_far FROM (
                SELECT id, balance,
                    sum(amount) OVER (PARTITION BY account_id ORDER BY id ROWS UNBOUNDED PRECEDING) AS so_far
                FROM posting NOT INDEXED)
            WHERE balance <> so_far""",
        ),
        Check(
            "held_differs_from_holds",
            """
            SELECT 'account ' || number, 'held ' || held || ', live holds ' || coalesce(live, 0) FROM account
            LEFT JOIN (SELECT account_id, sum(amount) AS live FROM hold WHERE released_at IS NULL GROUP BY account_id)
            ON account_id = account.id WHERE held <> coalesce(live, 0)""",
        ),
        Check(
            "negative_balance",
            """
            SELECT 'account ' || number, 'available ' || (book - held) || ' cents' FROM account
            WHERE overdraft = 0 AND book - held < 0""",
        ),
        # CROSS JOIN has SQLite begin with the orders, which are fewer than the entries.
        Check(
            "operation_posted_with_another_amount",
            """
            WITH ordered (kind, id, origin_id, total) AS ({orders})
            SELECT replace(kind, '_', ' ') || ' ' || id, 'costs ' || total || ' cents, its account gave ' || given
            FROM (
                SELECT ordered.kind, ordered.id, total, (SELECT -coalesce(sum(amount), 0) FROM posting
                    WHERE entry_id = entry.id AND account_id = origin_id) AS given
                FROM ordered CROSS JOIN entry ON entry.operation = ordered.kind
                    AND entry.operation_id = ordered.id AND entry.kind = ordered.kind)
            WHERE given <> total""",
            turn=1,
        ),
        Check(
            "settlement_differs_from_transfers_in_process",
            """
            SELECT 'account ' || number, 'book ' || book || ', in process ' || due FROM account,
                (SELECT {in_transit} AS due)
            WHERE account.id = {settlement} AND book <> due""",
            turn=5,
        ),
        # What an account was charged before the bank's first day is in its history, and in no order.
        Check(
            "charges_differ_from_orders",
            """
            WITH charged (account_id, due) AS ({charges})
            SELECT 'account ' || number, 'was credited ' || given || ', orders charged ' || due FROM (
                SELECT number, due, (SELECT coalesce(sum(amount), 0) FROM posting
                    JOIN entry ON entry.id = posting.entry_id
                    WHERE posting.account_id = account.id AND entry.kind <> 'history') AS given
                FROM charged JOIN account ON account.id = charged.account_id)
            WHERE given <> due""",
            turn=5,
        ),
    ),
)
