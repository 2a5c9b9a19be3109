"""The audit of transfers."""

from sandbox.bank.chapter import Audit, Check

AUDIT = Audit(
    checks=(
        Check(
            "hold_without_pending_transfer",
            """
            SELECT 'hold ' || hold.id, 'is live, its transfer is ' || coalesce(transfer.status, 'missing') FROM hold
            LEFT JOIN transfer ON transfer.id = hold.operation_id
            WHERE hold.operation = 'transfer' AND hold.released_at IS NULL
            AND (transfer.id IS NULL OR transfer.status <> 'pending_confirmation' OR transfer.total <> hold.amount)""",
        ),
        Check(
            "pending_transfer_without_hold",
            """
            SELECT 'transfer ' || id, 'waits for its code and holds nothing' FROM transfer
            WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
                WHERE operation = 'transfer' AND operation_id = transfer.id AND released_at IS NULL)""",
        ),
        Check(
            "pending_transfer_without_challenge",
            """
            SELECT 'transfer ' || id, 'waits for a code that nobody can enter' FROM transfer
            WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM challenge
                WHERE operation = 'transfer' AND operation_id = transfer.id AND status = 'pending')""",
        ),
        Check(
            "completed_transfer_not_posted_once",
            """
            SELECT 'transfer ' || id, 'is ' || status || ' and has ' || entries || ' entries' FROM (
                SELECT id, status, (SELECT count(*) FROM entry
                    WHERE operation = 'transfer' AND operation_id = transfer.id AND kind = 'transfer') AS entries
                FROM transfer)
            WHERE (status IN ('completed', 'in_process', 'settled', 'returned')) <> (entries = 1) OR entries > 1""",
            turn=4,
        ),
        Check(
            "daily_use_differs_from_transfers",
            """
            SELECT 'member ' || member_id,
                kind || ' on day ' || day || ': use ' || sum(used) || ', transfers ' || sum(made)
            FROM (SELECT member_id, kind, day, amount AS used, 0 AS made FROM daily_use
                UNION ALL
                SELECT member_id, kind, (coalesce(confirmed_at, created_at) - 18000000000) / 86400000000, 0, amount
                FROM transfer WHERE status NOT IN ('cancelled', 'expired', 'locked'))
            GROUP BY member_id, kind, day HAVING sum(used) <> sum(made)""",
            turn=6,
        ),
    ),
    orders=("SELECT 'transfer', id, origin_id, total FROM transfer",),
    in_transit=("SELECT coalesce(sum(amount), 0) FROM transfer WHERE status = 'in_process'",),
)
