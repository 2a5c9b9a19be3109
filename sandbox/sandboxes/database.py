"""The database file of one sandbox. What runs in a thread stands here; `Sandbox` calls it with the turn held."""

import os
import sqlite3
from pathlib import Path

from sandbox.kernel.clock import Micros
from sandbox.sandboxes import contents, files, inspection
from sandbox.sandboxes.contents import Contents, ContentsRefused, OtherVersion
from sandbox.sandboxes.files import Handle
from sandbox.sandboxes.inspection import FileRefused, Trust
from sandbox.sandboxes.places import why_missing
from sandbox.sandboxes.problems import SandboxDamaged, SandboxOfAnotherVersion
from sandbox.sandboxes.starts import begin
from sandbox.storage import schema


class FileDatabase:
    """The file of the sandbox `name`: opened when it is sound, closed, copied, replaced."""

    def __init__(self, name: str, path: Path, trust: Trust) -> None:
        self.path = path
        self._name = name
        self._trust = trust

    def open(self, *, is_new: bool) -> tuple[Handle, Contents]:
        """The file, open, and what it says of itself. Read through first where it is not known.

        `is_new` counts a start of the sandbox. Raises SandboxDamaged, SandboxOfAnotherVersion.
        """
        try:
            known = self._trust.knows(self.path)
            if not known:
                self._trust.require_undamaged(self.path)
            handle = Handle.of(self.path)
            try:
                if not known:
                    inspection.read_through(handle.connection)
                said = contents.read(handle.connection)
                if is_new:
                    said = begin(handle.connection, said)
            except BaseException:
                handle.close()
                raise
        except FileNotFoundError:
            raise SandboxDamaged(name=self._name, reason=why_missing(self.path)) from None
        except (FileRefused, ContentsRefused) as refused:
            self._trust.condemn(self.path, str(refused))
            raise SandboxDamaged(name=self._name, reason=str(refused)) from None
        except OtherVersion as other:
            raise SandboxOfAnotherVersion(name=self._name, theirs=str(other), ours=schema.version()) from None
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._trust.condemn(self.path, str(error))
            raise SandboxDamaged(name=self._name, reason=str(error)) from None
        return handle, said

    def close(self, handle: Handle) -> None:
        """Close it. What it was like is remembered, so that it need not be read through again."""
        handle.close()
        self.believe()

    def close_whole(self, handle: Handle) -> None:
        """Close it with an empty log, so that the file is all there is. Raises DatabaseInUse: then it stays open."""
        handle.close_whole(self.path)
        self.believe()

    def put(self, incoming: Path) -> None:
        """Replace the file by the one at `incoming`, by one rename."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        files.put(incoming, self.path)
        self.believe()

    def image(self, handle: Handle, scratch: Path, target: Path, now: Micros) -> int:
        """Copy it to `target` by way of `scratch`, the copy's clock stopped at `now`; its bytes. Raises
        FileExistsError."""
        try:
            files.image(handle, self.path, scratch)
            files.amend(scratch, clock_anchor=str(now), clock_origin="")
            return files.put_new(scratch, target)
        finally:
            files.remove(scratch)

    def copy(self, handle: Handle, scratch: Path, target: Path, now: Micros) -> None:
        """Another sandbox's database is a copy of the file."""
        self.image(handle, scratch, target, now)

    def image_as_it_is(self, target: Path) -> None:
        """Copy the closed file to `target`, whatever its version. Raises sqlite3.Error."""
        handle = Handle.of(self.path)
        try:
            files.image(handle, self.path, target)
        finally:
            handle.close()

    def fold_beside(self) -> None:
        """Move the log into the file, over a connection of its own, as far as readers allow."""
        try:
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True)
        except sqlite3.OperationalError:
            return  # the file is gone: `is_in_place` tells
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()

    def fold(self, handle: Handle) -> None:
        """Move the whole log into the file and empty it. Raises DatabaseInUse."""
        files.fold(handle.connection)

    def is_in_place(self, handle: Handle) -> bool:
        """Whether the open file is still the one that lies in its place."""
        try:
            return self.path.stat().st_ino == os.fstat(handle.descriptor).st_ino
        except OSError:
            return False

    def is_another(self) -> bool:
        """No other process has the data directory."""
        return False

    def log_size(self) -> int:
        """How many bytes its log has."""
        return files.log_size(self.path)

    def believe(self) -> None:
        """The file as it lies there now is sound."""
        self._trust.believe(self.path)

    def doubt(self) -> None:
        """Read it through before it is used again."""
        self._trust.forget(self.path)
