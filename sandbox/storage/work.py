"""What a sandbox is able to do, as a unit of work finds it there."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sandbox.storage.connection import Connection

Carry = Callable[[Connection, Connection], None]
"""Puts what is to outlive a reset from an open database into the one that takes its place. For a thread."""


class Work(NamedTuple):
    """Operations by their kind, and sources of due work in the order in which they run when they are due at once.
    `carry`, in developer mode, takes live sessions over a reset: time does not end them then.

    The bank declares both and gives them their types (`Operation`, `Source`); this layer only carries them.
    """

    operations: Mapping[str, Any]
    sources: tuple[Any, ...]
    carry: Carry | None = None
