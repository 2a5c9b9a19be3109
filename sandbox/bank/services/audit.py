"""The audit of payments of services."""

from sandbox.bank.chapter import Audit, Check

AUDIT = Audit(
    checks=(
        Check(
            "hold_without_pending_service_payment",
            """
            SELECT 'hold ' || hold.id, 'is live, its payment is ' || coalesce(pay.status, 'missing') FROM hold
            LEFT JOIN service_payment AS pay ON pay.id = hold.operation_id
            WHERE hold.operation = 'service_payment' AND hold.released_at IS NULL
            AND (pay.id IS NULL OR pay.status <> 'pending_confirmation' OR pay.amount + pay.fee <> hold.amount)""",
        ),
        Check(
            "pending_service_payment_without_hold",
            """
            SELECT 'service payment ' || id, 'waits for its code and holds nothing' FROM service_payment
            WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
                WHERE operation = 'service_payment' AND operation_id = service_payment.id AND released_at IS NULL)""",
        ),
        Check(
            "service_payment_not_posted_once",
            """
            SELECT 'service payment ' || id, 'is ' || status || ' and has ' || entries || ' entries' FROM (
                SELECT id, status, (SELECT count(*) FROM entry WHERE operation = 'service_payment'
                    AND operation_id = service_payment.id) AS entries FROM service_payment)
            WHERE (status = 'completed') <> (entries = 1) OR entries > 1""",
        ),
        Check(
            "bill_paid_twice",
            """
            SELECT 'bill ' || biller_id || ' ' || reference, 'was paid ' || count(*) || ' times in a month'
            FROM service_payment WHERE status = 'completed' AND period IS NOT NULL
            GROUP BY biller_id, reference, period HAVING count(*) > 1""",
            turn=3,
        ),
    ),
    orders=("SELECT 'service_payment', id, origin_id, amount + fee FROM service_payment",),
)
