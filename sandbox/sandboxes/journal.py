"""The request journal: a bounded ring in memory, outside any transaction, so that failed calls are in it too.

The hot path stores raw bytes; reading, decoding and redacting is done when someone looks.
"""

import json
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from sandbox.kernel import clock

HIDDEN = "[redacted]"
_BODY_SHOWN = 16_384
_SECRET_FIELDS = frozenset(
    {
        "password", "new_password", "current_password", "confirmation", "password_confirmation", "access_token",
        "refresh_token", "token", "signature", "secret", "control_token",
    }
)  # fmt: skip
_SECRET_HEADERS = frozenset({b"authorization", b"cookie", b"set-cookie", b"x-control-token"})
_SECRET_IN_TEXT = re.compile(rf'("(?:{"|".join(sorted(_SECRET_FIELDS))})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^,}}\]\s]+)')
_CODE_IN_TEXT = re.compile(r'("code"\s*:\s*)"?[0-9]+"?')


class Exchange(NamedTuple):
    """One request and its answer, as bytes went by."""

    id: str
    moment: int
    method: str
    path: str
    query: bytes
    request_headers: list[tuple[bytes, bytes]]
    request_body: bytes
    status: int
    response_headers: list[tuple[bytes, bytes]]
    response_body: bytes
    duration_us: int
    operation_id: str | None
    member_id: int | None
    fault: str | None

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
            "request": {"headers": _headers(self.request_headers), "body": _body(self.request_body)},
            "response": {"headers": _headers(self.response_headers), "body": _body(self.response_body)},
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
