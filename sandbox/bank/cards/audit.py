"""The audit of payments of cards."""

from sandbox.bank.auditing import Audit, Order

AUDIT = Audit(
    orders=(
        Order(
            "card_payment",
            "amount + fee + tax",
            ("completed", "in_process", "settled"),
            fee="fee",
            tax="tax",
            in_transit="amount",
        ),
    ),
)
