"""Which of several processes a sandbox belongs to: a fixed function of its name, which a proxy computes as well."""

import re
import zlib
from dataclasses import dataclass

_SHARD = re.compile(r"(?P<number>[1-9][0-9]{0,3})/(?P<count>[1-9][0-9]{0,3})", re.ASCII)
FAMILY = "--"
"""What ends the part of a name that decides: `shop` and `shop--payday` belong to the same process."""


def number_of(name: str, count: int) -> int:
    """The number, from 1 to `count`, of the process that the sandbox called `name` belongs to.

    CRC-32 as in zlib, because HAProxy's `crc32` converter is the same function. `deploy/haproxy.cfg` computes it.
    """
    return zlib.crc32(name.partition(FAMILY)[0].encode()) % count + 1


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` processes that share the sandboxes of a server out among them; the first has `number` 1."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """The shard that `text` names, such as `2/3`. Raises ValueError."""
        parts = _SHARD.fullmatch(text)
        if parts is None or int(parts["number"]) > int(parts["count"]):
            raise ValueError("it has to be NUMBER/COUNT with a number from 1 to the count, such as 1/2")
        return cls(int(parts["number"]), int(parts["count"]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def holds(self, name: str) -> bool:
        """Whether the sandbox called `name` belongs to this process."""
        return number_of(name, self.count) == self.number


ALONE = Shard()
"""The one process of a server that is not divided: every sandbox is its own."""
