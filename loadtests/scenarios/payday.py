"""Payday the other way round: many members pay one, so that one account's row is everybody's."""

import requests
from locust import between

from loadtests.member import WorkingMember

PAYEE = "premium"


class PayingMember(WorkingMember):
    """Registers the payee as a beneficiary once, then pays."""

    weight = 2
    wait_time = between(0.05, 0.3)

    def prepare(self) -> None:
        """The beneficiary, with its code; found again where an earlier run registered it."""
        payee = requests.get(f"{self.host}/_sandbox/members", params={"persona": PAYEE}, timeout=30).json()["items"][0]
        number = next(account["number"] for account in payee["accounts"] if account["type"] == "savings")
        known = self.phone.call("listBeneficiaries", "GET", "/v1/beneficiaries?limit=200", 200)["items"]
        found = [each["id"] for each in known if each["account_number"][-3:] == number[-3:]]
        if found:
            self.beneficiary = found[0]
            return
        body = {"kind": "cooperative", "account_number": number, "maximum_amount": "100.00"}
        made = self.phone.call("createBeneficiary", "POST", "/v1/beneficiaries", 201, body)
        challenge = made["challenge"]["id"]
        self.phone.confirm(challenge, self.phone.read_code(challenge))
        self.beneficiary = made["id"]

    def turn(self, key: str) -> None:
        """A cent to the payee. Raises Refused."""
        transfer = self.order(key, "0.01", kind="cooperative", beneficiary_id=self.beneficiary)
        challenge = transfer["challenge"]["id"]
        self.complete(challenge, self.phone.read_code(challenge))
