"""Deferral: something is bought, a plan is simulated, the purchase deferred with a code, and paid off with another."""

from typing import Any, ClassVar

from loadtests.member import WorkingMember, turn
from loadtests.wire import amount_of, cents

PRICE = "60.00"
TERMS = (3, 6, 9, 12)


class DeferringMember(WorkingMember):
    """Defers a purchase and prepays it, so that its credit comes back."""

    think = (0.2, 1)
    traits: ClassVar[dict[str, Any]] = {"savings_accounts": 1, "balance": "50.00", "cards": 1}

    def prepare(self) -> None:
        """Log in; money, and a card that nothing weighs on."""
        super().prepare()
        self.origin = self.fund()
        self.card = next(card["id"] for card in self.member["cards"] if card["status"] == "active")

    @turn("deferral")
    def defer(self, key: str) -> None:
        """A purchase, deferred and paid off. Raises Refused."""
        bought = {"amount": PRICE, "merchant": "Tienda de carga"}
        path = f"/_sandbox/cards/{self.card}/purchases"
        purchase = self.phone.control("buyWithCard", "POST", path, 201, bought)
        self.phone.call("getDeferralOptions", "GET", "/v1/deferrals/options", 200)
        wanted = {
            "card_id": self.card, "kind": "purchases", "purchase_ids": [purchase["id"]],
            "term_months": self.draws.choice(TERMS),
        }  # fmt: skip
        simulation = self.phone.call("simulateDeferral", "POST", "/v1/deferral-simulations", 201, wanted)
        deferral = self.confirm(self.order("createDeferral", "/v1/deferrals", {"simulation_id": simulation["id"]}, key))
        body = {"origin_account_id": self.origin}
        prepayment = self.phone.create(
            "prepayDeferral", f"/v1/deferrals/{deferral['id']}/prepayment", body, f"{key}-prepaid"
        )
        self.told.paying_off.append(self.member["id"])
        self.confirm(prepayment, kept=False)
        self.told.paid_off.append((deferral["id"], self.member["id"], cents(amount_of(prepayment))))
