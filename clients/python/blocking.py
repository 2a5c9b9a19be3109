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
    parts = source.split("(await ")
    for number, part in enumerate(parts[1:], 1):
        depth = 1
        for place, character in enumerate(part):
            depth += {"(": 1, ")": -1}.get(character, 0)
            if not depth:
                is_needed = part[place + 1 : place + 2] not in ("[", ".") or parts[number - 1][-1:].isidentifier()
                parts[number] = f"({part}" if is_needed else part[:place] + part[place + 1 :]
                break
    return "".join(parts)
