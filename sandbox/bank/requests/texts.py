"""What requests of products tell: the words are in `rules/texts.yaml`."""

from typing import NamedTuple

from sandbox.domain.rules.wording import Phrase


class RequestInReview(NamedTuple):
    """A request is looked at."""

    product: Phrase


class RequestAnswered(NamedTuple):
    """A request has its answer."""

    product: Phrase
