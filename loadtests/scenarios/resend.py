"""The SMS that does not come: another one, too early first; the old code is dead; half of the members give up."""

import time

import gevent

from loadtests.banks import PATIENT, OwnBank
from loadtests.member import WorkingMember, turn

SPEED = 60
OFTEN = {"session_resends_per_hour": 1_000_000, "session_guesses_per_hour": 1_000_000}
ROUNDING_SECONDS = 0.1
"""What rounding costs one who waits until a cooldown is over."""
GIVE_UP_SHARE = 0.5


class ResendingMember(WorkingMember):
    """Asks for every code twice, in a bank in which an hour passes in a minute, and a code may be sent once in each of
    its minutes."""

    think = (0.2, 1)
    bank = OwnBank(speed=SPEED, settings={**PATIENT, "otp": {**PATIENT["otp"], "sends_per_hour": 60, **OFTEN}})

    @turn("resend")
    def resend(self, key: str) -> None:
        """An order, a resend too early, one in time, the old code, and the new one or a cancellation. Raises
        Refused."""
        begun = time.perf_counter()
        transfer = self.transfer(key, "0.03")
        challenge, cooldown = transfer["challenge"]["id"], transfer["challenge"]["resend_in"] / SPEED
        old = self.code_of(challenge, 1)
        # The code went out after `begun`: until then plus the cooldown another one is too early, however slow the bank.
        if not self.phone.resend_too_early(challenge, begun + cooldown):
            gevent.sleep(cooldown + ROUNDING_SECONDS)
            self.phone.resend(challenge)
        new = self.code_of(challenge, 2)
        if new != old:
            self.expect_refusal(transfer, old, (422, "wrong_code"), slip="codes")
        if self.draws.random() < GIVE_UP_SHARE:
            self.phone.cancel(challenge)
            self.told.cancelled.append(transfer["id"])
        else:
            self.confirm(transfer, new)
