"""What requests of products tell: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class RequestInReview(NamedTuple):
    """A request is looked at."""

    product: str


class RequestAnswered(NamedTuple):
    """A request has its answer."""

    product: str
