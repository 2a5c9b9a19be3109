"""The processes that serve the same sandboxes, where several do: one of them is the keeper.

The control plane, due work and every operation on a whole database happen in the keeper. So memory that only the
control plane uses is the keeper's alone, and one process decides what takes whose place. The others answer calls of the
bank. What they have to do for the keeper are the methods of `Hands`; what a process asks of the others, of `Peers`.
"""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import NamedTuple, Protocol

from sandbox.sandboxes.counts import Counts
from sandbox.sandboxes.journal import Exchange, Taken
from sandbox.storage.unit import LoggedDecision


class Noted(NamedTuple):
    """What a process noted of a sandbox since it was last asked. `dropped` is how many exchanges came before these and
    found no room."""

    dropped: int
    exchanges: list[Exchange]
    recorded: Taken
    decisions: list[LoggedDecision]
    counts: Counts


class Use(NamedTuple):
    """How another process uses a sandbox that it has let go for a moment: when last, by the machine's steady clock in
    seconds, and whether something of it goes on there."""

    used_at: float
    is_left_alone: bool


class Peers(Protocol):
    """The other processes. Those that ended, or end meanwhile, are not waited for."""

    @property
    def keeps(self) -> bool:
        """Whether this process is the keeper."""

    def held(self, name: str) -> AbstractAsyncContextManager[list[Use]]:
        """Keep every other process from a sandbox for a block: none has a unit under way or a connection open. Behind
        the block they go on with what is in place then: the same database, another one, or none. For the keeper."""

    async def reread(self, name: str) -> None:
        """Have every other process read again what it keeps of a sandbox's database in memory. For the keeper."""

    async def gather(self, name: str) -> list[Noted]:
        """Take what every other process noted of a sandbox. For the keeper."""

    def tell(self, name: str) -> None:
        """Tell the others that a unit which wrote has committed, at once or a few milliseconds later together with
        others."""

    async def create(self, name: str) -> None:
        """Have the keeper make a sandbox that was named for the first time. Raises what `Registry.create` does."""


class Hands(Protocol):
    """What a process does for the others."""

    async def hold(self, name: str) -> Use:
        """Wait until nothing goes on in a sandbox, close its connections, and keep units waiting."""

    async def release(self, name: str) -> None:
        """Go on with what is in place now. Also called for whatever is still held when the keeper is lost."""

    async def reread(self, name: str) -> None:
        """Read again what memory holds of the database."""

    async def give(self, name: str) -> Noted:
        """What was noted since the last call, to be forgotten here."""

    def told(self, name: str) -> None:
        """Another process has committed something."""

    def lost(self) -> None:
        """Another process has ended, perhaps before it told what it committed last. For the keeper."""

    async def create(self, name: str) -> None:
        """Make a sandbox that was named for the first time. For the keeper."""


class Alone:
    """The peers of the only process there is."""

    keeps = True

    def held(self, name: str) -> AbstractAsyncContextManager[list[Use]]:
        return nullcontext([])

    async def reread(self, name: str) -> None:
        """There are none."""

    async def gather(self, name: str) -> list[Noted]:
        return []

    def tell(self, name: str) -> None:
        """There are none."""

    async def create(self, name: str) -> None:
        raise AssertionError("the keeper makes sandboxes by itself")


ALONE = Alone()
