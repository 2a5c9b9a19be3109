"""What referrals tell: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class AppRecommended(NamedTuple):
    """What a member shares."""

    link: str
