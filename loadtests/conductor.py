"""The conductor: leads the run through the stages of its shape, and measures each."""

import time

from locust import LoadTestShape
from locust.runners import MasterRunner, Runner

from loadtests.run import Run
from loadtests.shapes import Count, Measured, Stage, between, break_point, plan, stage_at

SETTLING_SHARE = 0.2
SETTLING_SECONDS = 2.0
REPORTING_SECONDS = 5
"""How long workers have to tell what they know, once their users are gone."""


class Conductor(LoadTestShape):
    """Asked every second by Locust how many users to run. In an open workload it tells the processes how many
    arrivals to expect."""

    use_common_options = True

    def __init__(self) -> None:
        super().__init__()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Another run begins."""
        self.measured: list[Measured] = []
        self.processes = 1
        self.lost_workers = 0
        self._left_early = 0
        self.most_users = 0
        self.broke_off: str | None = None
        self._stages: list[Stage] = []
        self._index: int | None = None
        self._early = False
        self._ended_at: float | None = None
        self._before: Count | None = None

    @property
    def seconds(self) -> float:
        """How long it led, until it told everybody to end."""
        return max((self._ended_at or time.perf_counter()) - self.start_time, 1e-9)

    def tick(self) -> tuple[int, float] | None:
        """Users, and how many of them may come a second; none once the run ends; None when all of them are gone and
        everything they were told has come together."""
        runner = self.runner
        assert runner is not None
        run = Run.of(runner.environment)
        if not self._stages:
            self._stages = plan(run.options.shape, run.seconds)
        self._look_around(runner, run)
        if self._ended_at is None and self._goes_on(runner, run):
            assert self._index is not None
            return self._users(run, self._stages[self._index]), float(run.options.spawn_rate)
        return self._end(runner, run)

    def end_early(self) -> None:
        """End as if the time were over."""
        self._early = True

    def _goes_on(self, runner: Runner, run: Run) -> bool:
        elapsed = self.get_run_time()
        index = stage_at(self._stages, elapsed)
        if index != self._index:
            self._end_stage(run)
            self._index = index
            if run.options.shape == "ramp":
                self.broke_off = break_point(self.measured)
            if index is not None:
                self._set_pace(runner, run, self._stages[index].level)
        if index is None or self._early or self.broke_off or run.turns.total.num_requests >= run.options.turns:
            return False
        stage = self._stages[index]
        settling = min(SETTLING_SECONDS, SETTLING_SHARE * (stage.ends - stage.begins))
        if self._before is None and elapsed >= stage.begins + settling:
            self._before = run.count()
        return True

    def _look_around(self, runner: Runner, run: Run) -> None:
        self.most_users = max(self.most_users, runner.user_count)
        if not isinstance(runner, MasterRunner):
            return
        missing = len(runner.clients.missing)
        if self._ended_at is None:  # from then on a worker may leave, once it has told all it knows
            if runner.worker_count > self.processes:
                self.processes = runner.worker_count
                if self._index is not None:
                    self._set_pace(runner, run, self._stages[self._index].level)  # each has less of it from now on
            self._left_early = max(self.processes - runner.worker_count - missing, 0)
        # Not the most that ever were: one that only stalled is heard again, and tells what it knows.
        self.lost_workers = self._left_early + missing

    def _end(self, runner: Runner, run: Run) -> tuple[int, float] | None:
        now = time.perf_counter()
        if self._ended_at is None:
            self._ended_at = now
            run.ask_anew()
            self._end_stage(run)
            self._set_pace(runner, run, 0)
        gave_time = (run.options.stop_timeout or 0) + REPORTING_SECONDS
        if run.users_left() == 0 or now - self._ended_at > gave_time:
            return None
        return 0, float(run.options.spawn_rate)

    def _users(self, run: Run, stage: Stage) -> int:
        return run.users if run.rate else max(1, round(run.users * stage.level))

    def _end_stage(self, run: Run) -> None:
        if self._index is None or self._before is None:
            return
        stage = self._stages[self._index]
        rate = run.rate * stage.level if run.rate else None
        self.measured.append(between(stage, self._users(run, stage), rate, self._before, run.count()))
        self._before = None

    def _set_pace(self, runner: Runner, run: Run, level: float) -> None:
        if run.rate is None:
            return
        runner.send_message("pace", {"rate": run.rate * level / self.processes})
