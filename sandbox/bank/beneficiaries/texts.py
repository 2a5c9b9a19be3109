"""What beneficiaries tell: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class BeneficiaryRegistered(NamedTuple):
    """A beneficiary more, by the holder of the account."""

    name: str
