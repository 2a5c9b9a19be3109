"""Cases about orders that ran: their entry, its amount, and what they were charged."""

from collections.abc import Iterator

from sandbox.domain.ledger import SystemAccount
from tests.control.audit.database import BEYOND, MINE, MISSING, SECOND, Case, Change, Database, statement
from tests.control.audit.orders import CHARGES, COST, NEVER_RAN, RAN, WAITS, charged, cost_of, dearer, row_of


def unpost(operation: str, status: str) -> Change:
    """Detach the entry of an operation from it."""

    def change(db: Database) -> None:
        row = row_of(db, operation, status)
        own = f"kind = '{operation}' AND operation = '{operation}' AND operation_id = {row}"
        db.change(f"UPDATE entry SET operation_id = {MISSING} WHERE {own}")

    return change


def post(operation: str, status: str, times: int) -> Change:
    """One more entry of the right amount, or several."""

    def change(db: Database) -> None:
        row = row_of(db, operation, status)
        total = cost_of(db, operation, row)
        for _ in range(times):
            db.post(operation, operation, row, (MINE, -total), (SystemAccount.FUNDING, total))

    return change


def from_another_account(operation: str) -> Change:
    """An operation that another account was to pay."""
    return lambda db: db.change(
        f"UPDATE {operation} SET origin_id = {SECOND} WHERE id = {row_of(db, operation, 'completed')}"
    )


def postings() -> Iterator[Case]:
    """What can be wrong between an operation and the one entry that moves its money."""
    for operation in COST:
        check = f"{operation}_not_posted_once"
        for status in RAN[operation]:
            yield Case(check, f"{status}, never", unpost(operation, status))
            yield Case(check, f"{status}, twice", post(operation, status, 1))
        for status in [WAITS, *NEVER_RAN[operation]]:
            yield Case(check, f"{status}, once", post(operation, status, 1))
            yield Case(check, f"{status}, twice", post(operation, status, 2))


def amounts() -> Iterator[Case]:
    """What can be wrong between what an operation costs and what its account gave."""
    check = "operation_posted_with_another_amount"
    for operation, columns in COST.items():
        name = operation.replace("_", " ")
        yield Case(check, f"{name}, from another account", from_another_account(operation))
        for what, cents in BEYOND.items():
            for status in RAN[operation]:
                change = dearer(operation, status, columns[-1], cents)
                yield Case(check, f"{name}, {status}, {what}", change, charged(columns[-1]))
            for column in columns[:-1]:
                change = dearer(operation, "completed", column, cents)
                yield Case(check, f"{name}, {what} in the {column}", change, charged(column))


def charges() -> Iterator[Case]:
    """What can be wrong between what orders were charged and the bank's accounts of fees, of VAT and of interest."""

    def shift(operation: str, status: str, to: str, source: str, cents: int) -> Change:
        """An order that costs as much as before, and of it `cents` more for another purpose."""
        return lambda db: db.change(
            f"UPDATE {operation} SET {to} = {to} + {cents}, {source} = {source} - {cents}"
            f" WHERE id = {row_of(db, operation, status)}"
        )

    for what, cents in BEYOND.items():
        for account in (SystemAccount.FEES, SystemAccount.VAT, SystemAccount.INTEREST):
            move = (SystemAccount.FUNDING, account, cents)
            yield Case(CHARGES, f"{what} on the account of {account.name}", lambda db, move=move: db.move(*move))
        yield Case(CHARGES, f"{what} in a bill's fee", shift("service_payment", "completed", "fee", "amount", cents))
        for column in ("fee", "tax"):
            for operation in ("transfer", "card_payment"):
                change = shift(operation, "settled", column, "amount", cents)
                also = "daily_use_differs_from_transfers" if operation == "transfer" else None
                yield Case(CHARGES, f"{what} in the {column} of a {operation.replace('_', ' ')}", change, also)
        returned = shift("transfer", "returned", "fee", "tax", cents)
        yield Case(CHARGES, f"{what} in the fee of a transfer that came back", returned)
        prepaid = shift("deferral_prepayment", "completed", "interest", "principal", cents)
        yield Case(CHARGES, f"{what} in the interest of a prepayment", prepaid)
        posted = f"(SELECT min(id) FROM deferral_instalment WHERE status = 'posted' AND interest > {-cents})"
        billed = statement(f"UPDATE deferral_instalment SET interest = interest + {cents} WHERE id = {posted}")
        yield Case(CHARGES, f"{what} in the interest of an instalment that was billed", billed)
    yield Case(None, "a fee of an order that was cancelled", statement(
        "UPDATE service_payment SET fee = fee + 1 WHERE id ="
        " (SELECT min(id) FROM service_payment WHERE status = 'cancelled')"
    ))  # fmt: skip
    yield Case(None, "fees before the first day", lambda db: db.post(
        "history", "account", MINE, (MINE, -175), (SystemAccount.FEES, 175)
    ))  # fmt: skip
