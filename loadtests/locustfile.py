"""Locust's way in: `locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 [--tags transfer …]`.

`sandbox load` calls it with a server of its own. Every scenario is a user class and a tag, mixed by weight. The verdict
on the money, the thresholds and the comparison come at the end; they make the exit status.
"""

import secrets
import signal
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import gevent
import locust.runners
import locust.stats
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner
from requests import RequestException
from rich.console import Console

from loadtests import compare, report, thresholds, verdict
from loadtests.banks import OwnBanks
from loadtests.conductor import REPORTING_SECONDS, Conductor
from loadtests.control import ControlPlane, ControlRefused
from loadtests.driver import STOPPING_SECONDS
from loadtests.run import Run
from loadtests.scenarios.bills import BillPayingMember
from loadtests.scenarios.browse import BrowsingMember
from loadtests.scenarios.cards import CardPayingMember
from loadtests.scenarios.deferral import DeferringMember
from loadtests.scenarios.fumble import FumblingMember
from loadtests.scenarios.hot import HotMember
from loadtests.scenarios.interbank import InterbankMember
from loadtests.scenarios.payday import PayingMember
from loadtests.scenarios.resend import ResendingMember
from loadtests.scenarios.scheduled import SchedulingMember
from loadtests.scenarios.transfer import TransferringMember
from loadtests.served import Served
from loadtests.shapes import SHAPES, least_seconds
from loadtests.summary import Summary, measured, summarise
from loadtests.told import LEDGER
from loadtests.wire import Json

__all__ = [
    "BillPayingMember",
    "BrowsingMember",
    "CardPayingMember",
    "Conductor",
    "DeferringMember",
    "FumblingMember",
    "HotMember",
    "InterbankMember",
    "PayingMember",
    "ResendingMember",
    "SchedulingMember",
    "TransferringMember",
]

PROGRESS_SECONDS = 5
BAR_CELLS = 20


@dataclass
class Begun:
    """What the process that leads the run has at hand from the beginning to the end."""

    control: ControlPlane
    banks: OwnBanks
    limits: thresholds.Limits
    earlier: Json | None
    before: Served
    summary: Summary | None = None
    comparison: compare.Comparison | None = None


_begun: dict[Environment, Begun] = {}


def to_the_tenth(millis: float) -> float:
    """Locust counts times by the millisecond; answers that take less deserve tenths."""
    return round(millis, 1) if millis < 10 else _by_locust(millis)


_by_locust = locust.stats.bucket_response_time
locust.stats.bucket_response_time = to_the_tenth  # type: ignore[assignment]  # tenths are no integers, and do as well
locust.runners.WORKER_REPORT_INTERVAL = 1.0  # stages are measured by what workers report


def at_least(least: float) -> Callable[[str], float]:
    """Reads a number that is not smaller. Raises ArgumentTypeError."""

    def number(text: str) -> float:
        found = float(text)
        if not found >= least:
            raise ArgumentTypeError(f"{text} is less than {least:g}")
        return found

    return number


@events.init_command_line_parser.add_listener
def add_options(parser: ArgumentParser) -> None:
    """What a run can be asked besides Locust's own options."""
    group = parser.add_argument_group("Cooprogreso Sandbox")
    group.add_argument("--shape", choices=SHAPES, default="steady", help="how the load goes up and down")
    group.add_argument(
        "--rate", type=at_least(0.01), default=0.0, help="arrivals a second at the peak: an open workload"
    )
    group.add_argument(
        "--arrivals", choices=("constant", "poisson"), default="constant", help="how arrivals are spaced"
    )
    group.add_argument("--codes", choices=("inbox", "computed"), default="inbox", help="where codes come from")
    group.add_argument("--sandbox", default="default", help="the sandbox to work in")
    group.add_argument(
        "--turns", type=at_least(1), default=1_000_000, help="end after so many turns, if time does not end it"
    )
    group.add_argument("--thresholds", default=str(thresholds.THRESHOLDS), help="the file of thresholds")
    group.add_argument("--report", default="", help="write a page with charts and the verdict here")
    group.add_argument("--summary", default="", help="write a summary for machines (JSON) here")
    group.add_argument("--told-as", choices=("tables", "json"), default="tables", help="what is printed at the end")
    group.add_argument("--compare", default="", help="compare with this earlier summary")
    group.add_argument("--run-name", default=f"load-{secrets.token_hex(4)}", help="a name no other run has")


@events.init.add_listener
def get_ready(environment: Environment, **_: Any) -> None:
    """Refuse what cannot be used before anything starts, take out user classes that tags left nothing to do, and make
    the banks that scenarios want for themselves."""
    run = Run.of(environment)
    options = run.options
    environment.user_classes[:] = [each for each in environment.user_classes if _is_wanted(each, options.tags)]
    if not environment.user_classes:
        _give_up(f"no scenario has one of these tags: {', '.join(options.tags)}")
    environment.stop_timeout = options.stop_timeout = options.stop_timeout or STOPPING_SECONDS
    if not isinstance(environment.runner, MasterRunner):
        assert environment.runner is not None
        environment.runner.register_message("pace", lambda msg, **_: Run.of(environment).pace(msg.data))
    if isinstance(environment.runner, WorkerRunner):
        return
    if run.seconds < least_seconds(options.shape):
        _give_up(f"{options.shape} needs {least_seconds(options.shape)} s at least, to measure each of its stages")
    try:
        _begun[environment] = _begin(run, str(environment.host))
    except (thresholds.ThresholdsInvalid, compare.NoSummary) as reason:
        _give_up(str(reason))
    except (RequestException, ControlRefused, ValueError) as reason:
        _give_up(f"{environment.host}: {reason}")
    if options.headless:
        _end_early_when_interrupted(environment)
    gevent.spawn(_tell_progress, environment, run.seconds)


@events.test_start.add_listener
def begin(environment: Environment, **_: Any) -> None:
    """A run begins, perhaps another one in the same process; from now on time passes in the scenarios' own banks."""
    run = Run.of(environment)
    if LEDGER.by_sandbox:
        LEDGER.clear()
        run.begin_anew()
        if isinstance(environment.shape_class, Conductor):
            environment.shape_class.begin_anew()
    if environment in _begun:
        _begun[environment].banks.start_clocks(run.seconds)


@events.report_to_master.add_listener
def pass_on(data: dict[str, Any], **_: Any) -> None:
    """A worker's part of what clients were told and did goes to the master with its statistics."""
    data["ledger"] = LEDGER.drain()
    for run in Run.all():
        data["run"] = run.drain()


@events.worker_report.add_listener
def take_over(client_id: str, data: dict[str, Any], **_: Any) -> None:
    """The master's part."""
    LEDGER.add(data.get("ledger", {}))
    if "run" in data:
        for run in Run.all():
            run.add(client_id, data["run"])


@events.quitting.add_listener
def pronounce(environment: Environment, **_: Any) -> None:
    """Give the verdict, write the reports, make the exit status. Workers leave that to the master."""
    runner, begun = environment.runner, _begun.get(environment)
    if runner is None or begun is None:
        return
    run, total, conductor = Run.of(environment), environment.stats.total, environment.shape_class
    _let_all_end(runner, run)
    assert isinstance(conductor, Conductor)
    try:
        after = _served(begun.control)
        begun.banks.stop_clocks()
    except (RequestException, ControlRefused, ValueError):
        after = Served()  # the verdict will say that the bank does not answer
    failures = {f"{each.name}: {each.error}": each.occurrences for each in environment.stats.errors.values()}
    answers = verdict.Answers(total.num_requests, failures, conductor.lost_workers)
    given = verdict.give(begun.control.host, LEDGER, answers)
    _give_members_back(begun.control)
    operations = measured(run, environment.stats, after.since(begun.before), conductor.seconds)
    summary = summarise(
        run, conductor, LEDGER, given, thresholds.broken(begun.limits, operations), operations,
        (begun.before, after), short_of_cpu=runner.cpu_warning_emitted or runner.worker_cpu_warning_emitted,
    )  # fmt: skip
    summary.kept_sandboxes = begun.banks.names if given.complaints else begun.banks.close()
    begun.comparison = compare.compare(begun.earlier, summary.told()) if begun.earlier else None
    begun.summary = summary
    if run.options.thresholds != str(thresholds.THRESHOLDS):
        summary.unmeasured_thresholds = sorted(begun.limits.keys() - operations.keys())
    environment.process_exit_code = summary.exit_status
    try:
        if run.options.summary:
            Path(run.options.summary).write_text(summary.as_json() + "\n", encoding="utf-8")
        if run.options.report:
            report.write_html(Path(run.options.report), environment, summary, begun.comparison)
    except OSError as reason:
        print(f"a report could not be written: {reason}", file=sys.stderr)
        environment.process_exit_code = 1


@events.quit.add_listener
def say(**_: Any) -> None:
    """Print it, after whatever Locust prints."""
    if _begun and sys.stderr.isatty():
        print(file=sys.stderr)
    for environment, begun in _begun.items():
        if begun.summary is None:
            continue
        if Run.of(environment).options.told_as == "json":
            print(begun.summary.as_json())
            continue
        wide = Console(width=None if sys.stdout.isatty() else 150)
        report.print_to(wide, begun.summary, begun.comparison)


def _begin(run: Run, host: str) -> Begun:
    """Read what was given, make the scenarios' own banks. Raises ThresholdsInvalid, NoSummary, ControlRefused,
    RequestException, and ValueError when the host is no sandbox."""
    control = ControlPlane(host, str(run.options.sandbox))
    begun = Begun(
        control,
        OwnBanks(control, run.own_banks()),
        thresholds.load(Path(run.options.thresholds)),
        compare.load(Path(run.options.compare)) if run.options.compare else None,
        _served(control),
    )
    begun.banks.open()
    return begun


def _end_early_when_interrupted(environment: Environment) -> None:
    """The first interrupt (or SIGTERM) ends the run as if its time were over; a second one, at once."""
    conductor = environment.shape_class
    assert isinstance(conductor, Conductor)

    def end() -> None:
        for handler in handlers:
            handler.cancel()
        conductor.end_early()

    handlers = [gevent.signal_handler(sign, end) for sign in (signal.SIGINT, signal.SIGTERM)]


def _let_all_end(runner: Runner, run: Run) -> None:
    """Users that are still at work, because the run was ended by force, end and report what they know."""
    if not run.users_left():
        return
    runner.stop()
    until = time.perf_counter() + REPORTING_SECONDS
    while run.users_left() and time.perf_counter() < until:
        gevent.sleep(0.1)


def _give_members_back(control: ControlPlane) -> None:
    """They were leased until now, so that no other run moved their money while the verdict was given."""
    for sandbox, told in LEDGER.by_sandbox.items():
        beside = control.beside(sandbox)
        for member in told.before():
            with suppress(RequestException, ControlRefused):  # one that all shared was not leased
                beside.delete(f"/members/{member}/lease")


def _is_wanted(user_class: Any, tags: list[str] | None) -> bool:
    return not tags or any(set(tags) & work.locust_tag_set for work in user_class.tasks)


def _served(control: ControlPlane) -> Served:
    return Served.parse(control.text("/metrics"))


def _give_up(reason: str) -> NoReturn:
    print(reason, file=sys.stderr)
    sys.exit(2)


def _tell_progress(environment: Environment, seconds: float) -> None:
    """How it goes: a line every few seconds, or one that is written over on a terminal."""
    shown = sys.stderr.isatty()
    begun = time.perf_counter()
    while True:
        gevent.sleep(1 if shown else PROGRESS_SECONDS)
        runner, total = environment.runner, environment.stats.total
        if runner is None or runner.state not in ("spawning", "running"):
            continue
        elapsed = time.perf_counter() - begun
        p95 = total.get_current_response_time_percentile(0.95) or 0
        line = (
            f"{elapsed:.0f}/{seconds:.0f} s  {runner.user_count} users  {total.current_rps:.0f} requests/s  "
            f"p95 {p95:g} ms  {total.num_failures} failed"
        )
        if shown:
            filled = min(round(BAR_CELLS * elapsed / seconds), BAR_CELLS)
            print(f"\r\x1b[2K{'━' * filled}{'╌' * (BAR_CELLS - filled)} {line} ", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
