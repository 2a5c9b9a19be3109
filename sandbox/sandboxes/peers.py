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
    """How another process uses a sandbox: when last, by the machine's steady clock in seconds, and whether nothing goes
    on in it there."""

    used_at: float
    is_left_alone: bool


UNUSED = Use(0.0, is_left_alone=True)


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

    def moving(self, name: str) -> AbstractAsyncContextManager[None]:
        """Have units of every other process read a sandbox's clock in its database for a block, in which jobs move it.
        Behind the block they go on from memory. For the keeper."""

    async def gather(self, name: str) -> list[Noted]:
        """Take what every other process noted of a sandbox. For the keeper."""

    async def uses(self) -> dict[str, float]:
        """When any other process used each sandbox last, by the machine's steady clock in seconds. For the keeper."""

    async def awake(self) -> dict[str, Use]:
        """How the others use each sandbox that is open at any of them. Waits for no process that does not answer soon:
        how it uses them is not known then. For the keeper."""

    def put_to_sleep(self, name: str) -> None:
        """Have every other process close a sandbox that this one has closed, so that it hears of the next use. Does not
        wait. For the keeper."""

    def tell(self, name: str) -> None:
        """Tell the others that a unit which wrote has committed, or the keeper that a sandbox was opened: at once, or a
        few milliseconds later together with others."""

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

    async def follow(self, name: str) -> None:
        """Have units that begin read the clock in the database: jobs move it there."""

    async def settle(self, name: str) -> None:
        """Read the clock again, and have units go on from memory. Also called when the keeper is lost."""

    async def give(self, name: str) -> Noted:
        """What was noted since the last call, to be forgotten here."""

    async def uses(self) -> dict[str, float]:
        """When each sandbox was used here last, by the machine's steady clock in seconds."""

    async def awake(self) -> dict[str, Use]:
        """How each sandbox is used that is open here."""

    async def sleep(self, name: str) -> None:
        """Close a sandbox that the keeper has closed. Whatever uses it next opens it, and the keeper is told."""

    def told(self, name: str) -> None:
        """Another process has opened a sandbox, or has committed something."""

    def lost(self) -> None:
        """Another process has ended, perhaps before it told what it committed last, and with what it had noted since it
        was last asked. For the keeper."""

    async def create(self, name: str) -> None:
        """Make a sandbox that was named for the first time. For the keeper."""


class Alone:
    """The peers of the only process there is."""

    keeps = True

    def held(self, name: str) -> AbstractAsyncContextManager[list[Use]]:
        return nullcontext([])

    async def reread(self, name: str) -> None:
        """There are none."""

    def moving(self, name: str) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def gather(self, name: str) -> list[Noted]:
        return []

    async def uses(self) -> dict[str, float]:
        return {}

    async def awake(self) -> dict[str, Use]:
        return {}

    def put_to_sleep(self, name: str) -> None:
        """There are none."""

    def tell(self, name: str) -> None:
        """There are none."""

    async def create(self, name: str) -> None:
        raise AssertionError("the keeper makes sandboxes by itself")


ALONE = Alone()
