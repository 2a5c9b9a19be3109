"""The audit of loans, term deposits and the interest of savings: rows, balances and entries tell the same."""

from sandbox.bank.auditing import Audit, Check, Flow
from sandbox.domain.ledger import SystemAccount

# Loans bring principal and interest to the bank, term deposits take them from it.
_SIGN = "CASE holding_move.kind WHEN 'maturity' THEN -1 ELSE 1 END"
_POSTED_OTHERWISE = """
SELECT 'holding move ' || id, 'principal ' || principal || ' and interest ' || interest || ', posted ' || funds
    || ' and ' || charged || ' of ' || given FROM (
    SELECT holding_move.id, {sign} * principal AS principal, {sign} * interest AS interest,
        coalesce(sum(CASE posting.account_id WHEN {funding} THEN posting.amount END), 0) AS funds,
        coalesce(sum(CASE posting.account_id WHEN {interest} THEN posting.amount END), 0) AS charged,
        -coalesce(sum(CASE posting.account_id WHEN holding_move.account_id THEN posting.amount END), 0) AS given
    FROM holding_move
    LEFT JOIN entry ON entry.operation = 'holding_move' AND entry.operation_id = holding_move.id
        AND entry.kind = holding_move.kind
    LEFT JOIN posting ON posting.entry_id = entry.id GROUP BY holding_move.id)
WHERE funds <> principal OR charged <> interest OR given <> principal + interest
UNION ALL
SELECT 'entry ' || id, 'is of a holding move that is missing' FROM entry
WHERE operation = 'holding_move' AND operation_id NOT IN (SELECT id FROM holding_move)"""

# A credit of a bank that runs has an entry of its own, one of the past is in the day book. CROSS JOIN has SQLite begin
# with the one entry: it would begin with all postings of the account, for each of its credits.
_CREDITED_OTHERWISE = """
SELECT 'interest credit ' || id, 'of ' || amount || ' cents, posted ' || posted FROM (
    SELECT id, amount, (SELECT coalesce(sum(posting.amount), 0) FROM entry
            CROSS JOIN posting ON posting.entry_id = entry.id AND posting.account_id = interest_credit.account_id
            WHERE entry.operation = 'interest_credit' AND entry.operation_id = interest_credit.id)
        + (SELECT coalesce(sum(posting.amount), 0) FROM posting
            JOIN entry ON entry.id = posting.entry_id AND entry.operation = 'day' AND entry.kind = 'interest_credit'
            WHERE posting.account_id = interest_credit.account_id AND posting.moment = credited_at) AS posted
    FROM interest_credit)
WHERE posted <> amount
UNION ALL
SELECT 'entry ' || id, 'is of an interest credit that is missing' FROM entry
WHERE operation = 'interest_credit' AND operation_id NOT IN (SELECT id FROM interest_credit)
UNION ALL
SELECT 'posting ' || posting.id, 'is of an interest credit that is missing' FROM entry
JOIN posting ON posting.entry_id = entry.id AND posting.account_id <> {interest}
WHERE entry.operation = 'day' AND entry.kind = 'interest_credit' AND NOT EXISTS (
    SELECT 1 FROM interest_credit
    WHERE account_id = posting.account_id AND until = entry.operation_id)"""

AUDIT = Audit(
    checks=(
        Check(
            "holding_move_posted_otherwise",
            _POSTED_OTHERWISE.format(
                sign=_SIGN, funding=SystemAccount.FUNDING.value, interest=SystemAccount.INTEREST.value
            ),
            turn=6,
        ),
        Check(
            "holding_moves_do_not_follow",
            """
            SELECT 'holding ' || holding_id, 'move ' || place || ' has the number ' || number
                || ' and leaves ' || balance || ', expected ' || coalesce(expected, balance) FROM (
                SELECT holding_id, number, balance,
                    row_number() OVER (PARTITION BY holding_id ORDER BY number) AS place,
                    lag(balance) OVER (PARTITION BY holding_id ORDER BY number) - principal AS expected
                FROM holding_move)
            WHERE balance <> expected OR number <> place""",
            turn=6,
        ),
        Check(
            "holding_differs_from_moves",
            """
            SELECT 'holding ' || holding.number, 'balance ' || holding.balance || ', its last move left ' || left_over
            FROM holding JOIN (
                SELECT holding_id, balance AS left_over, max(number) FROM holding_move GROUP BY holding_id)
            ON holding_id = holding.id WHERE holding.balance <> left_over""",
            turn=6,
        ),
        Check(
            "holding_status_differs_from_balance",
            """
            SELECT 'holding ' || number, 'is ' || status || ' with a balance of ' || balance FROM holding
            WHERE status <> CASE WHEN balance > 0 THEN 'active' WHEN type = 'loan' THEN 'paid' ELSE 'matured' END""",
            turn=6,
        ),
        Check(
            "interest_credit_posted_otherwise",
            _CREDITED_OTHERWISE.format(interest=SystemAccount.INTEREST.value),
            turn=6,
        ),
    ),
    flows=(
        Flow(SystemAccount.INTEREST, "holding_move", f"{_SIGN} * interest"),
        Flow(SystemAccount.INTEREST, "interest_credit", "-amount"),
    ),
)
