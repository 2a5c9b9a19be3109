"""What the names of a data directory's databases on a server begin with."""

import os
from contextlib import suppress
from pathlib import Path

from sandbox.storage.errors import ServerGone


def installation(data_dir: Path) -> str:
    """What tells the databases of this data directory from those of others on the same server.

    Raises ServerGone where the directory is a copy: each would drop what the other one has made since. The file says
    where it was written, and it is a copy where neither its place nor its inode is the one of then.
    """
    path = data_dir / "installation"
    with suppress(FileExistsError), path.open("x", encoding="utf-8") as made:
        made.write(os.urandom(6).hex())
    here = str(path.stat().st_ino), str(path.resolve())
    name, *written = path.read_text(encoding="utf-8").splitlines()
    if written and not set(here) & set(written):
        raise ServerGone(
            f"{data_dir} is a copy of {Path(written[-1]).parent}, with whose databases it would work: export sandboxes "
            f"there and import them here, into an empty one. If it is gone, keep only the first line of {path}"
        )
    if tuple(written) != here:
        with path.open("r+", encoding="utf-8") as file:  # not another one in its place: its inode is what counts
            file.write("\n".join((name, *here)) + "\n")
            file.truncate()
    return name
