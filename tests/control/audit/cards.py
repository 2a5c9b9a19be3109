"""Cases about deferrals and the statements of cards."""

from collections.abc import Iterator

from sandbox.domain.ledger import SystemAccount
from tests.control.audit.database import BEYOND, Case, Change, Database, statement
from tests.control.audit.orders import CHARGES


def pay_card(db: Database, account: int, amount: int) -> None:
    """Pay a card by an entry."""
    db.move(SystemAccount.FUNDING, account, amount)
    db.change(f"UPDATE card SET paid_since = paid_since + {amount} WHERE account_id = {account}")


def deferrals() -> Iterator[Case]:
    """What can be wrong with deferrals, their instalments and the card that owes them."""
    outstanding = "deferral_outstanding_differs_from_instalments"

    def alter(table: str, status: str, also: str) -> Change:
        first = f"(SELECT min(id) FROM {table} WHERE status = '{status}')"
        return statement(f"UPDATE {table} SET {also} WHERE id = {first}")

    def owe(left: int) -> Change:
        """Pay the card by an entry, until no more than what is deferred and `left` is owed."""

        def change(db: Database) -> None:
            card = db.number("SELECT account_id FROM card WHERE id = (SELECT min(card_id) FROM deferral)")
            waiting = db.number("SELECT sum(outstanding) FROM deferral WHERE status = 'active'")
            owed = db.number(f"SELECT -book FROM account WHERE id = {card}")
            pay_card(db, card, owed - waiting - left)

        return change

    def owe_nothing_elsewhere(db: Database) -> None:
        other = "account_id FROM card WHERE id NOT IN (SELECT card_id FROM deferral)"
        card, owed = db.number(f"SELECT {other}"), db.number(f"SELECT -book FROM account WHERE id = (SELECT {other})")
        pay_card(db, card, owed)

    for status in ("active", "finished", "prepaid"):
        for what, cents in BEYOND.items():
            yield Case(
                outstanding, f"{status}, {what}", alter("deferral", status, f"outstanding = outstanding + {cents}")
            )
    too_much = alter("deferral", "prepaid", "outstanding = 1000000")
    yield Case(outstanding, "prepaid, more than the card owes", too_much)
    for what, cents in BEYOND.items():
        principal = alter("deferral_instalment", "pending", f"principal = principal + {cents}")
        yield Case(outstanding, f"{what} in an instalment", principal)
    for status, outcome in (("posted", "pending"), ("pending", "posted")):
        instalment = alter("deferral_instalment", status, f"status = '{outcome}'")
        yield Case(outstanding, f"an instalment {outcome} that was {status}", instalment, CHARGES)
    yield Case("more_deferred_than_owed", "by a cent", owe(-1))
    yield Case(None, "as much deferred as is owed", owe(0))
    yield Case(None, "a cent less deferred than is owed", owe(1))
    yield Case(None, "nothing owed on a card that defers nothing", owe_nothing_elsewhere)


def statements() -> Iterator[Case]:
    """What can be wrong between a card's statement and what it owes."""

    def due(left: int) -> Change:
        """Let a card's statement ask for `left` cents more than can be paid."""

        def change(db: Database) -> None:
            card = "id NOT IN (SELECT card_id FROM deferral)"
            owed = db.number(f"SELECT -book FROM account WHERE id = (SELECT account_id FROM card WHERE {card})")
            db.change(f"UPDATE card SET statement = {owed} + {left} + paid_since + deferred_since WHERE {card}")

        return change

    yield Case("more_due_than_owed", "by a cent", due(1))
    yield Case(None, "as much due as is owed", due(0))
    yield Case(None, "a cent less due than is owed", due(-1))
