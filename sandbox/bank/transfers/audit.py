"""The audit of transfers."""

from sandbox.bank.auditing import Audit, Check, Order

AUDIT = Audit(
    checks=(
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
    orders=(
        Order(
            "transfer",
            "total",
            ("completed", "in_process", "settled", "returned"),
            fee="fee",
            tax="tax",
            in_transit="amount",
        ),
    ),
)
