"""The audit of payments of services."""

from sandbox.bank.auditing import Audit, Check, Order

AUDIT = Audit(
    checks=(
        Check(
            "bill_paid_twice",
            """
            SELECT 'bill ' || biller_id || ' ' || reference, 'was paid ' || count(*) || ' times in a month'
            FROM service_payment WHERE status = 'completed' AND period IS NOT NULL
            GROUP BY biller_id, reference, period HAVING count(*) > 1""",
            turn=3,
        ),
    ),
    orders=(Order("service_payment", "amount + fee", fee="fee"),),
)
