"""Content negotiation (RFC 9110, section 12): the language and the media type that a client prefers.

Clients send the same few headers again and again, so what they mean is worked out once.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, get_args

from sandbox.domain.vocabulary import Language

LANGUAGES = get_args(Language)


class _Range(NamedTuple):
    """One entry of the header: a language or media range in lower case, and its weight from 0 to 1."""

    name: str
    weight: float


@lru_cache(maxsize=512)
def language(accepted: bytes) -> Language:
    """`es` or `en`, whichever has the higher weight; of equal ones the first in the header. Spanish by default."""
    ranges = list(_ranges(accepted))
    weights = {}
    for offered in LANGUAGES:
        places = [place for place, each in enumerate(ranges) if each.name.partition("-")[0] == offered]
        places = places or [place for place, each in enumerate(ranges) if each.name == "*"]
        weights[offered] = max(((ranges[place].weight, -place) for place in places), default=(0.0, 0))
    return "en" if weights["en"] > weights["es"] and weights["en"][0] > 0 else "es"


@lru_cache(maxsize=512)
def media_type(accepted: bytes, offered: tuple[str, ...]) -> str:
    """The one of `offered` with the highest weight by its most specific range; of equal ones the one that is named more
    exactly, then the first offered. The first, too, where none is acceptable."""
    ranges = list(_ranges(accepted))
    best, found = (0.0, 0), offered[0]
    for each in offered:
        exactness, weight = _quality(each, ranges)
        if weight > 0 and (weight, exactness) > best:
            best, found = (weight, exactness), each
    return found


def _quality(offered: str, ranges: list[_Range]) -> tuple[int, float]:
    """How exactly the most specific range names a media type (0: not at all), and its weight."""
    names = (offered, f"{offered.partition('/')[0]}/*", "*/*")
    for exactness, name in zip((3, 2, 1), names, strict=True):
        weights = [each.weight for each in ranges if each.name == name]
        if weights:
            return exactness, max(weights)
    return 0, 0.0


def _ranges(accepted: bytes) -> Iterator[_Range]:
    for entry in accepted.decode("latin-1").lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weight = _weight(value.strip())
        if name:
            yield _Range(name, weight)


def _weight(text: str) -> float:
    """A weight as section 12.4.2 writes it; one that is malformed counts as none, so that its range is not chosen."""
    whole, _, fraction = text.partition(".")
    if whole not in ("0", "1") or (fraction and not (fraction.isascii() and fraction.isdigit())):
        return 0.0
    return min(float(text), 1.0)
