"""The snapshots of a sandbox: copies of its database in a folder of their own."""

from contextlib import suppress
from functools import partial
from pathlib import Path

from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import census, files, inspection, life
from sandbox.sandboxes.census import Listed
from sandbox.sandboxes.contents import Given
from sandbox.sandboxes.engine import Engine
from sandbox.sandboxes.inspection import FileRefused, Trust
from sandbox.sandboxes.places import is_name
from sandbox.sandboxes.problems import SnapshotDamaged, SnapshotExists, SnapshotNotFound, SnapshotOfAnotherVersion
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage import schema
from sandbox.storage.threads import in_thread


def path_of(sandbox: Sandbox, snapshot: str) -> Path:
    """Where the snapshot is. Raises SnapshotNotFound."""
    path = sandbox.snapshots / f"{snapshot}.sqlite"
    if not is_name(snapshot) or not path.exists():
        raise SnapshotNotFound(sandbox=sandbox.name, name=snapshot[:63])
    return path


async def take(trust: Trust, sandbox: Sandbox, snapshot: str, scratch: Path) -> Listed:
    """Keep a copy of the sandbox, by way of `scratch`. Raises SnapshotExists, and as `Sandbox.image`."""
    target = sandbox.snapshots / f"{snapshot}.sqlite"
    try:
        size = await sandbox.image(scratch, target)
    except FileExistsError:
        raise SnapshotExists(name=snapshot) from None
    await in_thread(trust.believe, target)
    # As it was taken, without a look at it: it may have been deleted since, alone or with its sandbox.
    return Listed(snapshot, "ready", schema.version(), None, size)


def listed(trust: Trust, sandbox: Sandbox) -> list[Listed]:
    """What there is of a sandbox, by name. For a thread: each is read through once a process."""
    looks = (census.settled(path, partial(_look_through, trust, path)) for path in _paths(sandbox))
    return [look for look in looks if look is not None]


def _paths(sandbox: Sandbox) -> list[Path]:
    with suppress(FileNotFoundError):  # the sandbox was deleted meanwhile
        return sorted(sandbox.snapshots.glob("*.sqlite"))
    return []


def _look_through(trust: Trust, path: Path) -> Listed:
    """What there is of a snapshot, down to its last page: once it is needed, it is too late to take another."""
    with suppress(FileRefused, OSError):  # the look behind it tells
        trust.check(path)
    return census.look_at(path.stem, path, trust)


async def copy(trust: Trust, sandbox: Sandbox, snapshot: str, target: Path) -> None:
    """Copy the snapshot to `target`, once it was checked. Raises SnapshotNotFound, SnapshotDamaged,
    SnapshotOfAnotherVersion; SandboxNotFound when the sandbox was deleted meanwhile."""
    path = path_of(sandbox, snapshot)
    try:
        await in_thread(trust.check, path)
        theirs = await in_thread(inspection.version_of, path)
        if theirs != schema.version():
            raise SnapshotOfAnotherVersion(theirs=theirs, ours=schema.version())
        await in_thread(files.copy, path, target)
    except FileRefused as refused:
        raise SnapshotDamaged(name=snapshot, reason=refused.reason) from None
    except FileNotFoundError:
        if path.parent.parent.exists():
            raise SnapshotNotFound(sandbox=sandbox.name, name=snapshot) from None
        raise SandboxNotFound(name=sandbox.name) from None


async def fork(
    trust: Trust, scratch: Path, sandbox: Sandbox, snapshot: str | None, target: Path, engine: Engine, given: Given
) -> None:
    """Make another sandbox's database at `target` of the snapshot, or of what the sandbox holds now by way of
    `scratch`, with the life and the rate that are given. Raises as `copy` and as `Sandbox.copy`."""
    if snapshot is None:
        await sandbox.copy(scratch, target)
    else:
        await copy(trust, sandbox, snapshot, target)
        await in_thread(engine.take_in, target)
    await in_thread(_amend, engine, target, given)


def _amend(engine: Engine, path: Path, given: Given) -> None:
    with engine.connected(path) as connection:
        life.fork(connection, given.life, given.rate_millis)
