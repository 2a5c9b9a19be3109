"""What notifications tell themselves: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class Accessed(NamedTuple):
    """An access from a device; date and time are local."""

    device: str
    date: str
    time: str
