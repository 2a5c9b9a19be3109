"""The golden databases: what new and reset sandboxes are copied from. Checked once before the first use."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from weakref import WeakValueDictionary

from sandbox.domain.life.behaviours import Level
from sandbox.sandboxes import files, life
from sandbox.sandboxes.contents import Given
from sandbox.sandboxes.engine import Engine
from sandbox.sandboxes.inspection import FileRefused, Trust
from sandbox.storage.schema import Origin
from sandbox.storage.threads import in_thread

log = logging.getLogger("sandbox")


class Goldens:
    """`make` gives the database of an origin, seeding it where it is missing; `origin` is that of the settings."""

    def __init__(self, origin: Origin, make: Callable[[Origin], Path], trust: Trust, engine: Engine) -> None:
        self.origin = origin
        self._make = make
        self._trust = trust
        self._engine = engine
        self._making: WeakValueDictionary[Origin, asyncio.Lock] = WeakValueDictionary()

    async def copy(self, given: Given, target: Path, level: Level, rate_millis: int | None = None) -> None:
        """Copy the golden database of what was explicitly given and, for the rest, of the settings, its members living
        at that level, and its clock at that rate if it has one."""
        origin = given.over(self.origin)
        facts = given.with_clock(rate_millis) | life.facts(level, origin.clock_start)
        async with self._making.setdefault(origin, asyncio.Lock()):
            path = await in_thread(self.sound, origin)
        await in_thread(self._engine.copy_golden, path, target, facts)

    def sound(self, origin: Origin) -> Path:
        """The golden database of an origin, made where it is missing and again where it is damaged. For a thread."""
        path = self._make(origin)
        try:
            self._trust.check(path)
        except (FileRefused, FileNotFoundError) as refused:
            log.warning("the golden database %s is damaged (%s) and is made again", path.name, refused)
            files.remove(path)
            path = self._make(origin)
            self._trust.check(path)
        return path
