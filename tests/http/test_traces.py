"""OpenTelemetry traces, as a collector receives them."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.starting import CannotStart
from tests import goldens
from tests.transport import bank_of, serving

pytestmark = pytest.mark.sqlite("HTTP, whatever is behind it")

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Collector:
    """An OTLP collector over HTTP that keeps the spans it gets."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        self.paths: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.paths.add(self.path)
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    collector.services |= {
                        each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
                    }
                    for scope in resource.scope_spans:
                        collector.spans += scope.spans
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


@pytest.fixture
def traced(settings: Settings, tmp_path: Path, collector: Collector) -> Settings:
    own = settings.model_copy(update={"data_dir": tmp_path / "data", "otel_endpoint": collector.url})
    goldens.place(own)
    return own


def attributes(span: Span) -> dict[str, str | int]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_each_request_is_a_span_under_that_of_the_client(traced: Settings, collector: Collector) -> None:
    with serving(create_app(traced)) as client:
        bank = bank_of(client)
        headers = {"traceparent": PARENT, "X-Request-Id": "mine-1", "X-Correlation-Id": "app-1"}
        bank.call("GET", "/v1/products", headers=headers)
        bank.call("GET", "/v1/errors")
    assert (collector.paths, collector.services) == ({"/v1/traces"}, {"cooprogreso-sandbox"})
    refused, plain = collector.spans
    assert (refused.name, refused.kind) == ("getProducts", Span.SpanKind.SPAN_KIND_SERVER)
    assert (refused.trace_id.hex(), refused.parent_span_id.hex()) == (PARENT[3:35], PARENT[36:52])
    assert 0 < refused.end_time_unix_nano - refused.start_time_unix_nano < 10_000_000_000
    assert attributes(refused) == {
        "http.request.method": "GET", "http.response.status_code": 401, "sandbox.name": "default",
        "sandbox.operation": "getProducts", "sandbox.request_id": "mine-1", "sandbox.correlation_id": "app-1",
        "sandbox.problem": "invalid_token",
    }  # fmt: skip
    assert refused.status.code == 0, "a refusal is an answer"
    assert (plain.name, plain.parent_span_id) == ("listErrors", b"")


def test_a_failure_is_an_error_of_its_span(traced: Settings, collector: Collector) -> None:
    with serving(create_app(traced)) as client:
        bank_of(client).call("GET", "/v1/products", headers={"Prefer": "problem=internal_error"})
    (span,) = collector.spans
    assert (span.status.code, attributes(span)["error.type"]) == (2, "internal_error")


def test_without_the_extra_a_collector_cannot_be_set(traced: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sandbox.http.traces", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(CannotStart, match=r"pip install 'cooprogreso-sandbox\[otel\]'"):
        create_app(traced)


@pytest.mark.slow
def test_a_start_imports_neither_traces_nor_what_renders_lines() -> None:
    code = "import sys, sandbox.cli.server, sandbox.cli.main; print(sorted({'opentelemetry.sdk', 'structlog'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
