"""Interbank money while days fly by: transfers to another institution, settled or returned by the cycles of a clock
that lets two days pass during the run."""

from typing import Any, ClassVar

from loadtests.banks import PATIENT, OwnBank
from loadtests.member import WorkingMember, turn

RETURNED_ACCOUNT = "2200000001"
RETURNED_SHARE = 0.2


class InterbankMember(WorkingMember):
    """Sends a cent to another institution; a fifth of them comes back."""

    traits: ClassVar[dict[str, Any]] = {"savings_accounts": 1, "balance": "50.00"}
    think = (0.1, 0.5)
    bank = OwnBank(days=2, settings=PATIENT)

    def prepare(self) -> None:
        """Log in; money for the fees, and two beneficiaries, with their codes."""
        super().prepare()
        self.origin = self.fund()
        institution = self.phone.call("listInstitutions", "GET", "/v1/institutions", 200)["items"][0]["id"]
        arriving = f"77{self.draws.randrange(10**8):08d}"
        self.arriving, self.returning = (
            self._beneficiary(institution, number) for number in (arriving, RETURNED_ACCOUNT)
        )

    @turn("interbank")
    def send(self, key: str) -> None:
        """A cent to another institution. Raises Refused."""
        to = self.returning if self.draws.random() < RETURNED_SHARE else self.arriving
        body = {
            "kind": "interbank", "origin_account_id": self.origin, "beneficiary_id": to, "amount": "0.01",
            "reference": key,
        }  # fmt: skip
        self.confirm(self.order("createTransfer", "/v1/transfers", body, key))

    def _beneficiary(self, institution: str, number: str) -> str:
        body = {
            "kind": "interbank", "institution_id": institution, "account_type": "savings", "account_number": number,
            "document_type": self.member["document_type"], "document_number": self.member["document_number"],
            "holder_name": self.member["name"], "maximum_amount": "100.00",
        }  # fmt: skip
        made = self.phone.create("createBeneficiary", "/v1/beneficiaries", body, f"{self.key}-{number}")
        return str(self.confirm(made, kept=False)["id"])
