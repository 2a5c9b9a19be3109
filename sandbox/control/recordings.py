"""Recordings: everything a sandbox was asked from its first moment on, to be asked again elsewhere.

A recording is JSON lines: what the sandbox was made from, then one exchange a line in the order in which they ended.
It holds passwords, codes and tokens as they were sent, because they are sent again: they are those of seeded members.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

from fastapi import Response
from fastapi.responses import StreamingResponse

from sandbox.bank.wire import Moment, View
from sandbox.control.route import control_router
from sandbox.control.sandboxes import registry_of
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.kernel import clock
from sandbox.problems import Problem, Text
from sandbox.sandboxes.journal import Exchange, Recording
from sandbox.sandboxes.sandbox import Sandbox
from sandbox.storage import schema

router = control_router("recordings")
_LINES = "application/jsonl"


class NotRecording(Problem):
    """See its title."""

    code = "not_recording"
    status = 409
    title = Text("No se está grabando", "Nothing is being recorded")
    says = Text("Empieza con POST /_sandbox/recording.", "Begin with POST /_sandbox/recording.")


class RecordingView(View):
    """A recording that goes on: from which moment, and how many exchanges it holds."""

    sandbox: str
    now: Moment
    exchanges: int


@router.post("/recording", operation_id="startRecording", summary="Record from the first moment", status_code=201)
async def start_recording(call: Call) -> RecordingView:
    """Resets the selected sandbox, freezes its clock, and records from there: calls of the bank, and calls of the
    control plane that change this sandbox (an import is none of them). A recording that went on is forgotten."""
    sandbox = await registry_of(call).reset(call.sandbox_name, rate_millis=0)
    sandbox.record()
    return RecordingView(sandbox=sandbox.name, now=clock.show(sandbox.clock.now()), exchanges=0)


@router.get(
    "/recording",
    operation_id="getRecording",
    summary="What was recorded",
    response_class=StreamingResponse,
    responses={**problems(NotRecording), 200: {"content": {_LINES: {"schema": {"type": "string"}}}}},
)
async def get_recording(call: Call) -> StreamingResponse:
    """The recording so far, for `sandbox replay FILE`. It goes on. Its first line says whether it is `whole`: once it
    holds 20,000 exchanges or `SANDBOX_RECORDING_BYTES` bytes, nothing more is taken."""
    recording = call.sandbox.recording
    if recording is None:
        raise NotRecording
    lines = _lines(call.sandbox, call.unit.rules.revision, recording)
    return StreamingResponse(lines, media_type=_LINES)


@router.delete(
    "/recording",
    operation_id="stopRecording",
    summary="Record no more",
    status_code=204,
    responses=problems(NotRecording),
)
async def stop_recording(call: Call) -> Response:
    """It is forgotten; the sandbox goes on as it stands, its clock still frozen."""
    if call.sandbox.recording is None:
        raise NotRecording
    call.sandbox.recording = None
    return Response(status_code=204)


def _lines(sandbox: Sandbox, revision: str, recording: Recording) -> Iterator[str]:
    origin = sandbox.origin
    exchanges = list(recording.exchanges)
    yield _line(
        {
            "recording": 1,
            "seed": origin.seed,
            "members": origin.members,
            "clock_start": clock.show(origin.clock_start),
            "schema_version": schema.version(),
            "rules_revision": revision,
            "whole": recording.is_whole,
        }
    )
    for exchange in exchanges:
        yield _line(
            {
                "request_id": exchange.id,
                "operation_id": exchange.operation_id,
                "method": exchange.method,
                "path": exchange.path,
                "query": exchange.query.decode("latin-1"),
                "headers": _sent(exchange),
                "body": _carried(exchange.request_body),
                "fault": exchange.fault,
                "answer": {
                    "status": exchange.status,
                    "headers": _pairs(exchange.response_headers),
                    "body": _answered(exchange),
                },
            }
        )


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _sent(exchange: Exchange) -> list[tuple[str, str]]:
    """The headers of a request; of the control plane's without its token, which is nobody's but the server's."""
    pairs = _pairs(exchange.request_headers)
    if exchange.path.startswith("/v1/"):
        return pairs
    return [(name, value) for name, value in pairs if name != "authorization"]


def _pairs(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _answered(exchange: Exchange) -> Any:
    """The body of an answer; of a long one `head`, `bytes` and `sha256`, which is enough to compare it exactly."""
    if exchange.response_digest is None:
        return _carried(exchange.response_body)
    return {
        "head": _carried(exchange.response_body),
        "bytes": exchange.response_size,
        "sha256": exchange.response_digest,
    }


def _carried(raw: bytes) -> str | dict[str, str]:
    """Bytes in JSON: as text where they are UTF-8, else in Base64."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}
