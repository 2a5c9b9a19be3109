"""Transfer and code, the hot path: order, read the code, confirm; now and then a wrong code first, the same code once
more, or a change of mind."""

from loadtests.codes import wrong
from loadtests.member import WorkingMember, turn

WRONG_CODE_SHARE = 0.05
AGAIN_SHARE = 0.05
CANCEL_SHARE = 0.05


class TransferringMember(WorkingMember):
    """Sends a cent between two accounts, again and again."""

    weight = 6

    @turn("transfer")
    def send(self, key: str) -> None:
        """One transfer of a cent between the member's own accounts, through to its end. Raises Refused."""
        transfer = self.transfer(key, "0.01")
        challenge = transfer["challenge"]["id"]
        if self.draws.random() < CANCEL_SHARE:
            self.phone.cancel(challenge)
            self.told.cancelled.append(transfer["id"])
            return
        code = self.code_of(challenge, 1)
        if self.draws.random() < WRONG_CODE_SHARE:
            self.expect_refusal(transfer, wrong(code), (422, "wrong_code"), slip="codes")
        self.confirm(transfer, code)
        if self.draws.random() < AGAIN_SHARE:
            self.expect_refusal(transfer, code, (409, "challenge_already_confirmed"), slip="codes")
