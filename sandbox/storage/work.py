"""What a sandbox is able to do, as a unit of work finds it there."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Work(NamedTuple):
    """Operations by their kind, and sources of due work in the order in which they run when they are due at once.

    The bank declares both and gives them their types (`Operation`, `Source`); this layer only carries them.
    """

    operations: Mapping[str, Any]
    sources: tuple[Any, ...]
