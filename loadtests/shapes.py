"""Shapes of load, as data: stages, each a share of the peak for so many seconds; and what the stages found out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

Shape = Literal["steady", "steps", "ramp", "spike", "soak"]
SHAPES: tuple[str, ...] = get_args(Shape)
SHORTEST_STAGE_SECONDS = 3
MOST_RAMP_STAGES, LEAST_RAMP_STAGES = 12, 4
_LEVELS: dict[str, list[tuple[float, float]]] = {
    # share of the peak, share of the time; a ramp has as many stages as its time allows
    "steady": [(1, 1)],
    "steps": [(step / 5, 1 / 5) for step in range(1, 6)],
    "spike": [(0.2, 0.4), (1, 0.2), (0.2, 0.4)],
    "soak": [(1, 1 / 6)] * 6,
}
SATURATED_GAIN = 0.03
"""Less throughput won than this share by a step up is none."""
BROKEN_P95_MILLIS, SLOWER_BY = 1000, 4
BROKEN_ERROR_SHARE = 0.01


@dataclass(frozen=True)
class Stage:
    """A stretch of the run at one level, a share of the peak; `begins` and `ends` in seconds from the start."""

    level: float
    begins: float
    ends: float


@dataclass(frozen=True)
class Measured:
    """What a stage brought: turns of scenarios, whole, as clients saw them; milliseconds."""

    level: float
    users: int
    arrivals_per_second: float | None
    seconds: float
    turns: int
    failed: int
    turns_per_second: float
    mean: float
    p50: float
    p95: float
    p99: float

    @property
    def power(self) -> float:
        """Throughput by response time (Kleinrock): greatest at the knee."""
        return self.turns_per_second / max(self.mean, 0.1)

    @property
    def error_share(self) -> float:
        """Of its turns, how many failed."""
        return self.failed / self.turns if self.turns else 0


@dataclass
class Count:
    """How many turns there were so far, and how long they took: milliseconds → how many."""

    at: float
    turns: int = 0
    failed: int = 0
    total_millis: float = 0
    times: dict[float, int] = field(default_factory=dict)


def plan(shape: Shape, seconds: float) -> list[Stage]:
    """The stages of a run of so many seconds."""
    stages, begins = [], 0.0
    for level, share in _levels(shape, seconds):
        stages.append(Stage(level, begins, begins + share * seconds))
        begins += share * seconds
    return stages


def least_seconds(shape: Shape) -> int:
    """How long a run must be for each stage to be measured."""
    if shape == "steady":
        return 1
    shares = [1 / LEAST_RAMP_STAGES] if shape == "ramp" else [share for _, share in _LEVELS[shape]]
    return round(SHORTEST_STAGE_SECONDS / min(shares))


def stage_at(stages: list[Stage], elapsed: float) -> int | None:
    """Which stage it is after so many seconds; None when all are over."""
    return next((index for index, stage in enumerate(stages) if elapsed < stage.ends), None)


def between(stage: Stage, users: int, rate: float | None, before: Count, after: Count) -> Measured:
    """What came between two counts."""
    seconds = max(after.at - before.at, 1e-9)
    turns = after.turns - before.turns
    times = {millis: count - before.times.get(millis, 0) for millis, count in after.times.items()}
    p50, p95, p99 = percentiles(times, (0.50, 0.95, 0.99))
    return Measured(
        level=stage.level,
        users=users,
        arrivals_per_second=rate,
        seconds=seconds,
        turns=turns,
        failed=after.failed - before.failed,
        turns_per_second=turns / seconds,
        mean=(after.total_millis - before.total_millis) / turns if turns else 0,
        p50=p50,
        p95=p95,
        p99=p99,
    )


def percentiles(times: dict[float, int], shares: tuple[float, ...]) -> tuple[float, ...]:
    """The times that these shares of all stay within; zeros when there are none."""
    counted = sorted((millis, count) for millis, count in times.items() if count > 0)
    number = sum(count for _, count in counted)
    found = []
    for share in shares:
        seen, value = 0, 0.0
        for millis, count in counted:
            seen, value = seen + count, millis
            if seen >= share * number:
                break
        found.append(value)
    return tuple(found)


def break_point(stages: list[Measured]) -> str | None:
    """Why more load is no use: turns that fail, that take too long, or two steps up that won nothing. None while it
    is, and where no turn was over in the last stage; others in which none was are nothing to compare with."""
    if not stages or not stages[-1].turns:
        return None
    stages = [stage for stage in stages if stage.turns]
    first, last = stages[0], stages[-1]
    if last.error_share > BROKEN_ERROR_SHARE:
        return f"{last.error_share:.0%} of turns failed"
    if last.p95 > max(BROKEN_P95_MILLIS, SLOWER_BY * first.p95):
        return f"p95 of a turn rose to {last.p95:g} ms"
    if len(stages) < 3:
        return None
    best = max(stage.turns_per_second for stage in stages[:-2])
    if all(stage.turns_per_second < best * (1 + SATURATED_GAIN) for stage in stages[-2:]):
        return "two steps up won no throughput"
    return None


def knee(stages: list[Measured]) -> Measured | None:
    """Where throughput stops to grow and waiting begins: the stage of the greatest power. None when that is the last
    one, because then the load never came past it; and when there is nothing to compare."""
    able = [stage for stage in stages if stage.turns and stage.error_share <= BROKEN_ERROR_SHARE]
    if len(able) < 2:
        return None
    found = max(able, key=lambda stage: stage.power)
    return None if found is stages[-1] else found


def _levels(shape: Shape, seconds: float) -> list[tuple[float, float]]:
    if shape != "ramp":
        return _LEVELS[shape]
    number = max(LEAST_RAMP_STAGES, min(MOST_RAMP_STAGES, int(seconds / SHORTEST_STAGE_SECONDS)))
    return [(step / number, 1 / number) for step in range(1, number + 1)]
