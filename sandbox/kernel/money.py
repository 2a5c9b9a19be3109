"""Money is an integer number of cents; it is text with two decimals only where it crosses the wire."""

import re
from functools import lru_cache
from typing import NewType

Cents = NewType("Cents", int)

LARGEST = Cents(999_999_999_99)

_WRITTEN = re.compile(r"([0-9]{1,9})\.([0-9]{2})", re.ASCII)


def parse(text: str) -> Cents:
    """The cents written in `text`: ASCII digits, a point, two decimals (`"10.00"`), without sign.

    Raises ValueError for anything else, among it `1`, `1.5`, `1.001`, `-1.00`, `1e3`, `NaN` and full-width digits.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError("not an amount with two decimals")
    return Cents(int(written[1]) * 100 + int(written[2]))


@lru_cache(maxsize=4096)  # answers tell few amounts, zero and fees among them, and the same ones again
def show(cents: int) -> str:
    """`cents` as the wire has it: `"0.05"`, `"-1.75"`, `"1000.00"`."""
    if cents > 99:
        digits = str(cents)
        return f"{digits[:-2]}.{digits[-2:]}"
    if cents < 0:
        return f"-{-cents // 100}.{-cents % 100:02d}"
    return f"{cents // 100}.{cents % 100:02d}"


def percent_of(cents: int, basis_points: int) -> Cents:
    """`basis_points` hundredths of a percent of a non-negative amount, rounded half up to the cent."""
    return Cents((cents * basis_points * 2 + 10_000) // 20_000)


def rounded(numerator: int, denominator: int) -> int:
    """A quotient of non-negative integers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)
