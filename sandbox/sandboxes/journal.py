"""The request journal and the recording: exchanges in memory, bounded in number and in bytes.

They stand outside any transaction, so that failed calls are in them, too. The hot path stores raw bytes; decoding and
redacting is done when a client asks.
"""

import hashlib
import json
import re
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from sandbox.kernel import clock

HIDDEN = "[redacted]"
BODY_KEPT = 65_536
"""How many bytes of a body are kept. Of a longer one, the head and the size are."""
LONGEST_RECORDING = 20_000
"""How many exchanges a recording holds at most."""
_BODY_SHOWN = 16_384
# What an exchange and each of its headers take besides their text, in CPython's objects (sys.getsizeof, rounded up).
_PER_EXCHANGE = 1024
_PER_HEADER = 128
_SECRET_FIELDS = frozenset(
    {
        "password", "new_password", "current_password", "confirmation", "password_confirmation", "access_token",
        "refresh_token", "token", "signature", "secret", "control_token",
    }
)  # fmt: skip
_SECRET_HEADERS = frozenset({b"authorization", b"cookie", b"set-cookie", b"x-control-token"})
_SECRET_IN_TEXT = re.compile(rf'("(?:{"|".join(sorted(_SECRET_FIELDS))})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^,}}\]\s]+)')
_CODE_IN_TEXT = re.compile(r'("code"\s*:\s*)"?[0-9]+"?')


class Passing:
    """A response body that passes in chunks: keeps its head, its size and, where `hashed`, its SHA-256.

    Never holds more than `BODY_KEPT` bytes, however long the body is.
    """

    __slots__ = ("_chunks", "_hash", "size")

    def __init__(self, *, hashed: bool) -> None:
        self.size = 0
        self._chunks: list[bytes] = []
        self._hash = hashlib.sha256() if hashed else None

    def take(self, chunk: bytes) -> None:
        """Count the next chunk."""
        room = BODY_KEPT - self.size
        if room > 0:
            self._chunks.append(chunk if len(chunk) <= room else chunk[:room])
        self.size += len(chunk)
        if self._hash is not None:
            self._hash.update(chunk)

    @property
    def head(self) -> bytes:
        """The first `BODY_KEPT` bytes."""
        chunks = self._chunks
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    @property
    def digest(self) -> str | None:
        """SHA-256 of the whole body in hexadecimal, where it is asked for and the head is not all of it."""
        return self._hash.hexdigest() if self._hash is not None and self.size > BODY_KEPT else None


class Exchange(NamedTuple):
    """One request and its answer, as bytes went by. Of long bodies the head: the sizes are those of the whole."""

    id: str
    moment: int
    method: str
    path: str
    query: bytes
    request_headers: list[tuple[bytes, bytes]]
    request_body: bytes
    request_size: int
    status: int
    response_headers: list[tuple[bytes, bytes]]
    response_body: bytes
    response_size: int
    response_digest: str | None
    duration_us: int
    operation_id: str | None
    member_id: int | None
    fault: str | None

    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        headers = self.request_headers + self.response_headers
        return (
            _PER_EXCHANGE
            + _PER_HEADER * len(headers)
            + sum(map(len, chain.from_iterable(headers)))
            + len(self.path)
            + len(self.query)
            + len(self.request_body)
            + len(self.response_body)
        )

    def view(self) -> dict[str, Any]:
        """What may be shown: passwords, codes and tokens redacted in headers, bodies and query."""
        return {
            "id": self.id,
            "at": clock.show(self.moment),
            "method": self.method,
            "path": self.path,
            "query": _redacted_query(self.query),
            "operation_id": self.operation_id,
            "status": self.status,
            "fault": self.fault,
            "duration_ms": round(self.duration_us / 1000, 3),
            "request": _side(self.request_headers, self.request_body, self.request_size),
            "response": _side(self.response_headers, self.response_body, self.response_size),
        }


class Journal:
    """The latest exchanges, oldest first: at most `exchanges` of them, of at most `size` bytes together."""

    __slots__ = ("_kept", "_most", "_room", "_weights")

    def __init__(self, exchanges: int, size: int) -> None:
        self._most = exchanges
        self._room = size
        self._kept: deque[Exchange] = deque()
        self._weights: deque[int] = deque()

    def add(self, exchange: Exchange) -> None:
        """Keep it, and drop as many of the oldest as it takes."""
        weight = exchange.weight()
        self._kept.append(exchange)
        self._weights.append(weight)
        self._room -= weight
        while self._room < 0 or len(self._kept) > self._most:
            self._kept.popleft()
            self._room += self._weights.popleft()

    def clear(self) -> None:
        """Forget every exchange."""
        self._room += sum(self._weights)
        self._kept.clear()
        self._weights.clear()

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._kept)

    def __reversed__(self) -> Iterator[Exchange]:
        return reversed(self._kept)


class Recording:
    """Exchanges from a sandbox's first moment on. Once one finds no room, no later one is taken: it has no holes."""

    __slots__ = ("_room", "exchanges", "is_whole")

    def __init__(self, size: int) -> None:
        self._room = size
        self.exchanges: list[Exchange] = []
        self.is_whole = True

    def add(self, exchange: Exchange, request_body: bytes) -> None:
        """Keep it with all of its request's body, which is sent again when the recording is replayed."""
        if not self.is_whole:
            return
        whole = exchange._replace(request_body=request_body)
        self._room -= whole.weight()
        if self._room < 0 or len(self.exchanges) >= LONGEST_RECORDING:
            self.is_whole = False
        else:
            self.exchanges.append(whole)


def _side(headers: list[tuple[bytes, bytes]], body: bytes, size: int) -> dict[str, Any]:
    return {
        "headers": _headers(headers),
        "body": _body(body),
        "body_bytes": size,
        "truncated": size > _BODY_SHOWN,
    }


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {
        name.decode("latin-1"): HIDDEN if name.lower() in _SECRET_HEADERS else value.decode("latin-1")
        for name, value in raw
    }


def _redacted_query(query: bytes) -> str:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, HIDDEN if name in _SECRET_FIELDS else value) for name, value in pairs])


def _body(raw: bytes) -> Any:
    """The body as JSON where it is JSON, else as text; secrets hidden either way."""
    if not raw:
        return None
    if len(raw) <= _BODY_SHOWN:
        try:
            return _redacted(json.loads(raw))
        except (ValueError, RecursionError):
            pass  # not JSON: shown as text below
    text = _SECRET_IN_TEXT.sub(rf'\1"{HIDDEN}"', raw[:_BODY_SHOWN].decode("utf-8", "replace"))
    return _CODE_IN_TEXT.sub(rf'\1"{HIDDEN}"', text)


def _redacted(value: Any, name: str = "") -> Any:
    if isinstance(value, str) and (name in _SECRET_FIELDS or (name == "code" and value.isdigit())):
        return HIDDEN
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # half a surrogate pair is JSON, but no answer can carry it
    if isinstance(value, dict):
        return {_redacted(key): _redacted(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_redacted(inner, name) for inner in value]
    return value
