"""Payday the other way round: many members pay one, so that one account's row is everybody's."""

from loadtests.member import WorkingMember, turn

PAYEE = "premium"


class PayingMember(WorkingMember):
    """Registers the payee as a beneficiary once, then pays."""

    weight = 2
    think = (0.05, 0.3)

    def prepare(self) -> None:
        """Log in; the beneficiary, with its code, found again where an earlier run registered it."""
        super().prepare()
        self.fund()
        payee = self.control.get("/members", persona=PAYEE)["items"][0]
        number = next(account["number"] for account in payee["accounts"] if account["type"] == "savings")
        known = self.phone.call("listBeneficiaries", "GET", "/v1/beneficiaries?limit=200", 200)["items"]
        found = [each["id"] for each in known if each["account_number"][-3:] == number[-3:]]
        if found:
            self.beneficiary = found[0]
            return
        body = {"kind": "cooperative", "account_number": number, "maximum_amount": "100.00"}
        made = self.phone.create("createBeneficiary", "/v1/beneficiaries", body, f"{self.key}-payee")
        self.beneficiary = self.confirm(made, kept=False)["id"]

    @turn("payday")
    def pay(self, key: str) -> None:
        """A cent to the payee. Raises Refused."""
        self.confirm(self.transfer(key, "0.01", kind="cooperative", beneficiary_id=self.beneficiary))
