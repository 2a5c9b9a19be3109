"""One-time codes: HOTP (RFC 4226) over the sandbox's secret, with a counter of its own for every code ever sent."""

import pyotp

MOST_SENDS = 64


def counter(challenge: int, sends: int) -> int:
    """The HOTP counter of the `sends`th code (from 1) of a challenge; no two codes share one."""
    if not 0 < sends <= MOST_SENDS:
        raise ValueError(f"a challenge's code is sent 1 to {MOST_SENDS} times")
    return challenge * MOST_SENDS + sends - 1


class CodeMaker(pyotp.HOTP):
    """Makes and remakes the codes of one sandbox. `secret` in base32, decoded once instead of for every code."""

    _decoded: bytes | None = None

    def byte_secret(self) -> bytes:
        if self._decoded is None:
            self._decoded = super().byte_secret()
        return self._decoded

    def code(self, digits: int, challenge: int, sends: int) -> str:
        """The `sends`th code of a challenge: `digits` decimal digits."""
        self.digits = digits
        return self.at(counter(challenge, sends))
