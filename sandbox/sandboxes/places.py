"""Where sandboxes live on disk, and what a crash may leave there.

    DATA_DIR/lock                          the process that serves it
    DATA_DIR/golden-HASH.sqlite            golden databases, made again when they are missing or damaged
    DATA_DIR/sandboxes/NAME/bank.sqlite    a sandbox
    DATA_DIR/sandboxes/NAME/snapshots/     its snapshots: they go where it goes
    DATA_DIR/sandboxes/NAME/recorded       it is being recorded, where several processes serve it
    DATA_DIR/unfinished/                   files on their way in or out
    DATA_DIR/deleted/NAME.MOMENT/          a deleted sandbox, kept for a while (see `deleted`)

Everything is made in `unfinished` and takes its place by one rename, and a sandbox is deleted by one rename out of
`sandboxes`. A crash therefore leaves the old or the new, and at the next start `unfinished` is emptied.
"""

import itertools
import logging
import re
import shutil
from pathlib import Path

from sandbox.sandboxes.problems import InvalidSandboxName

log = logging.getLogger("sandbox")

DATABASE = "bank.sqlite"
RECORDED = "recorded"
"""A file in a sandbox's folder: it is being recorded, by the keeper of several processes that serve it."""
POINTER = "bank.json"
"""What names a sandbox's database on a server."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?", re.ASCII)
_FORMER_GOLDEN = re.compile(r"golden-[0-9a-f]{16}")
_NUMBERS = itertools.count(1)


def why_missing(path: Path) -> str:
    """Why there is no database at `path`, which is the file of one engine or of the other."""
    if any(path.with_name(other).exists() for other in (DATABASE, POINTER)):
        return "its database is of another engine: export it there, and import it here"
    return "its database is missing"


def is_name(name: str) -> bool:
    """Whether a sandbox or a snapshot can have this name, which is that of a folder or a file."""
    return _NAME.fullmatch(name) is not None


def require_name(name: str) -> None:
    """Raises InvalidSandboxName."""
    if not is_name(name):
        raise InvalidSandboxName


class Places:
    """The folders below a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.sandboxes = data_dir / "sandboxes"
        self.deleted = data_dir / "deleted"
        self._unfinished = data_dir / "unfinished"

    def prepare(self) -> None:
        """Make the folders, and finish or undo what a crash left half done. Says so in the log. Raises OSError."""
        for folder in (self.sandboxes, self._unfinished, self.deleted):
            folder.mkdir(parents=True, exist_ok=True)
        for left in sorted(self._unfinished.iterdir()):
            log.warning("removing %s, which was not finished", left.name)
            remove(left)
        self._adopt_former_layout()
        for folder in (self.sandboxes, self.deleted):  # no recording survives the process
            for mark in folder.glob(f"*/{RECORDED}"):
                mark.unlink()

    def names(self) -> list[str]:
        """Every sandbox there is, in order."""
        return sorted(path.name for path in self.sandboxes.iterdir() if path.is_dir())

    def home(self, name: str) -> Path:
        """The folder of a sandbox."""
        return self.sandboxes / name

    def scratch(self, name: str) -> Path:
        """A path of its own for a file or folder on its way in or out, called after what it is for. Raises ValueError
        for what no sandbox can be called: a path may lead anywhere."""
        if not is_name(name):
            raise ValueError(f"{name[:63]!r} is no name of a sandbox")
        return self._unfinished / f"{name}.{next(_NUMBERS)}"

    def _adopt_former_layout(self) -> None:
        """Take over sandboxes from where earlier versions kept them: below the name of their golden database, and
        snapshots below the sandbox's name in a folder that sandboxes of several golden databases shared."""
        folders = [path for path in self.sandboxes.iterdir() if _FORMER_GOLDEN.fullmatch(path.name) and path.is_dir()]
        folders = [path for path in folders if not (path / DATABASE).exists()]
        for folder in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True):  # the latest one first
            for database in sorted(folder.glob("*.sqlite")):
                self._adopt(database)
            shutil.rmtree(folder)

    def _adopt(self, database: Path) -> None:
        name, number = database.stem, 1
        while self.home(name).exists():
            number += 1
            name = f"{database.stem}-{number}"
        scratch = self.scratch("former")
        (scratch / "snapshots").mkdir(parents=True)
        for suffix in ("-wal", "-shm", ""):
            beside = Path(f"{database}{suffix}")
            if beside.exists():
                beside.rename(scratch / f"{DATABASE}{suffix}")
        former = self.data_dir / "snapshots" / database.stem
        if number == 1 and former.is_dir():
            for snapshot in former.glob("*.sqlite"):
                snapshot.rename(scratch / "snapshots" / snapshot.name)
            remove(former)
        scratch.rename(self.home(name))
        log.warning("sandbox %s, kept by an earlier version, is now sandbox %s", database.stem, name)


def remove(path: Path) -> None:
    """Remove a file or a folder, whichever it is."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def size_of(folder: Path) -> int:
    """How many bytes the files in a folder have."""
    return sum(path.lstat().st_size for path in folder.rglob("*"))
