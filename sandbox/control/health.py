"""Is it alive, is it ready, what is it?"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Annotated, ClassVar, Literal

from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from pydantic import Field

from sandbox.bank.wire import Moment, View
from sandbox.control.route import control_router, probe_router
from sandbox.domain.life.behaviours import Level
from sandbox.http.answers import Answer
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.http.metrics import Metrics
from sandbox.kernel import clock
from sandbox.problem import Extras, Problem, Sample, Text
from sandbox.problems import SandboxNotFound
from sandbox.sandboxes import survey
from sandbox.sandboxes.problems import SandboxElsewhere
from sandbox.sandboxes.registry import Registry
from sandbox.storage import schema
from sandbox.storage.failures import refusal_of
from sandbox.storage.threads import in_thread

router = control_router("service")
probes = probe_router("service")
metrics = probe_router("service", prefix="")


class NotReady(Problem):
    """The sandbox or the disk cannot be used now."""

    code = "not_ready"
    status = 503
    title = Text("No está listo", "Not ready")
    says = Text("El sandbox no se puede usar ahora: mira «cause».", "The sandbox cannot be used now: see “cause”.")
    extras: ClassVar[Extras] = {
        "cause": {"type": "string", "description": "The code of the problem that has to be solved first."}
    }
    sample = Sample(extra={"cause": "storage_full"})


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
    dev_sessions: Annotated[
        bool, Field(description="Whether sessions outlive idling, clock jumps and a reset (`SANDBOX_DEV_SESSIONS`).")
    ]
    life: Level


@probes.get("/health", operation_id="getHealth", summary="Is the server alive?")
async def get_health() -> Health:
    """Answers as long as the process does."""
    return Health()


@probes.get(
    "/ready",
    operation_id="getReadiness",
    summary="Is the sandbox ready?",
    responses=problems(NotReady, SandboxNotFound, SandboxElsewhere),
)
async def get_readiness(call: Call) -> Readiness:
    """200 while the selected sandbox can be used and the disk takes writes; 503 `not_ready` while not, with the code of
    what is wrong in `cause`."""
    registry = call.server.registry
    try:
        await registry.open(call.sandbox_name)
    except (SandboxNotFound, SandboxElsewhere):
        raise
    except Problem as problem:
        raise _not_ready(problem) from None
    refusal = await in_thread(refusal_of, registry.places.data_dir)
    if refusal is not None:
        raise _not_ready(refusal)
    return Readiness()


def _not_ready(problem: Problem) -> NotReady:
    return NotReady(detail=problem.detail, extra={"cause": problem.code})


@router.get("/info", operation_id="getInfo", summary="Version, seed and rules")
async def get_info(call: Call) -> Info:
    """Version, seed, schema and rules in force."""
    return Info(
        version=version("cooprogreso-sandbox"),
        sandbox=call.sandbox.name,
        seed=call.sandbox.origin.seed,
        schema_version=schema.version(),
        rules_revision=call.unit.rules.revision,
        now=clock.show(call.unit.now),
        dev_sessions=call.sandbox.dev_sessions,
        life=call.sandbox.life.level,
    )


class SandboxMetrics:
    """How many sandboxes there are, how many of them are awake, and what they run on."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """As Prometheus wants it."""
        yield GaugeMetricFamily("sandbox_sandboxes", "Sandboxes there are.", len(self._registry.names()))
        yield GaugeMetricFamily("sandbox_awake", "Sandboxes whose database is open.", len(self._registry.awake()))
        build = GaugeMetricFamily(
            "sandbox_build_info", "What runs here; always 1.", labels=["version", "schema", "rules"]
        )
        build.add_metric([version("cooprogreso-sandbox"), schema.version(), self._registry.rules.current.revision], 1)
        yield build


@metrics.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Metrics",
    response_class=PlainTextResponse,
    response_model=None,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def get_metrics(call: Call) -> Answer:
    """For Prometheus: calls by operation and status, refusals by operation and problem, latency histograms by
    operation, sandboxes, memory; of all sandboxes of the process together, also those deleted since. Of one sandbox
    `summarizeTraffic` tells."""
    registry = call.server.registry
    await survey.gather(registry)
    told = CollectorRegistry(auto_describe=False)
    told.register(Metrics([registry.departed, *(sandbox.notes.counts for sandbox in registry.known())]))
    ProcessCollector(registry=told)
    told.register(SandboxMetrics(registry))
    return Answer(200, generate_latest(told), CONTENT_TYPE_LATEST)
