"""The words that life's rows take."""

from typing import Literal, get_args

Outcome = Literal["posted", "refused", "forgotten"]
"""What came of an order: money moved; there was not enough, or the card refused; the member did not remember."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
