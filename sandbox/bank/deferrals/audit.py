"""The audit of deferrals."""

from sandbox.bank.auditing import Audit, Check, Flow, Order
from sandbox.domain.ledger import SystemAccount

AUDIT = Audit(
    checks=(
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
    orders=(Order("deferral_prepayment", "principal + interest", interest="interest"),),
    flows=(Flow(SystemAccount.INTEREST, "deferral_instalment", "interest", "status = 'posted'"),),
)
