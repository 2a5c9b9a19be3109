"""What cards tell: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class CardPaid(NamedTuple):
    """A payment to a card of the cooperative or of another bank."""

    amount: str
    number: str


class CardRegistered(NamedTuple):
    """A card of another bank registered."""

    number: str
    bank: str


class StatementCut(NamedTuple):
    """A statement that something is owed by."""

    number: str
    balance: str
