"""Cases about entries, balances and holds, whatever they belong to."""

from collections.abc import Iterator

from sandbox.bank.auditing import MOST
from sandbox.domain.ledger import SystemAccount
from tests.control.audit.database import BEYOND, MINE, SECOND, UNUSED, Case, Change, Database, statement


def entries() -> Iterator[Case]:
    """What can be wrong with entries, their postings and the balances that follow from them."""

    def repost(cents: int) -> Change:
        """One more entry, and then its last leg of another amount, balances and all."""

        def change(db: Database) -> None:
            db.move(SystemAccount.FUNDING, MINE, 500)
            last = db.number(f"SELECT max(id) FROM posting WHERE account_id = {MINE}")
            db.change(f"UPDATE posting SET amount = amount + {cents}, balance = balance + {cents} WHERE id = {last}")
            db.change(f"UPDATE account SET book = book + {cents} WHERE id = {MINE}")

        return change

    def legs(*accounts: int) -> Change:
        return lambda db: db.post("x", "x", 1, *((account, 0) for account in accounts))

    yield Case("entry_without_postings", "no leg", legs())
    yield Case("entry_without_postings", "one leg", legs(MINE))
    yield Case(None, "an entry of two legs", legs(MINE, SECOND))
    yield Case(None, "an entry of three legs", legs(MINE, SECOND, SystemAccount.FUNDING))
    yield Case(None, "an entry that adds up", repost(0))
    for what, cents in BEYOND.items():
        yield Case("entry_unbalanced", what, repost(cents))
        accounts = {"an account": SystemAccount.FUNDING.value, "an account without postings": UNUSED}
        for name, account in accounts.items():
            book = statement(f"UPDATE account SET book = book + {cents} WHERE id = {account}")
            beyond_zero = "negative_balance" if account == UNUSED and cents < 0 else None
            yield Case("book_differs_from_postings", f"{what} in {name}", book, beyond_zero)
        for name, end in {"first": "min", "last": "max"}.items():
            posting = f"(SELECT {end}(id) FROM posting WHERE account_id = {MINE})"
            balance = statement(f"UPDATE posting SET balance = balance + {cents} WHERE id = {posting}")
            yield Case("running_balance_wrong", f"{what} after the {name} posting", balance)


def amounts() -> Iterator[Case]:
    """Amounts that no bank has."""

    def hold(cents: int) -> Change:
        def change(db: Database) -> None:
            db.move(SystemAccount.FUNDING, MINE, MOST)
            db.move(SystemAccount.FUNDING, MINE, MOST)
            db.hold(cents, "x", 1)

        return change

    cases = {"a cent less than the most": -1, "the most": 0, "a cent more than the most": 1}
    for what, cents in cases.items():
        found = "amount_out_of_range" if cents > 0 else None
        yield Case(found, f"{what} moved", lambda db, cents=cents: db.move(SystemAccount.FUNDING, MINE, MOST + cents))
        yield Case(found, f"{what} held", hold(MOST + cents))


def balances() -> Iterator[Case]:
    """What can be wrong with what accounts have and hold."""

    def hold_all(beyond: int) -> Change:
        return lambda db: db.hold(
            db.number(f"SELECT book - held FROM account WHERE id = {MINE}") + beyond, "by order", 1
        )

    def give_all(beyond: int) -> Change:
        return lambda db: db.move(
            SECOND, SystemAccount.FUNDING, db.number(f"SELECT book FROM account WHERE id = {SECOND}") + beyond
        )

    ordered = f"operation IS NULL AND account_id = {MINE}"
    lifted = statement(f"UPDATE hold SET released_at = NULL WHERE {ordered} AND released_at IS NOT NULL")
    yield Case("held_differs_from_holds", "a hold that is there again", lifted)
    for what, cents in BEYOND.items():
        more = statement(f"UPDATE hold SET amount = amount + {cents} WHERE {ordered} AND released_at IS NULL")
        yield Case("held_differs_from_holds", f"{what} in a hold", more)
        for name, account in {"an account": MINE, "an account without holds": SECOND}.items():
            held = statement(f"UPDATE account SET held = held + {cents} WHERE id = {account}")
            yield Case("held_differs_from_holds", f"{what} held on {name}", held)
    yield Case("negative_balance", "a cent more held than there is", hold_all(1))
    yield Case("negative_balance", "a cent more given than there was", give_all(1))
    yield Case(None, "everything held", hold_all(0))
    yield Case(None, "everything given", give_all(0))
