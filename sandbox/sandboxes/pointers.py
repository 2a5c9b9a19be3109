"""The file of a sandbox whose database is on a server."""

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sandbox.sandboxes.contents import OtherVersion
from sandbox.sandboxes.inspection import FileRefused
from sandbox.storage import schema


class Pointer(NamedTuple):
    """What stands in the file of a sandbox: the name of its database, and of which version that is."""

    database: str
    schema_version: str
    definitions: str

    @classmethod
    def read(cls, path: Path) -> "Pointer":
        """Raises FileNotFoundError, FileRefused."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, RecursionError):
            raise FileRefused("its file names no database") from None

    def write(self, path: Path) -> None:
        """Put it at `path`, where nothing is."""
        path.write_text(json.dumps(self._asdict()), encoding="utf-8")

    def require_current(self) -> None:
        """Raises OtherVersion."""
        if (self.schema_version, self.definitions) != (schema.version(), definitions()):
            raise OtherVersion(self.schema_version)


def sized(path: Path, size_of: Callable[[str], int | None]) -> tuple[Pointer, int | None]:
    """What the file at `path` says, and the size of the database that it names, None where there is none. Between the
    two another one may take its place, and it may be dropped: then it is looked at again. Raises as `Pointer.read`."""
    pointer = Pointer.read(path)
    while (size := size_of(pointer.database)) is None:
        former, pointer = pointer, Pointer.read(path)
        if pointer.database == former.database:
            break
    return pointer, size


@cache
def definitions() -> str:
    """Changes whenever a table does as the server has it."""
    return sha256("\n".join(schema.definitions("postgresql")).encode()).hexdigest()[:12]
