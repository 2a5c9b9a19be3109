"""Cases about what members did by themselves."""

from collections.abc import Iterator

from sandbox.domain.ledger import SystemAccount
from tests.control.audit.database import BEYOND, MINE, MISSING, SECOND, Case, Change, Database, amend
from tests.control.audit.orders import CHARGES


def living() -> Iterator[Case]:
    """What can be wrong between what members did by themselves, their entries, and what products did for it."""
    once, amounts = "life_order_not_posted_once", "life_order_posted_with_another_amount"
    entry, move = "entry_without_life_order", "life_order_without_its_move"

    def post_again(db: Database) -> None:
        row = db.first("life_order", "what = 'salary'")
        amount = db.number(f"SELECT amount FROM life_order WHERE id = {row}")
        db.post("life.salary", "life_order", row, (MINE, amount), (SystemAccount.FUNDING, -amount))

    def post_for(kind: str, operation: str, row: int) -> Change:
        return lambda db: db.post(kind, operation, row, (MINE, 1), (SystemAccount.FUNDING, -1))

    def another(like: str, **changes: object) -> Change:
        return lambda db: db.copy("life_order", db.first("life_order", f"what = '{like}'"), **changes)

    own = "kind = 'life.salary'"
    yield Case(once, "never", another("salary"))
    yield Case(once, "twice", post_again, None)
    for outcome in ("refused", "forgotten"):
        yield Case(
            once, f"{outcome} and posted", amend("life_order", "what = 'salary'", f"outcome = '{outcome}'"), entry
        )
        yield Case(None, f"one that is {outcome}", another("salary", outcome=f"'{outcome}'"))
    for what, cents in BEYOND.items():
        for name in ("salary", "purchase", "transfer", "card_payment"):
            yield Case(
                amounts, f"{what} of {name}", amend("life_order", f"what = '{name}'", f"amount = amount + {cents}")
            )
        fee = amend("life_order", "what = 'fee'", f"amount = amount + {cents}")
        yield Case(CHARGES, f"{what} of a fee by itself", fee, amounts)
        for name in ("card_purchase", "interest"):
            changed = amend("life_order", f"what = '{name}'", f"amount = amount + {cents}")
            yield Case(move, f"{what} of {name}", changed)
    yield Case(amounts, "of another account", amend("life_order", "what = 'salary'", f"account_id = {SECOND}"))
    yield Case(amounts, "the other way round", amend("life_order", "what = 'salary'", "what = 'purchase'"), entry)
    yield Case(entry, "of an order there is not", post_for("life.salary", "life_order", MISSING))
    yield Case(entry, "of no order", post_for("life.salary", "x", 1))
    yield Case(entry, "of another kind", amend("entry", own, "kind = 'life.takings'"))
    yield Case(once, "an order that is gone from its entry", amend("entry", own, f"operation_id = {MISSING}"), entry)
    yield Case(move, "a purchase there is not", amend("life_order", "what = 'card_purchase'", f"of_id = {MISSING}"))
    for what in ("interest", "loan_instalment", "maturity"):
        yield Case(move, f"{what} that did not happen", another("salary", what=f"'{what}'", of_id=1))
        yield Case(None, f"{what} that was refused", another("salary", what=f"'{what}'", outcome="'refused'"))
