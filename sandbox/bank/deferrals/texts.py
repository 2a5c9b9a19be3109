"""What deferrals tell: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class DeferralMade(NamedTuple):
    """A deferral that began."""

    principal: str
    months: int


class DeferralPrepaid(NamedTuple):
    """A deferral paid before its end."""

    total: str
