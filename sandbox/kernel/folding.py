"""Text as searches compare it: «LUCÍA», «lucía» and «lucia» are one."""

import unicodedata


def folded(text: str) -> str:
    """`text` without case and accents (Unicode: full case folding, then compatibility decomposition without marks)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()
