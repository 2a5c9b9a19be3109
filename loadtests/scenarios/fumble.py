"""Wrong codes until the challenge locks: the right code comes too late, and the money stays."""

from loadtests.banks import OwnBank
from loadtests.codes import wrong
from loadtests.member import WorkingMember, turn


class FumblingMember(WorkingMember):
    """Never gets the code right in time, in a bank that lets a member guess without end."""

    think = (0.2, 1)
    bank = OwnBank(settings={"otp": {"session_guesses_per_hour": 1_000_000}})

    @turn("fumble")
    def fumble(self, key: str) -> None:
        """An order, wrong codes to the last, the right one too late. Raises Refused."""
        transfer = self.transfer(key, "0.02")
        code = self.code_of(transfer["challenge"]["id"], 1)
        for _ in range(transfer["challenge"]["attempts_left"] - 1):
            self.expect_refusal(transfer, wrong(code), (422, "wrong_code"), slip="codes")
        self.expect_refusal(transfer, wrong(code), (409, "challenge_locked"), slip="lockouts")
        self.told.locked.append(transfer["id"])
        self.expect_refusal(transfer, code, (409, "challenge_locked"), slip="lockouts")
