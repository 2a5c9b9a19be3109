"""Asking again what was recorded, and finding where the answers, or what came of them, part."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from sandbox.cli.terminal import end
from sandbox.domain.redaction import HIDDEN
from sandbox.surfaces import BANK

if TYPE_CHECKING:
    from sandbox.testing import Sandbox

_NOT_SENT_AGAIN = frozenset({"host", "content-length", "connection", "x-sandbox", "transfer-encoding", "x-request-id"})
_HEAD = frozenset({"seed", "members", "clock_start"})
_EXCHANGE = frozenset({"request_id", "method", "path", "query", "headers", "body", "fault", "answer"})
_SHOWN = 60
_NOTHING = "nothing"
Carried = str | dict[str, Any]
"""A body in JSON: text, or `base64`; or `bytes` and `sha256` of one that was not recorded as it was: with what may be
`shown` of it (in older recordings `head`, its beginning)."""


class Difference(NamedTuple):
    """The first place where an answer, or what a request did, is another than the recorded one: its status, body,
    headers or effects, or the connection that broke."""

    number: int
    request: str
    what: str
    recorded: str
    replayed: str


def read(file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A recording: what it was made from, and its exchanges. Ends the command when it is none."""
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        end(f"{file}: {error.strerror}", 2)
    except ValueError as error:
        end(f"{file} is no recording: {error}", 2)
    if not lines or not isinstance(lines[0], dict) or lines[0].get("recording") != 1 or not lines[0].keys() >= _HEAD:
        end(f"{file} is no recording: its first line does not say so", 2)
    for number, line in enumerate(lines[1:], 2):
        if not isinstance(line, dict) or not line.keys() >= _EXCHANGE:
            end(f"{file} is no recording: line {number} is no exchange", 2)
    return lines[0], lines[1:]


def replay(server: "Sandbox", head: dict[str, Any], exchanges: list[dict[str, Any]]) -> Difference | None:
    """Ask a new sandbox, made from the same seed and frozen at the same moment, the same things in the same order,
    until an answer differs; then see whether what was asked before that did the same, too. The sandbox is removed
    afterwards. Ends the command where the server keeps sessions alive that ended when it was recorded."""
    from sandbox.testing import operations

    if server.send(operations.get_info()).get("dev_sessions"):
        end("the server runs in developer mode, in which sessions do not end: start it without SANDBOX_DEV_SESSIONS", 2)
    name = f"replay-{os.getpid()}"
    moment, seed, members = head["clock_start"], head["seed"], head["members"]
    life = head.get("life", "off")  # recordings of earlier versions have none
    with server.create(name, seed=seed, members=members, now=moment, rate=0, life=life) as fresh:
        fresh.record()
        answered = _first_other_answer(fresh, exchanges)
        alike = exchanges if answered is None else exchanges[: answered.number - 1]
        return _first_other_effect(alike, fresh.recording()) or answered


def _first_other_answer(fresh: "Sandbox", exchanges: list[dict[str, Any]]) -> Difference | None:
    for number, exchange in enumerate(exchanges, 1):
        for what, recorded, replayed in _differences(fresh, exchange):
            return Difference(number, _named(exchange), what, recorded, replayed)
    return None


def _first_other_effect(exchanges: list[dict[str, Any]], recording: str) -> Difference | None:
    """Where events, postings or messages differ first, by what the sandbox recorded that was asked again."""
    lines = [json.loads(line) for line in recording.splitlines()[1:]]
    place = 0
    for number, exchange in enumerate(exchanges, 1):
        if place == len(lines) or lines[place]["request_id"] != exchange["request_id"]:
            continue  # a fault cut it before it was noted
        recorded, replayed = exchange.get("effects"), lines[place].get("effects")
        place += 1
        if recorded is None or replayed is None:
            continue  # an earlier version recorded it, or the database was replaced since
        for one, other in zip_longest(recorded, replayed, fillvalue=_NOTHING):
            if one != other:
                return Difference(number, _named(exchange), "effects", one, other)
    return None


def _named(exchange: dict[str, Any]) -> str:
    return f"{exchange['method']} {exchange['path']} ({exchange['request_id']})"


def _differences(fresh: "Sandbox", exchange: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    import httpx2

    is_banks = exchange["path"].startswith(f"{BANK}/")
    headers = {key: value for key, value in exchange["headers"] if key not in _NOT_SENT_AGAIN}
    headers["X-Request-Id"] = exchange["request_id"]
    headers |= fresh.connection.addressed(fresh.name, is_control=not is_banks)
    path = exchange["path"] + (f"?{exchange['query']}" if exchange["query"] else "")
    expected = exchange["answer"]
    client = fresh.connection.client  # sends no header of its own where none was recorded
    try:
        got = client.request(exchange["method"], path, headers=headers, content=_bytes(exchange["body"]))
        status, body, answered = got.status_code, got.content, got.headers.multi_items()
    except (httpx2.RemoteProtocolError, httpx2.ReadError) as error:
        if exchange["fault"] is None:
            yield "connection", str(expected["status"]), f"{type(error).__name__} {error}"
        return  # a fault broke this connection, as it broke the recorded one
    if status != expected["status"]:
        yield "status", str(expected["status"]), f"{status} {body[:200].decode('utf-8', 'replace')}"
    if not is_banks:
        return  # the control plane speaks of the sandbox by its name
    if not _is_same(expected["body"], body):
        yield "body", *_apart(expected["body"], body)
    recorded_headers = sorted((key.lower(), value) for key, value in expected["headers"])
    replayed_headers = sorted((key.lower(), value) for key, value in answered)
    for one, other in zip(recorded_headers, replayed_headers, strict=False):
        if one != other:
            yield "headers", ": ".join(one), ": ".join(other)
    if len(recorded_headers) != len(replayed_headers):
        yield "headers", str(recorded_headers), str(replayed_headers)


def _is_same(recorded: Carried, body: bytes) -> bool:
    """Whether an answer's body is the recorded one, which may be known by its size and SHA-256 alone."""
    if _is_cut(recorded):
        return (len(body), hashlib.sha256(body).hexdigest()) == (recorded["bytes"], recorded["sha256"])
    return body == _bytes(recorded)


def _apart(recorded: Carried, body: bytes) -> tuple[str, str]:
    """Where two bodies part. They may do so in what was not recorded: then sizes and hashes are shown."""
    if not _is_cut(recorded):
        return _around(_bytes(recorded), body)
    if "head" in recorded and not body.startswith(_bytes(recorded["head"])):
        return _around(_bytes(recorded["head"]), body)
    place = next(_other_values(recorded.get("shown", HIDDEN), _parsed(body), "body"), None)
    if place is not None:
        return place
    return (
        f"{recorded['bytes']} bytes, SHA-256 {recorded['sha256']}",
        f"{len(body)} bytes, SHA-256 {hashlib.sha256(body).hexdigest()}",
    )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _other_values(shown: Any, answered: Any, place: str) -> Iterator[tuple[str, str]]:
    """Where what is shown of a recorded JSON and an answered one differ; what is redacted is not compared."""
    if shown == HIDDEN:
        return
    if isinstance(shown, dict) and isinstance(answered, dict):
        for name in {**shown, **answered}:
            yield from _other_values(shown.get(name, HIDDEN), answered.get(name), f"{place}.{name}")
    elif isinstance(shown, list) and isinstance(answered, list) and len(shown) == len(answered):
        for number, (one, other) in enumerate(zip(shown, answered, strict=True)):
            yield from _other_values(one, other, f"{place}.{number}")
    elif shown != answered:
        one, other = (json.dumps(each, ensure_ascii=False)[:_SHOWN] for each in (shown, answered))
        yield f"{place}: {one}", f"{place}: {other}"


def _around(one: bytes, other: bytes) -> tuple[str, str]:
    """Both from a little before the first byte that differs."""
    shorter = min(len(one), len(other))
    place = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    start = max(0, place - _SHOWN // 2)
    shown = [f"…{each[start : start + _SHOWN].decode('utf-8', 'replace')}…" for each in (one, other)]
    return shown[0], shown[1]


def _is_cut(carried: Carried) -> TypeGuard[dict[str, Any]]:
    return isinstance(carried, dict) and "sha256" in carried


def _bytes(carried: Carried) -> bytes:
    return carried.encode() if isinstance(carried, str) else base64.b64decode(carried["base64"])
