"""What a start stands on: the origin that settings name, the golden database, a data directory of its own."""

import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from sandbox.bank.seeds import Seed
from sandbox.domain.rules import RuleSource
from sandbox.kernel.clock import parse as parse_moment
from sandbox.kernel.shards import Shard, number_of
from sandbox.sandboxes import files
from sandbox.sandboxes.places import Places
from sandbox.settings import Settings
from sandbox.storage.schema import Origin

Progress = Callable[[int, int], None]
_GOLDENS_KEPT = 8
_SHOWN = 5


class CannotStart(Exception):
    """The settings do not allow a start; the message says what to change."""


class ServerAway(CannotStart):
    """The database server cannot be reached now."""


def origin_of(settings: Settings) -> Origin:
    """What these settings make sandboxes from. Raises CannotStart."""
    try:
        start = parse_moment(settings.clock_start)
    except ValueError as error:
        raise CannotStart(f"SANDBOX_CLOCK_START {settings.clock_start!r}: {error}") from None
    return Origin(settings.seed, settings.members, start)


def shard_of(settings: Settings) -> Shard:
    """Which of several processes these settings make. Raises CannotStart."""
    try:
        return Shard.parse(settings.shard)
    except ValueError as error:
        raise CannotStart(f"SANDBOX_SHARD {settings.shard!r}: {error}") from None


def require_workers_possible(settings: Settings) -> None:
    """Raises CannotStart where several processes cannot serve one bank."""
    if not settings.database_url:
        raise CannotStart(
            f"{settings.workers} workers need SANDBOX_DATABASE_URL: one process writes to an SQLite file. "
            "To share sandboxes out between processes with a file each: `sandbox deploy`"
        )
    if not hasattr(os, "fork"):
        raise CannotStart("workers are forks of one process, which this system does not have (SANDBOX_WORKERS=1)")


def require_own(places: Places, shard: Shard) -> None:
    """Raises CannotStart where the data directory has sandboxes of another process, which would exist twice."""
    foreign = [name for name in places.names() if not shard.holds(name)]
    if foreign:
        told = ", ".join(f"{name} to {number_of(name, shard.count)}/{shard.count}" for name in foreign[:_SHOWN])
        raise CannotStart(
            f"{places.sandboxes} has sandboxes that do not belong to process {shard}: {told}"
            f"{', …' if foreign[_SHOWN:] else ''}. Move the folder of each to the data directory of its process"
        )


def ensure_golden(
    settings: Settings,
    source: RuleSource,
    seeds: tuple[Seed, ...],
    origin: Origin,
    progress: Progress | None = None,
) -> Path:
    """The path of the golden database of an origin, made now if it is not there. Raises SeedInvalid."""
    from sandbox.seeding import golden  # Faker alone takes longer to import than a start may last

    recipe = golden.Recipe(settings.seed_dir, seeds, source.current)
    path = settings.data_dir / golden.golden_name(origin, recipe)
    if not path.exists():
        golden.build(path, origin, recipe, progress)
        _forget_goldens(settings.data_dir, keep=path)
    return path


def _forget_goldens(directory: Path, keep: Path) -> None:
    """A golden database can always be made again: the newest few are enough."""
    others = sorted(directory.glob("golden-*.sqlite"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in [path for path in others if path != keep][_GOLDENS_KEPT:]:
        files.remove(old)


def lock_of(directory: Path) -> FileLock:
    """One process a data directory: two would write one database each behind the other's back. Raises CannotStart."""
    lock = FileLock(directory / "lock", blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise CannotStart(f"another server uses {directory} (set SANDBOX_DATA_DIR to use another place)") from None
    return lock
