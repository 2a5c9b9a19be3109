"""What the life of sandboxes needs of a database engine. All of it but `store` is for threads."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sandbox.kernel.clock import Micros
from sandbox.sandboxes.census import Listed
from sandbox.sandboxes.contents import Contents
from sandbox.sandboxes.places import Places
from sandbox.storage.connection import Connection
from sandbox.storage.store import Store
from sandbox.storage.unit import UnitOfWork


class Handle(Protocol):
    """An open database. `connection` is what a store attaches."""

    @property
    def connection(self) -> Any: ...

    def close(self) -> None:
        """Close it."""


H = TypeVar("H", bound=Handle)


class Database(Protocol, Generic[H]):
    """The database of one sandbox. Everything but `open` is called with the sandbox's turn held.

    `path` is the file in the sandbox's folder that is the database, or that says which one it is: whatever takes the
    place of that file takes the place of the database.
    """

    path: Path

    def open(self, *, is_new: bool) -> tuple[H, Contents]:
        """It, open, and what it says of itself. `is_new` counts a start of the sandbox. Raises SandboxDamaged,
        SandboxOfAnotherVersion."""

    def close(self, handle: H) -> None:
        """Close it."""

    def close_whole(self, handle: H) -> None:
        """Close it so that it can be replaced. Raises DatabaseInUse: then it stays open."""

    def put(self, incoming: Path) -> None:
        """Replace it by the one at `incoming`, by one rename."""

    def copy(self, handle: H, scratch: Path, target: Path, now: Micros) -> None:
        """Make another sandbox's database of it at `target`, by way of `scratch`, its clock stopped at `now`."""

    def image(self, handle: H, scratch: Path, target: Path, now: Micros) -> int:
        """Write it as one SQLite file to `target`, by way of `scratch`, the copy's clock stopped at `now`; the bytes of
        that file. Raises FileExistsError."""

    def image_as_it_is(self, target: Path) -> None:
        """Write it as one SQLite file while it is closed, whatever its version."""

    def fold_beside(self) -> None:
        """Tidy up what writing left, as far as readers allow."""

    def fold(self, handle: H) -> None:
        """Tidy up the rest. Raises DatabaseInUse."""

    def log_size(self) -> int:
        """How many bytes `fold` would tidy up."""

    def is_in_place(self, handle: H) -> bool:
        """Whether the open database is still the one whose file lies in the sandbox's folder."""

    def is_another(self) -> bool:
        """Whether another process has put another database in place since this one was opened."""

    def doubt(self) -> None:
        """Check it before it is used again."""


class Engine(Protocol):
    """Where databases of sandboxes live. A path to a database is that of the file that stands for it: `file` in a
    sandbox's folder, or a scratch file on its way there."""

    file: str

    @property
    def unit(self) -> type[UnitOfWork]:
        """What its units of work are."""

    def prepare(self, places: Places) -> None:
        """Get ready to serve, and finish or undo what a crash left half done."""

    def store(self) -> Store:
        """A store for a sandbox, closed."""

    def database(self, name: str, home: Path) -> Database[Any]:
        """The database of the sandbox `name` in the folder `home`."""

    def copy_golden(self, golden: Path, target: Path, facts: dict[str, str]) -> None:
        """Make a database of a golden file at `target`, with these facts."""

    def take_in(self, path: Path) -> None:
        """Make a database of the SQLite file at `path`, which stands for it from then on. Raises FileRefused where the
        engine cannot store what it holds."""

    def connected(self, path: Path) -> AbstractContextManager[Connection]:
        """A connection to a database that nothing has open."""

    def number_on(self, connection: Connection) -> None:
        """Have the next keys be those behind the rows that are there, some of which brought theirs."""

    def remove(self, path: Path) -> None:
        """Remove a database that nothing has open and no sandbox has; one that is not there is no error."""

    def remove_home(self, home: Path) -> None:
        """Remove the folder of a sandbox, which was moved out of its place, with its database."""

    def size_of(self, home: Path) -> int:
        """How many bytes a sandbox takes whose folder was moved to `home`, with its snapshots."""

    def believe(self, path: Path) -> None:
        """Take the database at `path` for whole, if it is still there: it was just made."""

    def inspect(self, path: Path) -> None:
        """Read a database through that is not in use, unless it is known. Raises FileRefused, FileNotFoundError."""

    def in_use(self, name: str, path: Path) -> Listed:
        """The sandbox `name`, whose database is open."""

    def look_at(self, name: str, path: Path) -> Listed:
        """The sandbox `name`, as its database tells at a glance."""

    def close(self) -> None:
        """Give up what was kept for the next sandbox."""
