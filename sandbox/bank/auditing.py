"""What chapters declare for the audit, and the checks that are the same for every order that takes money."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sandbox.domain.ledger import SystemAccount
from sandbox.kernel.money import LARGEST

MOST = 1_000 * LARGEST
"""Cents that one posting, hold or order may be about: far more than a request can tell, since one posting may be about
many orders, and so little that sums of a whole bank stay within the 64 bits that databases count in."""


class Check(NamedTuple):
    """A check of the audit: `sql` selects what violates it, a thing and what is wrong with it.

    Checks run by `turn`, and where it is the same in the order of the chapters. `{orders}`, `{in_transit}` and
    `{charges}` in the SQL stand for what all chapters declare of these (see Order), `{settlement}` for the key of the
    settlement account, `{most}` for MOST.
    """

    name: str
    sql: str
    turn: int = 0


class Order(NamedTuple):
    """Orders that a code authorises to take money. They have a table of the name of their operation, with a row each:
    `member_id`, `origin_id` (the account that pays), `status`.

    `cost`, `fee`, `tax` and `interest` are expressions of its columns, in cents: what the account pays in all, and what
    of it the bank charges. `ran` are the statuses whose money has moved. `in_transit`, an expression too, is what of an
    order `in_process` lies on the settlement account.
    """

    table: str
    cost: str
    ran: tuple[str, ...] = ("completed",)
    fee: str = "0"
    tax: str = "0"
    interest: str = "0"
    in_transit: str = "0"

    @property
    def name(self) -> str:
        """What findings call one of them."""
        return self.table.replace("_", " ")


class Flow(NamedTuple):
    """What an account of the bank gains, or gives where it is negative, by rows of a table that no code authorised:
    `cents` is an expression of the columns, `where` a condition on them."""

    account: SystemAccount
    table: str
    cents: str
    where: str = "1"


class Audit(NamedTuple):
    """A chapter's part in the audit: checks of its own, the orders that all checks of orders are made for, and what
    else the bank charges and pays."""

    checks: tuple[Check, ...] = ()
    orders: tuple[Order, ...] = ()
    flows: tuple[Flow, ...] = ()


def checks_of(audits: Iterable[Audit]) -> list[Check]:
    """Every check of the chapters' audits, in the order in which they run."""
    taken = list(audits)
    orders = [order for audit in taken for order in audit.orders]
    declared = [check for audit in taken for check in (*audit.checks, *_made_for(audit.orders))]
    gathered = {
        "orders": _union(orders),
        "in_transit": _in_transit(orders),
        "most": MOST,
        "settlement": SystemAccount.SETTLEMENT.value,
        "charges": _charges(orders, [flow for audit in taken for flow in audit.flows]),
    }
    return [check._replace(sql=check.sql.format(**gathered)) for check in sorted(declared, key=lambda each: each.turn)]


def _made_for(orders: Iterable[Order]) -> Iterator[Check]:
    for order in orders:
        held = {"table": order.table, "name": order.name, "cost": order.cost}
        yield Check(f"hold_without_pending_{order.table}", _HOLD_WITHOUT_ORDER.format(**held))
        for what, sql in _LACKING.items():
            yield Check(f"pending_{order.table}_without_{what}", sql.format(table=order.table, name=order.name))
        posted = {"table": order.table, "name": order.name, "ran": _listed(order.ran)}
        yield Check(f"{order.table}_not_posted_once", _NOT_POSTED_ONCE.format(**posted))


_HOLD_WITHOUT_ORDER = """
SELECT 'hold ' || hold.id, 'is live, its {name} is ' || coalesce(ordered.status, 'missing') FROM hold
LEFT JOIN (SELECT id, status, {cost} AS cost FROM {table}) AS ordered ON ordered.id = hold.operation_id
WHERE hold.operation = '{table}' AND hold.released_at IS NULL
AND (ordered.id IS NULL OR ordered.status <> 'pending_confirmation' OR ordered.cost <> hold.amount)"""
_LACKING = {
    "hold": """
SELECT '{name} ' || id, 'waits for its code and holds nothing' FROM {table}
WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM hold
    WHERE operation = '{table}' AND operation_id = {table}.id AND released_at IS NULL)""",
    "challenge": """
SELECT '{name} ' || id, 'waits for a code that cannot be entered' FROM {table}
WHERE status = 'pending_confirmation' AND NOT EXISTS (SELECT 1 FROM challenge
    WHERE operation = '{table}' AND operation_id = {table}.id AND status = 'pending')""",
}
_NOT_POSTED_ONCE = """
SELECT '{name} ' || id, 'is ' || status || ' and has ' || entries || ' entries' FROM (
    SELECT id, status, (SELECT count(*) FROM entry
        WHERE operation = '{table}' AND operation_id = {table}.id AND kind = '{table}') AS entries FROM {table})
WHERE (status IN ({ran})) <> (entries = 1) OR entries > 1"""
_PAID = "SELECT '{table}', id, origin_id, {cost} FROM {table}"
_CHARGED = {SystemAccount.FEES: "fee", SystemAccount.VAT: "tax", SystemAccount.INTEREST: "interest"}
"""The accounts of the bank to which orders are charged, and the part of an order that each one gets."""
_FLOWED = "SELECT coalesce(sum({cents}), 0) FROM {table} WHERE {where}"
_SUM = "SELECT coalesce(sum({amount}), 0) FROM {table} WHERE status IN ({statuses})"


def _union(orders: list[Order]) -> str:
    """A select of (operation, key, account that pays, cents that it pays), for every order."""
    selects = [_PAID.format(table=order.table, cost=order.cost) for order in orders]
    return " UNION ALL ".join(selects) or "SELECT 0, 0, 0, 0 WHERE 0"


def _in_transit(orders: list[Order]) -> str:
    """The cents that left the bank's members and are not settled yet."""
    return _added(
        _SUM.format(amount=order.in_transit, table=order.table, statuses="'in_process'")
        for order in orders
        if "in_process" in order.ran
    )


def _charges(orders: list[Order], flows: list[Flow]) -> str:
    """A select of (account of the bank, cents that orders and flows brought to it)."""
    selects = []
    for account, part in _CHARGED.items():
        charged = [
            _SUM.format(amount=getattr(order, part), table=order.table, statuses=_listed(order.ran)) for order in orders
        ]
        flowed = [_FLOWED.format(**flow._asdict()) for flow in flows if flow.account == account]
        selects.append(f"SELECT {account.value}, {_added(charged + flowed)}")
    return " UNION ALL ".join(selects)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _added(selects: Iterable[str]) -> str:
    return " + ".join(f"({select})" for select in selects) or "0"
