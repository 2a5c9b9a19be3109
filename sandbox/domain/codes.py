"""One-time codes: HOTP (RFC 4226) over the sandbox's secret, with a counter made of the challenge's public id."""

import hmac

import pyotp

_COUNTERS = 2**64


def counter(challenge_id: str, sends: int) -> int:
    """The HOTP counter of the `sends`th code (from 1) of a challenge, by its public id `chl_…`: 0 to 2**64 - 1.

    The codes of one challenge have counters in a row. Two challenges may share some, and then the codes: the tags in
    their ids are 64 bits of a keyed hash, so among a million of them that is less likely than one in a million.
    Raises ValueError for a code before the first, and for text in which no tag can be read.
    """
    if sends < 1:
        raise ValueError("a challenge's first code is its 1st")
    return (int(challenge_id[4:20], 16) + sends - 1) % _COUNTERS


class CodeMaker:
    """Makes and remakes the codes of one sandbox: those of `pyotp.HOTP(secret)`, faster. `secret` in base32."""

    __slots__ = ("_keyed",)

    def __init__(self, secret: str) -> None:
        self._keyed = hmac.new(pyotp.HOTP(secret).byte_secret(), digestmod="sha1")

    def code(self, digits: int, challenge_id: str, sends: int) -> str:
        """The `sends`th code of a challenge: `digits` decimal digits (RFC 4226, 5.3)."""
        keyed = self._keyed.copy()
        keyed.update(counter(challenge_id, sends).to_bytes(8, "big"))
        digest = keyed.digest()
        offset = digest[-1] & 0xF
        truncated = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
        return f"{truncated % 10**digits:0{digits}d}"
