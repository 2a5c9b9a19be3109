"""Whether an order's total was set aside, seen on its account just before the order and just after it."""

from loadtests.wire import Account, cents


def missing_hold(before: Account, after: Account, total: int) -> str | None:
    """What is wrong when an order of `total` cents was not set aside; None when it was.

    Each of the two is one answer of the bank, so it is of one moment. Between them money may come and go that has
    nothing to do with the order: a transfer is returned, a schedule is paid, an order that was never confirmed expires
    and gives its hold back. So the balances of the two are not compared: the order's hold is the one that is new, and
    what is available is the book balance less all holds of the same answer.
    """
    known = {hold["id"] for hold in before["holds"]}
    placed = [cents(hold["amount"]) for hold in after["holds"] if hold["id"] not in known]
    if placed != [total]:
        return f"of {total} cents, {sum(placed)} were set aside"
    book, available = cents(after["book_balance"]), cents(after["available_balance"])
    held = sum(cents(hold["amount"]) for hold in after["holds"])
    if available != book - held:
        return f"{book} cents less {held} held left {available} available"
    return None
