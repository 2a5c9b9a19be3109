"""The golden databases: what new and reset sandboxes are copied from. Checked once before the first use."""

import logging
from collections.abc import Callable
from pathlib import Path

from sandbox.sandboxes import files
from sandbox.sandboxes.inspection import FileRefused, Trust
from sandbox.storage.schema import Origin

log = logging.getLogger("sandbox")


class Goldens:
    """`make` gives the database of an origin, seeding it where it is missing."""

    def __init__(self, make: Callable[[Origin], Path], trust: Trust) -> None:
        self._make = make
        self._trust = trust

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
