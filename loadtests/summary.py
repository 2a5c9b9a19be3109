"""What a run came to: everything a report shows, as plain data."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from locust.stats import RequestStats, StatsEntry

from loadtests.conductor import Conductor
from loadtests.run import Run
from loadtests.served import Served, count, quantile
from loadtests.shapes import Measured, knee
from loadtests.thresholds import Broken
from loadtests.told import Ledger
from loadtests.verdict import Finding, Verdict

PERCENTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
MODELS = {
    "closed": (
        "closed: each member waits for its answers before it goes on. A slow server is asked less often, so waiting"
        " that others would have done is not in the client's percentiles (coordinated omission); arrivals at a"
        " constant rate (--rate) show it."
    ),
    "open": (
        "open: arrivals come at their rate whether or not a user is free, and a turn counts from the moment at which"
        " it was due. At most as many turns are under way as there are members; who comes beyond that waits, and the"
        " wait counts. Single calls are measured from when they were sent."
    ),
}


@dataclass(frozen=True)
class Arrived:
    """Arrivals of an open workload: how many were due, and for how many no user was free until the end."""

    due: int
    unserved: int


@dataclass
class Summary:
    """A run, for people and machines. Times are milliseconds, rates by the second, memory mebibytes."""

    scenarios: list[str]
    shape: str
    workload: str
    model: str
    users: int
    rate: float | None
    arrivals: str | None
    asked_seconds: float
    seconds: float
    codes: str
    processes: int
    completed: int
    cancelled: int
    locked: int
    members: int
    most_users: int
    operations: dict[str, dict[str, Any]]
    turns: dict[str, dict[str, Any]]
    stages: list[dict[str, Any]]
    knee: dict[str, Any] | None
    broke_off: str | None
    arrived: Arrived | None
    server_memory: tuple[float, float] | None
    client_was_short_of_cpu: bool
    broken_thresholds: list[Broken]
    findings: list[Finding]
    unmeasured_thresholds: list[str] = field(default_factory=list)
    kept_sandboxes: list[str] = field(default_factory=list)

    @property
    def complaints(self) -> list[str]:
        """All that is wrong with the money."""
        return Verdict(self.findings).complaints

    @property
    def exit_status(self) -> int:
        """1 when the verdict or a threshold is broken."""
        return 1 if self.broken_thresholds else Verdict(self.findings).exit_status

    def told(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "complaints": self.complaints, "exit_status": self.exit_status}

    def as_json(self) -> str:
        """As JSON, to be read by people, too."""
        return json.dumps(self.told(), indent=2, ensure_ascii=False)


def measured(
    run: Run, stats: RequestStats, served: dict[str, dict[float, float]], seconds: float
) -> dict[str, dict[str, Any]]:
    """What was measured of each operation, of `turn NAME`, and of `total`, in a run of so many seconds, with the
    server's own numbers beside."""
    entries = {entry.name: entry for entry in stats.entries.values()}
    entries |= {f"turn {entry.name}": entry for entry in run.turns.entries.values()}
    told = {name: _measured(entry, seconds) for name, entry in sorted(entries.items()) if entry.num_requests}
    if stats.total.num_requests:
        due, begun = run.arrived()
        told["total"] = _measured(stats.total, seconds) | {"unserved_share": (due - begun) / due if due else 0}
    for name in told.keys() & served.keys():
        if (number := count(served[name])) > 0:  # fewer than before: it was started anew meanwhile
            shares = {each: quantile(served[name], share) for each, share in PERCENTILES.items()}
            told[name]["server"] = {"requests": number, **shares}
    return told


def summarise(
    run: Run,
    conductor: Conductor,
    told: Ledger,
    verdict: Verdict,
    broken: list[Broken],
    operations: dict[str, Any],
    memory: tuple[Served, Served],
    *,
    short_of_cpu: bool,
) -> Summary:
    """Put it all together."""
    due, begun = run.arrived()
    workload = "open" if run.rate else "closed"
    stages = conductor.measured
    found = knee(stages) if run.options.shape in ("ramp", "steps") else None
    return Summary(
        scenarios=sorted(entry.name for entry in run.turns.entries.values()),
        shape=run.options.shape,
        workload=workload,
        model=MODELS[workload],
        users=run.users,
        rate=run.rate,
        arrivals=run.options.arrivals if run.rate else None,
        asked_seconds=run.seconds,
        seconds=conductor.seconds,
        codes=run.codes,
        processes=conductor.processes,
        completed=told.count("completed"),
        cancelled=told.count("cancelled"),
        locked=told.count("locked"),
        members=told.members(),
        most_users=conductor.most_users,
        operations={name: each for name, each in operations.items() if not name.startswith("turn ")},
        turns={name.removeprefix("turn "): each for name, each in operations.items() if name.startswith("turn ")},
        stages=[asdict(stage) for stage in stages],
        knee=None if found is None else _knee(found, stages),
        broke_off=conductor.broke_off,
        arrived=Arrived(due, due - begun) if run.rate else None,
        server_memory=(memory[0].memory / 2**20, memory[1].memory / 2**20) if memory[1].memory else None,
        client_was_short_of_cpu=short_of_cpu,
        broken_thresholds=broken,
        findings=verdict.findings,
    )


def _measured(entry: StatsEntry, seconds: float) -> dict[str, Any]:
    times: dict[str, Any] = {name: entry.get_response_time_percentile(share) for name, share in PERCENTILES.items()}
    return {
        "requests": entry.num_requests,
        "failed": entry.num_failures,
        "error_share": entry.fail_ratio,
        "per_second": entry.num_requests / seconds,
        **times,
    }


def _knee(found: Measured, stages: list[Measured]) -> dict[str, Any]:
    after = stages[stages.index(found) + 1]
    return {"at": asdict(found), "then": asdict(after)}
