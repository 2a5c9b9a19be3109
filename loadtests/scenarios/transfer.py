"""Transfer and code, the hot path: order, read the code, confirm; now and then a wrong code first, the same code once
more, or a change of mind."""

from locust import between

from loadtests.member import WorkingMember
from loadtests.verdict import LEDGER

WRONG_CODE_SHARE = 0.05
AGAIN_SHARE = 0.05
CANCEL_SHARE = 0.05


class TransferringMember(WorkingMember):
    """Sends a cent between two accounts, again and again."""

    weight = 6
    wait_time = between(0.05, 0.25)

    def turn(self, key: str) -> None:
        """One transfer of a cent between the member's own accounts, through to its end. Raises Refused."""
        transfer = self.order(key, "0.01")
        challenge = transfer["challenge"]["id"]
        if self.draws.random() < CANCEL_SHARE:
            self.phone.cancel(challenge)
            LEDGER.cancelled.append(transfer["id"])
            return
        code = self.phone.read_code(challenge)
        if self.draws.random() < WRONG_CODE_SHARE:
            self.phone.confirm_refused(challenge, wrong(code), 422, "wrong_code")
        self.complete(challenge, code)
        if self.draws.random() < AGAIN_SHARE:
            self.phone.confirm_refused(challenge, code, 409, "challenge_already_confirmed")


def wrong(code: str) -> str:
    """Another code than the right one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
