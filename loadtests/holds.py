"""Whether an order's total was set aside, seen on its account just before the order and just after it."""

from loadtests.wire import Account, cents


def missing_hold(before: Account, after: Account, total: int) -> str | None:
    """What is wrong when an order of `total` cents did not leave the available balance; None when it did.

    Each of the two is one answer of the bank, so its balances are of one moment. Between them money may come and go
    that has nothing to do with the order: a transfer that is returned, a schedule that is paid. It changes the book
    balance as well, which an order does not before it is confirmed.
    """
    passed = cents(after["book_balance"]) - cents(before["book_balance"])
    had, left = cents(before["available_balance"]), cents(after["available_balance"])
    if left == had + passed - total:
        return None
    meanwhile = f", with {passed} that passed meanwhile," if passed else ""
    return f"{had} cents less {total}{meanwhile} left {left} available"
