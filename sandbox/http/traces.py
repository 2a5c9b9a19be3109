"""OpenTelemetry traces: a span for each request, sent over OTLP. Imported only where a collector is set."""

import time

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sandbox.http.context import RequestContext
from sandbox.kernel import clock

_PROPAGATION = TraceContextTextMapPropagator()
_PATIENCE = 5  # seconds that an export may take: a collector that is gone must not hold up the end of the server
_PARENT = ("traceparent", "tracestate")


class Traces:
    """Makes a span of each request when its answer has left. A request with `traceparent` (W3C Trace Context) becomes a
    child of the client's span. The spans are sent by a thread of the exporter's own."""

    def __init__(self, endpoint: str) -> None:
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_PATIENCE)
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "cooprogreso-sandbox"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("sandbox")

    def note(self, call: RequestContext, started: int) -> None:
        """Make the span of a request that began when `time.perf_counter_ns` said `started`."""
        ended = clock.wall() * 1000  # nanoseconds, on the machine's clock
        begun = ended - (time.perf_counter_ns() - started)
        carried = {name: value for name in _PARENT if (value := call.header(name.encode())) is not None}
        span = self._tracer.start_span(
            call.operation or call.method,
            context=_PROPAGATION.extract(carried),
            kind=SpanKind.SERVER,
            attributes=_attributes(call),
            start_time=begun,
        )
        if call.status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    def close(self) -> None:
        """Send what is left, and stop. Blocks for as long as an export may take."""
        self._provider.shutdown()


def _attributes(call: RequestContext) -> dict[str, str | int]:
    """The semantic conventions' names for HTTP, and the bank's own beside them. Nothing in them is secret."""
    refused, sandbox = call.refused, call.selected
    told: dict[str, str | int | None] = {
        "http.request.method": call.method,
        "http.response.status_code": call.status or None,
        "error.type": None if refused is None or call.status < 500 else refused.code,
        "sandbox.name": None if sandbox is None else sandbox.name,
        "sandbox.operation": call.operation,
        "sandbox.request_id": call.request_id,
        "sandbox.correlation_id": call.correlation_id,
        "sandbox.problem": None if refused is None else refused.code,
        "sandbox.rule": None if refused is None or refused.rule is None else refused.rule.id,
        "sandbox.fault": call.fault,
    }
    return {name: value for name, value in told.items() if value is not None}
