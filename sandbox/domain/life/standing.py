"""How a sandbox's life stands: how lively it is, and up to where it has come."""

from typing import NamedTuple

from sandbox.domain.life.behaviours import Level
from sandbox.kernel.clock import Micros


class Standing(NamedTuple):
    """`level` is that of members who have none of their own. Everything up to `until` has happened, by the rules of the
    revision `rules` (empty: none of it has). `changes` counts how often it began anew. `goes_on`: does any member live?
    """

    level: Level
    until: Micros
    rules: str
    changes: int
    goes_on: bool
