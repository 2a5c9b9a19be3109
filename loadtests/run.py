"""A load run: what was asked of it, and what this process saw of it."""

import time
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner
from locust.stats import RequestStats, StatsEntry

from loadtests.arrivals import Arrivals
from loadtests.banks import OwnBank
from loadtests.control import ControlPlane
from loadtests.shapes import Count
from loadtests.wire import Json

_LONGEST_NAME = 63  # of a sandbox


class Run:
    """The run that a Locust environment is part of. Its options come from the command line, the master's where there
    is one."""

    _of: ClassVar["WeakKeyDictionary[Environment, Run]"] = WeakKeyDictionary()

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._secrets: dict[str, Json] = {}
        self.turns = RequestStats(use_response_times_cache=False)
        self._turns_here = 0
        self._arrivals: Arrivals | None = None
        self._arrivals_elsewhere: dict[str, tuple[int, int]] = {}
        self._users_elsewhere: dict[str, int] = {}

    @classmethod
    def of(cls, environment: Environment) -> "Run":
        """The run of an environment."""
        found = cls._of.get(environment)
        if found is None:
            found = cls._of[environment] = cls(environment)
        return found

    @classmethod
    def all(cls) -> "list[Run]":
        """The runs of this process: one, once it began."""
        return list(cls._of.values())

    @property
    def options(self) -> Any:
        """As parsed by Locust."""
        return self._environment.parsed_options

    @property
    def name(self) -> str:
        """A name that no other run has."""
        return str(self.options.run_name)

    @property
    def codes(self) -> str:
        """Where codes come from: inbox or computed."""
        return str(self.options.codes)

    @property
    def seconds(self) -> float:
        """How long it is to last."""
        return float(self.options.run_time or 30)

    @property
    def patience(self) -> float:
        """How many seconds turns that are under way at the end are given."""
        return float(self._environment.stop_timeout or 0)

    @property
    def users(self) -> int:
        """How many members are at work at its peak."""
        return int(self.options.num_users or 20)

    @property
    def rate(self) -> float | None:
        """How many arrivals a second there are at its peak, in an open workload."""
        return self.options.rate or None

    def sandbox_of(self, user_class: Any) -> str:
        """The sandbox in which the users of a class work: the one that was named, or a copy of it.

        The copy's name begins as that one's up to the first `--`, unless it gets too long: where several processes
        share sandboxes out by name, both belong to the same one.
        """
        named = str(self.options.sandbox)
        if user_class.bank is None:
            return named
        name = f"{self.name}-{user_class.__name__.removesuffix('Member').lower()}"
        family = f"{named.partition('--')[0]}--{name}"
        return family if len(family) <= _LONGEST_NAME else name

    def own_banks(self) -> dict[str, OwnBank]:
        """The banks that scenarios of this run want for themselves, by name."""
        classes: Any = self._environment.user_classes
        return {self.sandbox_of(each): each.bank for each in classes if each.bank is not None}

    def secret_of(self, control: ControlPlane) -> Json:
        """What codes of a sandbox are computed with, asked for once."""
        if control.sandbox not in self._secrets:
            self._secrets[control.sandbox] = control.get("/messages/secret")
        return self._secrets[control.sandbox]

    def pace(self, told: Json) -> None:
        """So many arrivals a second in this process from now on."""
        arrivals = self.arrivals_here()
        assert arrivals is not None
        arrivals.pace(told["rate"])

    def arrivals_here(self) -> Arrivals | None:
        """Those of this process, each process drawing its own; None in a closed workload."""
        if self.rate and self._arrivals is None:
            runner = self._environment.runner
            assert isinstance(runner, (LocalRunner, WorkerRunner))
            self._arrivals = Arrivals(self.options.arrivals, f"{self.name} {runner.worker_index}")
        return self._arrivals

    def has_turned_enough(self) -> bool:
        """Whether this process took as many turns as the whole run shall have."""
        return self._turns_here >= int(self.options.turns)

    def begin_anew(self) -> None:
        """Forget what was seen: another run begins in the same process."""
        self.turns.clear_all()
        self._turns_here = 0
        if self._arrivals is not None:
            self._arrivals.pace(0)
            self._arrivals = None
        self._arrivals_elsewhere.clear()
        self._users_elsewhere.clear()

    def count_turn(self, name: str, millis: float, failure: Exception | None) -> None:
        """A turn was taken."""
        self.turns.log_request("turn", name, millis, 0)  # type: ignore[arg-type]  # any number of milliseconds
        if failure is not None:
            self.turns.log_error("turn", name, repr(failure))
        self._turns_here += 1

    def count(self) -> Count:
        """All turns so far."""
        total = self.turns.total
        return Count(
            time.perf_counter(),
            total.num_requests,
            total.num_failures,
            total.total_response_time,
            {float(millis): times for millis, times in total.response_times.items()},
        )

    def arrived(self) -> tuple[int, int]:
        """How many arrivals were due, and how many of them were served."""
        here = (self._arrivals.due, self._arrivals.begun) if self._arrivals else (0, 0)
        everywhere = [here, *self._arrivals_elsewhere.values()]
        return sum(due for due, _ in everywhere), sum(begun for _, begun in everywhere)

    def users_left(self) -> int:
        """How many users are at work yet, here or, as their workers told last, elsewhere. A worker that tells of none
        has told all it knows; one that has told nothing yet may have one; one that is missing is not waited for.
        """
        runner = self._environment.runner
        assert runner is not None
        if isinstance(runner, MasterRunner):
            missing = {worker.id for worker in runner.clients.missing}
            return sum(self._users_elsewhere.get(worker, 1) for worker in runner.clients if worker not in missing)
        return runner.user_count

    def ask_anew(self) -> None:
        """What workers told of their users so far counts no more: one that is lost from now on is waited for until it
        is known to be missing, instead of being taken for one that is done."""
        self._users_elsewhere.clear()

    def drain(self) -> Json:
        """What this process saw since it was last asked, for the master."""
        return {
            "turns": self.turns.serialize_stats(),
            "total": self.turns.total.get_stripped_report(),
            "arrived": self.arrived(),
            "users": self.users_left(),
        }

    def add(self, worker: str, told: Json) -> None:
        """What a worker saw."""
        for each in told["turns"]:
            entry = StatsEntry.unserialize(each, self.turns)
            self.turns.get(entry.name, entry.method).extend(entry)
        self.turns.total.extend(StatsEntry.unserialize(told["total"], self.turns))
        due, begun = told["arrived"]
        self._arrivals_elsewhere[worker] = (due, begun)
        self._users_elsewhere[worker] = told["users"]
