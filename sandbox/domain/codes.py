"""One-time codes: HOTP (RFC 4226) over the sandbox's secret, with a counter of its own for every code ever sent."""

import pyotp

MOST_SENDS = 64


def counter(challenge: int, sends: int) -> int:
    """The HOTP counter of the `sends`th code (from 1) of a challenge; no two codes share one."""
    if not 0 < sends <= MOST_SENDS:
        raise ValueError(f"a challenge's code is sent 1 to {MOST_SENDS} times")
    return challenge * MOST_SENDS + sends - 1


def code(secret: str, digits: int, challenge: int, sends: int) -> str:
    """The code itself: `digits` decimal digits. `secret` in base32."""
    return pyotp.HOTP(secret, digits=digits).at(counter(challenge, sends))
