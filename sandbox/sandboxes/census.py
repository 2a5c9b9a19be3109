"""What lies in the data directory, at a glance: sandboxes and snapshots, their version, and what is wrong with them."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from sandbox.sandboxes import files, inspection
from sandbox.sandboxes.inspection import FileRefused, Trust
from sandbox.sandboxes.places import why_missing
from sandbox.storage import schema

log = logging.getLogger("sandbox")

State = Literal["ready", "damaged", "other_version"]


class Listed(NamedTuple):
    """A sandbox or snapshot as it lies on disk. `reason` says why it cannot be used."""

    name: str
    state: State
    schema_version: str
    reason: str | None = None
    size: int = 0


def in_use(name: str, path: Path) -> Listed:
    """A sandbox whose database is open."""
    try:
        size = path.stat().st_size + files.log_size(path)
    except FileNotFoundError:
        size = 0  # taken away by hand: requests are refused until it is back
    return Listed(name, "ready", schema.version(), None, size)


def look_at(name: str, path: Path, trust: Trust) -> Listed:
    """What a file tells at a glance: whether it can be read, and its version; not whether every page is sound."""
    try:
        size = path.stat().st_size
        trust.require_undamaged(path)
        if files.log_size(path):
            return Listed(name, "ready", schema.version(), None, size)  # told truly once the log has been read
        version = inspection.version_of(path)
    except FileNotFoundError:
        return Listed(name, "damaged", "", why_missing(path))
    except FileRefused as refused:
        return Listed(name, "damaged", "", refused.reason, size)
    state: State = "ready" if version == schema.version() else "other_version"
    return Listed(name, state, version, None, size)


def settled(path: Path, look: Callable[[], Listed]) -> Listed | None:
    """What a look at `path` tells; None where it has been deleted since. What seems to be damaged is looked at once
    more: it may have been deleted then, and made again by now."""
    told = look()
    if told.state == "damaged":
        told = look()
    return told if path.exists() else None


def report(listed: Listed) -> None:
    """Say in the log what keeps a sandbox from being used, and what to do."""
    if listed.state == "damaged":
        log.error("sandbox %s is damaged (%s): reset, restore or delete it", listed.name, listed.reason)
    elif listed.state == "other_version":
        log.warning(
            "sandbox %s has schema %s, this is %s: export, reset or delete it (it is kept until then)",
            listed.name, listed.schema_version, schema.version(),
        )  # fmt: skip
