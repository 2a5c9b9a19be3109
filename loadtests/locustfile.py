"""Locust's way in: `locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 [--tags transfer …]`.

`sandbox load` calls it with a server of its own. Every scenario is a user class and a tag, mixed by weight. The verdict
on the money, the thresholds and the comparison come at the end; they make the exit status.
"""

import logging
import secrets
import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent
import locust.runners
import locust.stats
import requests
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner
from rich.console import Console

from loadtests import compare, report, thresholds, verdict
from loadtests.conductor import Conductor
from loadtests.control import ControlPlane, ControlRefused
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
_before: dict[Environment, Served] = {}
_ended: dict[Environment, tuple[Summary, compare.Comparison | None]] = {}


def to_the_tenth(millis: float) -> float:
    """Locust counts times by the millisecond; answers that take less deserve tenths."""
    return round(millis, 1) if millis < 10 else _by_locust(millis)


_by_locust = locust.stats.bucket_response_time
locust.stats.bucket_response_time = to_the_tenth  # type: ignore[assignment]  # tenths are no integers, and do as well
locust.runners.WORKER_REPORT_INTERVAL = 1.0  # stages are measured by what workers report


@events.init_command_line_parser.add_listener
def add_options(parser: ArgumentParser) -> None:
    """What a run can be asked besides Locust's own options."""
    group = parser.add_argument_group("Cooprogreso Sandbox")
    group.add_argument("--shape", choices=SHAPES, default="steady", help="how the load goes up and down")
    group.add_argument("--rate", type=float, default=0.0, help="arrivals a second at the peak: an open workload")
    group.add_argument(
        "--arrivals", choices=("constant", "poisson"), default="constant", help="how arrivals are spaced"
    )
    group.add_argument("--codes", choices=("inbox", "computed"), default="inbox", help="where codes come from")
    group.add_argument("--sandbox", default="default", help="the sandbox to work in")
    group.add_argument("--turns", type=int, default=1_000_000, help="end after so many turns, if time does not end it")
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
    environment.user_classes[:] = [each for each in environment.user_classes if each.tasks]
    if not isinstance(environment.runner, MasterRunner):
        assert environment.runner is not None
        environment.runner.register_message("pace", lambda msg, **_: Run.of(environment).pace(msg.data))
    if isinstance(environment.runner, WorkerRunner):
        return
    try:
        if run.seconds < least_seconds(options.shape):
            _give_up(f"{options.shape} needs {least_seconds(options.shape)} s at least, to measure each of its stages")
        thresholds.load(Path(options.thresholds))
        if options.compare:
            compare.load(Path(options.compare))
        before = _served(environment)
        for name, bank in run.own_banks().items():
            bank.open(_control(environment), name)
        _before[environment] = before
    except (thresholds.ThresholdsInvalid, compare.NoSummary) as reason:
        _give_up(str(reason))
    except (requests.RequestException, ControlRefused, ValueError) as reason:
        _give_up(f"{environment.host}: {reason}")
    gevent.spawn(_tell_progress, environment)


@events.test_start.add_listener
def start_clocks(environment: Environment, **_: Any) -> None:
    """From now on time passes in the banks that scenarios have for themselves."""
    if isinstance(environment.runner, WorkerRunner):
        return
    run = Run.of(environment)
    for name, bank in run.own_banks().items():
        ControlPlane(str(environment.host), name).put("/clock", {"rate": bank.rate(run.seconds)})


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
    runner = environment.runner
    if isinstance(runner, WorkerRunner) or environment not in _before or runner is None:
        return
    run = Run.of(environment)
    options = run.options
    conductor = environment.shape_class
    assert isinstance(conductor, Conductor)
    try:
        after = _served(environment)
    except (requests.RequestException, ControlRefused, ValueError):
        after = Served()  # the verdict will say that the bank does not answer
    _stop_clocks(environment)
    total = environment.stats.total
    given = verdict.give(str(environment.host), LEDGER, total.num_requests, total.num_failures)
    operations = measured(environment.stats, run.turns, after.since(_before[environment]))
    broken = thresholds.broken(thresholds.load(Path(options.thresholds)), operations)
    short_of_cpu = runner.cpu_warning_emitted or runner.worker_cpu_warning_emitted
    summary = summarise(
        run, environment.stats, conductor, LEDGER, given, broken, operations, (_before[environment], after),
        short_of_cpu=short_of_cpu,
    )  # fmt: skip
    summary.kept_sandboxes = _close_banks(environment, keep=bool(given.complaints))
    if options.summary:
        Path(options.summary).write_text(summary.as_json() + "\n", encoding="utf-8")
    comparison = compare.compare(compare.load(Path(options.compare)), summary.told()) if options.compare else None
    if options.report:
        report.write_html(Path(options.report), environment, summary, comparison)
    _ended[environment] = summary, comparison
    environment.process_exit_code = summary.exit_status


@events.quit.add_listener
def say(**_: Any) -> None:
    """Print it, after whatever Locust prints."""
    for environment, (summary, comparison) in _ended.items():
        if Run.of(environment).options.told_as == "json":
            print(summary.as_json())
            continue
        wide = Console(width=None if sys.stdout.isatty() else 150)
        report.print_to(wide, summary, comparison)


def _control(environment: Environment) -> ControlPlane:
    return ControlPlane(str(environment.host), str(Run.of(environment).options.sandbox))


def _served(environment: Environment) -> Served:
    return Served.parse(_control(environment).text("/metrics"))


def _close_banks(environment: Environment, *, keep: bool) -> list[str]:
    """Remove the scenarios' own banks, unless somebody should look into them; the names of those that stay."""
    names = list(Run.of(environment).own_banks())
    if keep:
        return names
    left = []
    for name in names:
        try:
            _control(environment).delete(f"/sandboxes/{name}")
        except (requests.RequestException, ControlRefused):
            left.append(name)
    return left


def _stop_clocks(environment: Environment) -> None:
    """What is found in the scenarios' own banks shall be of one moment."""
    for name in Run.of(environment).own_banks():
        with suppress(requests.RequestException, ControlRefused):  # the verdict will say that the bank does not answer
            ControlPlane(str(environment.host), name).put("/clock", {"rate": 0})


def _give_up(reason: str) -> None:
    logging.getLogger(__name__).error(reason)
    sys.exit(2)


def _tell_progress(environment: Environment) -> None:
    """How it goes: a line every few seconds, or one that is written over where somebody looks on."""
    shown = sys.stderr.isatty()
    begun = time.perf_counter()
    while True:
        gevent.sleep(1 if shown else PROGRESS_SECONDS)
        runner, total = environment.runner, environment.stats.total
        if runner is None or runner.state not in ("spawning", "running"):
            continue
        p95 = total.get_current_response_time_percentile(0.95) or 0
        line = (
            f"{time.perf_counter() - begun:4.0f} s  {runner.user_count} users  {total.current_rps:.0f} requests/s  "
            f"p95 {p95:g} ms  {total.num_failures} failed"
        )
        print(f"\r\x1b[2K{line}" if shown else line, end="" if shown else "\n", file=sys.stderr, flush=True)
