"""Cases about orders that wait for their code: what is held for them, and the code."""

from collections.abc import Iterator

from tests.control.audit.database import BEYOND, MINE, MISSING, Case, Change, Database
from tests.control.audit.orders import COST, NEVER_RAN, RAN, WAITS, cost_of, dearer, row_of


def hold_of(db: Database, operation: str) -> int:
    """The live hold of the member's first operation that waits."""
    waits = row_of(db, operation, WAITS)
    return db.first("hold", f"operation = '{operation}' AND operation_id = {waits} AND released_at IS NULL")


def alter_hold(db: Database, operation: str, cents: int, also: str) -> None:
    """Let that hold be `cents` more, counted in what its account holds, and something else besides."""
    hold = hold_of(db, operation)
    db.change(f"UPDATE account SET held = held + {cents} WHERE id = {MINE}")
    db.change(f"UPDATE hold SET {also} WHERE id = {hold}")


def hold_for(operation: str, status: str) -> Change:
    """What the operation costs, held for one that does not wait."""

    def change(db: Database) -> None:
        row = row_of(db, operation, status)
        db.hold(cost_of(db, operation, row), operation, row)

    return change


def hold_more(operation: str, cents: int) -> Change:
    """A hold of another amount."""
    return lambda db: alter_hold(db, operation, cents, f"amount = amount + {cents}")


def release(operation: str) -> Change:
    """A hold that was lifted."""

    def change(db: Database) -> None:
        amount = db.number(f"SELECT amount FROM hold WHERE id = {hold_of(db, operation)}")
        alter_hold(db, operation, -amount, "released_at = 1")

    return change


def hold_for_another(operation: str) -> Change:
    """A hold for something else that has the same number."""
    return lambda db: alter_hold(db, operation, 0, "operation = 'x'")


def hold_for_none(operation: str) -> Change:
    """A hold for an operation there is not."""
    return lambda db: db.hold(100, operation, MISSING)


def holds() -> Iterator[Case]:
    """What can be wrong between an operation that waits for its code and what is held for it."""
    for operation, columns in COST.items():
        unneeded, lacking = f"hold_without_pending_{operation}", f"pending_{operation}_without_hold"
        yield Case(unneeded, "for one there is not", hold_for_none(operation))
        for status in RAN[operation] + NEVER_RAN[operation]:
            yield Case(unneeded, f"for one that is {status}", hold_for(operation, status))
        for what, cents in BEYOND.items():
            yield Case(unneeded, f"{what} held", hold_more(operation, cents))
            for column in columns:
                yield Case(unneeded, f"{what} in the {column}", dearer(operation, WAITS, column, cents))
        yield Case(lacking, "lifted", release(operation))
        yield Case(lacking, "for something else of that number", hold_for_another(operation))
    yield Case(
        "pending_deferral_prepayment_without_hold",
        "beside one that has its hold",
        lambda db: db.copy("deferral_prepayment", row_of(db, "deferral_prepayment", WAITS)),
        "pending_deferral_prepayment_without_challenge",
    )


def challenges() -> Iterator[Case]:
    """What can be wrong between an order that waits and the code it waits for."""

    def alter(operation: str, also: str) -> Change:
        return lambda db: db.change(
            f"UPDATE challenge SET {also} WHERE operation = '{operation}'"
            f" AND operation_id = {row_of(db, operation, WAITS)} AND status = 'pending'"
        )

    for operation in COST:
        check = f"pending_{operation}_without_challenge"
        for status in ("confirmed", "cancelled", "expired", "locked"):
            yield Case(check, f"it is {status}", alter(operation, f"status = '{status}'"))
        yield Case(check, "for something else of that number", alter(operation, "operation = 'x'"))
        yield Case(check, "for another one", alter(operation, f"operation_id = {MISSING}"))
