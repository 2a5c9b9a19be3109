"""Which sandboxes belong to this process, where several share them out by name."""

from sandbox.kernel.shards import FAMILY, Shard, number_of
from sandbox.sandboxes.places import is_name
from sandbox.sandboxes.problems import ParentElsewhere, SandboxElsewhere


def require_own(ours: Shard, name: str) -> None:
    """Raises SandboxElsewhere for the name of a sandbox that belongs to another process."""
    if not ours.holds(name):
        raise SandboxElsewhere(name=name, theirs=_owner(ours, name), ours=ours)


def require_beside(ours: Shard, parent: str, name: str) -> None:
    """A copy is made from a file, and those of other processes are not here. Raises ParentElsewhere."""
    if is_name(parent) and not ours.holds(parent):
        example = parent.partition(FAMILY)[0] + FAMILY + name
        raise ParentElsewhere(parent=parent, name=name, theirs=_owner(ours, parent), ours=ours, example=example)


def _owner(ours: Shard, name: str) -> Shard:
    return Shard(number_of(name, ours.count), ours.count)
