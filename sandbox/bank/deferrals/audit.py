"""The audit of deferrals."""

from sandbox.bank.chapter import Audit, Check

AUDIT = Audit(
    checks=(
        Check(
            "hold_without_pending_deferral_prepayment",
            """
            SELECT 'hold ' || hold.id, 'is live, its prepayment is ' || coalesce(pay.status, 'missing') FROM hold
            LEFT JOIN deferral_prepayment AS pay ON pay.id = hold.operation_id
            WHERE hold.operation = 'deferral_prepayment' AND hold.released_at IS NULL
            AND (pay.id IS NULL OR pay.status <> 'pending_confirmation'
                OR pay.principal + pay.interest <> hold.amount)""",
        ),
        Check(
            "pending_deferral_prepayment_without_hold",
            """
            SELECT 'deferral prepayment ' || id, 'waits for its code and holds nothing' FROM deferral_prepayment
            WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
                WHERE operation = 'deferral_prepayment' AND operation_id = deferral_prepayment.id
                AND released_at IS NULL)""",
        ),
        Check(
            "deferral_outstanding_differs_from_instalments",
            """
            SELECT 'deferral ' || id, 'outstanding ' || outstanding || ', instalments ' || due FROM (
                SELECT id, outstanding, (SELECT coalesce(sum(principal), 0) FROM deferral_instalment
                    WHERE deferral_id = deferral.id AND status = 'pending') AS due
                FROM deferral WHERE status IN ('active', 'finished', 'prepaid'))
            WHERE outstanding <> due""",
            turn=2,
        ),
        Check(
            "more_deferred_than_owed",
            """
            SELECT 'card ' || card.number, 'deferred ' || waiting || ', owed ' || -book FROM card
            JOIN account ON account.id = card.account_id
            JOIN (SELECT card_id, sum(outstanding) AS waiting FROM deferral WHERE status = 'active' GROUP BY card_id)
            ON card_id = card.id WHERE waiting > -book""",
            turn=2,
        ),
        Check(
            "more_due_than_owed",
            """
            SELECT 'card ' || number, 'due ' || due || ', owed and not deferred ' || revolving FROM (
                SELECT card.number AS number, total_payment(statement, paid_since, deferred_since) AS due,
                    -book - coalesce((SELECT sum(outstanding) FROM deferral
                        WHERE card_id = card.id AND status = 'active'), 0) AS revolving
                FROM card JOIN account ON account.id = card.account_id)
            WHERE due > max(0, revolving)""",
            turn=2,
        ),
    ),
    orders=("SELECT 'deferral_prepayment', id, origin_id, principal + interest FROM deferral_prepayment",),
)
