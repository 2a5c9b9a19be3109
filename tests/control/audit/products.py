"""Cases about loans, term deposits and the interest of savings."""

from collections.abc import Iterator

from sandbox.domain.ledger import SystemAccount
from tests.control.audit.database import BEYOND, MINE, MISSING, SECOND, Case, Change, Database, amend, drop
from tests.control.audit.orders import CHARGES

LAST_MOVE = "number = (SELECT max(number) FROM holding_move)"


def moves() -> Iterator[Case]:
    """What can be wrong between what moved on loans and term deposits, and their entries."""
    check, follow = "holding_move_posted_otherwise", "holding_moves_do_not_follow"
    first, second, matured = "number = 1 AND kind = 'instalment'", "number = 2", "kind = 'maturity'"

    def post_again(db: Database) -> None:
        row = db.first("holding_move", first)
        account, principal, interest = (
            db.number(f"SELECT {column} FROM holding_move WHERE id = {row}")
            for column in ("account_id", "principal", "interest")
        )
        legs = (account, -principal - interest), (SystemAccount.FUNDING, principal), (SystemAccount.INTEREST, interest)
        db.post("instalment", "holding_move", row, *legs)

    for what, cents in BEYOND.items():
        for name, where in {"an instalment": first, "a maturity": matured}.items():
            interest = amend("holding_move", where, f"interest = interest + {cents}")
            yield Case(check, f"{what} in the interest of {name}", interest, CHARGES)
            principal = amend("holding_move", where, f"principal = principal + {cents}")
            yield Case(check, f"{what} in the principal of {name}", principal)
        principal = amend("holding_move", second, f"principal = principal + {cents}")
        yield Case(check, f"{what} in the principal of a second instalment", principal, follow)
        between = amend("holding_move", first, f"balance = balance + {cents}")
        yield Case(follow, f"{what} left by an instalment that another followed", between)
    yield Case(follow, "a first move with another number", amend("holding_move", first, "number = 0"))
    yield Case(follow, "a last move with another number", amend("holding_move", LAST_MOVE, "number = number + 1"))
    yield Case(check, "posted twice", post_again, CHARGES)
    yield Case(check, "posted for another account", amend("holding_move", first, f"account_id = {MINE}"))
    yield Case(check, "a maturity without a row", drop("holding_move", matured), CHARGES)
    for also in (f"operation_id = {MISSING}", "operation = 'x'", "kind = 'x'"):
        yield Case(check, f"an entry whose {also}", amend("entry", "operation = 'holding_move'", also))


def holdings() -> Iterator[Case]:
    """What can be wrong between a loan or a term deposit and what moved on it."""
    check, status = "holding_differs_from_moves", "holding_status_differs_from_balance"
    loan, deposit = "type = 'loan'", "type = 'term_deposit'"

    def another(where: str, **changes: object) -> Change:
        """One on which nothing moved."""
        return lambda db: db.copy("holding", db.first("holding", where), number="'x'", **changes)

    for what, cents in BEYOND.items():
        yield Case(check, f"{what} owed", amend("holding", loan, f"balance = balance + {cents}"))
        left_over = amend("holding_move", LAST_MOVE, f"balance = balance + {cents}")
        yield Case(check, f"{what} left by the last instalment", left_over, "holding_moves_do_not_follow")
    yield Case(check, "a cent that did not mature", amend("holding", deposit, "balance = 1"), status)
    yield Case(None, "a loan on which nothing moved", another(loan, balance="balance + 1"))
    for over in ("paid", "matured"):
        yield Case(status, f"{over}, a loan that is owed", amend("holding", loan, f"status = '{over}'"))
        yield Case(status, f"{over}, a deposit that is there", another(deposit, balance=1, status=f"'{over}'"))
    for kind, wrong, right in ((loan, "matured", "paid"), (deposit, "paid", "matured")):
        for words in ("active", wrong):
            yield Case(status, f"{words}, nothing left, {kind}", another(kind, balance=0, status=f"'{words}'"))
        yield Case(None, f"{right}, nothing left, {kind}", another(kind, balance=0, status=f"'{right}'"))
        yield Case(None, f"active, a cent left, {kind}", another(kind, balance=1, status="'active'"))


LAST_CREDIT = "credited_at = (SELECT max(credited_at) FROM interest_credit)"


def interest() -> Iterator[Case]:
    """What can be wrong between the interest of savings and its entries."""
    check, own = "interest_credit_posted_otherwise", "operation = 'interest_credit'"

    def post_again(db: Database) -> None:
        row = db.first("interest_credit", LAST_CREDIT)
        account = db.number(f"SELECT account_id FROM interest_credit WHERE id = {row}")
        db.post("interest_credit", "interest_credit", row, (account, 1), (SystemAccount.INTEREST, -1))

    for what, cents in BEYOND.items():
        amount = amend("interest_credit", LAST_CREDIT, f"amount = amount + {cents}")
        yield Case(check, f"{what} of interest", amount, CHARGES)
    yield Case(check, "interest posted twice", post_again, CHARGES)
    yield Case(check, "interest without a row", drop("interest_credit", LAST_CREDIT), CHARGES)
    yield Case(check, "interest of another account", amend("interest_credit", LAST_CREDIT, f"account_id = {SECOND}"))
    for also in (f"operation_id = {MISSING}", "operation = 'x'"):
        yield Case(check, f"an entry of interest whose {also}", amend("entry", own, also))
    yield from _interest_of_the_past(check)


def _interest_of_the_past(check: str) -> Iterator[Case]:
    """What can be wrong between the interest of the seed and the day book."""
    first = "id = (SELECT min(id) FROM interest_credit)"
    for what, cents in BEYOND.items():
        amount = amend("interest_credit", first, f"amount = amount + {cents}")
        yield Case(check, f"{what} of interest in the past", amount, CHARGES)
    yield Case(check, "interest of the past without a row", drop("interest_credit", first), CHARGES)
    yield Case(check, "interest of the past at another moment", amend("interest_credit", first, "credited_at = 1"))
    yield Case(check, "interest of the past on another day", amend("interest_credit", first, "until = 1"))
    yield Case(
        check,
        "a day of interest of another kind",
        amend("entry", "kind = 'interest_credit' AND operation = 'day'", "kind = 'x'"),
    )
