"""What the bank says of codes and maximums: the words are in `rules/texts.yaml`."""

from typing import NamedTuple

from sandbox.domain.rules.wording import Phrase


class CodeSent(NamedTuple):
    """A code, by SMS or e-mail; it is good for so many minutes."""

    code: str
    minutes: int


class MaximumRaised(NamedTuple):
    """The maximum of something registered, by its name, is higher now."""

    name: str | Phrase
    maximum: str
