"""What the life of a sandbox needs of a database in use, whichever engine it is of."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sandbox.storage.connection import Connection

R = TypeVar("R")


class Store(Protocol):
    """A database in use: turns for those who use it as a whole, and what is known of it.

    It outlives its connections: they are attached and detached by operations on the database as a whole, and
    `generation` tells which database stands behind it. `revision` grows whenever what a unit knows of the sandbox may
    no longer hold that waited for its turn meanwhile.
    """

    closed: bool
    generation: int
    revision: int

    @property
    def is_idle(self) -> bool:
        """Whether no unit has the turn, waits for it, or for a commit."""

    @property
    def is_awaited(self) -> bool:
        """Whether a unit waits for the turn."""

    @property
    def changes(self) -> int:
        """Grows whenever something is written, and whenever something written is undone that others may have seen. What
        was read before stays so for as long as it stays the same."""

    def note_change(self) -> None:
        """Count that something was written, by another process."""

    async def take_turn(self, owner: object) -> None:
        """Wait until no other owner uses the database. Raises RuntimeError if `owner` has the turn already."""

    def end_turn(self, owner: object) -> None:
        """Hand the turn to the next in line. Does nothing for an owner that does not have it."""

    def attach(self, connection: Any, *, is_new: bool) -> None:
        """Use `connection` from now on; `is_new` when another database took the place of the one before."""

    def detach(self) -> object:
        """Commit what is kept and give connections up; the caller closes the one that was attached."""

    def withdraw(self) -> None:
        """Close connections that can be opened again, for the holder of the turn: nothing else may have the database
        open for some operations on it as a whole."""

    def settle(self) -> None:
        """Commit what is kept, for the holder of the turn that is about to work on the database as a whole."""

    async def run(self, work: Callable[[Connection], R]) -> R:
        """What `work` gives, in a transaction of its own and in a thread, for the holder of the turn. Raises an error
        of the engine; whether it was committed is then open."""

    async def durable(self) -> None:
        """Wait until everything that reads have seen is committed. Raises an error of the engine when it cannot be."""
