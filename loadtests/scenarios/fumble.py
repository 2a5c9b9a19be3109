"""Wrong codes until the challenge locks: the right code comes too late, and the money stays."""

from locust import between

from loadtests.member import WorkingMember
from loadtests.scenarios.transfer import wrong
from loadtests.verdict import LEDGER


class FumblingMember(WorkingMember):
    """Never gets the code right in time."""

    weight = 1
    wait_time = between(0.2, 1)

    def turn(self, key: str) -> None:
        """An order, a resend that comes too early, wrong codes to the last, the right one too late. Raises Refused."""
        transfer = self.order(key, "0.02")
        challenge = transfer["challenge"]["id"]
        self.phone.resend_too_early(challenge)
        code = self.phone.read_code(challenge)
        for _ in range(transfer["challenge"]["attempts_left"] - 1):
            self.phone.confirm_refused(challenge, wrong(code), 422, "wrong_code")
        self.phone.confirm_refused(challenge, wrong(code), 409, "challenge_locked")
        LEDGER.locked.append(transfer["id"])
        self.phone.confirm_refused(challenge, code, 409, "challenge_locked")
