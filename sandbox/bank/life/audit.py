"""The audit of life: orders and their entries say the same."""

from sandbox.bank.auditing import Audit, Check, Flow
from sandbox.bank.life.orders import COMES
from sandbox.domain.ledger import SystemAccount

_INCOMING = ", ".join(f"'{what}'" for what in COMES)

AUDIT = Audit(
    checks=(
        Check(
            "life_order_not_posted_once",
            """
            SELECT 'life order ' || id, 'is ' || outcome || ' and has ' || entries || ' entries' FROM (
                SELECT id, outcome, made_id, (SELECT count(*) FROM entry
                    WHERE operation = 'life_order' AND operation_id = life_order.id) AS entries FROM life_order)
            WHERE entries <> (outcome = 'posted' AND made_id IS NULL)""",
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
            "life_order_without_purchase",
            """
            SELECT 'life order ' || life_order.id, 'bought for ' || life_order.amount || ' cents, the purchase is of '
                || coalesce(card_purchase.amount, 'nothing')
            FROM life_order LEFT JOIN card_purchase ON card_purchase.id = made_id
            WHERE what = 'card_purchase' AND outcome = 'posted'
            AND (card_purchase.amount IS NULL OR card_purchase.amount <> life_order.amount)""",
        ),
    ),
    flows=(Flow(SystemAccount.FEES, "life_order", "amount", "what = 'fee' AND outcome = 'posted'"),),
)
