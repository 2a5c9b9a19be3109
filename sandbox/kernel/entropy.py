"""Chance as an argument: every draw is a function of the sandbox's seed, a stream's name and a number.

Nothing is remembered between draws, so one stream never disturbs another, a fork goes on where its parent stood,
and the same requests on the same seed draw the same values.
"""

import hashlib
import hmac
import random
from base64 import b32encode


class Entropy:
    """The seeded source of one sandbox. `secret` is 32 bytes, derived from the seed by `from_seed`."""

    __slots__ = ("_keyed", "_secret", "code_secret")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("a sandbox's secret has 32 bytes")
        self._secret = secret
        # A copy of a hash that has its key costs half of what a new one does, and gives the same.
        self._keyed = hashlib.blake2b(key=secret, digest_size=32)
        self.code_secret = b32encode(self.draw("one-time codes", 0)[:20]).decode()

    @classmethod
    def from_seed(cls, seed: str) -> "Entropy":
        return cls(hashlib.sha256(b"cooprogreso-sandbox:" + seed.encode()).digest())

    @property
    def secret(self) -> bytes:
        return self._secret

    @property
    def keyed(self) -> hashlib.blake2b:
        """A hash that has the key and nothing else, for those who draw so often that a call matters: a draw is the
        digest of a copy that was told `number:stream`."""
        return self._keyed

    def draw(self, stream: str, number: int) -> bytes:
        """32 bytes: the `number`th draw of `stream`."""
        keyed = self._keyed.copy()
        keyed.update(f"{number}:{stream}".encode())
        return keyed.digest()

    def token(self, stream: str, number: int) -> str:
        """An opaque token of 256 bits for a client to hold."""
        return self.draw(stream, number).hex()

    def binding(self, *parts: str) -> int:
        """32 bits that stand for whom and what a key is for. Part of the key, they keep an id that was given in one
        sandbox from opening what another person has in a sandbox of the same seed."""
        return int.from_bytes(self.draw("\0".join(("bindings", *parts)), 0)[:4], "big")

    def disguise(self, kind: str, text: str) -> str:
        """What is stored of a text that must be found again and not read: 32 hex digits, keyed by the sandbox."""
        return self.draw(f"disguises of {kind}\0{text}", 0)[:16].hex()

    def stream(self, name: str) -> random.Random:
        """A generator of its own, for long runs of draws (seeding, faults)."""
        return random.Random(self.draw(name, 0))  # noqa: S311  # seeded on purpose


def fingerprint(token: str) -> str:
    """What is stored of a token: enough to find it again, useless to a reader of the database."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
