"""Cards: something is bought, the card is paid from an account; and a card of another institution, which settles
later."""

from typing import Any, ClassVar

from stdnum import luhn

from loadtests.member import WorkingMember, turn

INSTITUTIONS = "/v1/institutions"
ISSUER = "999999"


class CardPayingMember(WorkingMember):
    """Pays a card of ours and one of another institution."""

    think = (0.1, 0.5)
    traits: ClassVar[dict[str, Any]] = {"savings_accounts": 1, "balance": "50.00", "cards": 1}

    def prepare(self) -> None:
        """Log in; money, the card of ours, and one of another institution, with its code."""
        super().prepare()
        self.origin = self.fund()
        self.card = next(card["id"] for card in self.member["cards"] if card["status"] == "active")
        digits = f"{ISSUER}{self.draws.randrange(10**9):09d}"
        body = {
            "institution_id": self.phone.call("listInstitutions", "GET", INSTITUTIONS, 200)["items"][0]["id"],
            "number": digits + luhn.calc_check_digit(digits),
            "alias": "La otra", "document_type": self.member["document_type"],
            "document_number": self.member["document_number"], "holder_name": self.member["name"],
            "maximum_amount": "100.00",
        }  # fmt: skip
        made = self.phone.create("createExternalCard", "/v1/external-cards", body, f"{self.key}-card")
        self.external = self.confirm(made, kept=False)["id"]

    @turn("cards")
    def pay_own(self, key: str) -> None:
        """Something for two dollars, and its payment. Raises Refused."""
        bought = {"amount": "2.00", "merchant": "Tienda de carga"}
        self.phone.control("buyWithCard", "POST", f"/_sandbox/cards/{self.card}/purchases", 201, bought)
        self._pay(key, card_id=self.card, amount="2.00")

    @turn("cards")
    def pay_external(self, key: str) -> None:
        """A cent to the other institution's card, with its fee. Raises Refused."""
        self._pay(key, external_card_id=self.external, amount="0.01")

    def _pay(self, key: str, **what: str) -> None:
        body = {"origin_account_id": self.origin, "reference": key, **what}
        self.confirm(self.order("createCardPayment", "/v1/card-payments", body, key))
