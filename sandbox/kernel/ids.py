"""Public ids: inside, keys are integers; outside, `trf_` and 32 hex digits that tell nothing about a neighbour.

The text is a keyed injection (a synthetic-IV construction over keyed BLAKE2b): 64 bits authenticate prefix and
number, and 64 more carry the number under a mask derived from them. So ids need no column and no index, differ by
sandbox, and a made-up or altered one is recognised before the database is asked.
"""

from hashlib import blake2b

_MOST_KNOWN = 20_000
_LENGTH = 2 * (8 + 8)


class PublicIds:
    """The names one sandbox gives to its integers."""

    __slots__ = ("_keyed", "_known", "_named")

    def __init__(self, secret: bytes) -> None:
        key = blake2b(b"public ids", key=secret, digest_size=32).digest()
        self._keyed = blake2b(key=key, digest_size=8)  # copied for each hash: taking the key in costs half of one
        self._known: dict[tuple[str, str], int] = {}
        self._named: dict[tuple[str, int], str] = {}

    def name(self, prefix: str, number: int) -> str:
        """The public id of `number` among the things called `prefix`: `name("trf", 7)` → `trf_…`."""
        named = self._named.get((prefix, number))
        return self._make(prefix, number) if named is None else named

    def _make(self, prefix: str, number: int) -> str:
        tag = self._hash(b"%d:%s" % (number, prefix.encode()))
        made = f"{prefix}_{tag.hex()}{number ^ int.from_bytes(self._hash(tag), 'big'):016x}"
        if len(self._named) >= _MOST_KNOWN:
            self._named.clear()
        self._named[prefix, number] = made
        return made

    def _hash(self, text: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(text)
        return keyed.digest()

    def number(self, prefix: str, name: str) -> int | None:
        """The integer behind `name`, or None when it is not one that `name()` gave for this prefix and sandbox."""
        known = self._known.get((prefix, name))
        return self._verify(prefix, name) if known is None else known

    def _verify(self, prefix: str, name: str) -> int | None:
        head, _, digits = name.rpartition("_")
        if head != prefix or len(digits) != _LENGTH:
            return None
        try:
            sealed = bytes.fromhex(digits)
        except ValueError:
            return None
        tag, body = sealed[:8], int.from_bytes(sealed[8:], "big")
        number = body ^ int.from_bytes(self._hash(tag), "big")
        if self.name(prefix, number) != name:
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[prefix, name] = number
        return number
