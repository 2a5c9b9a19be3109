"""Room for the sandboxes in use: which of the open ones are too many, in whichever process they are used."""

from collections.abc import Callable

from sandbox.sandboxes.peers import UNUSED, Peers
from sandbox.sandboxes.sandbox import Sandbox


async def surplus(awake: Callable[[], list[Sandbox]], most: int, peers: Peers) -> list[Sandbox]:
    """Which of those `awake` are to sleep: as many as there are beyond `most`, those first that were used longest ago.
    Of these, those stay awake in which something goes on in another process."""
    if len(awake()) <= most:
        return []
    uses = await peers.awake() if peers.keeps else {}
    there = awake()
    if uses:
        for sandbox in there:
            sandbox.used_at = max(sandbox.used_at, uses.get(sandbox.name, UNUSED).used_at)
        there.sort(key=lambda sandbox: sandbox.used_at)
    longest_ago = there[: max(0, len(there) - most)]
    return [sandbox for sandbox in longest_ago if uses.get(sandbox.name, UNUSED).is_left_alone]
