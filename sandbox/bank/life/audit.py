"""The audit of life: orders and their entries say the same."""

from sandbox.bank.auditing import Audit, Check, Flow
from sandbox.domain.ledger import SystemAccount
from sandbox.domain.life.booking import BOOKINGS

_OTHERS = "'card_purchase', 'interest', 'loan_instalment', 'maturity'"
"""What other chapters post."""
_INCOMING = ", ".join(f"'{what}'" for what, booking in BOOKINGS.items() if booking.sign > 0)

AUDIT = Audit(
    checks=(
        Check(
            "life_order_not_posted_once",
            f"""
            SELECT 'life order ' || id, 'is ' || outcome || ' and has ' || entries || ' entries' FROM (
                SELECT id, outcome, what, (SELECT count(*) FROM entry
                    WHERE operation = 'life_order' AND operation_id = life_order.id) AS entries FROM life_order)
            WHERE entries <> (outcome = 'posted' AND what NOT IN ({_OTHERS}))""",  # noqa: S608  # words of ours
        ),
        Check(
            "life_order_posted_with_another_amount",
            f"""
            SELECT 'life order ' || id, 'moves ' || amount || ' cents, its account was posted ' || given FROM (
                SELECT life_order.id, life_order.amount, what, (SELECT coalesce(sum(posting.amount), 0) FROM posting
                    WHERE entry_id = entry.id AND posting.account_id = life_order.account_id) AS given
                FROM life_order CROSS JOIN entry ON entry.operation = 'life_order' AND operation_id = life_order.id)
            WHERE given <> CASE WHEN what IN ({_INCOMING}) THEN amount ELSE -amount END""",  # noqa: S608  # words of ours
        ),
        Check(
            "entry_without_life_order",
            """
            SELECT 'entry ' || entry.id, 'is ' || entry.kind || ', its order is ' || coalesce(what, 'missing')
            FROM entry LEFT JOIN life_order ON life_order.id = entry.operation_id AND outcome = 'posted'
            WHERE (operation = 'life_order' OR kind GLOB 'life.*')
            AND (what IS NULL OR operation <> 'life_order' OR kind <> 'life.' || what)""",
        ),
        Check(
            "life_order_without_its_move",
            """
            SELECT 'life order ' || id, 'is a ' || what || ' of ' || amount || ' cents, which there is not'
            FROM life_order WHERE outcome = 'posted' AND CASE what
                WHEN 'card_purchase' THEN NOT EXISTS (SELECT 1 FROM card_purchase
                    WHERE id = of_id AND amount = life_order.amount AND bought_at = moment)
                WHEN 'interest' THEN NOT EXISTS (SELECT 1 FROM interest_credit
                    WHERE account_id = life_order.account_id AND amount = life_order.amount AND credited_at = moment)
                WHEN 'loan_instalment' THEN NOT EXISTS (SELECT 1 FROM holding_move
                    WHERE holding_id = of_id AND principal + interest = amount AND moved_at = moment)
                WHEN 'maturity' THEN NOT EXISTS (SELECT 1 FROM holding_move
                    WHERE holding_id = of_id AND principal + interest = amount AND moved_at = moment)
                ELSE 0 END""",
        ),
    ),
    flows=(Flow(SystemAccount.FEES, "life_order", "amount", "what = 'fee' AND outcome = 'posted'"),),
)
