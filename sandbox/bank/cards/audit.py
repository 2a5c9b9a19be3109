"""The audit of payments of cards."""

from sandbox.bank.chapter import Audit, Check

AUDIT = Audit(
    checks=(
        Check(
            "hold_without_pending_card_payment",
            """
            SELECT 'hold ' || hold.id, 'is live, its payment is ' || coalesce(pay.status, 'missing') FROM hold
            LEFT JOIN card_payment AS pay ON pay.id = hold.operation_id
            WHERE hold.operation = 'card_payment' AND hold.released_at IS NULL
            AND (pay.id IS NULL OR pay.status <> 'pending_confirmation' OR pay.amount + pay.fee + pay.tax <>
            hold.amount)""",
        ),
        Check(
            "pending_card_payment_without_hold",
            """
            SELECT 'card payment ' || id, 'waits for its code and holds nothing' FROM card_payment
            WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
                WHERE operation = 'card_payment' AND operation_id = card_payment.id AND released_at IS NULL)""",
        ),
        Check(
            "card_payment_not_posted_once",
            """
            SELECT 'card payment ' || id, 'is ' || status || ' and has ' || entries || ' entries' FROM (
                SELECT id, status, (SELECT count(*) FROM entry
                    WHERE operation = 'card_payment' AND kind = 'card_payment' AND operation_id = card_payment.id
                    ) AS entries FROM card_payment)
            WHERE (status IN ('completed', 'in_process', 'settled')) <> (entries = 1) OR entries > 1""",
        ),
    ),
    orders=("SELECT 'card_payment', id, origin_id, amount + fee + tax FROM card_payment",),
    in_transit=("SELECT coalesce(sum(amount), 0) FROM card_payment WHERE status = 'in_process'",),
)
