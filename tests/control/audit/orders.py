"""What the orders of a member cost, and how they end: shared by the cases about orders."""

from tests.control.audit.database import MINE, Change, Database

COST = {
    "transfer": ["total"],
    "service_payment": ["amount", "fee"],
    "card_payment": ["amount", "fee", "tax"],
    "deferral_prepayment": ["principal", "interest"],
}
RAN = {
    "transfer": ["completed", "in_process", "settled", "returned"],
    "service_payment": ["completed"],
    "card_payment": ["completed", "in_process", "settled"],
    "deferral_prepayment": ["completed"],
}
NEVER_RAN = {
    "transfer": ["cancelled", "expired", "locked"],
    "service_payment": ["cancelled"],
    "card_payment": ["cancelled"],
    "deferral_prepayment": ["cancelled"],
}
WAITS = "pending_confirmation"


def row_of(db: Database, operation: str, status: str) -> int:
    """The member's first operation of that kind and status."""
    return db.first(operation, f"status = '{status}' AND origin_id = {MINE}")


def cost_of(db: Database, operation: str, row: int) -> int:
    """What the operation's account is to give."""
    return db.number(f"SELECT {' + '.join(COST[operation])} FROM {operation} WHERE id = {row}")


def dearer(operation: str, status: str, column: str, cents: int) -> Change:
    """An operation that costs more than was held or posted for it."""
    return lambda db: db.change(
        f"UPDATE {operation} SET {column} = {column} + {cents} WHERE id = {row_of(db, operation, status)}"
    )


CHARGES = "charges_differ_from_orders"


def charged(column: str) -> str | None:
    """The check that looks at a part of the cost besides, since the bank's account has it too."""
    return CHARGES if column in ("fee", "tax", "interest") else None
