"""Recordings: everything a sandbox was asked from its first moment on, to be asked again elsewhere.

A recording is JSON lines: what the sandbox was made from, then one exchange a line in the order in which they ended.
Of the requests it holds what a replay sends again, and nothing else: path, query and body, in which there are passwords
and codes of made-up members; their tokens; the few headers that the bank acts upon. Of the answers it holds what may be
shown, and the hash of the rest; of what a request did, a line for each event, posting and message. It never holds the
control token, wherever that was sent.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote, quote_plus

from fastapi.responses import StreamingResponse

from sandbox.bank.wire import Moment, View
from sandbox.control import redacted
from sandbox.control.effects import Effects
from sandbox.control.one_bank import of_one_bank
from sandbox.control.redacted import Declarations
from sandbox.control.route import notes_router
from sandbox.domain.redaction import HIDDEN
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.kernel import clock
from sandbox.problem import Problem, Text
from sandbox.sandboxes.journal import Exchange, Recording
from sandbox.storage import schema
from sandbox.storage.schema import Origin
from sandbox.surfaces import BANK

router = notes_router("recordings")
_LINES = "application/jsonl"
_ACTED_UPON = frozenset(
    {
        b"accept", b"accept-language", b"access-control-request-headers", b"access-control-request-method",
        b"content-type", b"idempotency-key", b"origin", b"prefer", b"x-app-version",
    }
)  # fmt: skip
_WEBHOOK = "createWebhook"
# A token as the bank gives them. Another one is refused whatever it is.
_ISSUED = re.compile(rb"(?i:bearer) [0-9a-f]{64}")


class NotRecording(Problem):
    """The sandbox is not being recorded."""

    code = "not_recording"
    status = 409
    title = Text("No se está grabando", "Nothing is being recorded")
    says = Text("Empieza con POST /_sandbox/recording.", "Begin with POST /_sandbox/recording.")


class SessionsDoNotEnd(Problem):
    """The server keeps sessions alive, which no replay could repeat."""

    code = "sessions_do_not_end"
    status = 409
    title = Text("Las sesiones no terminan", "Sessions do not end")
    says = Text(
        "En modo de desarrollo las sesiones sobreviven a un reset, y una grabación no se podría repetir. Inicia el "
        "servidor sin SANDBOX_DEV_SESSIONS (sin --dev) para grabar.",
        "In developer mode sessions outlive a reset, so that a recording could not be repeated. Start the server "
        "without SANDBOX_DEV_SESSIONS (without --dev) to record.",
    )


class RecordingView(View):
    """A recording that goes on: from which moment, and how many exchanges it holds."""

    sandbox: str
    now: Moment
    exchanges: int


@router.post(
    "/recording",
    operation_id="startRecording",
    summary="Start a recording",
    status_code=201,
    responses=problems(SessionsDoNotEnd),
)
async def start_recording(call: Call) -> RecordingView:
    """Resets the selected sandbox, freezes its clock, and records from there: calls of the bank, and calls of the
    control plane that change this sandbox (except imports). A recording in progress is discarded. Refused
    in developer mode, which keeps sessions alive."""
    if call.server.settings.dev_sessions:
        raise SessionsDoNotEnd
    sandbox = await call.server.registry.reset(call.sandbox_name, is_recorded=True)
    return RecordingView(sandbox=sandbox.name, now=clock.show(sandbox.clock.now()), exchanges=0)


@router.get(
    "/recording",
    operation_id="getRecording",
    summary="Get the recording",
    response_class=StreamingResponse,
    responses={**problems(NotRecording), 200: {"content": {_LINES: {"schema": {"type": "string"}}}}},
)
async def get_recording(call: Call) -> StreamingResponse:
    """The recording so far, for `sandbox replay FILE`. It goes on. Its first line says whether it is `whole`: once it
    holds 20,000 exchanges or `SANDBOX_RECORDING_BYTES` bytes, or a worker has ended with a part of it, nothing more is
    taken. Each exchange comes with its `effects`: events, ledger postings and messages, a line each, those of due work
    with the call that moved the clock; but for those before the latest reset, restore or import.
    """
    recording, effects = await of_one_bank(call, lambda: _read(call))
    declarations = redacted.declarations(call.server.index)
    token = call.server.settings.control_token
    writer = _Writer(declarations, token, call.server.correlation_header, recording, effects)
    lines = writer.lines(call.sandbox.origin, call.unit.rules.revision)
    return StreamingResponse(lines, media_type=_LINES)


async def _read(call: Call) -> tuple[Recording, Effects]:
    """The recording so far, and what it did by the database. Raises NotRecording."""
    recording = call.sandbox.notes.recording
    if recording is None:
        raise NotRecording
    recording = recording.so_far()
    effects = Effects(recording, call.sandbox.origin.clock_start)
    await effects.read(call.unit)
    return recording, effects


@router.delete(
    "/recording",
    operation_id="stopRecording",
    summary="Discard the recording",
    status_code=204,
    responses=problems(NotRecording),
)
async def stop_recording(call: Call) -> None:
    """Discard the recording. The sandbox keeps its state and its frozen clock."""
    if call.sandbox.notes.recording is None:
        await call.unit.hold_turn()  # raises SandboxNotFound where a deletion has ended the recording
        raise NotRecording
    await call.sandbox.notes.stop_recording()


class _Writer:
    """Writes a recording down as lines."""

    def __init__(
        self,
        declarations: Declarations,
        control_token: str | None,
        correlation_header: bytes,
        recording: Recording,
        effects: Effects,
    ) -> None:
        self._declarations = declarations
        self._exchanges = recording.exchanges
        self._effects = effects
        self._is_whole = recording.is_whole
        self._life = recording.life
        self._secrets = _spellings(control_token)
        self._correlation_header = correlation_header
        self._matched = frozenset(chain.from_iterable(map(_headers_matched, self._exchanges)))

    def lines(self, origin: Origin, revision: str) -> Iterator[str]:
        """What the sandbox was made from, then the exchanges."""
        yield _line(
            {
                "recording": 1,
                "seed": origin.seed,
                "members": origin.members,
                "clock_start": clock.show(origin.clock_start),
                "life": self._life,
                "schema_version": schema.version(),
                "rules_revision": revision,
                "whole": self._is_whole,
            }
        )
        for place, exchange in enumerate(self._exchanges):
            if exchange.operation_id != _WEBHOOK or exchange.status == 201:  # a refused one has changed nothing
                effects = self._effects.of(place)
                yield _line(self._told(exchange) | ({} if effects is None else {"effects": effects}))

    def _told(self, exchange: Exchange) -> dict[str, Any]:
        is_banks = exchange.path.startswith(f"{BANK}/")
        asked = exchange.request_body if is_banks else _without_webhook_secret(exchange)
        return {
            "request_id": exchange.id,
            "operation_id": exchange.operation_id,
            "method": exchange.method,
            "path": self._clean(exchange.path.encode()).decode(),
            "query": self._clean(exchange.query).decode("latin-1"),
            "headers": _pairs(self._sent(exchange)),
            "body": _carried(self._clean(asked)),
            "fault": exchange.fault,
            "answer": {
                "status": exchange.status,
                "headers": _pairs(exchange.response_headers) if is_banks else [],
                "body": self._answered(exchange) if is_banks else "",
            },
        }

    def _sent(self, exchange: Exchange) -> Iterator[tuple[bytes, bytes]]:
        """The headers that the bank acts upon. On the control plane the token is the server's: who replays has one."""
        is_banks = exchange.path.startswith(f"{BANK}/")
        for name, value in exchange.request_headers:
            if name == b"authorization" and is_banks:
                yield name, self._clean(_authorization(value))
            elif name == self._correlation_header:
                if exchange.correlation_id is not None:  # another value was ignored
                    yield name, value
            elif name in _ACTED_UPON or (name, value) in self._matched:
                yield name, self._clean(value)

    def _answered(self, exchange: Exchange) -> Any:
        """The body of an answer where all of it may be shown; else `shown`, and `bytes` and `sha256` to compare it."""
        raw = exchange.response_body
        shown = self._declarations.answer(exchange)
        if exchange.response_digest is None and (not raw or (shown != HIDDEN and shown == json.loads(raw))):
            return _carried(raw)
        digest = exchange.response_digest or hashlib.sha256(raw).hexdigest()
        return {"shown": shown, "bytes": exchange.response_size, "sha256": digest}

    def _clean(self, raw: bytes) -> bytes:
        for secret in self._secrets:
            raw = raw.replace(secret, HIDDEN.encode())
        return raw


def _spellings(control_token: str | None) -> list[bytes]:
    """The control token as it may stand in a header, in JSON or in a query."""
    if control_token is None:
        return []
    forms = (control_token, json.dumps(control_token)[1:-1], json.dumps(control_token, ensure_ascii=False)[1:-1])
    written = (*forms, quote(control_token, safe=""), quote_plus(control_token), quote(control_token))
    return sorted({form.encode() for form in written}, key=len, reverse=True)


def _authorization(value: bytes) -> bytes:
    """A member's token as it was sent; any other text so that it is refused in the same way."""
    if _ISSUED.fullmatch(value):
        return value
    scheme, _, token = value.partition(b" ")
    return scheme + b" " + HIDDEN.encode() if scheme.lower() == b"bearer" and token else HIDDEN.encode()


def _headers_matched(exchange: Exchange) -> Iterator[tuple[bytes, bytes]]:
    """Headers that a fault ordered by this exchange looks for: a replay has to send them, too."""
    if not exchange.path.startswith("/_sandbox/faults") or exchange.status != 201:
        return
    for name, value in json.loads(exchange.request_body).get("match", {}).get("headers", {}).items():
        yield name.lower().encode(), value.encode()


def _without_webhook_secret(exchange: Exchange) -> bytes:
    """A replayed webhook gets a secret of its own, so that of the recorded one is not needed."""
    if exchange.operation_id != _WEBHOOK:
        return exchange.request_body
    return json.dumps(json.loads(exchange.request_body) | {"secret": None}).encode()


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _pairs(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _carried(raw: bytes) -> str | dict[str, str]:
    """Bytes in JSON: as text where they are UTF-8, else in Base64."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}
