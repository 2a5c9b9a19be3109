"""Text as searches compare it: «LUCÍA», «lucía» and «lucia» are one."""

import unicodedata
from functools import lru_cache


def searched(*parts: str | None) -> str:
    """What the searches of a row look through: its parts that are there, folded, a line each. No part of a word that a
    client looks for spans two of them."""
    return "\n".join(folded(part) for part in parts if part)


def folded(text: str) -> str:
    """`text` without case and accents (Unicode: full case folding, then compatibility decomposition without marks)."""
    if text.isascii():
        return text.lower()
    return " ".join(map(_folded, text.split(" ")))  # no rule of Unicode looks across a space


@lru_cache(maxsize=4096)  # names come again: decomposing one takes as long as writing its row
def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()
