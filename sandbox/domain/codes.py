"""One-time codes: HOTP (RFC 4226) over the sandbox's secret, with a counter made of the challenge's public id."""

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


class CodeMaker(pyotp.HOTP):
    """Makes and remakes the codes of one sandbox. `secret` in base32, decoded once instead of for every code."""

    _decoded: bytes | None = None

    def byte_secret(self) -> bytes:
        if self._decoded is None:
            self._decoded = super().byte_secret()
        return self._decoded

    def code(self, digits: int, challenge_id: str, sends: int) -> str:
        """The `sends`th code of a challenge: `digits` decimal digits."""
        self.digits = digits
        return self.at(counter(challenge_id, sends))
