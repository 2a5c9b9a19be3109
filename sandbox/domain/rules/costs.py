"""What an expression costs to evaluate, estimated where it is compiled, so that no document slows down every request.

The part of CEL that rules use has no loops: no macros and no comprehensions. What is left to bound is the length of an
expression, the lists and texts it holds, and its patterns, which the library compiles anew at each evaluation.
A unit is about three microseconds.
"""

import re
from math import prod

MOST_OF_AN_EXPRESSION = 1_000
MOST_OF_A_DOCUMENT = 10_000
LONGEST_FACT = 1_000
"""Characters of a text among facts that come from outside: expressions may join texts many times."""

# A class of Unicode letters or digits takes 0.28 ms to compile, measured; one of everything but a few takes less.
_WEIGHTS = (
    (re.compile(r"\\[dDsSwWbBpP]|\[\[?:|\(\?[a-z]*[iu]"), 100),
    (re.compile(r"\[\^|\."), 10),
)
_REPEATED = re.compile(r"\{(\d+)(?:,(\d*))?\}")


def of_constant(value: int | str | list[str]) -> int:
    """What a constant adds: each item of a list, each thirty characters of a text."""
    if isinstance(value, list):
        return sum(1 + len(item) // 30 for item in value)
    return len(value) // 30 if isinstance(value, str) else 0


def of_pattern(pattern: str) -> int:
    """What compiling a pattern costs at most: its parts, as often as all its repetitions together may repeat them."""
    parts = len(_REPEATED.sub("", pattern)) + sum(weight * len(found.findall(pattern)) for found, weight in _WEIGHTS)
    counts = (max(_count(found[1]), _count(found[2])) for found in _REPEATED.finditer(pattern))
    return parts * prod(counts)


def _count(digits: str | None) -> int:
    """A repetition's bound; one with more digits than any pattern takes counts as a million."""
    if not digits:
        return 1
    return max(1, int(digits)) if len(digits) < 7 else 1_000_000
