"""The audit, one check at a time: what it must find, to the cent and in both directions, and what it must not."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from sandbox.app import create_app
from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.bank.ledger import service as ledger
from sandbox.bank.life import orders
from sandbox.bank.products import moves as products
from sandbox.bank.products.tables import Holding
from sandbox.control.ledger import Violation, audit_file
from sandbox.domain.ledger import SystemAccount
from sandbox.domain.life.behaviours import Order
from sandbox.kernel import clock
from sandbox.settings import Settings
from sandbox.storage.queries import one
from sandbox.storage.unit import UnitOfWork
from tests.everything import fill
from tests.support import Sandbox
from tests.units import in_unit

ALL_HOLDINGS = one(select(Holding))
CHECKS = Chapters(CHAPTERS).checks
MINE, SECOND = 101, 102  # the savings accounts of the persona `al-dia`, who did everything
UNUSED = "(SELECT min(id) FROM account WHERE id NOT IN (SELECT account_id FROM posting))"  # nothing was posted to it
MISSING = 999_999  # no row has this key
DAY, GUAYAQUIL = 86_400_000_000, 18_000_000_000
BEYOND = {"a cent too much": 1, "a cent too little": -1}


class Database:
    """The file under the audit, altered as no request could alter it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        (number,) = self._connection.execute(query).fetchone()
        assert isinstance(number, int), query
        return number

    def change(self, statement: str) -> None:
        """A statement that changes exactly one row."""
        assert self._connection.execute(statement).rowcount == 1, statement

    def first(self, table: str, where: str) -> int:
        """The key of the first row that fits."""
        return self.number(f"SELECT min(id) FROM {table} WHERE {where}")

    def copy(self, table: str, row: int, **changes: object) -> None:
        """A second row like `row`, with the key MISSING and some columns changed."""
        columns = [name for _, name, *_ in self._connection.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(str(({"id": MISSING} | changes).get(name, name)) for name in columns)
        self.change(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE id = {row}")

    def post(self, kind: str, operation: str, operation_id: int, *legs: tuple[int, int]) -> None:
        """An entry of legs (account, cents), with balances as the bank writes them, whether or not it adds up."""
        entry = self.number("SELECT max(id) + 1 FROM entry")
        self.change(f"INSERT INTO entry VALUES ({entry}, 1, '{kind}', '{operation}', {operation_id}, NULL)")
        for account, amount in legs:
            self.change(f"UPDATE account SET book = book + {amount} WHERE id = {account}")
            self.change(
                "INSERT INTO posting (entry_id, account_id, moment, amount, balance, concept, reference)"
                f" SELECT {entry}, id, 1, {amount}, book, '', '' FROM account WHERE id = {account}"
            )

    def move(self, source: int, target: int, amount: int) -> None:
        """Cents from one account to another, by an entry that belongs to nothing the audit knows."""
        self.post("x", "x", 1, (source, -amount), (target, amount))

    def hold(self, amount: int, operation: str, operation_id: int) -> None:
        """A live hold on the member's account, counted in what it holds."""
        self.change(f"UPDATE account SET held = held + {amount} WHERE id = {MINE}")
        self.change(
            "INSERT INTO hold (account_id, amount, reason, operation, operation_id, placed_at)"
            f" VALUES ({MINE}, {amount}, 'operation', '{operation}', {operation_id}, 1)"
        )


Change = Callable[[Database], None]


class Case(NamedTuple):
    """A change to a sound database, and the check that finds it; None where nothing is to be found."""

    check: str | None
    what: str
    change: Change
    also: str | None = None  # a check that has to find the same thing from its own side


def statement(text: str) -> Change:
    """A statement that changes exactly one row."""
    return lambda db: db.change(text)


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


def unpost(operation: str, status: str) -> Change:
    """Let the entry of an operation be none of its own."""

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


CHARGES = "charges_differ_from_orders"


def charged(column: str) -> str | None:
    """The check that looks at a part of the cost besides, since the bank's account has it too."""
    return CHARGES if column in ("fee", "tax", "interest") else None


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


def amend(table: str, where: str, also: str) -> Change:
    """The first row that fits, changed."""
    return lambda db: db.change(f"UPDATE {table} SET {also} WHERE id = {db.first(table, where)}")


def drop(table: str, where: str) -> Change:
    """Without the first row that fits."""
    return lambda db: db.change(f"DELETE FROM {table} WHERE id = {db.first(table, where)}")


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


def card_queries() -> Iterator[Case]:
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


def bills() -> Iterator[Case]:
    """What can be wrong with bills, which are paid once."""

    def pay_again(**changes: object) -> Change:
        """A second payment, posted where it is completed, like one that was."""

        def change(db: Database) -> None:
            row = db.first("service_payment", f"status = 'completed' AND period > 0 AND origin_id = {MINE}")
            db.copy("service_payment", row, **changes)
            total = cost_of(db, "service_payment", row)
            fee = db.number(f"SELECT fee FROM service_payment WHERE id = {row}")
            if "status" not in changes:
                legs = (MINE, -total), (SystemAccount.BILLERS, total - fee), (SystemAccount.FEES, fee)
                db.post("service_payment", "service_payment", MISSING, *legs)

        return change

    yield Case("bill_paid_twice", "in the same month", pay_again())
    yield Case(None, "a bill that is paid in two months", pay_again(period="period + 100"))
    yield Case(None, "bills of two references", pay_again(reference="'1'"))
    yield Case(None, "bills of two companies", pay_again(biller_id="biller_id + 1"))
    yield Case(None, "top-ups of one number", pay_again(period="NULL"))
    yield Case(None, "a bill whose first payment was cancelled", pay_again(status="'cancelled'"))


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


def limits() -> Iterator[Case]:
    """What can be wrong between the day's use and the transfers of that local day."""

    def use(cents: int) -> Change:
        return lambda db: db.change(
            f"UPDATE daily_use SET amount = amount + {cents} WHERE kind = 'own' AND day ="
            " (SELECT max(day) FROM daily_use)"
        )

    def at(column: str, status: str, days: int, micros: int) -> Change:
        """A transfer ordered or confirmed so long after the local midnight with which its day began."""

        def change(db: Database) -> None:
            row = db.first("transfer", f"status = '{status}' AND kind = 'own' AND origin_id = {MINE}")
            day = db.number(f"SELECT ({column} - {GUAYAQUIL}) / {DAY} FROM transfer WHERE id = {row}")
            moment = (day + days) * DAY + GUAYAQUIL + micros
            db.change(f"UPDATE transfer SET {column} = {moment} WHERE id = {row}")

        return change

    def use_unused(cents: int) -> Change:
        return statement(f"INSERT INTO daily_use (member_id, day, kind, amount) VALUES (1, 1, 'own', {cents})")

    check = "daily_use_differs_from_transfers"
    for what, cents in BEYOND.items():
        yield Case(check, what, use(cents))
    yield Case(check, "a cent without a transfer", use_unused(1))
    yield Case(
        check,
        "transfers without use",
        statement("DELETE FROM daily_use WHERE amount = (SELECT max(amount) FROM daily_use)"),
    )
    for what, column, status in (
        ("transfer", "confirmed_at", "completed"), ("pending transfer", "created_at", "pending_confirmation"),
    ):  # fmt: skip
        yield Case(check, f"a {what} of the day before", at(column, status, 0, -1))
        yield Case(check, f"a {what} of the day after", at(column, status, 1, 0))
        yield Case(None, f"a {what} at midnight", at(column, status, 0, 0))
        yield Case(None, f"a {what} just before midnight", at(column, status, 1, -1))
    yield Case(None, "a transfer ordered the day before", at("created_at", "completed", 0, -1))
    yield Case(None, "nothing used", use_unused(0))


GROUPS = (
    entries,
    balances,
    holds,
    challenges,
    postings,
    amounts,
    charges,
    moves,
    holdings,
    interest,
    living,
    deferrals,
    card_queries,
    bills,
    settlement,
    limits,
)
CASES = [case for group in GROUPS for case in group()]
FOUND = {f"{case.check}: {case.what}": case for case in CASES if case.check is not None}
UNOBJECTIONABLE = {case.what: case for case in CASES if case.check is None}
TOLD = {
    "entry_unbalanced: a cent too little": "postings add up to -1 cents",
    "book_differs_from_postings: a cent too much in an account without postings": "book 1, postings 0",
    "held_differs_from_holds: a cent too much held on an account without holds": "held 1, live holds 0",
    "negative_balance: a cent more held than there is": "available -1 cents",
    "negative_balance: a cent more given than there was": "available -1 cents",
    "hold_without_pending_transfer: for one there is not": "is live, its transfer is missing",
    "hold_without_pending_card_payment: for one that is settled": "is live, its card payment is settled",
    "service_payment_not_posted_once: cancelled, twice": "is cancelled and has 2 entries",
    "holding_move_posted_otherwise: a cent too much in the principal of an instalment": "principal 49835 and interest 56407, posted 49834 and 56407 of 106241",
    "holding_moves_do_not_follow: a cent too much left by an instalment that another followed": "move 2 has the number 2 and leaves 7024977, expected 7024978",
    "holding_differs_from_moves: a cent too much owed": "balance 6820054, its last move left 6820053",
    "holding_status_differs_from_balance: paid, a loan that is owed": "is paid with a balance of 6820053",
    "more_due_than_owed: by a cent": "due 31001, owed and not deferred 31000",
    "bill_paid_twice: in the same month": "was paid 2 times in a month",
    "daily_use_differs_from_transfers: a cent without a transfer": "own on day 1: use 1, transfers 0",
}


LIVED = ("salary", "groceries", "assistance", "neighbours", "card-shopping", "card-paid-in-full", "savings-interest")


async def live(unit: UnitOfWork) -> None:
    """One order of each kind that is audited in its own way, of the member who did everything."""
    for number, behaviour in enumerate(each for each in unit.rules.life.as_planned if each.id in LIVED):
        order = Order(unit.now, 1, behaviour, number, 500, "Algo", 0, is_forgotten=False)
        assert f"life.{behaviour.what}" in (await orders.carry_out(unit, order)).kinds


async def move_products(unit: UnitOfWork) -> None:
    """Instalments of a loan, a term deposit that matures, a month's interest: what falls due by itself."""
    (member,) = {holding.member_id for holding in await unit.all(ALL_HOLDINGS)}
    account = (await ledger.accounts_of(unit, member))[0].id
    await products.pay_instalment(unit, member, account)
    for _ in range(2):
        unit.now = clock.months_after(unit.now, 1)
        assert [moved.outcome for moved in await products.pay_instalment(unit, member, account)] == ["paid"]
    unit.now = clock.months_after(unit.now, 6)
    assert [moved.outcome for moved in await products.mature(unit, member, account)] == ["matured"]
    assert await products.credit_interest(unit, account) > 0


@pytest.fixture(scope="module")
def whole(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a bank in which there is one of everything, and little besides: it is read for every case."""
    place = tmp_path_factory.mktemp("audit")
    shutil.copytree(settings.seed_dir, place / "seed", ignore=shutil.ignore_patterns("*-historia-larga.yaml"))
    own = settings.model_copy(update={"data_dir": place / "data", "seed_dir": place / "seed", "members": 0})
    with TestClient(create_app(own), base_url="http://127.0.0.1:8000") as client:
        bank = Sandbox(client, "default")
        bank.freeze()
        fill(bank)
        in_unit(bank, live)
        in_unit(bank, move_products)
        exported = bank.call("GET", "/_sandbox/export").content
    path = place / "whole.sqlite"
    path.write_bytes(exported)
    return path


def found_after(change: Change, whole: Path, copy: Path) -> list[Violation]:
    """What the audit finds in a copy of the bank once `change` was done to it."""
    shutil.copyfile(whole, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("PRAGMA journal_mode = OFF")
        change(Database(connection))
    return audit_file(copy, CHECKS).violations


def test_a_bank_with_one_of_everything_is_sound(whole: Path) -> None:
    audit = audit_file(whole, CHECKS)
    assert audit.violations == []
    assert audit.balanced


@pytest.mark.parametrize("case", FOUND.values(), ids=FOUND)
def test_one_check_alone_finds_what_was_broken(whole: Path, tmp_path: Path, case: Case) -> None:
    """One, or two that look at the same thing from two sides."""
    found = {found.check for found in found_after(case.change, whole, tmp_path / "broken.sqlite")}
    assert found == {case.check, case.also or case.check}


@pytest.mark.parametrize("case", UNOBJECTIONABLE.values(), ids=UNOBJECTIONABLE)
def test_no_check_objects_to_what_is_just_right(whole: Path, tmp_path: Path, case: Case) -> None:
    assert found_after(case.change, whole, tmp_path / "sound.sqlite") == []


@pytest.mark.parametrize(("name", "detail"), TOLD.items(), ids=TOLD)
def test_what_was_found_is_told_in_numbers(whole: Path, tmp_path: Path, name: str, detail: str) -> None:
    (found,) = found_after(FOUND[name].change, whole, tmp_path / "broken.sqlite")
    assert found.detail == detail


def test_the_audit_counts_what_it_read(whole: Path) -> None:
    audit = audit_file(whole, CHECKS)
    with closing(sqlite3.connect(f"{whole.as_uri()}?immutable=1", uri=True)) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
            for what in ("account", "entry", "posting", "hold WHERE released_at IS NULL", "hold")
        ]
    assert [audit.accounts, audit.entries, audit.postings, audit.holds] == counts[:4]
    assert audit.holds < counts[4]


def test_of_very_many_findings_a_hundred_are_told(whole: Path, tmp_path: Path) -> None:
    def unpost_all(db: Database) -> None:
        for _ in range(101):
            db.post("x", "x", 1)

    found = found_after(unpost_all, whole, tmp_path / "broken.sqlite")
    assert [each.check for each in found] == ["entry_without_postings"] * 100
    assert not audit_file(tmp_path / "broken.sqlite", CHECKS).balanced


def test_every_check_is_broken_by_a_case() -> None:
    assert {case.check for case in FOUND.values()} == set(CHECKS)


def test_no_two_cases_have_one_name() -> None:
    assert len(FOUND) + len(UNOBJECTIONABLE) == len(CASES)
