"""What a chapter seeds: a catalogue in a file, what the file may hold, and the rows it becomes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlmodel import SQLModel

from sandbox.domain.institution import Institution


class Seeded(NamedTuple):
    """A row: the table it goes to, and its columns but for the key, which seeding gives in order."""

    table: type[SQLModel]
    columns: Mapping[str, object]


class Seed(NamedTuple):
    """A catalogue of a chapter: the file `seed/catalogues/<name>.yaml`, the model that it must fit, and the rows that
    its document and the institution make. Raises ValueError where the two do not fit together."""

    name: str
    shape: type[BaseModel]
    rows: Callable[[Any, Institution], Iterable[Seeded]]


def require_distinct(what: str, names: Iterable[str]) -> None:
    """Raises ValueError for a name that stands twice."""
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise ValueError(f"two of {what} are called {', '.join(twice)}")
