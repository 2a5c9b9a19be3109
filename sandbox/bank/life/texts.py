"""What members are told of what happens by itself: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class SalaryCredited(NamedTuple):
    """A salary or a pension arrived."""

    amount: str
    number: str
    reference: str


class RemittanceCredited(NamedTuple):
    """Money from abroad arrived."""

    amount: str
    number: str
    reference: str


class SaleCredited(NamedTuple):
    """A customer paid."""

    amount: str
    number: str
    reference: str


class TransferCredited(NamedTuple):
    """A transfer arrived."""

    amount: str
    number: str
    reference: str


class InstalmentForgotten(NamedTuple):
    """An instalment of a loan waits to be paid."""

    amount: str
    number: str


class CardPaymentForgotten(NamedTuple):
    """A card waits to be paid."""

    amount: str
    number: str
    day: str
