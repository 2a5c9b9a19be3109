"""Cases about money on its way to other institutions."""

from collections.abc import Iterator

from sandbox.domain.ledger import SystemAccount
from tests.control.audit.database import BEYOND, Case, Change, Database
from tests.control.audit.orders import row_of


def settlement() -> Iterator[Case]:
    """What can be wrong between the settlement account and what is in process."""
    check = "settlement_differs_from_transfers_in_process"

    def alter(operation: str, status: str, outcome: str) -> Change:
        return lambda db: db.change(
            f"UPDATE {operation} SET status = '{outcome}' WHERE id = {row_of(db, operation, status)}"
        )

    def settle(operation: str, left: int) -> Change:
        """Settle all that is in process, `left` cents short."""

        def change(db: Database) -> None:
            while db.number(f"SELECT count(*) FROM {operation} WHERE status = 'in_process'"):
                row = db.first(operation, "status = 'in_process'")
                amount = db.number(f"SELECT amount FROM {operation} WHERE id = {row}")
                db.change(f"UPDATE {operation} SET status = 'settled' WHERE id = {row}")
                db.move(SystemAccount.SETTLEMENT, SystemAccount.FUNDING, amount)
            db.move(SystemAccount.FUNDING, SystemAccount.SETTLEMENT, left)

        return change

    for what, cents in BEYOND.items():
        move = (SystemAccount.FUNDING, SystemAccount.SETTLEMENT, cents)
        yield Case(check, what, lambda db, move=move: db.move(*move))
    for operation in ("transfer", "card_payment"):
        name = operation.replace("_", " ")
        yield Case(check, f"{name} that was settled", alter(operation, "in_process", "settled"))
        yield Case(check, f"{name} in process again", alter(operation, "settled", "in_process"))
        yield Case(check, f"a cent left, and no {name} in process", settle(operation, 1))
        yield Case(None, f"no {name} in process", settle(operation, 0))
