"""The blocking half of the client, out of the asynchronous one: the same words without `async` and `await`."""

import re

_WORDS = {
    "AsyncIterator": "Iterator",
    "AsyncClient": "Client",
    "AsyncBaseTransport": "BaseTransport",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "aclose": "close",
    "aio": "blocking",
}
_AWAITED = re.compile(r"\basync (?=def|with|for)|\bawait |\basync (?=\w)|\basynchronous ")
_NAMED = re.compile(r"\bAsync(?=[A-Z])")


def blocking(source: str) -> str:
    """The source of a module that blocks. Names lose their `Async`."""
    for awaited, plain in _WORDS.items():
        source = re.sub(rf"\b{awaited}\b", plain, source)
    return _NAMED.sub("", _AWAITED.sub("", _without_parentheses(source)))


def _without_parentheses(source: str) -> str:
    """`(await …)[…]` without the parentheses, which `await` alone needs."""
    start = source.find("(await ")
    while start != -1:
        end = _closing(source, start)
        is_call = source[start - 1 : start].isidentifier()
        if source[end + 1 : end + 2] in ("[", ".") and not is_call:
            source = source[:start] + source[start + 1 : end] + source[end + 1 :]
        start = source.find("(await ", start + 1)
    return source


def _closing(source: str, start: int) -> int:
    """Where the parenthesis that opens at `start` closes."""
    depth = 0
    for place in range(start, len(source)):
        depth += {"(": 1, ")": -1}.get(source[place], 0)
        if not depth:
            return place
    raise ValueError(f"no parenthesis closes {source[start : start + 40]!r}")
