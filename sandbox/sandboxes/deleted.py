"""Deleted sandboxes, kept for a while so that a deletion can be undone.

Each is the folder that it was, moved to `DATA_DIR/deleted/NAME.MOMENT` by one rename: it survives a restart, and to
undelete it is one rename back. What is kept is bounded in number, bytes and time, and by what is free on the disk: a
deletion has to make room where there is none.
"""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sandbox.kernel import clock
from sandbox.kernel.clock import Micros
from sandbox.sandboxes.bounds import Bounds
from sandbox.sandboxes.engine import Engine
from sandbox.sandboxes.places import Places, is_name
from sandbox.sandboxes.problems import DeletedSandboxNotFound
from sandbox.storage.threads import in_thread

MOST = 20
"""How many deleted sandboxes are kept."""


class Kept(NamedTuple):
    """A deleted sandbox: when it was deleted and until when it is kept at most, by the machine's clock, and the bytes
    of its files."""

    name: str
    moment: Micros
    expires: Micros
    path: Path
    size: int


class Bin:
    """The deleted sandboxes of a data directory."""

    def __init__(self, places: Places, bounds: Bounds, engine: Engine) -> None:
        self._places = places
        self._bounds = bounds
        self._engine = engine

    def place_for(self, name: str) -> Path:
        """Where a sandbox goes that is deleted now."""
        return self._places.deleted / f"{name}.{clock.wall()}"

    async def kept(self) -> list[Kept]:
        """Those that can be undeleted, the latest first."""
        now = clock.wall()
        return [each for each in await in_thread(self._all) if now < each.expires]

    async def take_back(self, name: str) -> None:
        """Put the sandbox that was deleted latest under that name back in its place, which is free. Raises
        DeletedSandboxNotFound."""
        latest = next((each for each in await self.kept() if each.name == name), None)
        try:
            if latest is not None:
                await in_thread(latest.path.rename, self._places.home(name))
                return
        except FileNotFoundError:
            pass  # removed meanwhile
        raise DeletedSandboxNotFound(name=name[:63])

    async def make_room(self) -> list[str]:
        """Remove for good what exceeds the bounds; gives the names. Of several that were deleted under one name the
        latest is kept."""
        return await in_thread(self._make_room)

    def _make_room(self) -> list[str]:
        now, names, gone = clock.wall(), set[str](), []
        left = min(self._bounds.deleted_bytes, shutil.disk_usage(self._places.data_dir).free)
        for each in self._all():
            if each.name in names or len(names) >= MOST or each.size > left or now >= each.expires:
                self._remove(each)
                gone.append(each.name)
            else:
                names.add(each.name)
                left -= each.size
        return gone

    def _all(self) -> list[Kept]:
        found = []
        for path in self._places.deleted.iterdir():
            name, _, digits = path.name.rpartition(".")
            if is_name(name) and digits.isdecimal():
                moment = Micros(int(digits))
                expires = Micros(moment + round(self._bounds.deleted_seconds * clock.SECOND))
                with suppress(FileNotFoundError):  # undeleted or removed meanwhile
                    found.append(Kept(name, moment, expires, path, self._engine.size_of(path)))
        return sorted(found, key=lambda each: each.moment, reverse=True)

    def _remove(self, each: Kept) -> None:
        """Remove it by way of the folder that the next start empties: a crash leaves no half of it to be undeleted."""
        scratch = self._places.scratch(each.name)
        with suppress(FileNotFoundError):  # undeleted meanwhile
            each.path.rename(scratch)
            self._engine.remove_home(scratch)
