"""What transfers tell: the words are in `rules/texts.yaml`."""

from typing import NamedTuple

from sandbox.domain.rules.wording import Phrase


class TransferReceived(NamedTuple):
    """To the beneficiary of a transfer within the cooperative; the reference may be empty."""

    amount: str
    number: str
    reference: str


class InterbankTransferReceived(NamedTuple):
    """To the beneficiary at another bank; the reference may be empty."""

    amount: str
    number: str
    bank: str
    reference: str


class TransferSent(NamedTuple):
    """To the sender."""

    amount: str
    name: str
    number: str


class TransferReturned(NamedTuple):
    """To the sender of money that came back; `reason` is a sentence."""

    amount: str
    name: str
    reason: Phrase
