"""The access log: a line for each request, or for those worth a look.

Nothing that a client wrote is in a line as it came, except for the ids that it may choose: a path may hold a code, a
header a token. The line names the operation instead.
"""

import logging
import time
from typing import Any, Literal

from sandbox.domain import redaction
from sandbox.http.context import RequestContext
from sandbox.http.index import RouteIndex
from sandbox.http.logs import fields
from sandbox.kernel import clock

log = logging.getLogger("sandbox.access")

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_LEVELS = {"failure": logging.ERROR, "slow": logging.WARNING}


class AccessLog:
    """Logs requests after their answers have left.

    `notable` logs refusals, failures, calls of the bank that take longer than `slow_ms`, and changes by the control
    plane; `all` logs the rest, too.
    """

    def __init__(self, extent: Literal["notable", "all"], slow_ms: float, index: RouteIndex) -> None:
        self._is_whole = extent == "all"
        self._slow = round(slow_ms * 1_000_000)
        self._words = frozenset(part for route in index.routes for part in route.path.split("/") if part)

    def note(self, call: RequestContext, started: int) -> None:
        """Log a request that began when `time.perf_counter_ns` said `started`, where it is one to log."""
        nanos = time.perf_counter_ns() - started
        kind = self._kind(call, nanos)
        if kind != "request" or self._is_whole:
            level = _LEVELS.get(kind, logging.INFO)
            if log.isEnabledFor(level):
                log.log(level, kind, extra=fields(**self._told(call, kind, nanos)))

    def _kind(self, call: RequestContext, nanos: int) -> str:
        is_wanted = call.fault is not None or call.prefer is not None
        if call.status >= 500 and not is_wanted:
            return "failure"
        if call.refused is not None:
            return "refusal"
        if call.is_banks:
            return "slow" if nanos > self._slow and not is_wanted else "request"
        return "request" if call.method in _READING or call.operation is None else "change"

    def _told(self, call: RequestContext, kind: str, nanos: int) -> dict[str, Any]:
        sandbox, refused = call.selected, call.refused
        told: dict[str, Any] = {
            "sandbox_time": clock.show(call.moment) if call.moment else None,
            "request_id": call.request_id or None,
            "correlation_id": call.correlation_id,
            "sandbox": None if sandbox is None else sandbox.name,
            "member": None if sandbox is None or call.member_id is None else sandbox.ids.name("mem", call.member_id),
            "operation": call.operation,
            "status": call.status,
            "ms": round(nanos / 1_000_000, 2),
        }
        if call.operation is None:
            told["method"] = call.method
            told["path"] = redaction.path(call.path, None, self._words)
        elif kind == "change" and call.status < 400:
            told["name"] = call.path_params.get("name")  # of what there is or was; in a refusal it may be anything
        if refused is not None:
            told["problem"] = refused.code
            told["rule"] = None if refused.rule is None else refused.rule.id
        told["fault"] = call.fault
        return {name: value for name, value in told.items() if value is not None}
