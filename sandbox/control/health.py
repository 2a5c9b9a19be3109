"""Is it alive, is it ready, what is it?"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from sandbox.bank.wire import Moment, View
from sandbox.control.route import control_router
from sandbox.http.call import Call
from sandbox.kernel import clock
from sandbox.storage import schema
from sandbox.sandboxes.registry import Registry

router = control_router("service")
alive = APIRouter(prefix="/_sandbox", tags=["Control: service"])
metrics = APIRouter(tags=["Control: service"])


class Health(View):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(View):
    """The selected sandbox can be used."""

    status: Literal["ready"] = "ready"


class Info(View):
    """What runs here."""

    name: str = "Cooprogreso Sandbox"
    version: str
    sandbox: str
    seed: str
    schema_version: str
    rules_revision: str
    now: Moment


@alive.get("/health", operation_id="getHealth", summary="Alive?")
async def get_health() -> Health:
    """Answers as long as the process does."""
    return Health()


@router.get("/ready", operation_id="getReadiness", summary="Ready?")
async def get_readiness(_: Call) -> Readiness:
    """Answers once the sandbox is seeded and open; the server takes no request before."""
    return Readiness()


@router.get("/info", operation_id="getInfo", summary="What runs here?")
async def get_info(call: Call) -> Info:
    """Version, seed, schema and rules in force."""
    return Info(
        version=version("cooprogreso-sandbox"),
        sandbox=call.sandbox.name,
        seed=call.sandbox.origin.seed,
        schema_version=schema.version(),
        rules_revision=call.unit.rules.revision,
        now=clock.show(call.unit.now),
    )


class _Sandboxes:
    """How many sandboxes there are, and how many of them are awake."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """As Prometheus wants it."""
        yield GaugeMetricFamily("sandbox_sandboxes", "Sandboxes there are.", len(self._registry.names()))
        yield GaugeMetricFamily("sandbox_awake", "Sandboxes whose database is open.", len(self._registry.awake()))


@metrics.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Metrics",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_metrics(request: Request) -> PlainTextResponse:
    """For Prometheus: calls by operation and status, latency histograms by operation, sandboxes, memory."""
    told = CollectorRegistry(auto_describe=False)
    told.register(request.app.state.metrics)
    ProcessCollector(registry=told)
    told.register(_Sandboxes(request.app.state.registry))
    return PlainTextResponse(generate_latest(told), media_type=CONTENT_TYPE_LATEST)
